use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Interface};

use super::entity_kind::EntityKind;
use super::{Category, DirectoryChange, Element, Feature, Grid, Package, Release};
use crate::catalog::{ById, Catalog, LookupError, Record};
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
use crate::graphql::selection::{self, Selectable};

/// An object with a global id.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The global id: opaque, and the same for as long as the object exists."
))]
pub enum Node {
    Category(Category),
    Change(DirectoryChange),
    Element(Element),
    Feature(Feature),
    Grid(Grid),
    Package(Package),
    Release(Release),
}

/// The object that the row of `E` with this id is; null when there is none.
pub async fn row<E>(
    ctx: &Context<'_>,
    id: i64,
    node: impl FnOnce(Arc<Record<E>>) -> Node,
) -> Result<Option<Node>, Failure>
where
    E: Selectable,
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    let columns = selection::columns(&ctx.field());
    Ok(load(ctx, ById { id, columns }).await?.map(node))
}

/// The object of this kind with this id; null when there is none. A membership is no object.
pub async fn node(ctx: &Context<'_>, kind: EntityKind, id: i64) -> Result<Option<Node>, Failure> {
    match kind {
        EntityKind::Category => row(ctx, id, |row| Node::Category(row.into())).await,
        EntityKind::Grid => row(ctx, id, |row| Node::Grid(row.into())).await,
        EntityKind::Package => row(ctx, id, |row| Node::Package(row.into())).await,
        EntityKind::Membership => Ok(None),
        EntityKind::Release => row(ctx, id, |row| Node::Release(row.into())).await,
        EntityKind::Feature => row(ctx, id, |row| Node::Feature(row.into())).await,
        EntityKind::Cell => row(ctx, id, |row| Node::Element(row.into())).await,
    }
}
