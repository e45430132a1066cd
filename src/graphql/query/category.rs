use async_graphql::{Context, Object};
use entity::category::Column;

use super::by_text;
use crate::graphql::connection::{Categories, Connection, PageArguments, all};
use crate::graphql::errors::Failure;
use crate::graphql::types::Category;

/// Where to begin with categories.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// The category with this slug; null when there is none.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category's name in addresses, exactly as it is spelled there.")] slug: String,
    ) -> Option<Result<Category, Failure>> {
        Box::pin(by_text(ctx, Column::Slug, &slug)).await.transpose()
    }

    /// All categories, by title.
    async fn categories(
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
    ) -> Result<Connection<Categories>, Failure> {
        let arguments = PageArguments { first, after, last, before };
        Box::pin(all(ctx, arguments)).await
    }
}
