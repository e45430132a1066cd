use sea_orm::DbErr;
use thiserror::Error;

/// Why the database did not do what it was asked to.
#[derive(Debug, Error)]
pub enum DatabaseError {
    #[error("the database address {0:?} begins with neither sqlite: nor postgres:")]
    UnknownScheme(String),
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

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::TimedOut,
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<DbErr> for DatabaseError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => Self::Busy,
            // 57014 is query_canceled: what statement_timeout raises.
            DbErr::Query(error) | DbErr::Exec(error) if error.to_string().contains("57014") => {
                Self::TimedOut
            }
            _ => Self::Orm(error),
        }
    }
}
