//! Results: real objects of the directory, each with why it was found.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::task;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Enum, ID, Interface, Object, ServerResult, SimpleObject};
use entity::{category, grid, package};

use super::{SearchKind, cursor, packages};
use crate::catalog::{ById, Catalog, Columns, Listable, LookupError, PackageScope, Record};
use crate::graphql::connection::PageInfo;
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
use crate::graphql::facets::PackageFacets;
use crate::graphql::selection::{self, Selectable};
use crate::graphql::types::{Category, Grid, Package, read, related};
use crate::graphql::written::{Text, Write, Written, WrittenList};
use crate::search::{self, Hit, Kind, Match, Query, highlight};

/// Characters of a highlighted fragment at most: two lines of a list of results.
const FRAGMENT: usize = 160;

/// What may be highlighted: the title and the description.
const PACKAGE_TEXTS: [package::Column; 2] =
    [package::Column::Title, package::Column::RepoDescription];
const GRID_TEXTS: [grid::Column; 2] = [grid::Column::Title, grid::Column::Description];
const CATEGORY_TEXTS: [category::Column; 2] =
    [category::Column::Title, category::Column::Description];

/// What a search can find.
#[allow(clippy::duplicated_attributes, reason = "two fields are of one type")]
#[derive(Interface)]
#[graphql(
    field(
        name = "id",
        ty = "ID",
        desc = "The global id: opaque, and the same for as long as the object exists."
    ),
    field(name = "number", ty = "i64", desc = "The number that the REST API calls `id`."),
    field(name = "title", ty = "Arc<str>", desc = "The title, at most 100 characters."),
    field(name = "slug", ty = "Arc<str>", desc = "The name in addresses, at most 50 characters.")
)]
pub enum SearchResult {
    Package(Package),
    Grid(Grid),
    Category(Category),
}

/// The row that a result is of.
#[derive(Clone)]
pub enum Row {
    Package(Arc<Record<package::Entity>>),
    Grid(Arc<Record<grid::Entity>>),
    Category(Arc<Record<category::Entity>>),
}

impl Write for SearchResult {
    fn write<'a>(
        &'a self,
        text: &mut Text<'a>,
        index: Option<usize>,
        task: &mut task::Context<'_>,
    ) -> ServerResult<()> {
        match self {
            Self::Package(package) => package.write(text, index, task),
            Self::Grid(grid) => grid.write(text, index, task),
            Self::Category(category) => category.write(text, index, task),
        }
    }
}

impl From<Row> for SearchResult {
    fn from(row: Row) -> Self {
        match row {
            Row::Package(row) => Self::Package(row.into()),
            Row::Grid(row) => Self::Grid(row.into()),
            Row::Category(row) => Self::Category(row.into()),
        }
    }
}

/// A result's row, and where it answers the search, which is found out when somebody asks: once,
/// however often they do.
pub struct Shown {
    row: Row,
    highlights: OnceLock<Vec<Highlight>>,
}

/// The rows of `hits`, in their order, as far as they are selected.
pub async fn rows(ctx: &Context<'_>, hits: &[Hit]) -> Result<Vec<Arc<Shown>>, Failure> {
    let (packages, grids, categories) = futures_util::try_join!(
        rows_of::<package::Entity>(ctx, hits, Kind::Package, PACKAGE_TEXTS,),
        rows_of::<grid::Entity>(ctx, hits, Kind::Grid, GRID_TEXTS,),
        rows_of::<category::Entity>(ctx, hits, Kind::Category, CATEGORY_TEXTS,),
    )?;
    hits.iter()
        .map(|hit| {
            match hit.kind {
                Kind::Package => packages.get(&hit.id).cloned().map(Row::Package),
                Kind::Grid => grids.get(&hit.id).cloned().map(Row::Grid),
                Kind::Category => categories.get(&hit.id).cloned().map(Row::Category),
            }
            .map(|row| Arc::new(Shown { row, highlights: OnceLock::new() }))
            .ok_or_else(|| Failure::broken("the search index has what is not in the directory"))
        })
        .collect()
}

