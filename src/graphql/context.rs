//! What a request resolves with.

use std::any::{Any, TypeId};
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, ContextSelectionSet, ServerError};
use foldhash::{HashMap, HashSet};

use super::batching::{Batching, InRounds, Loaded};
use super::errors::{Failure, answer_too_large};
use super::selection::{self, Selectable, Selected};
use crate::catalog::page::ListQuery;
use crate::catalog::{Catalog, Columns, Listable, LookupError};
use crate::config::Limits;
use crate::database::Snapshot;

/// What one request reads from: its DataLoader, at its moment. Goes into the request's data.
pub struct RequestContext {
    loader: Mutex<Arc<RequestLoader>>,
    batching: Batching,
    snapshot: Snapshot,
    limits: Limits,
    /// Whether objects are written while they are resolved, and how many bytes were so far.
    writing: bool,
    written: AtomicUsize,
    notes: Mutex<Notes>,
}

type RequestLoader = DataLoader<InRounds<Catalog>, Loaded>;

/// What was found out about the document's fields, which are told apart by where they lie in memory:
/// it is the same for every parent, of which there may be thousands.
#[derive(Default)]
struct Notes {
    /// By the field, what kind of thing it is, and a name that tells things of one kind apart.
    known: HashMap<(usize, TypeId, &'static str), Box<dyn Any + Send + Sync>>,
    /// Fields whose lists were read ahead, with everything below them.
    ahead: HashSet<usize>,
}

/// Which rows of a list, and the mark of its cursors.
pub type Listing = Result<(Arc<ListQuery>, Arc<str>), Failure>;

/// What is asked of a list.
pub struct Asked<E: Listable> {
    pub query: Arc<ListQuery>,
    /// The mark of its cursors.
    pub mark: Arc<str>,
    pub selected: Selected<E>,
}

impl<E: Listable> Clone for Asked<E> {
    fn clone(&self) -> Self {
        let Self { query, mark, selected } = self;
        Self { query: Arc::clone(query), mark: Arc::clone(mark), selected: *selected }
    }
}

impl RequestContext {
    /// Reads from `snapshot`; drive the request with `batching`.
    pub fn new(snapshot: Snapshot, batching: &Batching, limits: Limits) -> Self {
        let loader = Mutex::new(Arc::new(batching.loader(Catalog::new(snapshot.clone()))));
        let batching = batching.clone();
        let (writing, written, notes) = (false, AtomicUsize::new(0), Mutex::default());
        Self { loader, batching, snapshot, limits, writing, written, notes }
    }

    /// Has objects written while they are resolved, so that the response has text in it where values
    /// would be, which an [`Outcome`](super::Outcome) knows. Not for documents that have what
    /// they select of an object in two places: texts cannot be merged.
    #[must_use]
    pub fn writing(self, writing: bool) -> Self {
        Self { writing, ..self }
    }

    /// Notes that so many more bytes were written.
    ///
    /// # Errors
    /// When an answer of all of them would be too large.
    pub fn wrote(&self, bytes: usize) -> Result<(), ServerError> {
        let most = self.limits.answer_bytes;
        let before = self.written.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > most { Err(answer_too_large(most)) } else { Ok(()) }
    }
}

/// The request, if what `ctx` selects of an object is to be written, and not made a value.
pub fn writing<'a>(ctx: &ContextSelectionSet<'a>) -> Option<&'a RequestContext> {
    // Introspection alone has nothing to read from.
    ctx.data_opt::<RequestContext>().filter(|request| request.writing)
}

/// What the field that `ctx` is about asks of the list called `list`: made by `ask` for the first
/// parent, and then known, so that a batch has one filter in memory and not one for each parent.
pub fn asked<E: Selectable>(
    ctx: &Context<'_>,
    list: &'static str,
    ask: impl FnOnce(&Limits) -> Listing,
) -> Result<Asked<E>, Failure> {
    let limits = limits(ctx)?;
    noted(ctx, list, || {
        let (query, mark) = ask(limits)?;
        let selected = selection::connection(&ctx.field(), query.page.backward);
        Ok(Asked { query, mark, selected })
    })?
    .map_err(|failure: Failure| failure.at(ctx))
}

/// The columns that the field that `ctx` is about needs of the rows that it leads to.
pub fn columns<E: Selectable>(ctx: &Context<'_>) -> Result<Columns<E>, Failure> {
    noted(ctx, "", || selection::columns(&ctx.field()))
}

/// What is known of the field that `ctx` is about under `name`; found out now if nobody has.
pub fn noted<T: Clone + Send + Sync + 'static>(
    ctx: &Context<'_>,
    name: &'static str,
    find_out: impl FnOnce() -> T,
) -> Result<T, Failure> {
    let key = (field(ctx), TypeId::of::<T>(), name);
    let mut notes = request(ctx)?.notes.lock().unwrap_or_else(PoisonError::into_inner);
    let known = notes.known.entry(key).or_insert_with(|| Box::new(find_out()));
    known.downcast_ref().cloned().ok_or_else(|| Failure::broken("a note of another type"))
}

/// Notes that the list that `ctx` is about was read ahead, with everything below it.
pub fn note_ahead(ctx: &Context<'_>) -> Result<(), Failure> {
    let mut notes = request(ctx)?.notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.ahead.insert(field(ctx));
    Ok(())
}

/// Whether the list that `ctx` is about was read ahead.
pub fn is_ahead(ctx: &Context<'_>) -> Result<bool, Failure> {
    let notes = request(ctx)?.notes.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(notes.ahead.contains(&field(ctx)))
}

/// Where the field that `ctx` is about lies in memory.
fn field(ctx: &Context<'_>) -> usize {
    std::ptr::from_ref(ctx.item).addr()
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
    loader(ctx)?.load_one(key).await.map_err(|error| Failure::from(error).at(ctx))
}

/// Loads `keys`; those that there is nothing by are left out.
pub async fn load_many<K>(
    ctx: &Context<'_>,
    keys: impl IntoIterator<Item = K>,
) -> Result<std::collections::HashMap<K, <Catalog as Loader<K>>::Value>, Failure>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Catalog: Loader<K, Error = LookupError>,
{
    loader(ctx)?.load_many(keys).await.map_err(|error| Failure::from(error).at(ctx))
}

fn loader(ctx: &Context<'_>) -> Result<Arc<RequestLoader>, Failure> {
    let loader = request(ctx)?.loader.lock();
    Ok(Arc::clone(&loader.unwrap_or_else(PoisonError::into_inner)))
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
