//! Requests that were sent before: what came of them is told again, and nothing is done again.

use std::borrow::Cow;
use std::time::Instant;

use entity::{Timestamp, idempotency};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use sha2::{Digest, Sha256};

use crate::database::{Database, DatabaseError, Row, Snapshot, revision};

/// Bytes of a field's name that is kept as it is; of a longer one it is a hash.
const LONGEST_FIELD: usize = 63;

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

/// What is known of a request; [`Known::Answer`] has its whole answer.
///
/// # Errors
/// What the database says.
pub async fn look(
    snapshot: &Snapshot,
    retry: &Retry,
    now: Timestamp,
) -> Result<Known, DatabaseError> {
    let sql = "SELECT request, field, outcome FROM idempotency \
               WHERE owner = $1 AND key = $2 AND at > $3";
    let values = vec![(&*retry.owner).into(), (&*retry.key).into(), (now.0 - retry.kept).into()];
    let text = |row: &Row<'_>, index| row.text(index).map(String::from);
    let decode = |row: &Row<'_>| Ok((text(row, 0)?, text(row, 1)?, text(row, 2)?));
    Ok(known(retry, snapshot.fetch_sql(sql, values, decode).await?, ""))
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
    deadline: Instant,
) -> Result<(), DatabaseError> {
    let transaction = database.begin_until(deadline).await?;
    // Who sends the same at the same time waits here, and finds the answer kept.
    revision::lock(&transaction).await?;
    let old = idempotency::Column::At.lte(now.0 - retry.kept);
    idempotency::Entity::delete_many().filter(old).exec(&transaction).await?;
    if find(&transaction, retry, "", now).await? == Known::Nothing {
        keep(&transaction, retry, "", answer.to_owned(), now).await?;
    }
    database.commit(transaction, None).await
}

/// What the rows of a key tell of a field of a request: whose they are, of what, and what came of it.
fn known(retry: &Retry, rows: Vec<(String, String, String)>, field: &str) -> Known {
    if rows.iter().any(|(request, ..)| *request != retry.request) {
        return Known::Another;
    }
    let field = stored(field);
    let row = rows.into_iter().find(|(_, of, _)| *of == field);
    row.map_or(Known::Nothing, |(.., outcome)| Known::Answer(outcome))
}

/// A field as the table has it: names in answers can be as long as documents.
fn stored(field: &str) -> Cow<'_, str> {
    if field.len() <= LONGEST_FIELD {
        return field.into();
    }
    Sha256::digest(field).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// What is known of this field of a request.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    retry: &Retry,
    field: &str,
    now: Timestamp,
) -> Result<Known, DatabaseError> {
    let (owner, key) = (idempotency::Column::Owner, idempotency::Column::Key);
    let rows = idempotency::Entity::find()
        .filter(owner.eq(&*retry.owner))
        .filter(key.eq(&*retry.key))
        .filter(idempotency::Column::At.gt(now.0 - retry.kept));
    let rows = rows.all(connection).await?.into_iter();
    Ok(known(retry, rows.map(|row| (row.request, row.field, row.outcome)).collect(), field))
}

/// Keeps what came of a field of a request, in place of what was kept before.
pub(super) async fn keep(
    connection: &impl ConnectionTrait,
    retry: &Retry,
    field: &str,
    outcome: String,
    at: Timestamp,
) -> Result<(), DatabaseError> {
    let field = stored(field).into_owned();
    let key = (retry.owner.clone(), retry.key.clone(), field.clone());
    idempotency::Entity::delete_by_id(key).exec(connection).await?;
    let row = idempotency::ActiveModel {
        owner: Set(retry.owner.clone()),
        key: Set(retry.key.clone()),
        field: Set(field),
        request: Set(retry.request.clone()),
        at: Set(at),
        outcome: Set(outcome),
    };
    row.insert(connection).await?;
    Ok(())
}
