//! Categories, their packages and their grids.

use entity::category::{Column, Entity};
use entity::{grid, grid_package, package};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query, SelectStatement};

use super::page::SortKey;
use super::relation::{LISTED, column, listed_key};
use super::{Listable, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Category";
    const ID: Column = Column::Id;

    fn order() -> Vec<SortKey> {
        vec![listed_key(Column::TitleFolded)]
    }
}

/// The packages of a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CategoryPackages;

impl Relation for CategoryPackages {
    type Child = package::Entity;

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, package::Column::CategoryId).eq(parent)
    }
}

/// The grids that hold a package of a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CategoryGrids;

impl Relation for CategoryGrids {
    type Child = grid::Entity;

    fn belongs(parent: Expr) -> Expr {
        let (pairing, of_category) = ("cgp", "cp");
        let packages = Query::select()
            .expr(Expr::val(1))
            .from_as(grid_package::Entity.table_name(), pairing)
            .join_as(
                JoinType::InnerJoin,
                package::Entity.table_name(),
                of_category,
                column(of_category, package::Column::Id)
                    .eq(column(pairing, grid_package::Column::PackageId)),
            )
            .and_where(
                column(pairing, grid_package::Column::GridId).eq(column(LISTED, grid::Column::Id)),
            )
            .and_where(column(of_category, package::Column::CategoryId).eq(parent))
            .to_owned();
        Expr::exists(packages)
    }

    /// From the packages: to look for one in every grid takes 340 ms instead of 0.1 for a category
    /// that has none, and 290 instead of 120 for all four (100,000 packages, 8,000 grids, SQLite).
    fn count(parent: Expr) -> Option<SelectStatement> {
        let (pairing, of_category) = ("cgp", "cp");
        let grids = column(pairing, grid_package::Column::GridId);
        Some(
            Query::select()
                .expr(Func::count_distinct(grids))
                .from_as(package::Entity.table_name(), of_category)
                .join_as(
                    JoinType::InnerJoin,
                    grid_package::Entity.table_name(),
                    pairing,
                    column(pairing, grid_package::Column::PackageId)
                        .eq(column(of_category, package::Column::Id)),
                )
                .and_where(column(of_category, package::Column::CategoryId).eq(parent))
                .to_owned(),
        )
    }
}
