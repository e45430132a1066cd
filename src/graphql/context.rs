//! What a request resolves with.

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use std::hash::Hash;

use super::batching::{Batching, InRounds};
use super::errors::Failure;
use crate::catalog::{Catalog, LookupError};
use crate::database::Snapshot;

/// What one request reads from: its DataLoader, at its moment. Goes into the request's data.
pub struct RequestContext {
    loader: DataLoader<InRounds<Catalog>, HashMapCache>,
}

impl RequestContext {
    /// Reads from `snapshot`; drive the request with `batching`.
    pub fn new(snapshot: Snapshot, batching: &Batching) -> Self {
        Self { loader: batching.loader(Catalog::new(snapshot)) }
    }
}

/// Loads `key`; null when there is nothing by that key.
pub async fn load<K>(
    ctx: &Context<'_>,
    key: K,
) -> Result<Option<<Catalog as Loader<K>>::Value>, Failure>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Catalog: Loader<K, Error = LookupError>,
{
    let request =
        ctx.data::<RequestContext>().map_err(|_| Failure::broken("no request context"))?;
    request.loader.load_one(key).await.map_err(|error| Failure::from(error).at(ctx))
}
