//! Who is asking: tokens, JWTs of an identity provider, and what each transport does with them.

mod command_line;
mod jwt;
mod keys;
mod provider;
mod tokens;
mod transports;
mod websocket;

use packgrid::auth::{Role, token};
use packgrid::clock;
use packgrid::database::Database;

/// A token of this role, as it is shown.
async fn make(database: &Database, role: Role) -> token::Created {
    token::create(database, &format!("the {role}"), role, None, clock::now()).await.unwrap()
}

/// `Authorization` with this credential.
fn bearer(credential: &str) -> String {
    format!("Bearer {credential}")
}
