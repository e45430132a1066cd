//! What a change made of rows, as the history keeps it.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::aliases;
use super::values::Values;

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// What it is: `package`, `grid`, `pairing`, `feature`, `element`, `version` or `category`;
    /// or `alias`, a former slug, by the former package's id.
    pub kind: String,
    pub id: i64,
    /// What it was; null if it was not there. Of a row that was changed only the columns that
    /// were.
    pub before: Option<Values>,
    /// What it is then; null if it is gone.
    pub after: Option<Values>,
}

impl RowChange {
    /// The first so many of the history's `rows`, without those that are of no row that people know
    /// of. The others are not made, of which there can be very many.
    ///
    /// # Errors
    /// When it is no such list.
    pub fn first(rows: &str, most: usize) -> serde_json::Result<Vec<Self>> {
        serde_json::Deserializer::from_str(rows).deserialize_seq(First(most))
    }
}

/// Reads so many rows, and passes over the others.
struct First(usize);

impl<'de> Visitor<'de> for First {
    type Value = Vec<RowChange>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while rows.len() < self.0 {
            match list.next_element::<RowChange>()? {
                Some(row) if row.kind == aliases::KIND => {}
                Some(row) => rows.push(row),
                None => return Ok(rows),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(rows)
    }
}
