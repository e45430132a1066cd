//! The changes of the directory as they happen, whoever makes them.
//!
//! One task looks at the revision every now and then, as long as anybody listens, and tells
//! everybody what is new; who missed something (it came late, it comes back, it was too slow) reads
//! that from the table of changes. So everybody is told every change once, and in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{grid, package};
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast};

use super::errors::Failure;
use super::subscription::About;
use crate::catalog::{Change, called, changes_after};
use crate::database::{Database, DatabaseError, Snapshot};

/// Changes that a listener may be behind before it has to read them from the table.
const BEHIND: usize = 64;

/// How long reading changes may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where changes are told. Clones share it.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    database: Database,
    poll: Duration,
    sender: broadcast::Sender<Change>,
    /// Whether a task is looking.
    watching: Mutex<bool>,
}

/// Where a listener is.
struct Listener {
    feed: Feed,
    receiver: broadcast::Receiver<Change>,
    /// The newest revision that it was told of.
    revision: i64,
    /// What it has to be told from the table, the newest first.
    missed: Vec<Change>,
    /// Whether there may be more of that.
    behind: bool,
}

impl Feed {
    /// Looks at `database` this often.
    pub fn new(database: Database, poll: Duration) -> Self {
        let (sender, _) = broadcast::channel(BEHIND);
        Self(Arc::new(Inner { database, poll, sender, watching: Mutex::new(false) }))
    }

    /// The database that is looked at.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The kind and the id of what is named; null of nothing.
    ///
    /// # Errors
    /// When there is no such thing, or what the database says.
    pub async fn find(
        &self,
        about: Option<&About>,
    ) -> Result<Option<(&'static str, i64)>, Failure> {
        let Some(about) = about.cloned() else {
            return Ok(None);
        };
        let find = move |snapshot: Snapshot| async move {
            match &about {
                // PostgreSQL does not take such a text.
                About::Package(slug) | About::Grid(slug) if slug.contains('\0') => {
                    Ok((None, about))
                }
                About::Package(slug) => {
                    Ok((called::<package::Entity>(&snapshot, slug).await?, about))
                }
                About::Grid(slug) => Ok((called::<grid::Entity>(&snapshot, slug).await?, about)),
            }
        };
        let found = self.0.database.read(Instant::now() + PATIENCE, find).await;
        match found.and_then(|found| found).map_err(|error: DatabaseError| Failure::from(error))? {
            (Some(id), About::Package(_)) => Ok(Some(("package", id))),
            (Some(id), About::Grid(_)) => Ok(Some(("grid", id))),
            (None, About::Package(_)) => Err(Failure::user("There is no package with this slug")),
            (None, About::Grid(_)) => Err(Failure::user("There is no grid with this slug")),
        }
    }

    /// The changes after a revision, which comes with the name of where the client sent it, or from
    /// now on. It ends with an error of the database.
    ///
    /// # Errors
    /// When the revision is of the future, or older than the history; or what the database says.
    pub async fn changes(
        &self,
        since: Option<(&str, i64)>,
    ) -> Result<impl Stream<Item = Result<Change, DatabaseError>> + Send + use<>, Failure> {
        // In this order: what is committed from here on is told, and what was before is read.
        let receiver = self.0.sender.subscribe();
        self.watch().await?;
        let now = self.0.database.revision(Instant::now() + PATIENCE).await?;
        // Such a revision is of another directory, or of one that was newer before its database was
        // restored. Neither waiting for it nor going on from now would tell the client of that.
        if let Some((name, since)) = since
            && since > now
        {
            let message = format!(
                "`{name}` must be at most {now}, the directory's revision; got {since}. The database \
                 may have been restored from a backup: read what you need anew, and go on after the \
                 revision that it is of"
            );
            return Err(Failure::user(message));
        }
        let revision = since.map_or(now, |(_, since)| since);
        if revision < now
            && self.read(revision).await?.first().map(|it| it.revision) != Some(revision + 1)
        {
            let message = format!(
                "The history does not go back to revision {revision} any more: read what you need anew, \
                 and go on after the revision that it is of"
            );
            return Err(Failure::user(message));
        }
        let listener =
            Listener { feed: self.clone(), receiver, revision, missed: Vec::new(), behind: true };
        Ok(stream::unfold(Some(listener), |listener| async move {
            let mut listener = listener?;
            match listener.next().await {
                Ok(change) => Some((Ok(change), Some(listener))),
                Err(error) => Some((Err(error), None)),
            }
        }))
    }

    /// Starts to look, unless somebody does already.
    async fn watch(&self) -> Result<(), DatabaseError> {
        let mut watching = self.0.watching.lock().await;
        if !*watching {
            // Before anybody reads what has been so far, so that nothing is in between.
            let revision = self.0.database.revision(Instant::now() + PATIENCE).await?;
            *watching = true;
            tokio::spawn(self.clone().look(revision));
        }
        Ok(())
    }

    async fn look(self, mut told: i64) {
        loop {
            tokio::time::sleep(self.0.poll).await;
            if self.0.sender.receiver_count() == 0 {
                let mut watching = self.0.watching.lock().await;
                if self.0.sender.receiver_count() == 0 {
                    *watching = false;
                    return;
                }
            }
            if let Err(error) = self.tell(&mut told).await
                // That is in the log already, once.
                && !error.is_unreachable()
            {
                tracing::warn!(%error, "the changes of the directory could not be read");
            }
        }
    }

    /// Tells what has happened since the revision `told`.
    async fn tell(&self, told: &mut i64) -> Result<(), DatabaseError> {
        while self.0.database.revision(Instant::now() + PATIENCE).await? > *told {
            let changes = self.read(*told).await?;
            let Some(last) = changes.last() else {
                return Ok(());
            };
            *told = last.revision;
            for change in changes {
                // An error means that nobody listens any more.
                let _ = self.0.sender.send(change);
            }
        }
        Ok(())
    }

    async fn read(&self, revision: i64) -> Result<Vec<Change>, DatabaseError> {
        let read = move |snapshot| async move { changes_after(&snapshot, revision).await };
        self.0.database.read(Instant::now() + PATIENCE, read).await?
    }
}

impl Listener {
    async fn next(&mut self) -> Result<Change, DatabaseError> {
        loop {
            if let Some(change) = self.missed.pop() {
                self.revision = change.revision;
                return Ok(change);
            }
            if self.behind {
                self.missed = self.feed.read(self.revision).await?;
                self.missed.reverse();
                self.behind = !self.missed.is_empty();
                continue;
            }
            match self.receiver.recv().await {
                Ok(change) if change.revision > self.revision => {
                    self.revision = change.revision;
                    return Ok(change);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.behind = true,
                // The feed is kept by this listener itself.
                Err(RecvError::Closed) => return Err(DatabaseError::ReaderFailed),
            }
        }
    }
}
