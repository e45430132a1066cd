//! Connections: lists by page, as the Relay specification has them.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Object, ObjectType, SimpleObject, TypeName};
use entity::{category, change, element, feature, grid, grid_package, package, version};

use super::ahead::{self, Ahead, EdgeAhead};
use super::arguments::ListArguments;
use super::context::{Asked, asked, load};
use super::errors::Failure;
use super::facets::Faceted;
use super::filters::FilterInput;
use super::orders::OrderInput;
use super::table::Pairing;
use super::types::{Category, DirectoryChange, Element, Feature, Grid, Package, Release};
use super::written::{Written, WrittenList};
use crate::catalog::filter::Filter;
use crate::catalog::page::ListQuery;
use crate::catalog::{
    All, Catalog, Children, CountAll, CountChildren, LISTED, Listable, LookupError, PackageScope,
    Record, Relation, Slice, Wanted, cursor,
};

/// A type of connection in the schema.
pub trait Kind: Send + Sync + 'static {
    type Entity: Ahead;
    /// The entries' type.
    type Node: ObjectType + From<Arc<Record<Self::Entity>>>;
    /// What an edge tells besides its node and cursor.
    type EdgeFields: ObjectType + EdgeAhead + From<Option<Record<grid_package::Entity>>>;
    /// What the connection tells besides its entries.
    type Beside: ObjectType + From<Whole>;
    const CONNECTION: &'static str;
    const EDGE: &'static str;
    const DESCRIPTION: &'static str;
}

macro_rules! kinds {
    ($($kind:ident($name:literal, $entity:ident, $node:ident, $fields:ty, $beside:ty): $description:literal;)*) => {$(
        #[doc = $description]
        pub struct $kind;

        impl Kind for $kind {
            type Entity = $entity::Entity;
            type Node = $node;
            type EdgeFields = $fields;
            type Beside = $beside;
            const CONNECTION: &'static str = concat!($name, "Connection");
            const EDGE: &'static str = concat!($name, "Edge");
            const DESCRIPTION: &'static str = $description;
        }
    )*};
}
kinds! {
    Packages("Package", package, Package, NoFields, Faceted): "Packages, by title.";
    Changes("DirectoryChange", change, DirectoryChange, NoFields, NoFields):
        "Changes of the directory, the newest first.";
    Categories("Category", category, Category, NoFields, NoFields): "Categories, by title.";
    Grids("Grid", grid, Grid, NoFields, NoFields): "Grids, by title.";
    GridsOfPackage("PackageGrid", grid, Grid, Pairing, NoFields):
        "The grids that a package stands in, by title. Each edge tells of the package's place in the grid.";
    PackagesOfGrid("GridPackage", package, Package, Pairing, Faceted):
        "The packages that stand in a grid, by title. Each edge tells of the package's place in the grid.";
    Features("Feature", feature, Feature, NoFields, NoFields):
        "Features that a grid compares, in the order in which they were added.";
    Elements("Element", element, Element, NoFields, NoFields):
        "Cells of a grid's comparison table, by their package's title.";
    Releases("Release", version, Release, NoFields, NoFields):
        "Releases of a package, the newest first; those of which nobody knows when, last.";
}

/// Which list a page is of, whole.
#[derive(Clone)]
pub struct Whole {
    /// Null when it is not one of packages.
    pub scope: Option<PackageScope>,
    pub filter: Option<Arc<Filter>>,
}

/// Nothing: what plain lists and their edges tell besides.
#[derive(SimpleObject)]
#[graphql(fake)]
pub struct NoFields;

impl From<Option<Record<grid_package::Entity>>> for NoFields {
    fn from(_: Option<Record<grid_package::Entity>>) -> Self {
        Self
    }
}

impl From<Whole> for NoFields {
    fn from(_: Whole) -> Self {
        Self
    }
}

