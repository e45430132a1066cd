//! Edits that were sent with an `Idempotency-Key`, so that they have an effect once.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row of `idempotency`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// Whose key it is: a credential.
    pub owner: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The field of the mutation; blank for the whole answer.
    pub field: String,
    /// Hash of the request.
    pub request: String,
    pub at: Timestamp,
    /// JSON: what came of it.
    pub outcome: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
