//! The releases of packages.

use entity::version::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait};

use super::page::SortKey;
use super::relation::{LISTED, column, newest_first};
use super::{Listable, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Release";
    const ID: Column = Column::Id;

    /// The newest first; those of which nobody knows when, last.
    fn order() -> Vec<SortKey> {
        vec![newest_first(Column::UploadTime)]
    }
}

/// The releases of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PackageReleases;

impl Relation for PackageReleases {
    type Child = Entity;

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, Column::PackageId).eq(parent)
    }
}
