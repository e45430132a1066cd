use async_graphql::{Context, Object};

use crate::graphql::errors::Failure;
use crate::graphql::types::Viewer;

/// Who is asking.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who is asking, by the credential that came with the request.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer, Failure> {
        let viewer = ctx.data::<crate::auth::Viewer>();
        viewer.cloned().map(Viewer).map_err(|_| Failure::broken("nobody said who asks"))
    }
}
