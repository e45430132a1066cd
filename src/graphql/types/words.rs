//! Enums of the schema that stand for words in the database.

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$value_meta:meta])* $value:ident = $word:literal,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, async_graphql::Enum, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_meta])* $value,)*
        }

        impl $name {
            /// The word that the database holds.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)*
                }
            }
        }

        impl $crate::catalog::FromCell for $name {
            fn from_cell(cell: &$crate::database::Cell) -> Option<Self> {
                match cell {
                    $crate::database::Cell::Text(text) => match text.as_ref() {
                        $($word => Some(Self::$value),)*
                        _ => None,
                    },
                    _ => None,
                }
            }
        }
    )*};
}
pub(super) use words;

words! {
    /// What somebody may do; each role may do what those before it may.
    Role {
        /// Reads; everybody does.
        Reader = "reader",
        /// Adds and edits packages, grids, features, cells and releases, and puts packages into grids.
        Editor = "editor",
        /// Also deletes, merges, locks and unlocks, and changes what is locked.
        Moderator = "moderator",
        /// Also edits categories.
        Admin = "admin",
    }

    /// Whether something is supported.
    Support {
        /// It is.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// Nobody has said.
        Unknown = "unknown",
    }

    /// Whether a package is still to be used. Of several reasons why not, the first of `REPLACED`,
    /// `DEPRECATED`, `ARCHIVED` is given.
    PackageStatus {
        /// Nothing is known that speaks against it.
        Active = "active",
        /// It was declared deprecated.
        Deprecated = "deprecated",
        /// Its repository was archived: nobody works on it any more.
        Archived = "archived",
        /// Another package is to be used instead.
        Replaced = "replaced",
    }

    /// How far a release is, as its authors say by the package index's classifiers.
    DevelopmentStatus {
        /// They do not say.
        Unknown = "unknown",
        /// 1 - Planning
        Planning = "planning",
        /// 2 - Pre-Alpha
        PreAlpha = "pre-alpha",
        /// 3 - Alpha
        Alpha = "alpha",
        /// 4 - Beta
        Beta = "beta",
        /// 5 - Production/Stable
        Stable = "stable",
        /// 6 - Mature
        Mature = "mature",
        /// 7 - Inactive
        Inactive = "inactive",
    }

    /// What a cell says, in short.
    Verdict {
        /// The package has it: "yes", "good", "check", "+".
        Yes = "yes",
        /// The package does not have it: "no", "bad", "-".
        No = "no",
        /// Something in words.
        Text = "text",
        /// Nothing was written.
        Empty = "empty",
    }
}

macro_rules! rows {
    ($($name:ident: $($value:ident),*;)*) => {$(
        impl From<$name> for entity::$name {
            fn from(word: $name) -> Self {
                match word {
                    $($name::$value => Self::$value,)*
                }
            }
        }
    )*};
}
rows! {
    Support: Yes, No, Unknown;
    DevelopmentStatus: Unknown, Planning, PreAlpha, Alpha, Beta, Stable, Mature, Inactive;
}

impl From<crate::auth::Role> for Role {
    fn from(role: crate::auth::Role) -> Self {
        match role {
            crate::auth::Role::Reader => Self::Reader,
            crate::auth::Role::Editor => Self::Editor,
            crate::auth::Role::Moderator => Self::Moderator,
            crate::auth::Role::Admin => Self::Admin,
        }
    }
}
