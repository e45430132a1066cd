//! The database: opening it, reading at one moment, writing in one transaction.
//!
//! Reading and writing take different ways. A request that reads is given a [`Snapshot`] and sees
//! one moment from its first statement to its last; on SQLite it runs on a thread that owns a
//! connection (see `reader`), on PostgreSQL it holds a connection of the pool. Writes are plain
//! sea-orm transactions.

mod bind;
mod connect;
mod error;
mod known;
mod listen;
mod migrate;
mod observe;
mod plan_mode;
mod postgres;
mod postgres_url;
mod reachable;
mod read_only;
mod reader;
pub mod revision;
mod row;
mod snapshot;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::Semaphore;

pub use error::DatabaseError;
pub use observe::{Observer, StatementLog};
pub use plan_mode::PlanMode;
pub use row::{Cell, CellKind, Row};
pub use snapshot::Snapshot;

use known::{Asking, Known};
use reachable::Reachable;
use reader::ReaderThreads;

/// How long a start waits for another writer of SQLite, and how long between two tries (each of
/// which waits by itself, too).
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// Requests that edit at a time on PostgreSQL. Writers take turns there, too, and each that waits
/// for its own keeps a connection from those that read.
const TURNS: usize = 2;

/// A database that is open and migrated. Clones share it.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    /// The only writer of SQLite; the whole pool of PostgreSQL.
    connection: DatabaseConnection,
    /// Whether prepared statements outlive a transaction; see `postgres`.
    keeps_statements: bool,
    /// Null on PostgreSQL.
    readers: Option<ReaderThreads>,
    /// One more, for requests that edit: writers of SQLite take turns anyway, and those that wait for
    /// theirs must not keep others from reading. Null on PostgreSQL.
    editor: Option<ReaderThreads>,
    /// On PostgreSQL as many requests edit at a time as this has permits: while one has its turn to
    /// write, another reads what it has written.
    turns: Semaphore,
    observer: Observer,
    /// The highest revision that this process knows of.
    known: Known,
    asking: Asking,
    /// `None` on SQLite.
    reachable: Option<Reachable>,
    identity: i64,
    /// Whether it is a file that cannot be written.
    is_read_only: bool,
}

impl Database {
    /// Opens the database that `settings` name, makes it when it is an SQLite file that is not
    /// there, and brings its tables up to date.
    ///
    /// # Errors
    /// When it cannot be reached, is no database, is newer than this program, or cannot be written.
    pub async fn open(settings: &crate::config::Database) -> Result<Self, DatabaseError> {
        connect::open(settings).await
    }

    /// As [`Self::open`], for a command that only reads. An SQLite file that cannot be written is
    /// opened all the same, if it needs no migration; nothing can be written to it then.
    ///
    /// # Errors
    /// As of [`Self::open`], or that the file needs a migration.
    pub async fn open_to_read(settings: &crate::config::Database) -> Result<Self, DatabaseError> {
        connect::open_to_read(settings).await
    }

    /// Whether it is a file that cannot be written, opened by [`Self::open_to_read`].
    pub fn is_read_only(&self) -> bool {
        self.inner.is_read_only
    }

