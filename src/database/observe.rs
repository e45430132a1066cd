//! What the one function that runs reading statements tells others: slow ones to the log, all of
//! them to a test that records, and the revision to whoever keeps what was read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sea_query::ArrayType;
use sea_orm::{DbBackend, Statement, Value};

use super::PlanMode;
use super::known::Known;
use super::reachable::Reachable;

/// The texts of statements, in the order in which they were run.
#[derive(Clone, Debug, Default)]
pub struct StatementLog(Arc<Mutex<Vec<Recorded>>>);

/// A statement that was run.
#[derive(Clone, Debug)]
pub struct Recorded {
    statement: Statement,
    mode: PlanMode,
}

impl Recorded {
    /// The statement with the values in their places.
    fn spell_out(self) -> String {
        let mut statement = self.statement;
        // Built for SQLite, parameters are `?`; spelled by us, they are numbered everywhere, as
        // PostgreSQL has them.
        if statement.sql.contains("$1") {
            statement.db_backend = DbBackend::Postgres;
        }
        statement.to_string()
    }

    /// SQL that shows the plan, a step a row.
    fn explain(self) -> String {
        let values = match (self.statement.db_backend, &self.statement.values) {
            (DbBackend::Postgres, Some(values)) if !values.0.is_empty() => &values.0,
            (DbBackend::Postgres, _) => {
                return format!("EXPLAIN (COSTS OFF) {}", self.spell_out());
            }
            _ => return format!("EXPLAIN QUERY PLAN {}", self.spell_out()),
        };
        // By its text alone, PostgreSQL would plan it by its values.
        let mode = self.mode.setting();
        let page_cost = self.mode.random_page_cost().unwrap_or("DEFAULT");
        let types: Vec<&str> = values.iter().map(postgres_type).collect();
        let values: Vec<String> = values
            .iter()
            .map(|value| Statement::from_sql_and_values(DbBackend::Postgres, "$1", [value.clone()]))
            .map(|value| value.to_string())
            .collect();
        format!(
            "SET plan_cache_mode = {mode}; SET random_page_cost = {page_cost}; PREPARE explained ({}) AS {}; \
             EXPLAIN (COSTS OFF) EXECUTE explained ({}); DEALLOCATE explained",
            types.join(", "),
            self.statement.sql,
            values.join(", "),
        )
    }
}

/// The PostgreSQL type that a value is bound as.
fn postgres_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Array(ArrayType::BigInt, _) => "bigint[]",
        Value::Array(_, _) => "text[]",
        Value::String(_) => "text",
        _ => "bigint",
    }
}

impl StatementLog {
    /// Takes what was recorded since the last call.
    pub fn take(&self) -> Vec<String> {
        self.take_all().into_iter().map(|recorded| recorded.statement.sql).collect()
    }

    /// The same with the values in their places.
    pub fn take_spelled_out(&self) -> Vec<String> {
        self.take_all().into_iter().map(Recorded::spell_out).collect()
    }

    /// For each statement since the last call, what [`Self::take_spelled_out`] gives, and SQL that
    /// shows the plan by which it was run: on SQLite one query, on PostgreSQL several, of which one
    /// has rows.
    pub fn take_explanations(&self) -> Vec<(String, String)> {
        let explain = |recorded: Recorded| (recorded.clone().spell_out(), recorded.explain());
        self.take_all().into_iter().map(explain).collect()
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
    /// `None` on SQLite.
    reachable: Option<Reachable>,
}

impl Observer {
    /// Logs statements that take at least `slow`; zero logs none. What revisions are read, `known` is
    /// told, and of each answer of PostgreSQL, `reachable`.
    pub(super) fn new(slow: Duration, known: Known, reachable: Option<Reachable>) -> Self {
        let slow = (!slow.is_zero()).then_some(slow);
        Self { slow, recording: Arc::default(), known, reachable }
    }

    fn heard(&self) {
        if let Some(reachable) = &self.reachable {
            reachable.heard();
        }
    }

    /// Takes note of the revision that a moment is of, whose reading began at `begun`.
    pub fn began(&self, revision: i64, begun: Instant) {
        self.known.read(revision, begun);
        self.heard();
    }

    /// Starts to record, into a new log.
    pub fn record(&self) -> StatementLog {
        let log = StatementLog::default();
        *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = Some(log.clone());
        log
    }

    /// A copy of the statement for the log; `None` if nothing is being recorded.
    pub fn prepare_record(&self, statement: &Statement, mode: PlanMode) -> Option<Recorded> {
        let recording = self.recording.lock().unwrap_or_else(PoisonError::into_inner);
        recording.is_some().then(|| Recorded { statement: statement.clone(), mode })
    }

    /// Takes note of a statement that began at `start` and has just ended.
    pub fn ran(&self, sql: &str, recorded: Option<Recorded>, start: Instant) {
        self.heard();
        let took = start.elapsed();
        if self.slow.is_some_and(|slow| took >= slow) {
            tracing::warn!(millis = took.as_millis() as u64, sql, "slow statement");
        }
        if let Some(log) = &*self.recording.lock().unwrap_or_else(PoisonError::into_inner)
            && let Some(recorded) = recorded
        {
            log.0.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        }
    }
}
