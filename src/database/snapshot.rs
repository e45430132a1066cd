//! Reading: everything of one moment.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rusqlite::Connection;
use sea_orm::sea_query::{SelectStatement, SqliteQueryBuilder};
use sea_orm::sqlx::postgres::PgPool;
use sea_orm::sqlx::{self, AssertSqlSafe, Postgres, Row as _, SqlSafeStr as _, Transaction};
use sea_orm::{DbBackend, Statement, StatementBuilder, Value, Values};

use super::bind::{bind_postgres, bind_sqlite};
use super::connect::{Beginning, on_a_sound_connection};
use super::{DatabaseError, Observer, PlanMode, Row, revision};

/// How a request begins on PostgreSQL.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The same where prepared statements do not outlive a transaction; see `postgres`.
const BEGIN_ANEW: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; DEALLOCATE ALL";

/// The first statement on PostgreSQL: it reads the revision, and sets the time limit and the plan
/// mode of the transaction without a round trip of their own.
const READ_REVISION: &str = "SELECT revision, set_config('statement_timeout', $1, true), \
    set_config('plan_cache_mode', $2, true), \
    set_config('random_page_cost', coalesce($3, current_setting('random_page_cost')), true) \
    FROM directory";

/// What the revision is before it was read.
const UNKNOWN: i64 = -1;

/// A view of the database that stands still: all statements of a request see the same moment.
///
/// It begins with its first statement, so a request that reads nothing costs the database nothing.
/// Clones share it.
#[derive(Clone)]
pub struct Snapshot(Arc<Inner>);

struct Inner {
    source: Source,
    revision: AtomicI64,
    observer: Observer,
    /// Whether a statement is expected whose plan depends on its values; see [`PlanMode`].
    plans_by_value: AtomicBool,
}

enum Source {
    /// The connection of the thread that the request runs on.
    Sqlite(Arc<Mutex<Connection>>),
    Postgres {
        pool: PgPool,
        /// How a transaction begins.
        begin: &'static str,
        /// When the request is given up. A statement may run on for as long as was left of that
        /// time when the first one began.
        deadline: Instant,
        transaction: tokio::sync::Mutex<Option<Transaction<'static, Postgres>>>,
    },
}

impl Snapshot {
    pub(super) fn sqlite(connection: Arc<Mutex<Connection>>, observer: Observer) -> Self {
        Self::new(Source::Sqlite(connection), observer)
    }

    /// `keeps_statements` tells whether prepared statements outlive a transaction.
    pub(super) fn postgres(
        pool: PgPool,
        keeps_statements: bool,
        deadline: Instant,
        observer: Observer,
    ) -> Self {
        let begin = if keeps_statements { BEGIN } else { BEGIN_ANEW };
        let transaction = tokio::sync::Mutex::new(None);
        Self::new(Source::Postgres { pool, begin, deadline, transaction }, observer)
    }

    fn new(source: Source, observer: Observer) -> Self {
        let revision = AtomicI64::new(UNKNOWN);
        Self(Arc::new(Inner { source, revision, observer, plans_by_value: AtomicBool::new(false) }))
    }

    /// Announces a statement of [`PlanMode::ByValue`]. Before the first statement this is free;
    /// without it, PostgreSQL is told in a round trip before such a statement.
    pub fn expect_plans_by_value(&self) {
        self.0.plans_by_value.store(true, Ordering::Relaxed);
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        match &self.0.source {
            Source::Sqlite(_) => DbBackend::Sqlite,
            Source::Postgres { .. } => DbBackend::Postgres,
        }
    }

    /// The directory's revision at this moment; null when nothing was read yet.
    pub fn revision(&self) -> Option<i64> {
        Some(self.0.revision.load(Ordering::Acquire)).filter(|revision| *revision != UNKNOWN)
    }

