//! Who contributed to a package: what `package.participants` names, to be found by.

use sea_orm::entity::prelude::*;

/// A row of `participant`, one for each name however often the package repeats it. Kept by whoever
/// writes packages.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participant")]
pub struct Model {
    /// The name folded; see `rules::text`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_folded: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub package_id: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