    /// Runs `body` on a snapshot: everything it reads is of one moment.
    ///
    /// On SQLite `body` runs on another thread to its end; dropping the returned future gives it
    /// up. `deadline` stops the statement that is running then.
    ///
    /// # Errors
    /// When no reader can take it. What fails inside `body` is in its own result.
    pub async fn read<T, F, Fut>(&self, deadline: Instant, body: F) -> Result<T, DatabaseError>
    where
        F: FnOnce(Snapshot) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        self.run(self.inner.readers.as_ref(), deadline, body).await
    }

    /// As [`Self::read`], for a `body` that also writes, by [`Self::begin`], and reads what it has
    /// written after [`Snapshot::renew`].
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub async fn edit<T, F, Fut>(&self, deadline: Instant, body: F) -> Result<T, DatabaseError>
    where
        F: FnOnce(Snapshot) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let Some(editor) = &self.inner.editor else {
            let turn = tokio::time::timeout_at(deadline.into(), self.inner.turns.acquire());
            let _turn = turn.await.map_err(|_| DatabaseError::TimedOut)?;
            return self.run(None, deadline, body).await;
        };
        self.run(Some(editor), deadline, body).await
    }

    async fn run<T, F, Fut>(
        &self,
        threads: Option<&ReaderThreads>,
        deadline: Instant,
        body: F,
    ) -> Result<T, DatabaseError>
    where
        F: FnOnce(Snapshot) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let observer = self.inner.observer.clone();
        match threads {
            Some(threads) => threads.run(deadline, observer, body).await,
            None => {
                let pool = self.inner.connection.get_postgres_connection_pool().clone();
                let keeps = self.inner.keeps_statements;
                let snapshot = Snapshot::postgres(pool, keeps, deadline, observer);
                // Boxed: each future around it would have room for it, and so for a whole request.
                let value = self.watch(Box::pin(body(snapshot.clone()))).await;
                snapshot.finish();
                value
            }
        }
    }

    /// The directory's revision now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn revision(&self, deadline: Instant) -> Result<i64, DatabaseError> {
        match &self.inner.readers {
            Some(threads) => {
                let observer = self.inner.observer.clone();
                let read = |snapshot: Snapshot| async move { snapshot.begin_and_read_revision() };
                threads.run(deadline, observer, read).await?
            }
            // One round trip, where a snapshot would take two.
            None => {
                let begun = Instant::now();
                let revision = self.read_revision().await?;
                self.inner.known.read(revision, begun);
                Ok(revision)
            }
        }
    }

    /// Reads the revision from PostgreSQL.
    async fn read_revision(&self) -> Result<i64, DatabaseError> {
        let pool = self.inner.connection.get_postgres_connection_pool();
        let read = connect::on_a_sound_connection(pool, || revision::read(pool));
        let revision = self.watch(read).await??;
        if let Some(reachable) = &self.inner.reachable {
            reachable.heard();
        }
        Ok(revision)
    }

    /// Waits for `work` as long as the database can be reached, which a file always can.
    async fn watch<T>(&self, work: impl Future<Output = T>) -> Result<T, DatabaseError> {
        match &self.inner.reachable {
            Some(reachable) => reachable.watch(work).await,
            None => Ok(work.await),
        }
    }

    /// Begins a transaction that will write. One that changes the directory begins with
    /// [`revision::lock`] and ends with [`revision::raise`]; all end with [`Self::commit`].
    ///
    /// # Errors
    /// When the database cannot be reached, or another writer held it for too long.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DatabaseError> {
        // On SQLite a transaction that starts by reading may find, at its first write, that another
        // writer was faster; one that is immediate waits for its turn instead.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = || async {
            let connection = self.inner.connection.clone();
            let begin = async move { connection.begin_with_options(options).await };
            Ok(connect::Beginning::new(Box::pin(begin)).await?)
        };
        match self.backend() {
            DbBackend::Postgres => {
                let pool = self.inner.connection.get_postgres_connection_pool();
                let begun = Box::pin(connect::on_a_sound_connection(pool, begin));
                let begun = self.watch(begun).await?;
                let transaction = begun?;
                if !self.inner.keeps_statements {
                    transaction.execute_unprepared(postgres::DEALLOCATE).await?;
                }
                Ok(transaction)
            }
            _ => begin().await,
        }
    }

    /// As [`Self::begin`], until `deadline` at the latest; on PostgreSQL no statement of it, waiting
    /// for others included, runs on for longer than was left of that time when it began.
    ///
    /// # Errors
    /// As of [`Self::begin`], or that the deadline came.
    pub async fn begin_until(
        &self,
        deadline: Instant,
    ) -> Result<DatabaseTransaction, DatabaseError> {
        let begun = tokio::time::timeout_at(deadline.into(), self.begin()).await;
        let transaction = begun.map_err(|_| DatabaseError::TimedOut)??;
        if self.backend() == DbBackend::Postgres {
            // A request that was given up would keep its connection until its turn came. Zero would
            // be no limit.
            let left = deadline.saturating_duration_since(Instant::now()).as_millis().max(1);
            let limit = format!("SET LOCAL statement_timeout = {left}");
            transaction.execute_unprepared(&limit).await?;
        }
        Ok(transaction)
    }

    /// As [`Self::begin`], but waits a minute for another program that writes, which may be
    /// importing: a start has nothing better to do.
    ///
    /// # Errors
    /// As of [`Self::begin`].
    pub async fn begin_patiently(&self) -> Result<DatabaseTransaction, DatabaseError> {
        let start = Instant::now();
        loop {
            match self.begin().await {
                Err(DatabaseError::Locked) if start.elapsed() < PATIENCE => {
                    tracing::info!("another program is writing to the database; waiting");
                }
                begun => return begun,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Tells databases apart, on one machine.
    pub fn identity(&self) -> i64 {
        self.inner.identity
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        self.inner.connection.get_database_backend()
    }

    /// Records the text of every statement read from now on, for tests that count them.
    pub fn record_statements(&self) -> StatementLog {
        self.inner.observer.record()
    }

    /// Closes every connection, waiting for what they are doing. Of an SQLite database the file
    /// alone is left then: its last connection puts the write-ahead log into it.
    pub async fn close(self) {
        self.inner.asking.close();
        if self.inner.readers.is_some() {
            let inner = Arc::clone(&self.inner);
            let stopped = tokio::task::spawn_blocking(move || {
                inner.readers.iter().chain(&inner.editor).for_each(ReaderThreads::stop);
            });
            if let Err(error) = stopped.await {
                tracing::warn!(%error, "the readers did not stop cleanly");
            }
        }
        if let Err(error) = self.inner.connection.close_by_ref().await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }
}
