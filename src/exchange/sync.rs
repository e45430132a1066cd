//! Keeping in step with a source: pass after pass, in the background.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::Timestamp;
use serde::{Serialize, Serializer};
use thiserror::Error;

use super::fetch::{FetchError, fetch, shown_address};
use super::import::{ImportError, Options, import};
use super::prune::Prune;
use super::report::{Report, Stage};
use crate::clock;
use crate::config::Sync;
use crate::database::Database;

/// Problems of a pass that are told one by one; of the rest, their number is.
const MOST_PROBLEMS: usize = 20;

/// Why a pass failed.
#[derive(Debug, Error)]
pub enum SyncError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl SyncError {
    /// What everybody may know of it. The rest, which may name paths and hosts, is for the log.
    fn told(&self) -> String {
        match self {
            Self::Fetch(FetchError::Staging { .. } | FetchError::Locked(_)) => {
                "what was fetched cannot be kept; the log tells why".to_owned()
            }
            Self::Import(ImportError::Database(_) | ImportError::File(_)) => {
                "it could not be written; the log tells why".to_owned()
            }
            other => other.to_string(),
        }
    }
}

/// A sync, and where it stands. Clones share it.
#[derive(Clone)]
pub struct Progress(Arc<Shared>);

struct Shared {
    /// With a name and a password, if there are any.
    address: String,
    standing: Mutex<Standing>,
}

/// What is told of a sync.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// The address of the source's API, without a name and a password.
    pub source: String,
    pub state: State,
    /// When the pass that is under way, or else the last one, began; null before the first.
    #[serde(serialize_with = "moment")]
    pub begun: Option<Timestamp>,
    /// When the source was last found to be as the directory is, since this program runs.
    #[serde(serialize_with = "moment")]
    pub synced_at: Option<Timestamp>,
    /// Passes that failed one after the other.
    pub failures: u32,
    /// Why the last pass failed, as far as it is everybody's; null when it did not.
    pub error: Option<String>,
    /// Records and links that the last pass that did not fail left out.
    pub skipped: usize,
    /// Why it left them out: the first of the problems.
    pub problems: Vec<String>,
    /// What that pass left though the source has it no more: since it is too much, such as `40 of 191
    /// packages`, or since something was made in it here.
    pub not_pruned: Vec<String>,
}

/// What a sync is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Waiting,
    Fetching,
    Writing,
}

fn moment<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

impl Progress {
    /// Of a sync with the API at `address` that has not begun.
    ///
    /// # Errors
    /// When it is no address of HTTP.
    pub fn new(address: &str) -> Result<Self, FetchError> {
        let standing = Mutex::new(Standing {
            source: shown_address(address)?,
            state: State::Waiting,
            begun: None,
            synced_at: None,
            failures: 0,
            error: None,
            skipped: 0,
            problems: Vec::new(),
            not_pruned: Vec::new(),
        });
        Ok(Self(Arc::new(Shared { address: address.to_owned(), standing })))
    }

    /// Where it stands now.
    pub fn now(&self) -> Standing {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, set: impl FnOnce(&mut Standing)) {
        set(&mut self.0.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Fetches `source` and brings in what differs, once. A record that is wrong is left out and
/// reported.
///
/// # Errors
/// When the source cannot be had, or the database fails. The directory is as it was then.
pub async fn pass(
    database: &Database,
    settings: &Sync,
    progress: &Progress,
    show: &mut (dyn FnMut(Stage) + Send),
) -> Result<Report, SyncError> {
    progress.set(|standing| {
        standing.state = State::Fetching;
        standing.begun = Some(clock::now());
    });
    let result = try_pass(database, settings, progress, show).await;
    progress.set(|standing| {
        standing.state = State::Waiting;
        match &result {
            Ok((report, at)) => {
                standing.synced_at = Some(*at);
                standing.failures = 0;
                standing.error = None;
                standing.skipped = report.skipped();
                let problems = report.problems.iter().take(MOST_PROBLEMS);
                standing.problems = problems.map(ToString::to_string).collect();
                let too_many = report.not_pruned.iter().map(ToString::to_string);
                let held = report.held.iter().map(ToString::to_string);
                standing.not_pruned = too_many.chain(held).collect();
            }
            Err(error) => {
                standing.failures = standing.failures.saturating_add(1);
                standing.error = Some(error.told());
            }
        }
    });
    result.map(|(report, _)| report)
}

/// A pass, and the time that what it brought in is of.
async fn try_pass(
    database: &Database,
    settings: &Sync,
    progress: &Progress,
    show: &mut (dyn FnMut(Stage) + Send),
) -> Result<(Report, Timestamp), SyncError> {
    let fetched = fetch(&progress.0.address, database.identity(), settings, show).await?;
    progress.set(|standing| standing.state = State::Writing);
    let prune = if settings.prune { Prune::OrLeave } else { Prune::No };
    let options = Options { skip_invalid: true, prune, ..Options::default() };
    let now = clock::now();
    let report = import(database, &fetched.directory, options, now, show).await?;
    Ok((report, fetched.directory.fetched_from().map_or(now, |(_, begun)| begun)))
}

/// Keeps `database` in step for ever, and tells the log what happens.
pub async fn keep_in_step(database: Database, settings: Sync, progress: Progress) {
    let pause = Duration::from_secs(settings.every_seconds);
    let source = progress.now().source;
    loop {
        match pass(&database, &settings, &progress, &mut |_| {}).await {
            Ok(report) => tell(&source, &report),
            Err(error) => tracing::error!(%source, %error, "the directory was not synced"),
        }
        tokio::time::sleep(pause).await;
    }
}

/// Tells the log what a pass did.
fn tell(source: &str, report: &Report) {
    for problem in report.problems.iter().take(MOST_PROBLEMS) {
        tracing::warn!(%source, %problem, "skipped a record");
    }
    if !report.problems.is_empty() {
        let (problems, skipped) = (report.problems.len(), report.skipped());
        tracing::warn!(%source, problems, skipped, "the directory was synced without some records");
    }
    for too_many in &report.not_pruned {
        let gone = too_many.to_string();
        tracing::warn!(%source, %gone, "the source has these no more; too many to be pruned");
    }
    for held in &report.held {
        let gone = held.to_string();
        tracing::warn!(%source, %gone, "the source no longer has this row; it is not pruned");
    }
    if report.kept + report.left_out + report.gave_way > 0 {
        let (values, records) = (report.kept, report.left_out + report.gave_way);
        tracing::info!(%source, values, records, "what editors have changed or taken out stayed so");
    }
    if report.changed() {
        let rows: usize = report.kinds().iter().map(|(_, counts)| counts.touched()).sum();
        tracing::info!(%source, rows, revision = report.revision, "the directory was synced");
    } else {
        tracing::debug!(%source, "the directory is in step");
    }
}
