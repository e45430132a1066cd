//! Whether PostgreSQL can be reached, found out beside whoever waits for it.
//!
//! sqlx's pool connects again and again until its own time is over, and a connection on which nothing
//! arrives any more waits for ever; in both cases nobody can tell from the outside whether the
//! database is slow, busy or gone. So whoever waits while nothing at all is heard from PostgreSQL has
//! it be asked by a connection of its own. Once that failed, PostgreSQL counts as unreachable: requests
//! fail after a short wait, and a task asks again until it answers. That is logged at the beginning
//! and at the end, and not for each request.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::DatabaseError;
use super::postgres::Postgres;

/// How long somebody waits in silence until PostgreSQL is asked.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long it may take to connect then. With [`PATIENCE`] it is below a second, for what asks for
/// the revision before it asks for data.
const CONNECTING: Duration = Duration::from_millis(700);

/// How much later than that a timer may go off. On a machine that is out of breath PostgreSQL is as
/// slow as this program, and nothing follows from its silence.
const LATE: Duration = Duration::from_millis(100);

/// How long somebody waits while PostgreSQL is unreachable: enough for one who finds it back.
const GLIMPSE: Duration = Duration::from_millis(50);

/// The pause between two tries to find it back.
const PAUSE: Duration = Duration::from_millis(250);

/// What is known of PostgreSQL. Clones share it.
#[derive(Clone)]
pub struct Reachable(Arc<Inner>);

struct Inner {
    postgres: Postgres,
    start: Instant,
    /// When it last answered, in microseconds after `start`.
    heard: AtomicU64,
    /// Whether it is unreachable.
    is_down: AtomicBool,
    /// Why; empty before it ever was.
    why: Mutex<String>,
    /// Held by whoever asks it, so that one asks for all that wait.
    asking: tokio::sync::Mutex<()>,
}

impl Reachable {
    /// Of a PostgreSQL that has just answered.
    pub(super) fn new(postgres: Postgres) -> Self {
        Self(Arc::new(Inner {
            postgres,
            start: Instant::now(),
            heard: AtomicU64::new(0),
            is_down: AtomicBool::new(false),
            why: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }))
    }

    /// Takes note that PostgreSQL has answered somebody.
    pub(super) fn heard(&self) {
        let now = u64::try_from(self.0.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.heard.fetch_max(now, Ordering::Relaxed);
        if self.is_down() && self.0.is_down.swap(false, Ordering::AcqRel) {
            tracing::info!("PostgreSQL is reachable again");
        }
    }

    /// Whether PostgreSQL is unreachable, for all that is known.
    pub(super) fn is_down(&self) -> bool {
        self.0.is_down.load(Ordering::Acquire)
    }

    fn was_heard_since(&self, since: Instant) -> bool {
        self.0.start + Duration::from_micros(self.0.heard.load(Ordering::Relaxed)) >= since
    }

    /// Waits for `work`, which waits for PostgreSQL, as long as that can be reached.
    ///
    /// # Errors
    /// That it cannot be reached; `work` is dropped then.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> Result<T, DatabaseError> {
        let mut work = std::pin::pin!(work);
        loop {
            let since = Instant::now();
            let patience = if self.is_down() { GLIMPSE } else { PATIENCE };
            if let Ok(done) = timeout(patience, &mut work).await {
                return Ok(done);
            }
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                found = self.find_out(since) => found?,
            }
        }
    }

    /// Asks PostgreSQL, unless it was heard or found unreachable meanwhile.
    async fn find_out(&self, since: Instant) -> Result<(), DatabaseError> {
        if !self.is_down() && !self.was_heard_since(since) {
            let asking = self.0.asking.lock().await;
            if !self.is_down() && !self.was_heard_since(since) {
                let begun = Instant::now();
                match self.0.postgres.probe(CONNECTING).await {
                    Ok(()) => self.heard(),
                    // Others are answered.
                    Err(_) if self.was_heard_since(begun) => {}
                    Err(_) if begun.elapsed() > CONNECTING + LATE => {}
                    Err(why) => self.went(why),
                }
            }
            drop(asking);
        }
        if self.is_down() {
            let reason = self.0.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return Err(DatabaseError::CannotReach { reason });
        }
        Ok(())
    }

    /// Takes note that PostgreSQL is unreachable, and looks for it from now on.
    fn went(&self, why: String) {
        self.0.why.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&why);
        if self.0.is_down.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::error!(
            reason = why,
            "PostgreSQL cannot be reached; requests fail until it is back"
        );
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                // The database was closed, or somebody has found it.
                let Some(this) = inner.upgrade().map(Self).filter(Self::is_down) else { return };
                if this.0.postgres.probe(CONNECTING).await.is_ok() {
                    this.heard();
                }
            }
        });
    }
}
