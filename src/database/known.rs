//! The highest revision that this process knows of, so that nobody has to ask the database whether
//! something kept in memory is still right.
//!
//! It is raised by everything that reads the revision, so that whoever has seen something new is
//! never answered from before it; by every commit of this process, before whoever asked for it goes
//! on; and on PostgreSQL by what other servers notify. What none of these tell, because another
//! program has written or because notifications get lost on the way, is bounded by time: a revision
//! that was last confirmed longer ago than [`SQLITE`] or [`POSTGRES`] is read again before anybody
//! goes by it. Only who asks has it read, so an idle server asks nothing.
//!
//! On SQLite that is a read of one row by a connection of its own, some microseconds, which waits
//! for no reader. `PRAGMA data_version` would promise the same and save next to nothing: it opens a
//! reading transaction as well, changes with every commit of whatever (a token that was used), and
//! then the revision would have to be read all the same.
//!
//! A revision that is lower than one that was known before it was read is of a database that was put
//! back under the running server: nobody goes by anything then, until the server is started anew.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use sea_orm::DatabaseTransaction;
use tokio::time::timeout_at;

use super::listen::Listener;
use super::postgres::Postgres;
use super::{Database, DatabaseError, revision};

/// For how long a revision is gone by that was read from SQLite: another process tells nobody.
pub(super) const SQLITE: Duration = Duration::from_millis(50);

/// For how long one is gone by that was read from PostgreSQL. Other servers' changes are notified
/// within milliseconds; this holds where a pooler takes no part in that, or a connection hangs.
pub(super) const POSTGRES: Duration = Duration::from_secs(1);

/// How long PostgreSQL may take to tell the revision. Whoever waits could be executed meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// What [`Inner::revision`] is before any was read.
const UNKNOWN: i64 = -1;

/// The highest revision that is known. Clones share it.
#[derive(Clone)]
pub(super) struct Known(Arc<Inner>);

struct Inner {
    revision: AtomicI64,
    /// When a read began that no higher revision is older than, in microseconds after `start`; 0
    /// when there was none yet, or something may have changed since that nobody could be told of.
    confirmed: AtomicU64,
    /// For how long that is gone by, in microseconds.
    bound: AtomicU64,
    /// Whether it was said that the database was put back.
    put_back: AtomicBool,
    start: Instant,
}

/// How the revision is read to confirm it.
pub(super) enum Asking {
    /// By this connection; null once the database is closed.
    Sqlite(Mutex<Option<Connection>>),
    Postgres {
        /// Who asks; and when it was last asked in vain.
        turn: tokio::sync::Mutex<Option<Instant>>,
        listener: Listener,
    },
}

impl Known {
    /// Nothing is known yet.
    pub fn new(bound: Duration) -> Self {
        Self(Arc::new(Inner {
            revision: AtomicI64::new(UNKNOWN),
            confirmed: AtomicU64::new(0),
            bound: AtomicU64::new(micros(bound)),
            put_back: AtomicBool::new(false),
            // So that no time after it is 0.
            start: Instant::now()
                .checked_sub(Duration::from_micros(1))
                .unwrap_or_else(Instant::now),
        }))
    }

    /// Takes note of a revision that there is.
    pub fn raise(&self, revision: i64) {
        self.0.revision.fetch_max(revision, Ordering::AcqRel);
    }

    /// Takes note of the revision that was read by a statement that began at `begun`.
    pub fn read(&self, revision: i64, begun: Instant) {
        // One that is below what is known already confirms nothing.
        if revision >= self.0.revision.fetch_max(revision, Ordering::AcqRel) {
            let begun = micros(begun.saturating_duration_since(self.0.start));
            self.0.confirmed.fetch_max(begun, Ordering::AcqRel);
        }
    }

    /// There may be a higher one, for all that is known.
    fn doubt(&self) {
        self.0.confirmed.store(0, Ordering::Release);
    }

    /// The highest one so far; null when none was read.
    pub fn highest(&self) -> Option<i64> {
        Some(self.0.revision.load(Ordering::Acquire)).filter(|revision| *revision != UNKNOWN)
    }

    /// The highest one, if it was confirmed within the bound.
    fn fresh(&self) -> Option<i64> {
        // In this order: what is confirmed has been raised before.
        let confirmed = self.0.confirmed.load(Ordering::Acquire);
        let age = micros(self.0.start.elapsed()).saturating_sub(confirmed);
        (confirmed > 0 && age < self.0.bound.load(Ordering::Relaxed)).then(|| self.highest())?
    }
}

impl Asking {
    /// Opens the connection that asks for the revision in the file at `path`.
    pub fn sqlite(path: &Path) -> Result<Self, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(path, flags)?;
        // It runs where requests are answered, and is not to wait there for anything.
        connection.execute_batch("PRAGMA busy_timeout = 0; PRAGMA query_only = ON;")?;
        Ok(Self::Sqlite(Mutex::new(Some(connection))))
    }

    /// Asks by the pool, and listens as soon as anybody wants to know.
    pub fn postgres(postgres: Postgres, known: &Known) -> Self {
        let listener = Listener::new(postgres, known.clone());
        Self::Postgres { turn: tokio::sync::Mutex::new(None), listener }
    }

    /// Lets go of whatever it has open.
    pub fn close(&self) {
        match self {
            Self::Sqlite(connection) => {
                drop(connection.lock().unwrap_or_else(PoisonError::into_inner).take());
            }
            Self::Postgres { listener, .. } => listener.stop(),
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.close();
    }
}

