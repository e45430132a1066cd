//! The kinds of entities that the history tells of.

use async_graphql::Enum;

/// Defines the kinds of entities, with what a row of each is called in the history and what rows of
/// it are called in counts.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $word:literal, $words:literal;)*) => {
        /// Kinds of entities of the directory.
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
        pub enum EntityKind {
            $($(#[$meta])* $kind,)*
        }

        impl EntityKind {
            /// The kind of a row of the history.
            pub fn of_row(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$kind),)*
                    _ => None,
                }
            }

            /// The kind of rows that are counted; null of rows of any kind.
            pub fn of_counted(words: &str) -> Option<Self> {
                match words {
                    $($words => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}
kinds! {
    /// A category.
    Category = "category", "categories";
    /// A grid.
    Grid = "grid", "grids";
    /// A package.
    Package = "package", "packages";
    /// A package's entry in a grid.
    Membership = "pairing", "pairings";
    /// A release of a package.
    Release = "version", "versions";
    /// A feature of a grid.
    Feature = "feature", "features";
    /// A cell of a grid's comparison table: an object of the type `Element`.
    Cell = "element", "elements";
}
