use async_graphql::{Context, Object};

use crate::graphql::errors::Failure;
use crate::graphql::filters::PackageFilter;
use crate::graphql::search::{self, SearchArguments, SearchConnection, SearchKind, Suggestion};
use crate::graphql::written::Written;

/// Where to begin with words.
#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// What these words find among packages, grids and categories, best first: what is called
    /// exactly so, or has this repository or this name on the package index; then what has all the
    /// words or inflections of them, in its title rather than in its description; then what has
    /// words that begin so; then what is nearly so, for a slip of the finger. Between equals the
    /// more popular comes first. If more than 1,000 match, the search
    /// looks through the 1,000 most popular that have the words anywhere, and the 1,000 that have them in
    /// their name; `totalCountIsCapped` says so.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words, all of which are wanted; `\"several words\"` as they stand; `this OR that`; `-word` for what is not wanted. At most 1,000 characters and 32 words. Example: `\"rest framework -graphql\"`"
        )]
        query: String,
        #[graphql(
            desc = "What to look for; everything, unless given, and nothing if the list is empty. Example: `[PACKAGE, GRID]`"
        )]
        kinds: Option<Vec<SearchKind>>,
        #[graphql(
            desc = "Only packages for which this holds; what is no package is left out then. It narrows down what the search finds without it. Example: `{ isActive: true }`"
        )]
        filter: Option<Box<PackageFilter>>,
        #[graphql(desc = "At most this many results, 0 to 100; 20 unless given. Example: `10`")]
        first: Option<i32>,
        #[graphql(
            desc = "Only results after the one with this cursor, from `pageInfo { endCursor }` of the page before. Works with the same other arguments only. Example: `\"WyJTZWFyY2giLDEsMl0\"`"
        )]
        after: Option<String>,
    ) -> Result<Written<SearchConnection>, Failure> {
        let arguments = SearchArguments { query, kinds, filter, first, after };
        Box::pin(search::search(ctx, arguments))
            .await
            .map(Written)
            .map_err(|failure| failure.at(ctx))
    }

    /// What is called as somebody has begun to type, the most popular first, for completing a
    /// search box's input. The last word may be the beginning of one.
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What has been typed so far. Example: `\"django rest f\"`")]
        prefix: String,
        #[graphql(desc = "At most this many, 0 to 50; 10 unless given. Example: `5`")]
        first: Option<i32>,
    ) -> Result<Vec<Suggestion>, Failure> {
        Box::pin(search::suggest(ctx, prefix, first)).await.map_err(|failure| failure.at(ctx))
    }
}
