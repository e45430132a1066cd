//! What somebody may do.

use std::fmt;
use std::str::FromStr;

/// What somebody may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads; everybody does.
    #[default]
    Reader,
    /// Adds and edits packages, grids, features, cells and releases, and puts packages into grids.
    Editor,
    /// Also deletes, merges, locks and unlocks, and changes what is locked.
    Moderator,
    /// Also edits categories.
    Admin,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Editor, Self::Moderator, Self::Admin];

    /// The role as it is written in settings, tokens and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            format!("{text:?} is no role; roles are reader, editor, moderator, admin")
        })
    }
}
