//! From what a request shows to who is asking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::jwt::Jwts;
use super::token::{self, PREFIX, State, Token};
use super::{Clock, Role, Viewer};
use crate::config::Auth;
use crate::database::{Database, DatabaseError};

/// How exact it is when a token was last used.
const USED: Duration = Duration::from_secs(60);

/// Finds out who is asking. Clones share what is known.
#[derive(Clone)]
pub struct Gatekeeper(Arc<Inner>);

struct Inner {
    database: Database,
    /// Null when no identity provider is believed.
    jwts: Option<Jwts>,
    clock: Clock,
    /// When it was written down that a token was used, by its number.
    used: Mutex<HashMap<i64, Instant>>,
}

/// Why nobody is let in: never is somebody taken for nobody whose credential is not right.
#[derive(Debug, Error)]
pub enum Rejected {
    /// The credential is not right, for this reason.
    #[error("{0}")]
    Credential(&'static str),
    /// It cannot be told now whether it is: there are no keys of the identity provider, or none that
    /// are still good.
    #[error("the identity provider's keys are not known")]
    NoKeys,
    /// It cannot be told now, because of the database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Gatekeeper {
    /// Lets in by the tokens of `database`, and by those of the identity provider that `settings`
    /// name.
    pub fn new(settings: &Auth, database: Database) -> Self {
        Self::with_clock(settings, database, Clock::default())
    }

    /// As [`Self::new`], by a clock of one's own.
    pub fn with_clock(settings: &Auth, database: Database, clock: Clock) -> Self {
        let jwts = Jwts::new(settings, &clock);
        Self(Arc::new(Inner { database, jwts, clock, used: Mutex::default() }))
    }

    /// Who is asking, by what their `Authorization` says. (Most say nothing, so what others take is
    /// in a box: the future of a whole request is moved several times.)
    ///
    /// # Errors
    /// When it says something, and that is not right, or cannot be found out to be.
    pub async fn viewer(&self, authorization: Option<&str>) -> Result<Viewer, Rejected> {
        let Some(authorization) = authorization else {
            return Ok(Viewer::default());
        };
        let credential = bearer(authorization)?;
        if credential.starts_with(PREFIX) {
            return Box::pin(self.of_token(credential)).await;
        }
        match &self.0.jwts {
            Some(jwts) => Box::pin(jwts.viewer(credential)).await,
            None => Err(Rejected::Credential("there is no such token")),
        }
    }

    async fn of_token(&self, text: &str) -> Result<Viewer, Rejected> {
        let token = token::find(&self.0.database, text).await?;
        let Some(Token { id, name, role, .. }) = &token else {
            return Err(Rejected::Credential("there is no such token"));
        };
        match token.as_ref().map(|token| token.state(self.0.clock.time())) {
            Some(State::Revoked) => return Err(Rejected::Credential("the token was revoked")),
            Some(State::Expired) => return Err(Rejected::Credential("the token has expired")),
            Some(State::Active) | None => {}
        }
        self.write_down(*id);
        Ok(viewer(name.clone(), *role, format!("token:{id}")))
    }

    /// Writes down that a token was used, unless that was done a moment ago. Nobody waits for it:
    /// another program may be writing, and a request is not to fail for that.
    fn write_down(&self, id: i64) {
        let (now, time) = (self.0.clock.moment(), self.0.clock.time());
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.get(&id).is_some_and(|last| now.duration_since(*last) < USED) {
            return;
        }
        used.insert(id, now);
        let database = self.0.database.clone();
        tokio::spawn(async move {
            if let Err(error) = token::used(&database, id, time).await {
                tracing::debug!(token = id, %error, "that a token was used was not written down");
            }
        });
    }
}

pub(super) fn viewer(name: String, role: Role, key: String) -> Viewer {
    Viewer { name: Some(name), role, key: Some(key) }
}

/// The credential of RFC 6750: the scheme whatever its case, and one word.
fn bearer(authorization: &str) -> Result<&str, Rejected> {
    let (scheme, credential) = authorization.trim().split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejected::Credential("`Authorization` is `Bearer` and a token"));
    }
    let credential = credential.trim_start();
    // What RFC 6750 calls a b64token.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if credential.is_empty() || !credential.bytes().all(fits) {
        return Err(Rejected::Credential("`Authorization` is `Bearer` and a token"));
    }
    Ok(credential)
}
