//! The cells of comparison tables.

use entity::element::{Column, Entity};
use entity::{grid_package, package};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement};

use super::page::SortKey;
use super::record::kind;
use super::relation::{LISTED, PAIRING, column};
use super::{Listable, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Element";
    const ID: Column = Column::Id;

    fn order() -> Vec<SortKey> {
        vec![]
    }
}

/// The alias of the package that a cell is about.
const PACKAGE: &str = "p";

/// The cells of a feature, in the order of their packages' titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeatureElements;

impl Relation for FeatureElements {
    type Child = Entity;

    fn join(select: &mut SelectStatement) {
        select
            .join_as(
                JoinType::InnerJoin,
                grid_package::Entity.table_name(),
                PAIRING,
                column(PAIRING, grid_package::Column::Id).eq(column(LISTED, Column::GridPackageId)),
            )
            .join_as(
                JoinType::InnerJoin,
                package::Entity.table_name(),
                PACKAGE,
                column(PACKAGE, package::Column::Id)
                    .eq(column(PAIRING, grid_package::Column::PackageId)),
            );
    }

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, Column::FeatureId).eq(parent)
    }

    /// By their packages, as `Grid.packages` is.
    const SORTED: &'static str = PACKAGE;

    fn order() -> Vec<SortKey> {
        let title = package::Column::TitleFolded;
        vec![SortKey::ascending(PACKAGE, sea_orm::IdenStatic::as_str(&title), kind(title))]
    }
}

/// The cells of a package in a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PairingElements;

impl Relation for PairingElements {
    type Child = Entity;

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, Column::GridPackageId).eq(parent)
    }
}
