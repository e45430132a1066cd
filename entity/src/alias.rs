//! Former slugs of packages, grids and categories: of such as were renamed, and of packages that
//! were merged into others.

use sea_orm::entity::prelude::*;

/// A row of `alias`. A slug can have several; the newest counts, and none where a row has the slug
/// itself.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alias")]
pub struct Model {
    /// `package`, `grid` or `category`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// At most 50 characters.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    /// The id of the row that had it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub former_id: i64,
    /// The row that the slug leads to: the former one itself, or what that was merged into.
    pub target_id: i64,
    /// The directory's revision at which the former row lost it.
    pub since: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
