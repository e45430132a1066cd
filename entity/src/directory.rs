//! The directory itself: one row.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The only row of `directory`, whose id is 1.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "directory")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Raised by one as the last statement of every writing transaction, so that its order is the
    /// order of the commits: the row's lock is held until the commit.
    pub revision: i64,
    /// Address of the API that this directory is kept in step with; null when there is none.
    pub source: Option<String>,
    /// When it was last found in step with its source; null when it has none.
    pub synced_at: Option<Timestamp>,
    /// Which version of the rules the derived columns and the search index were made by; when it is
    /// not the program's, they are made anew.
    pub derived: i32,
    /// The id that the next row takes that is made here, in whatever table. Those of sources are
    /// lower.
    pub next_id: i64,
    /// The id that the next pairing takes that a source brings, which gives it none.
    pub next_pairing_id: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