/// The rows of one kind, in one statement, by id.
async fn rows_of<E>(
    ctx: &Context<'_>,
    hits: &[Hit],
    kind: Kind,
    texts: [E::Column; 2],
) -> Result<HashMap<i64, Arc<Record<E>>>, Failure>
where
    E: Selectable,
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    let mut columns = Columns::id();
    for part in ctx.field().selection_set() {
        match part.name() {
            "nodes" => columns = columns.union(selection::columns(&part)),
            "edges" => {
                for part in part.selection_set() {
                    match part.name() {
                        "node" => columns = columns.union(selection::columns(&part)),
                        "highlights" => {
                            columns = texts.into_iter().fold(columns, Columns::with);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let ids = hits.iter().filter(|hit| hit.kind == kind).map(|hit| hit.id);
    let loads = ids.map(|id| async move {
        Ok::<_, Failure>(load(ctx, ById::<E> { id, columns }).await?.map(|row| (id, row)))
    });
    let found = futures_util::future::try_join_all(loads).await?;
    Ok(found.into_iter().flatten().collect())
}

/// A page of what a search has found.
pub struct SearchConnection {
    pub(super) query: Arc<Query>,
    pub(super) mark: i64,
    /// Everything that was found.
    pub(super) hits: Arc<[Hit]>,
    /// Whether more match than were looked through.
    pub(super) is_capped: bool,
    /// Where the page begins and ends among the hits.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The rows of the page; none when none were selected.
    pub(super) rows: Vec<Arc<Shown>>,
}

impl SearchConnection {
    /// Of a search that need not be made.
    pub(super) fn empty(query: Arc<Query>, mark: i64) -> Self {
        Self { query, mark, hits: Arc::default(), is_capped: false, start: 0, end: 0, rows: vec![] }
    }
}

/// What a search has found, best first.
#[Object]
impl SearchConnection {
    /// The results of this page, each with its cursor and why it was found.
    async fn edges(&self) -> WrittenList<SearchEdge> {
        let edges = self.hits[self.start..self.end]
            .iter()
            .zip(&self.rows)
            .map(|(hit, shown)| SearchEdge {
                query: Arc::clone(&self.query),
                mark: self.mark,
                hit: hit.clone(),
                shown: Arc::clone(shown),
            })
            .collect();
        WrittenList(edges)
    }

    /// The results of this page, without anything around them.
    async fn nodes(&self) -> WrittenList<SearchResult> {
        WrittenList(self.rows.iter().map(|shown| shown.row.clone().into()).collect())
    }

    /// Where this page stands among the results.
    async fn page_info(&self) -> Written<PageInfo> {
        let page = &self.hits[self.start..self.end];
        let cursor = |hit: Option<&Hit>| hit.map(|hit| cursor::encode(hit, self.mark));
        Written(PageInfo {
            has_next: Some(self.end < self.hits.len()),
            has_previous: Some(self.start > 0),
            start: cursor(page.first()),
            end: cursor(page.last()),
        })
    }

    /// Number of results, on all pages. If more match than the search looks through, it counts those
    /// among the most popular few hundred, and `totalCountIsCapped` is true; `filter` narrows down
    /// the same results.
    async fn total_count(&self) -> i64 {
        i64::try_from(self.hits.len()).unwrap_or(i64::MAX)
    }

    /// True if more matches than the search looks through: `totalCount` and the counts in `facets`
    /// are of the most popular matches then, and there may be more.
    async fn total_count_is_capped(&self) -> bool {
        self.is_capped
    }

    /// How the packages among the results, on all pages, are distributed: those that `totalCount`
    /// counts, so also capped if `totalCountIsCapped`. Each of its fields is counted only when it is
    /// asked for.
    async fn facets(&self) -> PackageFacets {
        PackageFacets::of(PackageScope::These(packages(&self.hits)))
    }
}

/// A result of a search.
pub struct SearchEdge {
    query: Arc<Query>,
    mark: i64,
    hit: Hit,
    shown: Arc<Shown>,
}

/// A result of a search.
#[Object]
impl SearchEdge {
    /// The result's place in the list, for `after`. Opaque.
    async fn cursor(&self) -> String {
        cursor::encode(&self.hit, self.mark)
    }

    /// The result itself.
    async fn node(&self) -> Written<SearchResult> {
        Written(self.shown.row.clone().into())
    }

    /// How well it answers, from 0 to 4; good for comparing results of one search only.
    async fn score(&self) -> f64 {
        (self.hit.score * 1e4).round() / 1e4
    }

    /// How it was found.
    #[graphql(name = "match")]
    async fn matched(&self) -> SearchMatch {
        match self.hit.matched {
            Match::Exact => SearchMatch::Exact,
            Match::Text => SearchMatch::Text,
            Match::Prefix => SearchMatch::Prefix,
            Match::Likeness => SearchMatch::Likeness,
        }
    }

    /// Where its title and its description answer the search, as fragments of at most 160
    /// characters; none when they do not, as for a package that was found by its contributors. Of a
    /// text only the first 4,000 characters are looked at.
    async fn highlights(&self, ctx: &Context<'_>) -> Result<&[Highlight], Failure> {
        if let Some(highlights) = self.shown.highlights.get() {
            return Ok(highlights);
        }
        let texts = match &self.shown.row {
            Row::Package(row) => texts(ctx, row, PACKAGE_TEXTS).await?,
            Row::Grid(row) => texts(ctx, row, GRID_TEXTS).await?,
            Row::Category(row) => texts(ctx, row, CATEGORY_TEXTS).await?,
        };
        let mut highlights = Vec::new();
        for (field, text) in
            [HighlightField::Title, HighlightField::Description].into_iter().zip(texts)
        {
            if let Some(parts) = highlight(&self.query, &text, FRAGMENT) {
                let parts = parts.into_iter().map(HighlightPart::from).collect();
                highlights.push(Highlight { field, parts });
            }
        }
        Ok(self.shown.highlights.get_or_init(|| highlights))
    }
}

async fn texts<E: Listable>(
    ctx: &Context<'_>,
    row: &Arc<Record<E>>,
    [title, description]: [E::Column; 2],
) -> Result<[String; 2], Failure>
where
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    Ok([read(ctx, row, title).await?, read(ctx, row, description).await?])
}

/// How something was found, best first.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum SearchMatch {
    /// It is called so, or has this repository, or this name on the package index.
    Exact,
    /// It has all the words, or inflections of them.
    Text,
    /// It has words that begin so.
    Prefix,
    /// It has words that are nearly so, or nearly all of the words.
    Likeness,
}

/// What a highlighted fragment is of.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum HighlightField {
    /// The title.
    Title,
    /// The description.
    Description,
}

/// A fragment of a text that answers a search.
#[derive(SimpleObject)]
pub struct Highlight {
    /// What the fragment is of.
    field: HighlightField,
    /// The fragment, piece by piece: those that match, and those between them. Plain text; it is
    /// for whoever shows it to make a mark of the one and to escape both.
    parts: Vec<HighlightPart>,
}

/// A piece of a fragment.
#[derive(SimpleObject)]
pub struct HighlightPart {
    /// The text.
    text: String,
    /// Whether it is what matches.
    matched: bool,
}

impl From<search::Part> for HighlightPart {
    fn from(part: search::Part) -> Self {
        Self { text: part.text, matched: part.matched }
    }
}

/// A completion.
pub struct Suggestion(search::Suggestion);

impl From<search::Suggestion> for Suggestion {
    fn from(suggestion: search::Suggestion) -> Self {
        Self(suggestion)
    }
}

/// Something that is called as somebody has begun to type.
#[Object]
impl Suggestion {
    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is.
    async fn kind(&self) -> SearchKind {
        self.0.kind.into()
    }

    /// The thing itself.
    async fn node(&self, ctx: &Context<'_>) -> Result<SearchResult, Failure> {
        let id = self.0.id;
        Box::pin(async {
            Ok(match self.0.kind {
                Kind::Package => {
                    SearchResult::Package(related::<package::Entity>(ctx, id).await?.into())
                }
                Kind::Grid => SearchResult::Grid(related::<grid::Entity>(ctx, id).await?.into()),
                Kind::Category => {
                    SearchResult::Category(related::<category::Entity>(ctx, id).await?.into())
                }
            })
        })
        .await
    }
}
