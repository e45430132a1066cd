//! What a change made of rows, as the history keeps it.

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
    /// Whether it is of no row that people know of.
    pub fn is_bookkeeping(&self) -> bool {
        self.kind == aliases::KIND
    }
}
