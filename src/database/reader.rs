//! The threads that read an SQLite file.
//!
//! Each owns a connection that cannot write. A request that reads is handed to one of them whole,
//! and its future runs there to the end: a statement is then a plain function call, with no other
//! thread to wake and no pool to lock, and a slow one holds up neither the server's other
//! connections nor its health checks. What waits stands in one bounded queue.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::{DatabaseError, Observer, Snapshot};

/// Prepared statements that a connection keeps. The texts never contain a key or a page's
/// arguments, so their number is that of our kinds of statement times the column sets in use.
const STATEMENT_CACHE: usize = 512;

/// Virtual machine instructions of SQLite between two looks at the clock; some tens of microseconds.
const DEADLINE_CHECK: i32 = 10_000;

type Job = Box<dyn FnOnce(Reader) -> BoxFuture<'static, ()> + Send>;

enum Message {
    Run(Job),
    /// To one thread: close the connection and end.
    Stop,
}

/// A thread's connection, as the request on it sees it.
#[derive(Clone)]
struct Reader {
    connection: Arc<Mutex<Connection>>,
    deadline: Arc<Mutex<Option<Instant>>>,
}

/// The threads, and the queue in front of them.
pub(super) struct ReaderThreads {
    queue: Sender<Message>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl ReaderThreads {
    /// Opens `threads` connections to the file at `path`, each on a thread of its own.
    pub fn start(path: &Path, threads: usize, queue: usize) -> Result<Self, DatabaseError> {
        let (sender, receiver) = crossbeam_channel::bounded(queue);
        let runtime = Handle::current();
        let mut handles = Vec::new();
        for number in 0..threads.max(1) {
            let reader = Reader::open(path)?;
            let (receiver, runtime) = (receiver.clone(), runtime.clone());
            let handle = thread::Builder::new()
                .name(format!("sqlite-reader-{number}"))
                .spawn(move || reader.work(&receiver, &runtime))
                .map_err(|error| DatabaseError::CannotOpen {
                    path: path.display().to_string(),
                    reason: error.to_string(),
                })?;
            handles.push(handle);
        }
        Ok(Self { queue: sender, threads: Mutex::new(handles) })
    }

    /// Ends the threads after what is queued. When it returns, their connections are closed.
    pub fn stop(&self) {
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for _ in &threads {
            // An error means that they have ended already.
            let _ = self.queue.send(Message::Stop);
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    /// Runs `body` on the next thread that is free. Given up when the returned future is dropped.
    pub async fn run<T, F, Fut>(
        &self,
        deadline: Instant,
        observer: Observer,
        body: F,
    ) -> Result<T, DatabaseError>
    where
        F: FnOnce(Snapshot) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (mut sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |reader| {
            Box::pin(async move {
                if sender.is_closed() {
                    return;
                }
                reader.set_deadline(Some(deadline));
                let body = body(Snapshot::sqlite(reader.connection, observer));
                tokio::select! {
                    biased;
                    value = body => drop(sender.send(value)),
                    () = sender.closed() => {}
                }
            })
        });
        match self.queue.try_send(Message::Run(job)) {
            Ok(()) => receiver.await.map_err(|_| DatabaseError::ReaderFailed),
            Err(TrySendError::Full(_)) => Err(DatabaseError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(DatabaseError::ReaderFailed),
        }
    }
}

impl Reader {
    fn open(path: &Path) -> Result<Self, DatabaseError> {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI,
        )?;
        // Pages are mapped, not copied: a walk over rows takes less than half the time.
        // Opened for writing because a reader of a write-ahead log has to be able to make its
        // index; `query_only` is what keeps it from writing rows.
        connection.execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cache_size = -16000; \
             PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 1073741824;",
        )?;
        // A plan that follows from a statement's text alone: else the statement would be planned
        // anew whenever one of its values looks like another plan.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        let deadline = Arc::new(Mutex::new(None::<Instant>));
        let seen = Arc::clone(&deadline);
        connection.progress_handler(
            DEADLINE_CHECK,
            Some(move || {
                let deadline = *seen.lock().unwrap_or_else(PoisonError::into_inner);
                deadline.is_some_and(|deadline| Instant::now() >= deadline)
            }),
        )?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), deadline })
    }

    fn work(self, queue: &Receiver<Message>, runtime: &Handle) {
        while let Ok(Message::Run(job)) = queue.recv() {
            let run = AssertUnwindSafe(job(self.clone())).catch_unwind();
            if runtime.block_on(run).is_err() {
                tracing::error!("a request came down while it was reading");
            }
            self.set_deadline(None);
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            if !connection.is_autocommit()
                && let Err(error) =
                    connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]))
            {
                tracing::error!(%error, "a reading transaction did not end");
            }
        }
    }

    fn set_deadline(&self, deadline: Option<Instant>) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }
}

#[cfg(test)]
mod tests {
    /// Before 3.51.2, SQLite can wait for itself for ever when connections to a file are closed at once,
    /// as those of readers are.
    #[test]
    fn sqlite_does_not_deadlock_when_connections_are_closed() {
        assert!(rusqlite::version_number() >= 3_051_002, "{}", rusqlite::version());
    }
}
