//! Categories, their packages and their grids.

use entity::category::{Column, Entity};
use entity::{category_grid, grid, package};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};

use super::page::SortKey;
use super::relation::{LISTED, column, kept_count, listed_key};
use super::{Listable, PackageScope, Relation};

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

    fn scope(parent: i64) -> Option<PackageScope> {
        Some(PackageScope::OfCategory(parent))
    }

    fn belongs(parent: Expr) -> Expr {
        column(LISTED, package::Column::CategoryId).eq(parent)
    }

    fn count(parent: Expr) -> Option<SelectStatement> {
        Some(kept_count::<Entity>(Column::PackagesCount, parent))
    }
}

/// The grids that hold a package of a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CategoryGrids;

impl Relation for CategoryGrids {
    type Child = grid::Entity;

    fn belongs(parent: Expr) -> Expr {
        let count = Query::select()
            .expr(column(KEPT, category_grid::Column::PackagesCount))
            .from_as(category_grid::Entity.table_name(), KEPT)
            .and_where(
                column(KEPT, category_grid::Column::GridId).eq(column(LISTED, grid::Column::Id)),
            )
            .and_where(column(KEPT, category_grid::Column::CategoryId).eq(parent))
            .to_owned();
        // There is no row where there would be no package.
        Expr::SubQuery(None, Box::new(count.into())).gt(0)
    }

    fn count(parent: Expr) -> Option<SelectStatement> {
        let grid = column(KEPT, category_grid::Column::GridId);
        Some(
            Query::select()
                .expr(Func::count(grid))
                .from_as(category_grid::Entity.table_name(), KEPT)
                .and_where(column(KEPT, category_grid::Column::CategoryId).eq(parent))
                .to_owned(),
        )
    }
}

/// The alias of `category_grid`.
const KEPT: &str = "cg";
