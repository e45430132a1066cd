//! Search and type-ahead: what the schema shows of them.

mod cursor;
mod load;
mod results;

use std::sync::Arc;

use async_graphql::{Context, Enum, SelectionField};

use super::arguments::first;
use super::context::{limits, load};
use super::errors::Failure;
use super::filters::{self, PackageFilter};
use crate::catalog::Narrow;
use crate::search::{Hit, Kind, Query};
use load::{Search, Suggest};

pub use results::{SearchConnection, Suggestion};

/// Results of a page when `first` does not say otherwise.
const DEFAULT_SIZE: i32 = 20;

/// Results of a page at most.
const MAX_SIZE: i32 = 100;

/// Suggestions when `first` does not say otherwise.
const DEFAULT_SUGGESTIONS: i32 = 10;

/// Suggestions at most: nobody reads a longer list while typing.
const MAX_SUGGESTIONS: i32 = 50;

/// What can be searched for.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum SearchKind {
    /// Packages.
    Package,
    /// Grids.
    Grid,
    /// Categories.
    Category,
}

impl From<SearchKind> for Kind {
    fn from(kind: SearchKind) -> Self {
        match kind {
            SearchKind::Package => Self::Package,
            SearchKind::Grid => Self::Grid,
            SearchKind::Category => Self::Category,
        }
    }
}

impl From<Kind> for SearchKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Package => Self::Package,
            Kind::Grid => Self::Grid,
            Kind::Category => Self::Category,
        }
    }
}

/// What a search asks for.
pub struct SearchArguments {
    pub query: String,
    pub kinds: Option<Vec<SearchKind>>,
    pub filter: Option<Box<PackageFilter>>,
    pub first: Option<i32>,
    pub after: Option<String>,
}

/// The results of a search.
///
/// # Errors
/// When an argument makes no sense, or something could not be looked up.
pub async fn search(
    ctx: &Context<'_>,
    arguments: SearchArguments,
) -> Result<SearchConnection, Failure> {
    let size = first(arguments.first, DEFAULT_SIZE, MAX_SIZE)?;
    let query = Arc::new(
        Query::parse(&arguments.query)
            .map_err(|error| Failure::user(format!("`query` cannot be searched for: {error}")))?,
    );
    let mut kinds: Vec<Kind> = match arguments.kinds {
        Some(kinds) => kinds.into_iter().map(Kind::from).collect(),
        None => Kind::ALL.to_vec(),
    };
    let of_packages = arguments.filter.is_some();
    let filter = filters::compile(arguments.filter, limits(ctx)?)?;
    if of_packages && !kinds.contains(&Kind::Package) {
        return Err(Failure::user("`filter` is one of packages, which `kinds` leaves out"));
    }
    kinds.sort_unstable();
    kinds.dedup();
    // A filter without conditions leaves out what is no package, too.
    let shown = if of_packages { &[Kind::Package][..] } else { &kinds[..] };
    let mark = cursor::mark(&arguments.query, shown, filter.as_deref());
    let after = arguments.after.map(|after| cursor::decode(&after, mark)).transpose();
    let after = after.map_err(|error| Failure::user(format!("`after` cannot be used: {error}")))?;
    let field = ctx.field();
    // Nobody asked for anything that depends on what is found.
    if size == 0 && !selects(&field, &["totalCount", "totalCountIsCapped", "facets", "pageInfo"]) {
        return Ok(SearchConnection::empty(query, mark));
    }
    let search = Search { query: Arc::clone(&query), kinds: kinds.into() };
    let found = load(ctx, search).await?.unwrap_or_default();
    let mut hits = found.hits.clone();
    // A filter narrows down what is found without it, so that its counts are among those of all.
    if of_packages {
        hits.retain(|hit| hit.kind == Kind::Package);
    }
    if let Some(filter) = filter {
        let ids: Arc<[i64]> = packages(&hits);
        let holding = load(ctx, Narrow { ids, filter }).await?.unwrap_or_default();
        hits.retain(|hit| holding.contains(&hit.id));
    }
    let hits: Arc<[Hit]> = hits.into();
    let start = after.map_or(0, |after| after.place(&hits));
    let end = hits.len().min(start.saturating_add(size));
    let rows = if selects(&field, &["nodes", "edges"]) {
        results::rows(ctx, &hits[start..end]).await?
    } else {
        vec![]
    };
    Ok(SearchConnection { query, mark, hits, is_capped: found.is_capped, start, end, rows })
}

/// Completions of what has been typed.
///
/// # Errors
/// When an argument makes no sense, or something could not be looked up.
pub async fn suggest(
    ctx: &Context<'_>,
    prefix: String,
    wanted: Option<i32>,
) -> Result<Vec<Suggestion>, Failure> {
    let limit = first(wanted, DEFAULT_SUGGESTIONS, MAX_SUGGESTIONS)?;
    if limit == 0 {
        return Ok(vec![]);
    }
    let found = load(ctx, Suggest { prefix: prefix.into(), limit }).await?.unwrap_or_default();
    Ok(found.iter().cloned().map(Suggestion::from).collect())
}

fn packages(hits: &[Hit]) -> Arc<[i64]> {
    hits.iter().filter(|hit| hit.kind == Kind::Package).map(|hit| hit.id).collect()
}

fn selects(field: &SelectionField<'_>, names: &[&str]) -> bool {
    field.selection_set().any(|part| names.contains(&part.name()))
}
