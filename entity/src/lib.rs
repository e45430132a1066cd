//! The tables of packgrid as sea-orm entities, one table a file.
//!
//! Nothing here knows of GraphQL or of HTTP. The tables themselves are made by the crate
//! `migration`, which spells its columns without this crate, so that a migration keeps meaning
//! what it meant when it was written.

pub mod alias;
pub mod category;
pub mod category_grid;
pub mod change;
pub mod change_subject;
pub mod directory;
pub mod element;
pub mod feature;
pub mod grid;
pub mod grid_package;
pub mod idempotency;
mod json_list;
pub mod package;
pub mod participant;
pub mod source;
pub mod taken_out;
mod timestamp;
pub mod token;
mod tracked;
pub mod version;
mod words;

pub use json_list::JsonList;
pub use timestamp::Timestamp;
pub use tracked::Tracked;
pub use words::{DevelopmentStatus, PackageStatus, Support, Verdict};

/// The `source_id` of rows that were made here.
pub const HERE: i64 = 0;

/// The first id of rows that are made here; those of sources are lower, as a rule.
pub const FIRST_HERE: i64 = 1_000_000;

/// The last id that a row can have: ids go out as GraphQL's `Int`, which has 32 bits.
pub const LAST_ID: i64 = i32::MAX as i64;

/// A column enum whose members know their place in it, so that sets of columns fit into one integer.
pub trait ColumnIndex: sea_orm::ColumnTrait {
    /// The member's place, from 0; below 64.
    fn index(self) -> u32;
}

macro_rules! indexed {
    ($($entity:ident),*) => {$(
        impl ColumnIndex for $entity::Column {
            fn index(self) -> u32 {
                self as u32
            }
        }
    )*};
}
indexed!(category, change, element, feature, grid, grid_package, package, version);
