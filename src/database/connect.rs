//! Opening either database.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DatabaseConnection};

use super::{Database, DatabaseError, Inner, Observer, ReaderThreads, migrate};

/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request waits for a connection of PostgreSQL's pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn open(
    settings: &crate::config::Database,
    statement_timeout: Duration,
    observer: Observer,
) -> Result<Database, DatabaseError> {
    let url = settings.url.as_str();
    let (connection, readers) = if let Some(path) = sqlite_path(url) {
        let path = Path::new(path);
        check(path)?;
        let connection = connect_sqlite(path).await?;
        migrate::sqlite(&connection, path).await?;
        let threads = match settings.reader_threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let readers = ReaderThreads::start(path, threads, settings.reader_queue)?;
        (connection, Some(readers))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        // One connection of its own: an advisory lock belongs to a connection.
        migrate::postgres(url).await?;
        let mut options = postgres_options(url, settings.max_connections);
        options.statement_timeout(statement_timeout);
        (connect_postgres(options).await?, None)
    } else {
        return Err(DatabaseError::UnknownScheme(url.to_owned()));
    };
    Ok(Database { inner: std::sync::Arc::new(Inner { connection, readers, observer }) })
}

fn sqlite_path(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("sqlite:")?;
    Some(rest.strip_prefix("//").unwrap_or(rest))
}

/// Finds out, in the words of one line, why a file cannot be used, before anything else touches it.
fn check(path: &Path) -> Result<(), DatabaseError> {
    let shown = || path.display().to_string();
    let connection = Connection::open(path)
        .map_err(|error| DatabaseError::CannotOpen { path: shown(), reason: reason(&error) })?;
    let written = connection
        .busy_timeout(BUSY_TIMEOUT)
        .and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK;"));
    written.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => DatabaseError::NoDatabase { path: shown() },
        _ => DatabaseError::CannotWrite { path: shown(), reason: reason(&error) },
    })
}

fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly) => "it is read-only".to_owned(),
        Some(ErrorCode::DatabaseBusy) => "another program is writing to it".to_owned(),
        Some(ErrorCode::CannotOpen) => "the folder does not exist, or may not be used".to_owned(),
        _ => error.to_string(),
    }
}

async fn connect_sqlite(path: &Path) -> Result<DatabaseConnection, DatabaseError> {
    let mut options = ConnectOptions::new("sqlite:");
    let path = path.to_owned();
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log this loses no consistency, and a commit at most on a power cut.
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
    });
    Ok(sea_orm::Database::connect(options).await?)
}

fn postgres_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options
}

async fn connect_postgres(options: ConnectOptions) -> Result<DatabaseConnection, DatabaseError> {
    sea_orm::Database::connect(options)
        .await
        .map_err(|error| DatabaseError::CannotReach { reason: error.to_string() })
}

pub(super) async fn connect_postgres_once(url: &str) -> Result<DatabaseConnection, DatabaseError> {
    connect_postgres(postgres_options(url, 1)).await
}
