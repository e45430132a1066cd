//! Reading: everything of one moment.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sea_orm::sea_query::{SelectStatement, SqliteQueryBuilder};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, Statement, StatementBuilder, TransactionTrait, Value, Values,
};

use super::{DatabaseError, Observer, Row, revision};

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
}

enum Source {
    /// The connection of the thread that the request runs on.
    Sqlite(Arc<Mutex<Connection>>),
    Postgres {
        pool: DatabaseConnection,
        /// When the request is given up. A statement may run on for as long as was left of that
        /// time when the first one began.
        deadline: Instant,
        transaction: tokio::sync::Mutex<Option<DatabaseTransaction>>,
    },
}

impl Snapshot {
    pub(super) fn sqlite(connection: Arc<Mutex<Connection>>, observer: Observer) -> Self {
        Self::new(Source::Sqlite(connection), observer)
    }

    pub(super) fn postgres(
        pool: DatabaseConnection,
        deadline: Instant,
        observer: Observer,
    ) -> Self {
        let transaction = tokio::sync::Mutex::new(None);
        Self::new(Source::Postgres { pool, deadline, transaction }, observer)
    }

    fn new(source: Source, observer: Observer) -> Self {
        Self(Arc::new(Inner { source, revision: AtomicI64::new(UNKNOWN), observer }))
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

    /// Runs `select` and decodes each row.
    ///
    /// # Errors
    /// What the database says, what `decode` says, or that the deadline came.
    pub async fn fetch<T>(
        &self,
        select: &SelectStatement,
        decode: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>, DatabaseError> {
        let statement = match self.backend() {
            DbBackend::Postgres => StatementBuilder::build(select, &DbBackend::Postgres),
            backend => {
                let (sql, values) = select.build(SqliteQueryBuilder);
                Statement { sql, values: Some(values), db_backend: backend }
            }
        };
        self.run(statement, decode).await
    }

    /// Runs a statement that cannot be spelled as a [`SelectStatement`]. Its text does not depend
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
        self.run(Statement::from_sql_and_values(self.backend(), sql, values), decode).await
    }

    /// The one function through which a request reads.
    async fn run<T>(
        &self,
        statement: Statement,
        mut decode: impl FnMut(&Row<'_>) -> Result<T, DatabaseError> + Send,
    ) -> Result<Vec<T>, DatabaseError> {
        let spelled_out = self.0.observer.spell_out(&statement);
        match &self.0.source {
            Source::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                self.begin_sqlite(&connection)?;
                let Statement { sql, values, .. } = statement;
                let start = Instant::now();
                let mut statement = connection.prepare_cached(&sql)?;
                let values = values.unwrap_or(Values(Vec::new()));
                let values = values.0.iter().map(bind).collect::<Result<Vec<_>, _>>()?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut result = Vec::new();
                while let Some(row) = rows.next()? {
                    result.push(decode(&Row::Sqlite(row))?);
                }
                self.0.observer.ran(&sql, spelled_out, start);
                Ok(result)
            }
            Source::Postgres { pool, deadline, transaction } => {
                let mut transaction = transaction.lock().await;
                let transaction = match &mut *transaction {
                    Some(transaction) => transaction,
                    none => none.insert(self.begin_postgres(pool, *deadline).await?),
                };
                let sql = statement.sql.clone();
                let start = Instant::now();
                let rows = transaction.query_all_raw(statement).await?;
                self.0.observer.ran(&sql, spelled_out, start);
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
        pool: &DatabaseConnection,
        deadline: Instant,
    ) -> Result<DatabaseTransaction, DatabaseError> {
        let begun = Instant::now();
        let transaction = pool
            .begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
            .await?;
        // The limit goes along with the first statement, for one round trip less. Zero would be none.
        let left = deadline.saturating_duration_since(Instant::now()).as_millis().max(1);
        let sql = "SELECT revision, set_config('statement_timeout', $1, true) FROM directory";
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, sql, [left.to_string().into()]);
        let row = transaction.query_one_raw(statement).await?;
        let revision = match row {
            Some(row) => row.try_get_by_index(0)?,
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
            Source::Postgres { .. } => self.finish().await,
        }
        self.0.revision.store(UNKNOWN, Ordering::Release);
        Ok(())
    }

    /// Gives the connection back to PostgreSQL's pool. (SQLite's is given back by its thread.)
    pub(super) async fn finish(&self) {
        if let Source::Postgres { transaction, .. } = &self.0.source
            && let Some(transaction) = transaction.lock().await.take()
            && let Err(error) = transaction.rollback().await
        {
            tracing::warn!(%error, "a reading transaction did not end cleanly");
        }
    }
}

/// A value as SQLite takes it. Ours are whole numbers, truth values and text, so this is shorter
/// and steadier than sea-query-rusqlite, which stops compiling when some crate switches on one
/// more of sea-query's types.
fn bind(value: &Value) -> Result<ToSqlOutput<'_>, DatabaseError> {
    Ok(ToSqlOutput::Borrowed(match value {
        Value::Bool(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::Int(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::BigInt(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
        Value::BigUnsigned(value) => match value.map(i64::try_from) {
            None => ValueRef::Null,
            Some(Ok(value)) => ValueRef::Integer(value),
            Some(Err(error)) => return Err(DatabaseError::UnexpectedValue(error.to_string())),
        },
        Value::String(value) => {
            value.as_ref().map_or(ValueRef::Null, |value| ValueRef::Text(value.as_bytes()))
        }
        other => return Err(DatabaseError::UnexpectedValue(format!("{other:?} cannot be bound"))),
    }))
}
