//! What is wrong with an edit: data for whoever sent it, not a failure of ours.

use serde::{Deserialize, Serialize};

use crate::database::DatabaseError;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// A value is none that this field takes.
    Invalid,
    /// A value is needed and was left out, null or blank.
    Required,
    /// A text has more characters, or a list more entries, than it may.
    TooLong,
    /// What has to be unique is another's already.
    Taken,
    /// There is nothing by this id.
    NotFound,
    /// Somebody was faster: it is not any more what was expected.
    Conflict,
    /// The revision that was expected is above the directory's: the database may have been restored.
    FutureRevision,
    /// The grid is locked, and the role does not open it.
    Locked,
    /// Something else still needs what is to go.
    InUse,
    /// A package would be replaced by itself in the end.
    Cycle,
    /// What is to be undone takes a higher role.
    Forbidden,
}

/// One thing that is wrong with an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: ProblemCode,
    /// Says how to mend it.
    pub message: String,
    /// Where in the arguments, such as `input`, `cells`, `3`, `text`.
    pub path: Vec<String>,
}

impl Problem {
    /// At `path` below `input`; dots go into lists and objects.
    pub fn new(code: ProblemCode, path: &str, message: impl Into<String>) -> Self {
        let path = std::iter::once("input").chain(path.split('.').filter(|part| !part.is_empty()));
        Self { code, message: message.into(), path: path.map(str::to_owned).collect() }
    }
}

/// Why an edit is not made.
#[derive(Debug)]
pub enum Stop {
    /// By who sent it: the problems that were found so far are all that can be told.
    Problems,
    Database(DatabaseError),
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<sea_orm::DbErr> for Stop {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}
