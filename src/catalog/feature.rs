//! The rows of comparison tables.

use entity::feature::{Column, Entity};
use entity::grid;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};

use super::page::SortKey;
use super::relation::{LISTED, column, kept_count};
use super::{Listable, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Feature";
    const ID: Column = Column::Id;

    /// In the order in which they were made: a table's rows are arranged, not sorted.
    fn order() -> Vec<SortKey> {
        vec![]
    }
}

/// The features that a grid compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GridFeatures;

impl Relation for GridFeatures {
    type Child = Entity;

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, Column::GridId).eq(parent)
    }

    fn count(parent: Expr) -> Option<SelectStatement> {
        Some(kept_count::<grid::Entity>(grid::Column::FeaturesCount, parent))
    }
}
