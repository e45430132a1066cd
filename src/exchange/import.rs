//! Bringing a directory in: all of it, or nothing.

use entity::{Timestamp, source};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use thiserror::Error;

use super::edited::Edited;
use super::files::{Directory, FileError};
use super::incoming::Incoming;
use super::ours::Ours;
use super::prune::{self, Prune, Pruned};
use super::report::{Problem, Report, Stage, TooMany};
use super::write::Origin;
use crate::database::revision::{self, Entry};
use crate::database::{Database, DatabaseError};

/// How an import is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Leave out what is wrong instead of giving up.
    pub skip_invalid: bool,
    /// Whether rows go that their source has no more.
    pub prune: Prune,
    /// Only find out what would change, and list it.
    pub dry_run: bool,
    /// Do not keep what editors have changed and taken out of what comes in.
    pub overwrite_edits: bool,
}

/// Why nothing was brought in.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}; nothing was imported", invalid(.0))]
    Invalid(Vec<Problem>),
    #[error(
        "{} would be deleted, since they are not in the source any more; nothing was imported",
        .0.iter().map(TooMany::to_string).collect::<Vec<_>>().join(", ")
    )]
    TooManyGone(Vec<TooMany>),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How many records are invalid, and how many depend on them.
fn invalid(problems: &[Problem]) -> String {
    let records = match problems.len() {
        1 => "1 record is invalid".to_owned(),
        count => format!("{count} records are invalid"),
    };
    let dependents = problems.iter().flat_map(|problem| &problem.dependents);
    match dependents.map(|(_, count)| count).sum::<usize>() {
        0 => records,
        1 => format!("{records}, and 1 more record or link depends on that"),
        count => format!("{records}, and {count} more records and links depend on that"),
    }
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
    let turn = revision::lock(&transaction).await?;
    let revision = turn.revision;
    let source = match directory.fetched_from() {
        Some((url, _)) => Some(source_id(&transaction, url).await?),
        None => None,
    };
    // Also what is pruned may come again under another id.
    let edited = match options.overwrite_edits {
        true => Edited::default(),
        false => Edited::read(&transaction, source.is_some()).await?,
    };
    let pruned = match options.prune {
        Prune::No => Pruned::default(),
        how => {
            let list = options.dry_run;
            prune::prune(&transaction, directory, source, how, list, revision).await?
        }
    };
    let too_many = !pruned.report.not_pruned.is_empty();
    if too_many && options.prune == Prune::OrGiveUp && !options.dry_run {
        transaction.rollback().await?;
        return Err(ImportError::TooManyGone(pruned.report.not_pruned));
    }
    let ours = Ours::read(&transaction, source.is_some(), options.overwrite_edits).await?;
    let beside = (ours, edited);
    let mut incoming =
        Incoming::read(directory, source, beside, &transaction, now, progress).await?;
    let problems = std::mem::take(&mut incoming.problems);
    if !problems.is_empty() && !options.skip_invalid {
        transaction.rollback().await?;
        return Err(ImportError::Invalid(problems));
    }
    let origin = Origin {
        source,
        revision,
        next_id: turn.next_id,
        next_pairing_id: turn.next_pairing_id,
        now,
        lists_differences: options.dry_run,
        overwrites_edits: options.overwrite_edits,
    };
    let ids = std::mem::take(&mut incoming.ids);
    let mut report = incoming.write(&transaction, origin, pruned, progress).await?;
    report.problems = problems;
    if options.prune == Prune::No && revision > 1 {
        report.absent = prune::absent(&transaction, source, &ids).await?;
    }
    report.count_skipped();
    if options.dry_run || !report.changed() {
        report.revision = entity::directory::Entity::find()
            .one(&transaction)
            .await?
            .map_or(0, |directory| directory.revision);
        transaction.rollback().await?;
        if let Some((url, at)) = directory.fetched_from().filter(|_| !options.dry_run) {
            let transaction = database.begin().await?;
            note_source(&transaction, url, at).await?;
            database.commit(transaction, None).await?;
        }
        return Ok(report);
    }
    let counts = serde_json::to_string(&report)
        .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))?;
    let mut entry = Entry::counted(now, "import", counts);
    entry.subjects = std::mem::take(&mut report.subjects);
    entry.next_id = Some(report.next_id);
    entry.next_pairing_id = Some(report.next_pairing_id);
    if let Some((url, at)) = directory.fetched_from() {
        note_source(&transaction, url, at).await?;
    }
    report.revision = revision::raise(&transaction, &entry).await?;
    database.commit(transaction, Some(report.revision)).await?;
    Ok(report)
}

/// The id of the source at this address, which is noted down if it is new.
async fn source_id(transaction: &DatabaseTransaction, url: &str) -> Result<i64, DatabaseError> {
    // Whoever moves to HTTPS is the same one.
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let spellings = ["http", "https"].map(|scheme| format!("{scheme}://{rest}"));
    let known = source::Entity::find().filter(source::Column::Url.is_in(spellings));
    if let Some(source) = known.one(transaction).await? {
        return Ok(source.id);
    }
    let new = source::ActiveModel { url: Set(url.to_owned()), ..Default::default() };
    Ok(new.insert(transaction).await?.id)
}

/// Notes that the directory was in step with its source at that time. That is all that is written
/// when nothing has changed, and no change of the directory.
async fn note_source(
    transaction: &DatabaseTransaction,
    url: &str,
    at: Timestamp,
) -> Result<(), DatabaseError> {
    entity::directory::Entity::update_many()
        .col_expr(entity::directory::Column::Source, Expr::value(url))
        .col_expr(entity::directory::Column::SyncedAt, Expr::value(at.0))
        .exec(transaction)
        .await?;
    Ok(())
}
