//! Requests that were sent before: what came of them is told again, and nothing is done again.

use entity::{Timestamp, idempotency};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::database::{Database, DatabaseError};

/// Longer keys are none.
pub const LONGEST_KEY: usize = 255;

/// A request that may have been sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Whose key it is.
    pub owner: String,
    pub key: String,
    /// A hash of all that was asked.
    pub request: String,
    /// For how many microseconds it is remembered.
    pub kept: i64,
}

/// What is known of a request with a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// It is new, or the one that sent it first never heard what came of it.
    Nothing,
    /// What was answered.
    Answer(String),
    /// The key is another request's.
    Another,
}

/// What is known of a request.
///
/// # Errors
/// What the database says.
pub async fn look(
    database: &Database,
    retry: &Retry,
    now: Timestamp,
) -> Result<Known, DatabaseError> {
    let transaction = database.begin().await?;
    let rows = of(retry, now).all(&transaction).await?;
    transaction.rollback().await?;
    if rows.iter().any(|row| row.request != retry.request) {
        return Ok(Known::Another);
    }
    let answer = rows.into_iter().find(|row| row.field.is_empty());
    Ok(answer.map_or(Known::Nothing, |row| Known::Answer(row.outcome)))
}

/// Keeps the whole answer to a request, and forgets those that are too old.
///
/// # Errors
/// What the database says.
pub async fn keep_answer(
    database: &Database,
    retry: &Retry,
    answer: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let transaction = database.begin().await?;
    let old = idempotency::Column::At.lte(now.0 - retry.kept);
    idempotency::Entity::delete_many().filter(old).exec(&transaction).await?;
    if find(&transaction, retry, "", now).await?.is_none() {
        keep(&transaction, retry, "", answer.to_owned(), now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn of(retry: &Retry, now: Timestamp) -> sea_orm::Select<idempotency::Entity> {
    let (owner, key) = (idempotency::Column::Owner, idempotency::Column::Key);
    idempotency::Entity::find()
        .filter(owner.eq(&*retry.owner))
        .filter(key.eq(&*retry.key))
        .filter(idempotency::Column::At.gt(now.0 - retry.kept))
}

/// What came of this field of a request; null when it is new.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    retry: &Retry,
    field: &str,
    now: Timestamp,
) -> Result<Option<idempotency::Model>, DatabaseError> {
    Ok(of(retry, now).filter(idempotency::Column::Field.eq(field)).one(connection).await?)
}

/// Keeps what came of a field of a request, in place of what was kept before.
pub(super) async fn keep(
    connection: &impl ConnectionTrait,
    retry: &Retry,
    field: &str,
    outcome: String,
    at: Timestamp,
) -> Result<(), DatabaseError> {
    let key = (retry.owner.clone(), retry.key.clone(), field.to_owned());
    idempotency::Entity::delete_by_id(key).exec(connection).await?;
    let row = idempotency::ActiveModel {
        owner: Set(retry.owner.clone()),
        key: Set(retry.key.clone()),
        field: Set(field.to_owned()),
        request: Set(retry.request.clone()),
        at: Set(at),
        outcome: Set(outcome),
    };
    row.insert(connection).await?;
    Ok(())
}