/// A page of a list, with what is known of the whole.
pub struct Connection<K: Kind> {
    slice: Arc<Slice<K::Entity>>,
    /// The mark of the list's cursors.
    list: Arc<str>,
    whole: Whole,
    /// Null when they were not selected.
    has_next: Option<bool>,
    has_previous: Option<bool>,
    total: Option<i64>,
}

impl<K: Kind> TypeName for Connection<K> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(K::CONNECTION)
    }
}

impl<K: Kind> Description for Connection<K> {
    fn description() -> &'static str {
        K::DESCRIPTION
    }
}

#[Object(name_type, use_type_description)]
impl<K: Kind> Connection<K> {
    /// The entries of this page, each with its cursor and what belongs to its place in the list.
    async fn edges(&self) -> WrittenList<Edge<K>> {
        let edges = (0..self.slice.entries.len())
            .map(|index| Edge {
                slice: Arc::clone(&self.slice),
                list: Arc::clone(&self.list),
                index,
            })
            .collect();
        WrittenList(edges)
    }

    /// The entries of this page, without anything around them.
    async fn nodes(&self) -> WrittenList<K::Node> {
        let entries = self.slice.entries.iter();
        WrittenList(entries.map(|entry| Arc::clone(&entry.record).into()).collect())
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> Written<PageInfo> {
        let cursor = |index: Option<usize>| index.and_then(|index| self.cursor(index));
        let last = self.slice.entries.len().checked_sub(1);
        Written(PageInfo {
            has_next: self.has_next,
            has_previous: self.has_previous,
            start: cursor(last.map(|_| 0)),
            end: cursor(last),
        })
    }

    /// How many entries the whole list has, on all pages. Counted only when it is asked for.
    async fn total_count(&self) -> Result<i64, Failure> {
        self.total.ok_or_else(|| Failure::broken("the list was not counted"))
    }

    #[graphql(flatten)]
    async fn beside(&self) -> K::Beside {
        self.whole.clone().into()
    }
}

impl<K: Kind> Connection<K> {
    fn cursor(&self, index: usize) -> Option<String> {
        let position = self.slice.entries.get(index)?.position.as_ref()?;
        Some(cursor::encode(&self.list, position))
    }
}

/// An entry of a page.
pub struct Edge<K: Kind> {
    slice: Arc<Slice<K::Entity>>,
    list: Arc<str>,
    index: usize,
}

impl<K: Kind> TypeName for Edge<K> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(K::EDGE)
    }
}

impl<K: Kind> Description for Edge<K> {
    fn description() -> &'static str {
        "An entry of a page."
    }
}

#[Object(name_type, use_type_description)]
impl<K: Kind> Edge<K> {
    /// The entry's place in the list, for `after` and `before`. Opaque; it goes on working when
    /// other entries come and go.
    async fn cursor(&self) -> Result<String, Failure> {
        match &self.slice.entries[self.index].position {
            Some(position) => Ok(cursor::encode(&self.list, position)),
            None => Err(Failure::broken("the entry's position was not read")),
        }
    }

    /// The entry itself.
    async fn node(&self) -> Written<K::Node> {
        Arc::clone(&self.slice.entries[self.index].record).into()
    }

    #[graphql(flatten)]
    async fn fields(&self) -> K::EdgeFields {
        self.slice.entries[self.index].pairing.clone().into()
    }
}

/// Where a page stands in its list.
pub struct PageInfo {
    /// Null when it was not looked for.
    pub has_next: Option<bool>,
    pub has_previous: Option<bool>,
    /// The cursors of the first and the last entry; null when there is none.
    pub start: Option<String>,
    pub end: Option<String>,
}

/// Where a page stands in its list.
#[Object]
impl PageInfo {
    /// Whether there are entries after this page. When paging backward: whether `before` was given.
    async fn has_next_page(&self) -> Result<bool, Failure> {
        looked_for(self.has_next)
    }

    /// Whether there are entries before this page. When paging forward: whether `after` was given.
    async fn has_previous_page(&self) -> Result<bool, Failure> {
        looked_for(self.has_previous)
    }

