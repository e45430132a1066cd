use async_graphql::{Context, ID, Object};
use entity::{category, change, element, feature, grid, package, version};

use crate::catalog::Listable;
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::types::{
    Category, DirectoryChange, Element, Feature, Grid, Node, Package, Release, row,
};

/// Ids that `nodes` takes at most.
const MAX_IDS: usize = 100;

/// Where to begin with a global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this global id; null when there is none. An error when it is no id at all.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "A global id, from the field `id` of an object. Example: `\"UGFja2FnZTo2ODM\"`"
        )]
        id: ID,
    ) -> Option<Result<Node, Failure>> {
        Box::pin(find(ctx, &id)).await.transpose()
    }

    /// The objects with these global ids, in their order; null in the place of one that there is
    /// not.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Global ids, at most 100. Example: `[\"UGFja2FnZTo2ODM\", \"R3JpZDo4NA\"]`"
        )]
        ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node, Failure>>>, Failure> {
        if ids.len() > MAX_IDS {
            let message = format!("`ids` must not be over {MAX_IDS}, and are {}", ids.len());
            return Err(Failure::user(message));
        }
        let found = ids.iter().map(|id| async { Box::pin(find(ctx, id)).await.transpose() });
        Ok(futures_util::future::join_all(found).await)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>, Failure> {
    let (kind, id) = ids::decode(id)?;
    match kind.as_str() {
        category::Entity::NAME => row(ctx, id, |row| Node::Category(Category::from(row))).await,
        change::Entity::NAME => row(ctx, id, |row| Node::Change(DirectoryChange::from(row))).await,
        element::Entity::NAME => row(ctx, id, |row| Node::Element(Element::from(row))).await,
        feature::Entity::NAME => row(ctx, id, |row| Node::Feature(Feature::from(row))).await,
        grid::Entity::NAME => row(ctx, id, |row| Node::Grid(Grid::from(row))).await,
        package::Entity::NAME => row(ctx, id, |row| Node::Package(Package::from(row))).await,
        version::Entity::NAME => row(ctx, id, |row| Node::Release(Release::from(row))).await,
        _ => Err(Failure::user(format!("there is no type {kind:?} with global ids"))),
    }
}
