//! Grids, and the pairings that put packages into them.

use entity::grid::{Column, Entity};
use entity::{grid_package, package};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement};

use super::page::SortKey;
use super::relation::{LISTED, PAIRING, column, kept_count, listed_key};
use super::{Listable, PackageScope, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Grid";
    const ID: Column = Column::Id;

    fn order() -> Vec<SortKey> {
        vec![listed_key(Column::TitleFolded)]
    }
}

impl Listable for grid_package::Entity {
    const NAME: &'static str = "Pairing";
    const ID: grid_package::Column = grid_package::Column::Id;

    fn order() -> Vec<SortKey> {
        vec![]
    }
}

/// The grids that a package stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PackageGrids;

impl Relation for PackageGrids {
    type Child = Entity;

    const PAIRED: Option<grid_package::Column> = Some(grid_package::Column::GridId);

    fn join(select: &mut SelectStatement) {
        select.join_as(
            JoinType::InnerJoin,
            Entity.table_name(),
            LISTED,
            column(LISTED, Column::Id).eq(column(PAIRING, grid_package::Column::GridId)),
        );
    }

    fn belongs(parent: Expr) -> Expr {
        column(PAIRING, grid_package::Column::PackageId).eq(parent)
    }

    fn count(parent: Expr) -> Option<SelectStatement> {
        Some(kept_count::<package::Entity>(package::Column::GridsCount, parent))
    }
}

/// The packages that stand in a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GridPackages;

impl Relation for GridPackages {
    type Child = package::Entity;

    const PAIRED: Option<grid_package::Column> = Some(grid_package::Column::PackageId);

    const CARRIED: &'static [(package::Column, &'static str)] = &grid_package::OF_PACKAGE;

    fn join(select: &mut SelectStatement) {
        select.join_as(
            JoinType::InnerJoin,
            package::Entity.table_name(),
            LISTED,
            column(LISTED, package::Column::Id)
                .eq(column(PAIRING, grid_package::Column::PackageId)),
        );
    }

    fn scope(parent: i64) -> Option<PackageScope> {
        Some(PackageScope::OfGrid(parent))
    }

    fn belongs(parent: Expr) -> Expr {
        column(PAIRING, grid_package::Column::GridId).eq(parent)
    }

    fn count(parent: Expr) -> Option<SelectStatement> {
        Some(kept_count::<Entity>(Column::PackagesCount, parent))
    }
}
