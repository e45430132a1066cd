//! What the one function that runs reading statements tells others: slow ones to the log, all of
//! them to a test that records, and the revision to whoever keeps what was read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DbBackend, Statement};

use super::known::Known;

/// The texts of statements, in the order in which they were run.
#[derive(Clone, Debug, Default)]
pub struct StatementLog(Arc<Mutex<Vec<Recorded>>>);

/// A statement that was run.
#[derive(Clone, Debug)]
struct Recorded {
    sql: String,
    spelled_out: String,
}

impl StatementLog {
    /// Takes what was recorded since the last call.
    pub fn take(&self) -> Vec<String> {
        self.take_all().into_iter().map(|recorded| recorded.sql).collect()
    }

    /// The same with the values in their places, for looking at plans.
    pub fn take_spelled_out(&self) -> Vec<String> {
        self.take_all().into_iter().map(|recorded| recorded.spelled_out).collect()
    }

    fn take_all(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sees every statement that reads; transaction control and the reading of the revision aside.
#[derive(Clone)]
pub struct Observer {
    slow: Option<Duration>,
    recording: Arc<Mutex<Option<StatementLog>>>,
    known: Known,
}

impl Observer {
    /// Logs statements that take at least `slow`; zero logs none. What revisions are read, `known` is
    /// told.
    pub(super) fn new(slow: Duration, known: Known) -> Self {
        Self { slow: (!slow.is_zero()).then_some(slow), recording: Arc::default(), known }
    }

    /// Takes note of the revision that a moment is of, whose reading began at `begun`.
    pub fn began(&self, revision: i64, begun: Instant) {
        self.known.read(revision, begun);
    }

    /// Starts to record, into a new log.
    pub fn record(&self) -> StatementLog {
        let log = StatementLog::default();
        *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = Some(log.clone());
        log
    }

    /// The statement with the values in their places, if anybody records.
    pub fn spell_out(&self, statement: &Statement) -> Option<String> {
        let recording = self.recording.lock().unwrap_or_else(PoisonError::into_inner);
        recording.is_some().then(|| {
            // Built for SQLite, parameters are `?`; spelled by us, they are numbered everywhere, as
            // PostgreSQL has them.
            let mut statement = statement.clone();
            if statement.sql.contains("$1") {
                statement.db_backend = DbBackend::Postgres;
            }
            statement.to_string()
        })
    }

    /// Takes note of a statement that began at `start` and has just ended.
    pub fn ran(&self, sql: &str, spelled_out: Option<String>, start: Instant) {
        let took = start.elapsed();
        if self.slow.is_some_and(|slow| took >= slow) {
            tracing::warn!(millis = took.as_millis() as u64, sql, "slow statement");
        }
        if let Some(log) = &*self.recording.lock().unwrap_or_else(PoisonError::into_inner)
            && let Some(spelled_out) = spelled_out
        {
            let recorded = Recorded { sql: sql.to_owned(), spelled_out };
            log.0.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        }
    }
}
