//! What somebody shows to say who they are.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row of `token`. What the token is stands nowhere: of a copy of the database nobody becomes an
/// editor.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// What it lets somebody do: `reader`, `editor`, `moderator` or `admin`.
    pub role: String,
    /// SHA-256 of the token's text, as 64 hexadecimal digits; unique.
    pub hash: String,
    pub created: Timestamp,
    /// From when on it is not taken any more; null when it never ends.
    pub expires: Option<Timestamp>,
    /// When it was taken back; null when it was not.
    pub revoked: Option<Timestamp>,
    /// When it was last shown, give or take a minute; null when it never was.
    pub last_used: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
