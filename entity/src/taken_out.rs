//! Rows of a source that editors have taken out: an import leaves them out.

use sea_orm::entity::prelude::*;

/// A row of `taken_out`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "taken_out")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// `category`, `grid`, `package`, `version`, `feature` or `pairing`.
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The row's id; of a pairing, the grid's.
    pub row_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Of a pairing, the package's id; else 0.
    pub other_id: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
