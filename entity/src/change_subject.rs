//! Which changes touched what: history is found by it.

use sea_orm::entity::prelude::*;

/// A row of `change_subject`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_subject")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// `package`, `grid`, `category`, `feature` or `version`.
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The change's.
    pub revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