impl Database {
    /// The directory's revision, as far as this process knows it: nothing is missing that it has
    /// committed or seen, or that was committed elsewhere longer ago than the bound. That costs the
    /// database nothing but once in so much time.
    ///
    /// # Errors
    /// When that cannot be found out, or `deadline` comes.
    pub async fn known_revision(&self, deadline: Instant) -> Result<i64, DatabaseError> {
        let known = &self.inner.known;
        // From the first time on, also when it was read just now for something else.
        if let Asking::Postgres { listener, .. } = &self.inner.asking {
            listener.start();
        }
        if let Some(revision) = known.fresh() {
            return Ok(revision);
        }
        match &self.inner.asking {
            Asking::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(revision) = known.fresh() {
                    return Ok(revision);
                }
                let connection = connection.as_ref().ok_or(DatabaseError::ReaderFailed)?;
                let (before, begun) = (known.highest(), Instant::now());
                let mut statement = connection.prepare_cached(revision::READ)?;
                self.confirm(before, statement.query_row([], |row| row.get(0))?, begun)
            }
            Asking::Postgres { turn, .. } => Box::pin(self.ask_postgres(turn, deadline)).await,
        }
    }

    async fn ask_postgres(
        &self,
        turn: &tokio::sync::Mutex<Option<Instant>>,
        deadline: Instant,
    ) -> Result<i64, DatabaseError> {
        let (known, since) = (&self.inner.known, Instant::now());
        let deadline = deadline.min(since + PATIENCE);
        let turn = timeout_at(deadline.into(), turn.lock()).await;
        let mut failed = turn.map_err(|_| DatabaseError::TimedOut)?;
        if let Some(revision) = known.fresh() {
            return Ok(revision);
        }
        // Who has waited for somebody that asked in vain does not wait again.
        if failed.is_some_and(|failed| failed >= since) {
            return Err(DatabaseError::Busy);
        }
        let (before, begun) = (known.highest(), Instant::now());
        let read = timeout_at(deadline.into(), self.read_revision());
        let read = read.await.unwrap_or(Err(DatabaseError::TimedOut));
        if read.is_err() {
            *failed = Some(Instant::now());
        }
        self.confirm(before, read?, begun)
    }

    /// Takes note of what was read since `before` was known.
    fn confirm(
        &self,
        before: Option<i64>,
        read: i64,
        begun: Instant,
    ) -> Result<i64, DatabaseError> {
        if before.is_some_and(|before| read < before) {
            if !self.inner.known.0.put_back.swap(true, Ordering::Relaxed) {
                tracing::error!(read, before, "the database was put back; start the server anew");
            }
            return Err(DatabaseError::UnexpectedValue("the revision went back".to_owned()));
        }
        self.inner.known.read(read, begun);
        Ok(self.inner.known.highest().unwrap_or(read))
    }

    /// The highest revision that this process has seen; null before it has seen any.
    pub fn highest_revision(&self) -> Option<i64> {
        self.inner.known.highest()
    }

    /// Has the revision be confirmed when it is older than `bound`, for tests of what happens
    /// before and after.
    pub fn confirm_after(&self, bound: Duration) {
        self.inner.known.0.bound.store(micros(bound), Ordering::Relaxed);
    }

    /// Commits `transaction`, and takes note of the revision that it made, if it did: whoever asks
    /// from here on is not answered from before it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn commit(
        &self,
        transaction: DatabaseTransaction,
        made: Option<i64>,
    ) -> Result<(), DatabaseError> {
        let known = self.inner.known.clone();
        // To its end, also when whoever waits for it goes away: what is committed is noted.
        let committed = tokio::spawn(async move {
            let committed = transaction.commit().await;
            match made {
                Some(revision) if committed.is_ok() => known.raise(revision),
                // It may have been done, and only not have been heard of.
                Some(_) => known.doubt(),
                None => {}
            }
            committed
        });
        match committed.await {
            Ok(committed) => Ok(committed?),
            Err(_) => Err(DatabaseError::ReaderFailed),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Known;

    #[test]
    fn what_confirms() {
        let known = Known::new(Duration::from_secs(3_600));
        assert_eq!((known.highest(), known.fresh()), (None, None));
        known.raise(5);
        assert_eq!((known.highest(), known.fresh()), (Some(5), None), "it was only told");
        known.read(4, Instant::now());
        assert_eq!(known.fresh(), None, "there was a higher one");
        known.read(5, Instant::now());
        assert_eq!(known.fresh(), Some(5));
        known.raise(6);
        known.raise(3);
        assert_eq!(known.fresh(), Some(6));
        known.doubt();
        assert_eq!((known.highest(), known.fresh()), (Some(6), None));
        known.read(7, Instant::now());
        assert_eq!(known.fresh(), Some(7));
        let known = Known::new(Duration::ZERO);
        known.read(1, Instant::now());
        assert_eq!(known.fresh(), None, "that is long ago");
    }
}
