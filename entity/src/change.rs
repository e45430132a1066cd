//! What happened to the directory: a row for each committed change.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row of `change`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The directory's revision that this change made.
    pub revision: i64,
    pub at: Timestamp,
    /// What kind of change it was: `import`, `score` or `derive`, or what an editor did, such as
    /// `update_package`.
    pub kind: String,
    /// JSON: what the change counts, by entity; its shape goes with `kind`.
    pub counts: String,
    /// Who made it, as their credential calls them; null when the program did by itself.
    pub actor: Option<String>,
    pub actor_folded: Option<String>,
    /// Which credential that was: `token:` and its number, or `jwt:`, the issuer, `#` and the
    /// subject. Names can be alike, and be chosen; nobody is shown this.
    pub credential: Option<String>,
    /// The role that they had.
    pub role: Option<String>,
    /// JSON: what became of each row (`editing::history`); null when only `counts` tells.
    pub rows: Option<String>,
    /// The revision that this change undid.
    pub reverts: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
