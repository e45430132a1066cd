//! What a request resolves with.

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::batching::{Batching, InRounds};
use super::errors::Failure;
use crate::catalog::page::ListQuery;
use crate::catalog::{Catalog, LookupError};
use crate::config::Limits;
use crate::database::Snapshot;

/// What one request reads from: its DataLoader, at its moment. Goes into the request's data.
pub struct RequestContext {
    loader: Mutex<Arc<RequestLoader>>,
    batching: Batching,
    snapshot: Snapshot,
    limits: Limits,
    /// What lists are asked for, by the field that asks: its arguments are the same for every parent.
    asked: Mutex<HashMap<Asking, Asked>>,
}

type RequestLoader = DataLoader<InRounds<Catalog>, HashMapCache>;

/// A field of the document, by where it lies in memory, and the list that it asks for.
type Asking = (usize, &'static str);

/// What is asked of a list, with the mark of its cursors.
pub type Asked = Result<(Arc<ListQuery>, Arc<str>), Failure>;

impl RequestContext {
    /// Reads from `snapshot`; drive the request with `batching`.
    pub fn new(snapshot: Snapshot, batching: &Batching, limits: Limits) -> Self {
        let loader = Mutex::new(Arc::new(batching.loader(Catalog::new(snapshot.clone()))));
        let batching = batching.clone();
        Self { loader, batching, snapshot, limits, asked: Mutex::default() }
    }
}

/// What the field that `ctx` is about asks of the list called `list`: made by `ask` for the first
/// parent, and then known, so that a batch has one filter in memory and not one for each parent.
pub fn asked(ctx: &Context<'_>, list: &'static str, ask: impl FnOnce(&Limits) -> Asked) -> Asked {
    let request = request(ctx)?;
    let field = std::ptr::from_ref(ctx.item).addr();
    let mut known = request.asked.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((field, list)).or_insert_with(|| ask(&request.limits)).clone()
}

/// What one request may ask for.
pub fn limits<'a>(ctx: &Context<'a>) -> Result<&'a Limits, Failure> {
    Ok(&request(ctx)?.limits)
}

fn request<'a>(ctx: &Context<'a>) -> Result<&'a RequestContext, Failure> {
    ctx.data::<RequestContext>().map_err(|_| Failure::broken("no request context"))
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
    let loader = {
        let loader = request(ctx)?.loader.lock();
        Arc::clone(&loader.unwrap_or_else(PoisonError::into_inner))
    };
    loader.load_one(key).await.map_err(|error| Failure::from(error).at(ctx))
}

/// Goes on at another moment: what is loaded from here on is not what was there before. For edits,
/// between two of which nothing is being loaded.
pub async fn renew(ctx: &Context<'_>) -> Result<(), Failure> {
    let request = request(ctx)?;
    request.snapshot.renew().await.map_err(Failure::from)?;
    let loader = request.batching.loader(Catalog::new(request.snapshot.clone()));
    *request.loader.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(loader);
    Ok(())
}