    /// Runs `select`, whose plan does not depend on its values, and decodes each row.
    ///
    /// # Errors
    /// What the database says, what `decode` says, or that the deadline came.
    pub async fn fetch<T>(
        &self,
        select: &SelectStatement,
        decode: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>, DatabaseError> {
        self.fetch_planned(select, PlanMode::Generic, decode).await
    }

    /// Runs `select`, planned as `mode` says, and decodes each row.
    ///
    /// # Errors
    /// As of [`Self::fetch`].
    pub async fn fetch_planned<T>(
        &self,
        select: &SelectStatement,
        mode: PlanMode,
        decode: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>, DatabaseError> {
        let statement = match self.backend() {
            DbBackend::Postgres => StatementBuilder::build(select, &DbBackend::Postgres),
            backend => {
                let (sql, values) = select.build(SqliteQueryBuilder);
                Statement { sql, values: Some(values), db_backend: backend }
            }
        };
        self.run(statement, mode, decode).await
    }

    /// Runs a statement that cannot be spelled as a [`SelectStatement`], such as those of a search,
    /// which a generic plan made slower (1.2 times PostgreSQL's CPU among 5,000 packages). Its text does not depend
    /// on the data; its parameters are `$1`, `$2` and so on, and appear first in that order.
    ///
    /// # Errors
    /// As of [`Self::fetch`].
    pub async fn fetch_sql<T>(
        &self,
        sql: &str,
        values: Vec<Value>,
        decode: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>, DatabaseError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        self.run(statement, PlanMode::ByValue, decode).await
    }

    /// The one function through which a request reads.
    async fn run<T>(
        &self,
        statement: Statement,
        mode: PlanMode,
        mut decode: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>, DatabaseError> {
        let recorded = self.0.observer.prepare_record(&statement, mode);
        match &self.0.source {
            Source::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                self.begin_sqlite(&connection)?;
                let Statement { sql, values, .. } = statement;
                let start = Instant::now();
                let mut statement = connection.prepare_cached(&sql)?;
                let values = values.unwrap_or(Values(Vec::new()));
                let values = values.0.iter().map(bind_sqlite).collect::<Result<Vec<_>, _>>()?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut result = Vec::new();
                while let Some(row) = rows.next()? {
                    result.push(decode(&Row::Sqlite(row))?);
                }
                self.0.observer.ran(&sql, recorded, start);
                Ok(result)
            }
            Source::Postgres { pool, begin, deadline, transaction } => {
                let mut transaction = transaction.lock().await;
                let transaction = match &mut *transaction {
                    Some(transaction) => transaction,
                    none => {
                        if mode == PlanMode::ByValue {
                            self.expect_plans_by_value();
                        }
                        none.insert(self.begin_postgres(pool, begin, *deadline).await?)
                    }
                };
                if mode == PlanMode::ByValue && !self.0.plans_by_value.swap(true, Ordering::Relaxed)
                {
                    sqlx::raw_sql(PlanMode::SET_BY_VALUE).execute(&mut **transaction).await?;
                }
                let Statement { sql, values, .. } = statement;
                let start = Instant::now();
                let values = bind_postgres(values.unwrap_or(Values(Vec::new())))?;
                let query = sqlx::query_with(AssertSqlSafe(sql.as_str()), values);
                let rows = query.fetch_all(&mut **transaction).await?;
                self.0.observer.ran(&sql, recorded, start);
                rows.iter().map(|row| decode(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Begins, and tells which revision it is of. For SQLite's readers alone.
    pub(super) fn begin_and_read_revision(&self) -> Result<i64, DatabaseError> {
        let Source::Sqlite(connection) = &self.0.source else {
            return Err(DatabaseError::UnexpectedValue("not SQLite".to_owned()));
        };
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        self.begin_sqlite(&connection)?;
        self.revision().ok_or(DatabaseError::ReaderFailed)
    }

    fn begin_sqlite(&self, connection: &Connection) -> Result<(), DatabaseError> {
        if self.revision().is_none() {
            let begun = Instant::now();
            if connection.is_autocommit() {
                connection.prepare_cached("BEGIN")?.execute([])?;
            }
            let revision =
                connection.prepare_cached(revision::READ)?.query_row([], |row| row.get(0))?;
            self.0.observer.began(revision, begun);
            self.0.revision.store(revision, Ordering::Release);
        }
        Ok(())
    }

    async fn begin_postgres(
        &self,
        pool: &PgPool,
        begin: &'static str,
        deadline: Instant,
    ) -> Result<Transaction<'static, Postgres>, DatabaseError> {
        let begun = Instant::now();
        // By sea-orm it would take one round trip more to say what kind of transaction it is.
        let begin = || async {
            let connection = pool.acquire().await?;
            Ok(Beginning::new(Transaction::begin(connection, Some(begin.into_sql_str()))).await?)
        };
        let mut transaction = on_a_sound_connection(pool, begin).await?;
        // The limit goes along with the first statement. Zero would be none.
        let left = deadline.saturating_duration_since(Instant::now()).as_millis().max(1);
        let mode = match self.0.plans_by_value.load(Ordering::Relaxed) {
            true => PlanMode::ByValue,
            false => PlanMode::Generic,
        };
        let read = sqlx::query(READ_REVISION)
            .bind(left.to_string())
            .bind(mode.setting())
            .bind(mode.random_page_cost());
        let row = read.fetch_optional(&mut *transaction).await?;
        let revision = match row {
            Some(row) => row.try_get(0)?,
            None => return Err(DatabaseError::UnexpectedValue("no row in directory".to_owned())),
        };
        self.0.observer.began(revision, begun);
        self.0.revision.store(revision, Ordering::Release);
        Ok(transaction)
    }

    /// Goes on at another moment: that of the next statement.
    ///
    /// # Errors
    /// What the database says.
    pub async fn renew(&self) -> Result<(), DatabaseError> {
        match &self.0.source {
            Source::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                if !connection.is_autocommit() {
                    connection.prepare_cached("ROLLBACK")?.execute([])?;
                }
            }
            Source::Postgres { transaction, .. } => drop(transaction.lock().await.take()),
        }
        self.0.revision.store(UNKNOWN, Ordering::Release);
        Ok(())
    }

    /// Gives the connection back to PostgreSQL's pool. (SQLite's is given back by its thread.)
    ///
    /// Nobody has to wait for it: the pool ends the transaction by the round trip in which it looks
    /// whether the connection is all right, on a task of its own.
    pub(super) fn finish(&self) {
        let Source::Postgres { transaction, .. } = &self.0.source else {
            return;
        };
        match transaction.try_lock() {
            Ok(mut transaction) => drop(transaction.take()),
            // A statement that was given up is still running.
            Err(_) => {
                let snapshot = self.clone();
                tokio::spawn(async move {
                    if let Source::Postgres { transaction, .. } = &snapshot.0.source {
                        drop(transaction.lock().await.take());
                    }
                });
            }
        }
    }
}
