//! What clients can be told of as it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_graphql::{Context, Enum, Object, SimpleObject, Subscription as Subscribe};
use futures_util::stream::{Stream, StreamExt};

use tokio::sync::Notify;

use super::errors::Failure;
use super::feed::Feed;
use super::scalars::{BigInt, DateTime};
use crate::catalog::{Change, ChangeCounts};

/// How far a subscription has come, for its transport. Goes into the request's data.
pub struct Progress {
    resume_after: Option<i64>,
    /// The revision of the event that was told last; 0 before the first.
    reached: AtomicI64,
    begun: Notify,
}

impl Progress {
    /// A client was told of everything up to this revision; null if it begins.
    pub fn after(revision: Option<i64>) -> Self {
        Self { resume_after: revision, reached: AtomicI64::default(), begun: Notify::new() }
    }

    /// Waits until nothing that happens is missed any more.
    pub async fn begun(&self) {
        self.begun.notified().await;
    }

    /// The revision of the event that was told last; null before the first.
    pub fn reached(&self) -> Option<i64> {
        Some(self.reached.load(Ordering::Acquire)).filter(|revision| *revision > 0)
    }
}

/// Where subscriptions begin.
pub struct Subscription;

/// Where subscriptions begin. They go over WebSocket (`graphql-transport-ws`), or as server-sent
/// events (`Accept: text/event-stream`).
#[Subscribe]
impl Subscription {
    /// Every change of the directory as it is committed, once and in order, whoever makes it.
    async fn directory_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Also the changes after this revision, the oldest first; only those from now on, unless given. Example: `\"42\"`"
        )]
        since: Option<BigInt>,
    ) -> async_graphql::Result<impl Stream<Item = Result<DirectoryChange, Failure>> + use<>> {
        let feed = ctx.data::<Feed>().map_err(|_| Failure::broken("no feed"))?;
        let progress =
            Arc::clone(ctx.data::<Arc<Progress>>().map_err(|_| Failure::broken("no progress"))?);
        let since = progress.resume_after.or(since.map(|since| since.0));
        let changes = feed.changes(since).await.map_err(Failure::from)?;
        progress.begun.notify_one();
        Ok(changes.map(move |change| {
            let change = change.map_err(Failure::from)?;
            progress.reached.store(change.revision, Ordering::Release);
            Ok(DirectoryChange(change))
        }))
    }
}

/// A committed change of the directory.
pub struct DirectoryChange(Arc<Change>);

/// A committed change of the directory.
#[Object]
impl DirectoryChange {
    /// The directory's revision that the change made; each one raises it by one.
    async fn revision(&self) -> BigInt {
        BigInt(self.0.revision)
    }

    /// When it was made.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// What kind of change it was.
    async fn kind(&self) -> ChangeKind {
        match &*self.0.kind {
            "import" => ChangeKind::Import,
            "score" => ChangeKind::Score,
            _ => ChangeKind::Derive,
        }
    }

    /// How many rows are not what they were, by what they are; only those of which there are any.
    async fn counts(&self) -> Vec<ChangedRows> {
        let counts = self.0.counts.iter();
        counts.map(|(of, counts)| ChangedRows::new(of, *counts)).collect()
    }
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum ChangeKind {
    /// A directory, or a part of one, was brought in.
    Import,
    /// Scores have aged.
    Score,
    /// What follows from the records was made anew by another version of the program.
    Derive,
}

/// How many rows of a kind a change touched.
#[derive(SimpleObject)]
pub struct ChangedRows {
    /// What they are: `packages`, `grids`, `categories`, `features`, `elements` (cells),
    /// `versions` (releases) or `pairings` (packages' places in grids); `rows` of any kind.
    of: String,
    /// How many are new.
    added: i32,
    /// How many have other values.
    changed: i32,
    /// How many are gone.
    removed: i32,
}

impl ChangedRows {
    fn new(of: &str, counts: ChangeCounts) -> Self {
        let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            of: of.to_owned(),
            added: count(counts.added),
            changed: count(counts.changed),
            removed: count(counts.removed),
        }
    }
}
