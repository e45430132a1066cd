use async_graphql::{Context, Object};
use entity::grid::Entity;

use super::by_slug;
use crate::graphql::errors::Failure;
use crate::graphql::lists::lists;
use crate::graphql::types::Grid;
use crate::graphql::written::Written;

/// Where to begin with grids.
#[derive(Default)]
pub struct GridQuery;

#[Object]
impl GridQuery {
    /// The grid with this slug; or else the one that had it last before it was renamed. Null when there
    /// is none.
    async fn grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The grid's name in addresses, exactly as it is spelled there. Example: `\"task-queues\"`"
        )]
        slug: String,
    ) -> Option<Result<Written<Grid>, Failure>> {
        Box::pin(by_slug::<Entity, _>(ctx, &slug)).await.transpose()
    }

    #[graphql(flatten)]
    async fn lists(&self) -> GridQueryLists {
        GridQueryLists()
    }
}

lists! {
    /// The list of everything.
    GridQueryLists() {
        /// All grids, by title unless `orderBy` says otherwise.
        fn grids -> Grids {
            filter: GridFilter, "Only grids for which this holds. Example: `{ title: { contains: \"wagtail\" } }`",
            order_by: GridOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: PACKAGES, direction: DESC }]`",
            all
        }
    }
}
