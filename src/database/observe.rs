//! What the one function that runs reading statements tells others: slow ones to the log, all of
//! them to a test that records.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The texts of statements, in the order in which they were run.
#[derive(Clone, Debug, Default)]
pub struct StatementLog(Arc<Mutex<Vec<String>>>);

impl StatementLog {
    /// Takes what was recorded since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sees every statement that reads; transaction control and the reading of the revision aside.
#[derive(Clone)]
pub struct Observer {
    slow: Option<Duration>,
    recording: Arc<Mutex<Option<StatementLog>>>,
}

impl Observer {
    /// Logs statements that take at least `slow`; zero logs none.
    pub fn new(slow: Duration) -> Self {
        Self { slow: (!slow.is_zero()).then_some(slow), recording: Arc::default() }
    }

    /// Starts to record, into a new log.
    pub fn record(&self) -> StatementLog {
        let log = StatementLog::default();
        *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = Some(log.clone());
        log
    }

    /// Takes note of a statement that began at `start` and has just ended.
    pub fn ran(&self, sql: &str, start: Instant) {
        let took = start.elapsed();
        if self.slow.is_some_and(|slow| took >= slow) {
            tracing::warn!(millis = took.as_millis() as u64, sql, "slow statement");
        }
        if let Some(log) = &*self.recording.lock().unwrap_or_else(PoisonError::into_inner) {
            log.0.lock().unwrap_or_else(PoisonError::into_inner).push(sql.to_owned());
        }
    }
}
