//! What a change made of rows, as the history keeps it.

use serde::{Deserialize, Serialize};

use super::values::Values;

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// What it is: `package`, `grid`, `pairing`, `feature`, `element`, `version` or `category`.
    pub kind: String,
    pub id: i64,
    /// What it was; null if it was not there. Of a row that was changed only the columns that
    /// were.
    pub before: Option<Values>,
    /// What it is then; null if it is gone.
    pub after: Option<Values>,
}
