//! The read side: what can be looked up, and in as few statements as there are ways of looking.
//!
//! Every way from one entity to others is a key type with a [`Loader`]: all keys that a request
//! sends at once become one statement (one for each distinct page), however many they are. The
//! keys travel as one bound value, so a statement's text depends neither on how many there are nor
//! on which, and its prepared form is found again.
//!
//! [`Loader`]: async_graphql::dataloader::Loader

mod alias;
mod category;
mod changes;
mod count;
pub mod cursor;
mod directory;
mod element;
mod facets;
mod feature;
pub mod filter;
mod grid;
mod history;
mod keys;
mod list;
mod lookup;
mod narrow;
mod package;
pub mod page;
pub mod record;
mod relation;
mod version;

use std::sync::Arc;

use sea_orm::EntityTrait;

use crate::database::{DatabaseError, Snapshot};
use entity::ColumnIndex;
use page::SortKey;

pub use alias::{Aliased, FormerName, Heir};
pub use category::{CategoryGrids, CategoryPackages};
pub use changes::{Change, ChangeCounts, called, change_counts, changes_after, is_about};
pub use count::{CountAll, CountChildren};
pub use directory::{Standing, TheDirectory};
pub use element::{FeatureElements, PairingElements};
pub use facets::{Bucket, CountBy, Facet, MOST_BUCKETS, PackageScope, SumUp, Totals};
pub use feature::GridFeatures;
pub use grid::{GridPackages, PackageGrids};
pub use history::{CategoryHistory, FeatureHistory, GridHistory, PackageHistory, ReleaseHistory};
pub use list::{All, Children, Listed, Slice, Wanted};
pub use lookup::{ById, ByText, PackageOfPairing};
pub use narrow::Narrow;
pub use package::PackageReplaces;
pub use record::{Columns, FromCell, Record, kind};
pub use relation::{LISTED, Relation, with_id};
pub use version::PackageReleases;

/// What looks things up for one request, at one moment.
#[derive(Clone)]
pub struct Catalog {
    snapshot: Snapshot,
}

/// Why something could not be looked up. Shared, because a whole batch fails as one.
pub type LookupError = Arc<DatabaseError>;

impl Catalog {
    /// Reads from `snapshot`.
    pub fn new(snapshot: Snapshot) -> Self {
        Self { snapshot }
    }

    /// The moment that is read from.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

/// An entity that can be looked up by id and listed.
pub trait Listable: EntityTrait<Column: ColumnIndex> {
    /// What it is called in cursors; never changes, or clients' cursors break.
    const NAME: &'static str;

    /// The primary key, an integer called `id` in every table.
    const ID: Self::Column;

    /// What lists of it are sorted by, before the id: columns of the listed table, aliased
    /// `relation::LISTED`.
    fn order() -> Vec<SortKey>;
}
