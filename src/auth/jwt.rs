//! JWTs of an identity provider: signed by one of its keys, for us, and for now.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};

use super::claims::{self, Claims};
use super::gatekeeper::viewer;
use super::keys::{Found, Keys, Source};
use super::{Clock, Rejected, Viewer};
use crate::config::Auth;

/// Algorithms that are taken: whoever can check a signature by these cannot make one.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Bytes of a JWT, at most.
const LONGEST: usize = 16 * 1024;

/// Characters of a `sub`, at most, as OpenID Connect has it.
const SUBJECT: usize = 255;

/// Takes the JWTs of one identity provider.
pub struct Jwts {
    keys: Arc<Keys>,
    issuer: String,
    audience: String,
    role_claim: String,
    name_claim: String,
    leeway: u64,
}

impl Jwts {
    /// Takes JWTs as `settings` say; null when they name no provider.
    pub fn new(settings: &Auth, clock: &Clock) -> Option<Self> {
        let source = Source::new(settings.jwks.as_ref()?);
        // A provider without them is refused by the check of the settings.
        let (issuer, audience) = settings.issuer.clone().zip(settings.audience.clone())?;
        let keep = Duration::from_secs(settings.jwks_cache_seconds);
        Some(Self {
            keys: Arc::new(Keys::new(source, keep, clock.clone())),
            issuer,
            audience,
            role_claim: settings.role_claim.clone(),
            name_claim: settings.name_claim.clone(),
            leeway: settings.leeway_seconds,
        })
    }

    /// Who shows this JWT.
    ///
    /// # Errors
    /// When it is none, or not a right one, or there are no keys to tell by.
    pub async fn viewer(&self, jwt: &str) -> Result<Viewer, Rejected> {
        if jwt.len() > LONGEST {
            return Err(Rejected::Credential("the JWT is too long"));
        }
        // An algorithm that is not known is an error here, `none` being one of these.
        let header =
            decode_header(jwt).map_err(|_| Rejected::Credential("it is no token, and no JWT"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Rejected::Credential(
                "the JWT is signed by an algorithm that is not taken",
            ));
        }
        // Extensions that have to be understood; none is.
        if header.crit.is_some() {
            return Err(Rejected::Credential("the JWT has extensions that are not known"));
        }
        let key = match self.key(&header).await {
            Found::Key(key) => key,
            Found::None => {
                return Err(Rejected::Credential("the JWT is signed by a key that is not known"));
            }
            Found::NoKeys => return Err(Rejected::NoKeys),
        };
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.validate_nbf = true;
        validation.leeway = self.leeway;
        let claims: Claims = decode(jwt, &key.decoding, &validation)
            .map_err(|error| Rejected::Credential(why(error.kind())))?
            .claims;
        let subject = claims.get("sub").and_then(|subject| subject.as_str()).unwrap_or_default();
        let fits = (1..=SUBJECT).contains(&subject.chars().count());
        if !fits || subject.chars().any(char::is_control) {
            return Err(Rejected::Credential("the JWT's `sub` names nobody"));
        }
        let name = claims::name(&claims, &self.name_claim).unwrap_or_else(|| subject.to_owned());
        let role = claims::role(&claims, &self.role_claim);
        Ok(viewer(name, role, format!("jwt:{}#{subject}", self.issuer)))
    }

    async fn key(&self, header: &Header) -> Found {
        self.keys.find(header.kid.as_deref(), header.alg).await
    }
}

/// Why a JWT is not taken, for whoever shows it.
fn why(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::ExpiredSignature => "the JWT has expired",
        ErrorKind::ImmatureSignature => "the JWT is not valid yet",
        ErrorKind::InvalidIssuer => "the JWT is of another issuer",
        ErrorKind::InvalidAudience => "the JWT is for another audience",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
            "the JWT lacks one of `exp`, `iss`, `aud` and `sub`, or has one of the wrong type"
        }
        _ => "the JWT's signature is not right",
    }
}
