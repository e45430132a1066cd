//! Former slugs of packages that were merged into others.

use sea_orm::entity::prelude::*;

/// A row of `package_alias`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "package_alias")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// At most 50 characters.
    pub slug: String,
    /// The id of the package that had it.
    pub former_id: i64,
    /// The package that answers to it now.
    pub package_id: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
