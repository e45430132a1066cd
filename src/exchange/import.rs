//! Bringing a directory in: all of it, or nothing.

use entity::Timestamp;
use sea_orm::EntityTrait;
use thiserror::Error;

use super::files::{Directory, FileError};
use super::incoming::Incoming;
use super::report::{Problem, Report, Stage};
use crate::database::{Database, DatabaseError, revision};

/// How an import is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Leave out what is wrong instead of giving up.
    pub skip_invalid: bool,
}

/// Why nothing was brought in.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} wrong, nothing was imported", match .0.len() { 1 => "a record is".to_owned(), n => format!("{n} records are") })]
    Invalid(Vec<Problem>),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sea_orm::DbErr> for ImportError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// Brings `directory` into `database` in one transaction.
///
/// Rows are kept as they come, under their own ids. Rows of which nothing differs are not written,
/// and if that is all of them, neither is a change, and the revision stays.
///
/// # Errors
/// When a file cannot be read, a record is wrong (unless such are to be skipped), or the database
/// fails; nothing was changed then.
pub async fn import(
    database: &Database,
    directory: &Directory,
    options: Options,
    now: Timestamp,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Report, ImportError> {
    let transaction = database.begin().await?;
    revision::lock(&transaction).await?;
    let mut incoming = Incoming::read(directory, &transaction, now, progress).await?;
    let problems = std::mem::take(&mut incoming.problems);
    if !problems.is_empty() && !options.skip_invalid {
        transaction.rollback().await?;
        return Err(ImportError::Invalid(problems));
    }
    let mut report = incoming.write(&transaction, now, progress).await?;
    report.problems = problems;
    report.count_skipped();
    if report.changed() {
        let counts = serde_json::to_string(&report)
            .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))?;
        report.revision = revision::raise(&transaction, now, "import", counts).await?;
        transaction.commit().await?;
    } else {
        report.revision = entity::directory::Entity::find()
            .one(&transaction)
            .await?
            .map_or(0, |directory| directory.revision);
        transaction.rollback().await?;
    }
    Ok(report)
}
