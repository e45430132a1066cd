use async_graphql::Object;

use super::Role;
use crate::auth;

/// Who is asking.
pub struct Viewer(pub auth::Viewer);

/// Who is asking.
#[Object]
impl Viewer {
    /// What the credential calls them: a token's name, or what the identity provider says. Null when
    /// the request came without a credential.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// What they may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }
}
