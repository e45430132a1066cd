use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, sqlx};
use thiserror::Error;

/// What PostgreSQL calls a statement that ran into `statement_timeout`.
const QUERY_CANCELED: &str = "57014";

/// What PostgreSQL calls it when it ends a connection, for good or because it came down.
const SHUTDOWN: [&str; 2] = ["57P01", "57P02"];

/// SQLite's busy, also while a log is recovered, and because of an old snapshot.
const SQLITE_BUSY: [&str; 3] = ["5", "261", "517"];

/// Why the database did not do what it was asked to.
#[derive(Debug, Error)]
pub enum DatabaseError {
    #[error("a database address begins with sqlite: or postgres:, not with {0}:")]
    UnknownScheme(String),
    #[error("{0} is no database address; that of an SQLite file is sqlite:{0}")]
    NoScheme(String),
    #[error("an SQLite address names a file, as sqlite:packgrid.db does")]
    NoFile,
    #[error("an SQLite address is sqlite: and a path, without parameters: {0}")]
    Parameters(String),
    #[error("{path} is an SQLite database, but not one of packgrid's")]
    Foreign { path: String },
    #[error("{path} is no SQLite database")]
    NoDatabase { path: String },
    #[error("cannot open {path}: {reason}")]
    CannotOpen { path: String, reason: String },
    #[error("{path} cannot be written: {reason}")]
    CannotWrite { path: String, reason: String },
    #[error("cannot reach the PostgreSQL database: {reason}")]
    CannotReach { reason: String },
    #[error(
        "the database was made by a newer packgrid (it knows the migration {migration}, this \
         program does not)"
    )]
    Newer { migration: String },
    /// Too many requests wait for a reader, or for a connection.
    #[error("too many requests are waiting for the database")]
    Busy,
    /// Another program was writing, and still was when patience ended (SQLite).
    #[error("another program is writing to the database")]
    Locked,
    /// The deadline came while a statement was running.
    #[error("the database took too long")]
    TimedOut,
    /// A reader came down under a request; our fault.
    #[error("a reader of the database failed")]
    ReaderFailed,
    /// A row does not have the shape that the statement promised; our fault.
    #[error("a row read has an unexpected value: {0}")]
    UnexpectedValue(String),
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    #[error(transparent)]
    Orm(DbErr),
}

/// What sqlx says, if it is that which has failed.
fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}

/// Whether a file of SQLite is locked by another program.
pub(super) fn is_locked(error: &DbErr) -> bool {
    cause(error).is_some_and(|cause| has_code(cause, &SQLITE_BUSY))
}

impl DatabaseError {
    /// Whether the connection to PostgreSQL broke, or was found broken.
    pub(super) fn is_broken_connection(&self) -> bool {
        let Self::Orm(error) = self else { return false };
        cause(error).is_some_and(|cause| {
            matches!(cause, sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
                || has_code(cause, &SHUTDOWN)
        })
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::TimedOut,
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Busy,
            error => DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))).into(),
        }
    }
}

impl From<DbErr> for DatabaseError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => Self::Busy,
            DbErr::Query(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
                if cause
                    .as_database_error()
                    .is_some_and(|cause| cause.code().as_deref() == Some(QUERY_CANCELED)) =>
            {
                Self::TimedOut
            }
            error if is_locked(error) => Self::Locked,
            _ => Self::Orm(error),
        }
    }
}