    /// The cursor of the page's first entry; null when the page is empty.
    async fn start_cursor(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// The cursor of the page's last entry, the `after` of the next page; null when the page is
    /// empty.
    async fn end_cursor(&self) -> Option<&str> {
        self.end.as_deref()
    }
}

fn looked_for(more: Option<bool>) -> Result<bool, Failure> {
    more.ok_or_else(|| Failure::broken("it was not looked for whether there is more"))
}

/// A page of the children of `parent`.
pub async fn children<K, R, F, O>(
    ctx: &Context<'_>,
    relation: R,
    parent: i64,
    arguments: ListArguments<F, O>,
) -> Result<Connection<K>, Failure>
where
    K: Kind,
    R: Relation<Child = K::Entity>,
    F: FilterInput,
    O: OrderInput,
    Catalog: Loader<Children<R>, Value = Arc<Slice<K::Entity>>, Error = LookupError>
        + Loader<CountChildren<R>, Value = i64, Error = LookupError>,
{
    let asked = asked(ctx, R::list(), |limits| arguments.of_children::<R>(limits))?;
    resolve(
        ctx,
        asked,
        R::scope(parent),
        |query, wanted| load(ctx, Children { relation, parent, query, wanted }),
        |filter| load(ctx, CountChildren { relation, parent, filter }),
    )
    .await
}

/// A page of everything there is of an entity.
pub async fn all<K, F, O>(
    ctx: &Context<'_>,
    arguments: ListArguments<F, O>,
) -> Result<Connection<K>, Failure>
where
    K: Kind,
    F: FilterInput,
    O: OrderInput,
    Catalog: Loader<All<K::Entity>, Value = Arc<Slice<K::Entity>>, Error = LookupError>
        + Loader<CountAll<K::Entity>, Value = i64, Error = LookupError>,
{
    let asked = asked(ctx, K::Entity::NAME, |limits| {
        let order = K::Entity::order();
        arguments.query::<K::Entity>(K::Entity::NAME, order, LISTED, std::convert::identity, limits)
    })?;
    resolve(
        ctx,
        asked,
        Some(PackageScope::All),
        |query, wanted| load(ctx, All { query, wanted }),
        |filter| load(ctx, CountAll { filter, ..CountAll::default() }),
    )
    .await
}

/// Loads the page and the count, as much of them as is selected, in one batch; and then what the
/// page's entries will.
async fn resolve<K, P, C>(
    ctx: &Context<'_>,
    asked: Asked<K::Entity>,
    scope: Option<PackageScope>,
    page_of: impl FnOnce(Arc<ListQuery>, Wanted<K::Entity>) -> P,
    count: impl FnOnce(Option<Arc<Filter>>) -> C,
) -> Result<Connection<K>, Failure>
where
    K: Kind,
    P: Future<Output = Result<Option<Arc<Slice<K::Entity>>>, Failure>>,
    C: Future<Output = Result<Option<i64>, Failure>>,
{
    let Asked { query, mark, selected } = asked;
    let page = &query.page;
    let filter = query.filter.clone();
    let (slice, total) = match (selected.reads_page(page), selected.total_count) {
        (true, false) => (page_of(Arc::clone(&query), selected.wanted).await?, None),
        (false, true) => (None, count(filter.clone()).await?),
        (false, false) => (None, None),
        (true, true) => futures_util::try_join!(
            page_of(Arc::clone(&query), selected.wanted),
            count(filter.clone()),
        )?,
    };
    let slice = slice.unwrap_or_default();
    if slice.entries.len() > 1 {
        ahead::of_list::<K>(ctx, &slice).await?;
    }
    Ok(Connection {
        has_next: if page.backward { Some(page.before.is_some()) } else { slice.more },
        has_previous: if page.backward { slice.more } else { Some(page.after.is_some()) },
        total: selected.total_count.then(|| total.unwrap_or(0)),
        slice,
        list: mark,
        whole: Whole { scope, filter },
    })
}
