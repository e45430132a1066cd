use std::sync::Arc;

use sea_orm::sqlx::postgres::{PgDatabaseError, PgSeverity};
use sea_orm::{DbErr, RuntimeErr, sqlx};
use thiserror::Error;

/// What PostgreSQL calls a statement that ran into `statement_timeout`.
const QUERY_CANCELED: &str = "57014";

/// What PostgreSQL calls it when it ends a connection, for good or because it came down.
const SHUTDOWN: [&str; 2] = ["57P01", "57P02"];

/// How the codes of connection exceptions begin. Poolers have them without calling them fatal.
const CONNECTION_EXCEPTION: &str = "08";

/// What PostgreSQL calls it when a role lacks a privilege, and when it may use no schema at all.
const PRIVILEGE: [&str; 2] = ["42501", "3F000"];

/// What PostgreSQL says of prepared statements that are there already, or are not there, because another
/// client has used the same connection.
const SHARED_STATEMENTS: [&str; 2] = ["42P05", "26000"];

/// SQLite's busy, also while a log is recovered, and because of an old snapshot.
const SQLITE_BUSY: [&str; 3] = ["5", "261", "517"];

/// Why the database did not do what it was asked to.
#[derive(Debug, Error)]
pub enum DatabaseError {
    #[error("a database address begins with sqlite: or postgres:, not with {0}:")]
    UnknownScheme(String),
    #[error("{0} is no database address; that of an SQLite file is sqlite:{0}")]
    NoScheme(String),
    /// Does not show what was given instead, which may hold a password.
    #[error("the database address must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")]
    NoAddress,
    #[error("the address of the PostgreSQL database cannot be used: {0}")]
    PostgresUrl(String),
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
        "the role {role} must not create tables in the schema {schema}; its owner allows it by \
         GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};"
    )]
    MayNotCreate { role: String, schema: String },
    #[error(
        "the role {role} may use none of the schemas in its search_path ({search_path}); create one, \
         or allow it by GRANT USAGE, CREATE ON SCHEMA … TO {role};"
    )]
    NoSchema { role: String, search_path: String },
    #[error(
        "the role {role} must not use what another role has made in the schema {schema}: {message}; \
         packgrid has to own its tables (REASSIGN OWNED BY … TO {role};)"
    )]
    NotOwner { role: String, schema: String, message: String },
    #[error(
        "a pooler such as PgBouncer shares PostgreSQL's connections, and prepared statements with \
         them; end the address of the database with ?statement-cache-capacity=0"
    )]
    SharedStatements,
    #[error("{path} cannot be written, and needs a migration: run `packgrid migrate` where it can")]
    NeedsMigration { path: String },
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
    /// Whether PostgreSQL cannot be reached, or was lost on the way. What it calls fatal is that it has
    /// taken no connection (wrong credentials, no such database, too many connections, starting) or has
    /// ended one.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::CannotReach { .. } => true,
            Self::Orm(error) => cause(error).is_some_and(|cause| match cause {
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
                sqlx::Error::Database(error) => {
                    error.try_downcast_ref::<PgDatabaseError>().is_some_and(|error| {
                        matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
                            || error.code().starts_with(CONNECTION_EXCEPTION)
                    })
                }
                _ => false,
            }),
            _ => false,
        }
    }

    /// What PostgreSQL says, if it is that a role lacks a privilege.
    pub(super) fn lacks_privilege(&self) -> Option<&str> {
        let Self::Orm(error) = self else { return None };
        cause(error)
            .filter(|cause| has_code(cause, &PRIVILEGE))
            .and_then(sqlx::Error::as_database_error)
            .map(|error| error.message())
    }

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
            error if cause(error).is_some_and(|cause| has_code(cause, &SHARED_STATEMENTS)) => {
                Self::SharedStatements
            }
            _ => Self::Orm(error),
        }
    }
}
