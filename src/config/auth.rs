use std::fmt;

use serde::Deserialize;

use crate::rules::address::shown;

/// `[auth]`: whose JWTs are believed, beside tokens of our own.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Where an identity provider's keys (a JWKS) are: an address, or a file's path. Without one, no
    /// JWTs are taken.
    pub jwks: Option<String>,
    /// Whom a JWT has to be from: its `iss`.
    pub issuer: Option<String>,
    /// Whom a JWT has to be for: its `aud`, or one of them.
    pub audience: Option<String>,
    /// The claim that has the role, or several, of which the highest counts. Dots lead into objects,
    /// as in `realm_access.roles`.
    pub role_claim: String,
    /// The claim that has the name, found the same way.
    pub name_claim: String,
    /// Seconds that the provider's clock and ours may differ by.
    pub leeway_seconds: u64,
    /// Seconds after which the keys are read again. A key that the provider has taken back is
    /// believed for as long, and for a day more where they cannot be read.
    pub jwks_cache_seconds: u64,
}

/// Characters of an issuer, at most: it is in the name under which an editor's doings are kept.
const ISSUER: usize = 120;

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("jwks", &self.jwks.as_deref().map(shown))
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("role_claim", &self.role_claim)
            .field("name_claim", &self.name_claim)
            .field("leeway_seconds", &self.leeway_seconds)
            .field("jwks_cache_seconds", &self.jwks_cache_seconds)
            .finish()
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            jwks: None,
            issuer: None,
            audience: None,
            role_claim: "role".to_owned(),
            name_claim: "sub".to_owned(),
            leeway_seconds: 30,
            jwks_cache_seconds: 300,
        }
    }
}

impl Auth {
    /// Whether the settings make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(jwks) = &self.jwks {
            let is_address = jwks.split_once("://").is_some();
            let parsed = url::Url::parse(jwks)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if jwks.trim().is_empty() || (is_address && parsed.is_none()) {
                return Err(format!(
                    "auth.jwks is \"{}\"; it is a file's path, or an address like \
                     https://example.org/jwks.json",
                    shown(jwks)
                ));
            }
            for (name, value) in [("issuer", &self.issuer), ("audience", &self.audience)] {
                if value.as_ref().is_none_or(String::is_empty) {
                    return Err(format!(
                        "auth.jwks needs auth.{name}: else JWTs that are meant for others would \
                         be taken"
                    ));
                }
            }
        }
        if self.issuer.as_ref().is_some_and(|issuer| issuer.chars().count() > ISSUER) {
            return Err(format!("auth.issuer has over {ISSUER} characters"));
        }
        for (name, claim) in [("role_claim", &self.role_claim), ("name_claim", &self.name_claim)] {
            if claim.is_empty() {
                return Err(format!("auth.{name} names no claim"));
            }
        }
        super::within("auth", "leeway_seconds", self.leeway_seconds as usize, 0, 3600)?;
        super::within("auth", "jwks_cache_seconds", self.jwks_cache_seconds as usize, 1, 86_400)
    }
}
