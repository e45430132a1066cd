use async_graphql::{Context, Object};

use crate::catalog::TheDirectory;
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
use crate::graphql::lists::lists;
use crate::graphql::types::Directory;

/// The directory itself.
#[derive(Default)]
pub struct DirectoryQuery;

#[Object]
impl DirectoryQuery {
    /// The directory itself: at which revision it is, and how it keeps in step with its source.
    async fn directory(&self, ctx: &Context<'_>) -> Result<Directory, Failure> {
        let standing = Box::pin(load(ctx, TheDirectory)).await?;
        standing.map(Directory).ok_or_else(|| Failure::broken("no row in directory"))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> DirectoryQueryLists {
        DirectoryQueryLists()
    }
}

lists! {
    /// The list of everything.
    DirectoryQueryLists() {
        /// What was changed of the directory, the newest first unless `orderBy` says otherwise. Changes
        /// are kept for as long as the server's settings say.
        fn history -> Changes {
            filter: ChangeFilter, "Only changes for which this holds. Example: `{ by: { eq: \"ci\" } }`",
            order_by: ChangeOrder, "What to sort by. Example: `[{ field: REVISION }]`",
            all
        }
    }
}
