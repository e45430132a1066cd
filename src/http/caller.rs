//! Who asks: from where, and by what credential.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use super::refusal::Refusal;
use super::{App, RETRY_SECONDS, client};
use crate::auth::{Rejected, Viewer};
use crate::graphql::ErrorCode;

/// What it costs to look at a credential, in the unit of an operation's cost: a statement, or a
/// signature.
const LOOK: u64 = 20;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who pays.
    pub address: IpAddr,
    pub viewer: Viewer,
}

impl Caller {
    /// Whether they showed a credential.
    pub fn is_known(&self) -> bool {
        self.viewer.key.is_some()
    }
}

/// What the request shows to say who asks, if anything.
///
/// # Errors
/// When it shows two things, or one that is no text: whoever stands between could see it otherwise.
pub fn credential(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(unauthenticated("`Authorization` is no text")),
        },
        (Some(_), Some(_)) => Err(unauthenticated("`Authorization` is there twice")),
    }
}

/// That a credential is not right. Nobody is taken for nobody then: who shows one wants to be known.
pub fn unauthenticated(why: &str) -> Refusal {
    let (status, code) = (StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated);
    Refusal::http(status, code, format!("The credential is not taken: {why}"))
}

impl App {
    /// Who sends a request.
    ///
    /// # Errors
    /// When their credential is not right, or that cannot be found out.
    pub async fn caller(&self, parts: &Parts) -> Result<Caller, Refusal> {
        let address = client::address(parts, &self.0.config.server.trusted_proxies);
        let viewer = self.viewer(address, credential(&parts.headers)?).await?;
        Ok(Caller { address, viewer })
    }

    /// Whose credential it is that was shown from `address`.
    ///
    /// # Errors
    /// As of [`Self::caller`].
    pub async fn viewer(
        &self,
        address: IpAddr,
        credential: Option<&str>,
    ) -> Result<Viewer, Refusal> {
        if credential.is_some() {
            self.pay(address, LOOK)?;
        }
        self.0.gatekeeper.viewer(credential).await.map_err(|rejected| match rejected {
            Rejected::Credential(why) => unauthenticated(why),
            Rejected::NoKeys => unavailable(
                "Nobody can be let in by a JWT now: the identity provider does not say by which \
                 keys it signs; try again later",
            ),
            Rejected::Database(error) => {
                // That the database cannot be reached is in the log already, once.
                if !error.is_unreachable() {
                    tracing::error!(%error, "a token could not be looked up");
                }
                unavailable(
                    "It cannot be found out now whether the token is right; try again later",
                )
            }
        })
    }
}

/// That a credential cannot be judged now.
fn unavailable(message: &str) -> Refusal {
    let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServiceUnavailable);
    Refusal::http(status, code, message).retry_after(RETRY_SECONDS)
}
