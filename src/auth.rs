//! Who is asking, and what they may do: by tokens of our own, and by those of an identity provider.

mod claims;
mod clock;
mod fetch;
mod gatekeeper;
mod jwt;
mod keys;
mod role;
pub mod token;

pub use clock::Clock;
pub use gatekeeper::{Gatekeeper, Rejected};
pub use role::Role;

/// Who is asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// What the credential calls them; null for those who showed none.
    pub name: Option<String>,
    pub role: Role,
    /// Tells credentials apart, such as `token:7`; null for those who showed none.
    pub key: Option<String>,
}
