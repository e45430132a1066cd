//! Being told of other servers' changes, on PostgreSQL: `revision::raise` notifies of the revision
//! that it makes, and this listens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx::{self, Error};
use tokio::task::JoinHandle;

use super::known::Known;
use super::postgres::Postgres;
use super::revision;

/// Pauses between two tries to listen: the first, and the longest.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What listens, on a connection beside the pool's.
pub(super) struct Listener {
    postgres: Postgres,
    known: Known,
    /// Whether it was told to listen, which is asked of it often.
    started: AtomicBool,
    task: Mutex<Task>,
}

enum Task {
    /// Nobody wanted to know yet.
    Idle,
    Listening(JoinHandle<()>),
    /// The database is closed.
    Over,
}

impl Listener {
    pub fn new(postgres: Postgres, known: Known) -> Self {
        Self { postgres, known, started: AtomicBool::new(false), task: Mutex::new(Task::Idle) }
    }

    /// Listens from now on, unless it does already or the database is closed.
    pub fn start(&self) {
        if self.started.load(Ordering::Relaxed) || self.started.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*task, Task::Idle) {
            *task =
                Task::Listening(tokio::spawn(listen(self.postgres.clone(), self.known.clone())));
        }
    }

    /// Ends for good.
    pub fn stop(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Task::Listening(task) = std::mem::replace(&mut *task, Task::Over) {
            task.abort();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(postgres: Postgres, known: Known) {
    let mut pause = PAUSE;
    // Said once, until it listens again.
    let mut was_said = false;
    loop {
        let ended = hear(&postgres, &known, &mut pause).await;
        was_said &= pause > PAUSE;
        match ended {
            Ok(Ended::Lost) => tracing::debug!("LISTEN connection lost; reconnecting"),
            Ok(Ended::Pooled) => {
                tracing::info!(
                    "a connection pooler shares connections, so LISTEN cannot be used; polling for \
                     changes every second"
                );
                return;
            }
            Err(error) if was_said => tracing::debug!(%error, "LISTEN failed again"),
            Err(error) => {
                was_said = true;
                tracing::warn!(
                    %error,
                    "LISTEN connection lost; polling for changes every second until it is back"
                );
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Why listening has ended without an error.
enum Ended {
    Lost,
    /// It cannot work; see [`Postgres::listener`].
    Pooled,
}

/// Listens until the connection is lost.
async fn hear(postgres: &Postgres, known: &Known, pause: &mut Duration) -> Result<Ended, Error> {
    let Some(mut listener) = postgres.listener().await? else { return Ok(Ended::Pooled) };
    // A new one is made here, so that the revision is read after it listens.
    listener.eager_reconnect(false);
    listener.listen(revision::CHANNEL).await?;
    let begun = Instant::now();
    let read: i64 = sqlx::query_scalar(revision::READ).fetch_one(&mut listener).await?;
    known.read(read, begun);
    *pause = PAUSE;
    while let Some(notification) = listener.try_recv().await? {
        if let Ok(revision) = notification.payload().parse() {
            known.raise(revision);
        }
    }
    Ok(Ended::Lost)
}
