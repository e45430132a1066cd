use async_graphql::{Enum, Object};

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

/// What somebody may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// Reads; everybody does.
    Reader,
    /// Adds and edits packages, grids, features and cells, and puts packages into grids.
    Editor,
    /// Also deletes, locks and unlocks.
    Moderator,
    /// Also edits categories.
    Admin,
}
