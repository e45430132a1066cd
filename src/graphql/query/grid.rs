use async_graphql::{Context, Object};
use entity::grid::Column;

use super::by_text;
use crate::graphql::connection::{Connection, Grids, PageArguments, all};
use crate::graphql::errors::Failure;
use crate::graphql::types::Grid;

/// Where to begin with grids.
#[derive(Default)]
pub struct GridQuery;

#[Object]
impl GridQuery {
    /// The grid with this slug; null when there is none.
    async fn grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The grid's name in addresses, exactly as it is spelled there.")]
        slug: String,
    ) -> Option<Result<Grid, Failure>> {
        Box::pin(by_text(ctx, Column::Slug, &slug)).await.transpose()
    }

    /// All grids, by title.
    async fn grids(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most this many entries from the beginning, 0 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after the one with this cursor.")] after: Option<String>,
        #[graphql(
            desc = "At most this many entries from the end, 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only entries before the one with this cursor.")] before: Option<String>,
    ) -> Result<Connection<Grids>, Failure> {
        let arguments = PageArguments { first, after, last, before };
        Box::pin(all(ctx, arguments)).await
    }
}
