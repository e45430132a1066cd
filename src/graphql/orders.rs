//! Orders: what clients ask lists to be sorted by, and the sort keys it comes to.

use async_graphql::{Enum, InputObject, InputType};
use entity::{ColumnIndex, category, change, feature, grid, package, version};

use super::errors::Failure;
use crate::catalog::page::{Nulls, SortKey};
use crate::catalog::record::kind;

/// Keys of an order, at most. Few lists have rows that are alike in three.
const MOST_KEYS: usize = 5;

/// Which end comes first.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum OrderDirection {
    /// The least first: A to Z, 0 to 9, the oldest.
    Asc,
    /// The greatest first: Z to A, 9 to 0, the newest.
    Desc,
}

/// Where entries stand of which nothing is known.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum NullsOrder {
    /// Before all others, whatever the direction.
    First,
    /// After all others, whatever the direction.
    Last,
}

/// A key of an order.
pub trait OrderInput: InputType {
    /// The sort key that it comes to, on the table with the alias `table`.
    fn key(&self, table: &'static str) -> SortKey;
}

/// The sort keys that `order` comes to, on the table with the alias `table`; what repeats an
/// earlier key decides nothing and is left out.
///
/// # Errors
/// When there are too many.
pub fn keys<O: OrderInput>(order: &[O], table: &'static str) -> Result<Vec<SortKey>, Failure> {
    if order.len() > MOST_KEYS {
        let message = format!("`orderBy` must not have over {MOST_KEYS} keys");
        return Err(Failure::user(message));
    }
    let mut keys: Vec<SortKey> = Vec::new();
    for key in order.iter().map(|key| key.key(table)) {
        if !keys.iter().any(|known| known.column == key.column) {
            keys.push(key);
        }
    }
    Ok(keys)
}

fn key<C: ColumnIndex>(table: &'static str, column: C) -> SortKey {
    let nulls = if column.def().is_null() { Nulls::Last } else { Nulls::Never };
    SortKey { nulls, ..SortKey::ascending(table, column.as_str(), kind(column)) }
}

macro_rules! orders {
    ($($entity:ident: $(#[$meta:meta])* $order:ident, $(#[$field_meta:meta])* $field:ident {
        $($(#[$value_meta:meta])* $value:ident = $column:ident,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(InputObject)]
        pub struct $order {
            /// What to sort by. Example: `TITLE`
            pub field: $field,
            /// Which end comes first. Example: `DESC`
            #[graphql(default_with = "OrderDirection::Asc")]
            pub direction: OrderDirection,
            /// Where entries stand of which nothing is known, if there can be any: last, unless this
            /// says otherwise. Example: `FIRST`
            pub nulls: Option<NullsOrder>,
        }

        $(#[$field_meta])*
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
        pub enum $field {
            $($(#[$value_meta])* $value,)*
        }

        impl OrderInput for $order {
            fn key(&self, table: &'static str) -> SortKey {
                let key = match self.field {
                    $($field::$value => key(table, $entity::Column::$column),)*
                };
                let nulls = match (key.nulls, self.nulls) {
                    (Nulls::Never, _) => Nulls::Never,
                    (_, Some(NullsOrder::First)) => Nulls::First,
                    (_, Some(NullsOrder::Last) | None) => Nulls::Last,
                };
                SortKey { descending: self.direction == OrderDirection::Desc, nulls, ..key }
            }
        }
    )*};
}
orders! {
    package:
    /// A key that packages are sorted by. Example: `{ field: WATCHERS, direction: DESC }`
    PackageOrder,
    /// What packages can be sorted by.
    PackageOrderField {
        /// The title, whatever its case.
        Title = TitleFolded,
        /// The number that the REST API calls `id`: the order in which they were added.
        Number = Id,
        /// When the package was added to the directory.
        Created = Created,
        /// When the entry was last changed.
        Modified = Modified,
        /// Stars: `repoWatchers`; where they are unknown, last.
        Watchers = RepoWatchers,
        /// Forks: `repoForks`; where they are unknown, last.
        Forks = RepoForks,
        /// Downloads from the package index: `pypiDownloads`.
        Downloads = PypiDownloads,
        /// The `score`; where it is unknown, last.
        Score = Score,
        /// The time of the last commit: `lastUpdated`.
        LastCommit = LastUpdated,
        /// The time of the newest release that is no pre-release: `lastReleased`.
        LastRelease = LastReleased,
        /// The number of grids that the package stands in: `gridsCount`.
        Grids = GridsCount,
    }

    grid:
    /// A key that grids are sorted by. Example: `{ field: PACKAGES, direction: DESC }`
    GridOrder,
    /// What grids can be sorted by.
    GridOrderField {
        /// The title, whatever its case.
        Title = TitleFolded,
        /// The number that the REST API calls `id`: the order in which they were added.
        Number = Id,
        /// When the grid was added to the directory.
        Created = Created,
        /// When the entry was last changed.
        Modified = Modified,
        /// The number of packages: `packagesCount`.
        Packages = PackagesCount,
    }

    category:
    /// A key that categories are sorted by. Example: `{ field: PACKAGES, direction: DESC }`
    CategoryOrder,
    /// What categories can be sorted by.
    CategoryOrderField {
        /// The title, whatever its case.
        Title = TitleFolded,
        /// The number that the REST API calls `id`: the order in which they were added.
        Number = Id,
        /// When the category was added to the directory.
        Created = Created,
        /// When the entry was last changed.
        Modified = Modified,
        /// The number of packages: `packagesCount`.
        Packages = PackagesCount,
    }

    change:
    /// A key that changes are sorted by. Example: `{ field: REVISION }`
    ChangeOrder,
    /// What changes can be sorted by.
    ChangeOrderField {
        /// The order in which they were committed.
        Revision = Revision,
    }

    feature:
    /// A key that features are sorted by. Example: `{ field: TITLE }`
    FeatureOrder,
    /// What features can be sorted by.
    FeatureOrderField {
        /// The order in which they were added.
        Number = Id,
        /// The title, whatever its case.
        Title = TitleFolded,
    }

    version:
    /// A key that releases are sorted by. Example: `{ field: RELEASED_AT, direction: DESC }`
    ReleaseOrder,
    /// What releases can be sorted by.
    ReleaseOrderField {
        /// When it was released.
        ReleasedAt = UploadTime,
        /// The version, in the order of PEP 440: `1.9`, `1.10`, `2.0b1`, `2.0`. What is no version by
        /// PEP 440 comes before all others, by its text.
        Version = NumberKey,
        /// The order in which they were added.
        Number = Id,
    }
}
