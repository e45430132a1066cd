//! A package's place in a grid.

use sea_orm::entity::prelude::*;

use crate::{Timestamp, package};

/// Columns with a value of the package, by the package's column: what a grid's packages are sorted by
/// and what a link to one needs. An index has them all, grid by grid, in the order of the titles.
pub const OF_PACKAGE: [(package::Column, &str); 4] = [
    (package::Column::Id, "package_id"),
    (package::Column::TitleFolded, "title_folded"),
    (package::Column::Title, "title"),
    (package::Column::Slug, "slug"),
];

/// A row of `grid_package`; (grid, package) is unique.
///
/// The table has more columns, which nobody writes: triggers keep those [`OF_PACKAGE`] there.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grid_package")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub grid_id: i64,
    pub package_id: i64,
    /// Where the grid stands among the package's grids, from 0: the order in which the package was
    /// put into them, which the source serves and no other column tells.
    pub position: i32,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// Where the row was fetched from first, or [`crate::HERE`]; null when it came from files.
    pub source_id: Option<i64>,
    /// The directory's revision that last changed the row's own values.
    pub revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::grid::Entity",
        from = "Column::GridId",
        to = "super::grid::Column::Id",
        on_delete = "Cascade"
    )]
    Grid,
    #[sea_orm(
        belongs_to = "super::package::Entity",
        from = "Column::PackageId",
        to = "super::package::Column::Id",
        on_delete = "Cascade"
    )]
    Package,
}

impl Related<super::grid::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Grid.def()
    }
}

impl Related<package::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Package.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
