//! Packages.

use entity::package::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait};

use super::page::SortKey;
use super::relation::{LISTED, column, listed_key};
use super::{Listable, PackageScope, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Package";
    const ID: Column = Column::Id;

    fn order() -> Vec<SortKey> {
        vec![listed_key(Column::TitleFolded)]
    }
}

/// The packages that a package is to be used instead of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PackageReplaces;

impl Relation for PackageReplaces {
    type Child = Entity;

    fn scope(parent: i64) -> Option<PackageScope> {
        Some(PackageScope::ReplacedBy(parent))
    }

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, Column::ReplacedById).eq(parent)
    }
}
