use async_graphql::{Context, Object};

use crate::catalog::TheDirectory;
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
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
}
