//! Bringing the tables up to date, once, however many servers start at the same time.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, IntoDatabaseExecutor, Statement, TransactionTrait,
};

use super::DatabaseError;
use super::postgres::{DEALLOCATE, Postgres};

/// How often, and with what pauses between, a folder's lock is asked for: some ten seconds.
const LOCK_ATTEMPTS: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

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
    let locked = lock(folder).await;
    let result = up(connection).await;
    drop(locked);
    result
}

/// Locks a folder; null when that cannot be had. The migrations are transactions, so without it two
/// servers starting at once may fail, but break nothing.
async fn lock(folder: PathBuf) -> Option<File> {
    let file = File::open(&folder).ok()?;
    for attempt in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => {
                if attempt == 0 {
                    tracing::info!(folder = %folder.display(), "another program has locked it; waiting");
                }
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            Err(TryLockError::Error(_)) => return None,
        }
    }
    tracing::warn!(folder = %folder.display(), "it is still locked; going on");
    None
}

/// Migrates a PostgreSQL database in one transaction under an advisory lock. A lock of the
/// connection would not survive a pooler that hands out connections transaction by transaction.
pub(super) async fn postgres(postgres: &Postgres) -> Result<(), DatabaseError> {
    let connection = postgres.connect_once().await?;
    let transaction = connection.begin().await?;
    if !postgres.keeps_statements() {
        transaction.execute_unprepared(DEALLOCATE).await?;
    }
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    let result = match up(&transaction).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(error) => {
            transaction.rollback().await?;
            Err(privilege(&connection, postgres, error).await)
        }
    };
    connection.close().await?;
    result
}

/// Returns what has to be granted, if `error` is that the role lacks a privilege; else `error`.
async fn privilege(
    connection: &DatabaseConnection,
    postgres: &Postgres,
    error: DatabaseError,
) -> DatabaseError {
    let Some(message) = error.lacks_privilege().map(str::to_owned) else { return error };
    let sql = "SELECT quote_ident(current_user), quote_ident(current_schema()), \
               current_setting('search_path'), \
               coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
    let Ok(transaction) = connection.begin().await else { return error };
    if !postgres.keeps_statements() && transaction.execute_unprepared(DEALLOCATE).await.is_err() {
        return error;
    }
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let Ok(Some(row)) = transaction.query_one_raw(statement).await else { return error };
    let read = || {
        let role: String = row.try_get_by_index(0)?;
        let schema: Option<String> = row.try_get_by_index(1)?;
        let search_path: String = row.try_get_by_index(2)?;
        let may_create: bool = row.try_get_by_index(3)?;
        Ok::<_, sea_orm::DbErr>(match schema {
            None => DatabaseError::NoSchema { role, search_path },
            Some(schema) if !may_create => DatabaseError::MayNotCreate { role, schema },
            Some(schema) => DatabaseError::NotOwner { role, schema, message },
        })
    };
    read().unwrap_or(error)
}

/// The migrations that this program has, by name.
pub(super) fn names() -> HashSet<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

async fn up<'c, C>(connection: &'c C) -> Result<(), DatabaseError>
where
    C: ConnectionTrait,
    &'c C: IntoDatabaseExecutor<'c>,
{
    let known = names();
    let applied = Migrator::get_migration_models(connection).await?;
    match applied.into_iter().find(|migration| !known.contains(&migration.version)) {
        Some(newer) => Err(DatabaseError::Newer { migration: newer.version }),
        None => Ok(Migrator::up(connection, None).await?),
    }
}
