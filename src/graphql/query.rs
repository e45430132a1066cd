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
use crate::catalog::{ByText, Catalog, LookupError, Record};

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
