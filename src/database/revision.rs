//! The directory's revision: one number that tells states of the data apart.

use entity::{Timestamp, change};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, Set, Statement};

use super::DatabaseError;

/// Reads the revision.
pub(super) const READ: &str = "SELECT revision FROM directory";

/// Reads the revision.
///
/// # Errors
/// What the database says.
pub(super) async fn read(connection: &impl ConnectionTrait) -> Result<i64, DatabaseError> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_string(backend, READ);
    match connection.query_one_raw(statement).await? {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Err(DatabaseError::UnexpectedValue("no row in directory".to_owned())),
    }
}

/// Waits until no other transaction that does the same is under way, and keeps the next one
/// waiting until this one ends. For writers that must see everything before they decide.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &impl ConnectionTrait) -> Result<(), DatabaseError> {
    // A writing transaction of SQLite is alone from its beginning.
    if connection.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT revision FROM directory WHERE id = 1 FOR UPDATE";
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        connection.query_one_raw(statement).await?;
    }
    Ok(())
}

/// Raises the revision and writes down what made it so, as the end of a writing transaction.
///
/// The row's lock is held until the commit, so the order of the revisions is the order of the
/// commits; a sequence would hand out numbers that commit in another order.
///
/// # Errors
/// What the database says.
pub async fn raise(
    connection: &impl ConnectionTrait,
    at: Timestamp,
    kind: &str,
    counts: String,
) -> Result<i64, DatabaseError> {
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "UPDATE directory SET revision = revision + 1 WHERE id = 1 RETURNING revision",
    );
    let revision = match connection.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => return Err(DatabaseError::UnexpectedValue("no row in directory".to_owned())),
    };
    change::ActiveModel {
        revision: Set(revision),
        at: Set(at),
        kind: Set(kind.to_owned()),
        counts: Set(counts),
        ..Default::default()
    }
    .insert(connection)
    .await?;
    Ok(revision)
}
