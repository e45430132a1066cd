//! How many packages of each category stand in each grid: kept, so that nobody has to count.

use sea_orm::entity::prelude::*;

/// A row of `category_grid`; there is none where the count would be zero. Kept by whoever writes
/// pairings, or packages' categories.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_grid")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub grid_id: i64,
    pub packages_count: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
