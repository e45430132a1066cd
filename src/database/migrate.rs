//! Bringing the tables up to date, once, however many servers start at the same time.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::DatabaseError;
use super::connect::connect_postgres_once;

/// What PostgreSQL's advisory lock is taken under; any number that nobody else uses.
const LOCK: i64 = 0x7061_636b_6772_6964;

/// Migrates an SQLite file. Another server that starts in its folder waits.
///
/// What is locked is the folder. To open and close the file itself, past SQLite, would be fatal:
/// closing any descriptor of a file takes from the process all POSIX locks that SQLite holds on it,
/// and SQLite would not know.
pub(super) async fn sqlite(
    connection: &DatabaseConnection,
    path: &Path,
) -> Result<(), DatabaseError> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let locked = tokio::task::spawn_blocking(move || {
        // Where a folder cannot be locked, two servers starting at once are the operator's affair.
        let folder = std::fs::File::open(folder)?;
        folder.lock().map(|()| folder)
    })
    .await;
    let result = up(connection).await;
    drop(locked);
    result
}

/// Migrates a PostgreSQL database under an advisory lock.
pub(super) async fn postgres(url: &str) -> Result<(), DatabaseError> {
    let connection = connect_postgres_once(url).await?;
    let backend = connection.get_database_backend();
    let lock =
        |function: &str| Statement::from_string(backend, format!("SELECT {function}({LOCK})"));
    connection.execute_raw(lock("pg_advisory_lock")).await?;
    let result = up(&connection).await;
    connection.execute_raw(lock("pg_advisory_unlock")).await?;
    connection.close().await?;
    result
}

async fn up(connection: &DatabaseConnection) -> Result<(), DatabaseError> {
    let known: HashSet<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = Migrator::get_migration_models(connection).await?;
    match applied.into_iter().find(|migration| !known.contains(&migration.version)) {
        Some(newer) => Err(DatabaseError::Newer { migration: newer.version }),
        None => Ok(Migrator::up(connection, None).await?),
    }
}
