//! Where queries begin, split by what they begin with.

mod category;
mod directory;
mod grid;
mod node;
mod package;
mod search;
mod viewer;

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, MergedObject};

use super::context::load;
use super::errors::Failure;
use super::selection::{self, Selectable};
use crate::catalog::{Aliased, ById, ByText, Catalog, FormerName, Heir, LookupError, Record};

/// The directory: packages, what kind they are, and the grids that compare them.
#[derive(Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    package::PackageQuery,
    category::CategoryQuery,
    grid::GridQuery,
    search::SearchQuery,
    directory::DirectoryQuery,
    viewer::ViewerQuery,
);

/// The object with this text in this column; null when there is none.
async fn by_text<E, T>(
    ctx: &Context<'_>,
    column: E::Column,
    text: &str,
) -> Result<Option<T>, Failure>
where
    E: Selectable,
    T: From<Arc<Record<E>>>,
    Catalog: Loader<ByText<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    // Blank names nothing, though many rows are blank there; U+0000 is in no text of ours, and
    // PostgreSQL does not take it.
    if text.is_empty() || text.contains('\0') {
        return Ok(None);
    }
    let columns = selection::columns(&ctx.field());
    Ok(load(ctx, ByText::new(column, text, columns)).await?.map(T::from))
}

/// The object with this slug, or that answers to it since another one had it; null when there is none.
async fn by_slug<E, T>(ctx: &Context<'_>, slug: &str) -> Result<Option<T>, Failure>
where
    E: Selectable + Aliased,
    T: From<Arc<Record<E>>>,
    Catalog: Loader<ByText<E>, Value = Arc<Record<E>>, Error = LookupError>
        + Loader<FormerName<E>, Value = Arc<Heir>, Error = LookupError>
        + Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    match by_text(ctx, E::SLUG, slug).await? {
        None if !slug.is_empty() && !slug.contains('\0') => {
            heir(ctx, FormerName::<E>::slug(slug)).await
        }
        found => Ok(found),
    }
}

/// The object that answers to a former name; null when there is none.
async fn heir<E, T>(ctx: &Context<'_>, former: FormerName<E>) -> Result<Option<T>, Failure>
where
    E: Selectable + Aliased,
    T: From<Arc<Record<E>>>,
    Catalog: Loader<FormerName<E>, Value = Arc<Heir>, Error = LookupError>
        + Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    let Some(heir) = load(ctx, former).await? else {
        return Ok(None);
    };
    let columns = selection::columns(&ctx.field());
    Ok(load(ctx, ById { id: heir.id, columns }).await?.map(T::from))
}
