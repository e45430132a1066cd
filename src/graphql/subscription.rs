//! What clients can be told of as it happens.
//!
//! A subscription is executed once to find out what it wishes to be told of, which comes as no
//! event; and then once for every change that it is told of, at a moment of its own, with a loader
//! of its own, as a query is.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Subscription as Subscribe};
use futures_util::stream::{self, Stream};

use super::errors::Failure;
use super::scalars::BigInt;
use super::types::{DirectoryChange, GridChange, PackageChange, told_change};
use crate::catalog::Change;

/// What a subscription wishes to be told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The revision after which it goes on; null from now on.
    pub since: Option<i64>,
    /// What the changes are about; null of whatever they are.
    pub about: Option<About>,
}

/// What changes can be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The package with this slug.
    Package(String),
    /// The grid with this slug.
    Grid(String),
}

/// Where a subscription leaves its wish. Goes into the data of its first execution.
#[derive(Clone, Default)]
pub struct Wishes(Arc<Mutex<Option<Wish>>>);

impl Wishes {
    fn leave(&self, wish: Wish) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wish);
    }

    /// The wish, if one was left.
    pub fn take(&self) -> Option<Wish> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is told of. Goes into the data of an event's execution.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub change: Change,
    /// The id of what the subscription is about; null if it is about all changes.
    pub about: Option<i64>,
}

/// Where subscriptions begin.
pub struct Subscription;

type Told1<T> = async_graphql::Result<stream::Iter<std::option::IntoIter<Result<T, Failure>>>>;

/// Where subscriptions begin. They go over WebSocket (`graphql-transport-ws`), or as server-sent
/// events (`Accept: text/event-stream`).
#[Subscribe]
impl Subscription {
    /// Every change of the directory as it is committed, once and in order, whoever makes it.
    async fn directory_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Also the changes after this revision, the oldest first; only those from now on, unless given. One above the directory's revision is an error: the database may have been restored. Example: `\"42\"`"
        )]
        since: Option<BigInt>,
    ) -> async_graphql::Result<impl Stream<Item = Result<DirectoryChange, Failure>> + use<>> {
        event(ctx, since, None, |told| told_change(ctx, told)).await
    }

    /// Every change of one package as it is committed, once and in order: of what is said about it,
    /// its releases, its places in grids and its cells. The package is found by its slug once, at
    /// the beginning; it is told of on when its slug changes.
    async fn package_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The package's name in addresses. Example: `\"django-queued-storage\"`")]
        slug: String,
        #[graphql(
            desc = "Also the changes after this revision, the oldest first; only those from now on, unless given. One above the directory's revision is an error: the database may have been restored. Example: `\"42\"`"
        )]
        since: Option<BigInt>,
    ) -> async_graphql::Result<impl Stream<Item = Result<PackageChange, Failure>> + use<>> {
        event(ctx, since, Some(About::Package(slug)), async |told| Ok(PackageChange(told))).await
    }

    /// Every change of one grid as it is committed, once and in order: of what is said about it, its
    /// packages, its features and its cells. The grid is found by its slug once, at the beginning;
    /// it is told of on when its slug changes.
    async fn grid_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The grid's name in addresses. Example: `\"forms\"`")] slug: String,
        #[graphql(
            desc = "Also the changes after this revision, the oldest first; only those from now on, unless given. One above the directory's revision is an error: the database may have been restored. Example: `\"42\"`"
        )]
        since: Option<BigInt>,
    ) -> async_graphql::Result<impl Stream<Item = Result<GridChange, Failure>> + use<>> {
        event(ctx, since, Some(About::Grid(slug)), async |told| Ok(GridChange(told))).await
    }
}

/// The one event of an execution that is told of something; none, but a wish, of one that is not.
async fn event<T>(
    ctx: &Context<'_>,
    since: Option<BigInt>,
    about: Option<About>,
    tell: impl AsyncFnOnce(Told) -> Result<T, Failure>,
) -> Told1<T> {
    if let Ok(told) = ctx.data::<Told>() {
        return Ok(stream::iter(Some(tell(*told).await)));
    }
    let wishes = ctx.data::<Wishes>().map_err(|_| Failure::broken("nobody asks for a wish"))?;
    wishes.leave(Wish { since: since.map(|since| since.0), about });
    Ok(stream::iter(None))
}
