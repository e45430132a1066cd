use async_graphql::{Context, Object};
use entity::category::Entity;

use super::by_slug;
use crate::graphql::errors::Failure;
use crate::graphql::lists::lists;
use crate::graphql::types::Category;
use crate::graphql::written::Written;

/// Where to begin with categories.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// The category with this slug; or else the one that had it last before it was renamed. Null when
    /// there is none.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The category's name in addresses, exactly as it is spelled there. Example: `\"apps\"`"
        )]
        slug: String,
    ) -> Option<Result<Written<Category>, Failure>> {
        Box::pin(by_slug::<Entity, _>(ctx, &slug)).await.transpose()
    }

    #[graphql(flatten)]
    async fn lists(&self) -> CategoryQueryLists {
        CategoryQueryLists()
    }
}

lists! {
    /// The list of everything.
    CategoryQueryLists() {
        /// All categories, by title unless `orderBy` says otherwise.
        fn categories -> Categories {
            filter: CategoryFilter, "Only categories for which this holds. Example: `{ packagesCount: { gt: 0 } }`",
            order_by: CategoryOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: PACKAGES, direction: DESC }]`",
            all
        }
    }
}
