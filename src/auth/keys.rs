//! The keys of an identity provider (a JWKS): read when they are needed, and again when they are
//! old or one is not among them.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};

use super::{Clock, fetch};

/// The time from one reading to the next, at least, whoever wants it: a stream of garbage is not to
/// become a stream of requests to the provider.
const PAUSE: Duration = Duration::from_secs(10);

/// For how long keys stay in use that are old and cannot be read again: a provider may be away for a
/// night, but one of which nobody hears any more may have taken a key back.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes of an RSA key's modulus, at least: 2,048 bits, as RFC 7518 has it.
const MODULUS: usize = 256;

/// Where the keys are.
#[derive(Clone)]
pub enum Source {
    Address(String),
    File(PathBuf),
}

impl Source {
    /// An address, or else a file's path.
    pub fn new(text: &str) -> Self {
        if text.contains("://") { Self::Address(text.to_owned()) } else { Self::File(text.into()) }
    }
}

impl fmt::Display for Source {
    /// For the log, without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Address(address) => f.write_str(&crate::rules::address::shown(address)),
        }
    }
}

/// A key, and what it may be used for.
pub struct Key {
    pub decoding: DecodingKey,
    id: Option<String>,
    algorithms: Vec<Algorithm>,
}

/// What looking for a key came to.
pub enum Found {
    Key(Arc<Key>),
    /// The provider has no such key.
    None,
    /// Nobody knows what keys the provider has.
    NoKeys,
}

/// The keys of one provider.
pub struct Keys {
    source: Source,
    /// For how long they are good.
    keep: Duration,
    clock: Clock,
    known: RwLock<Option<Known>>,
    /// Held by whoever reads them.
    reading: Arc<Mutex<Readings>>,
    /// For the one thread that reads them from a file.
    turn: Arc<Semaphore>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<[Arc<Key>]>,
    since: Instant,
}

/// When the keys were last read, or that was tried.
#[derive(Default)]
struct Readings {
    because_old: Option<Instant>,
    because_unknown: Option<Instant>,
}

impl Keys {
    pub fn new(source: Source, keep: Duration, clock: Clock) -> Self {
        let turn = Arc::new(Semaphore::new(1));
        Self { source, keep, clock, known: RwLock::default(), reading: Arc::default(), turn }
    }

    /// The key with this id that fits this algorithm; without an id, the only one that fits.
    pub async fn find(self: &Arc<Self>, id: Option<&str>, algorithm: Algorithm) -> Found {
        let found = self.look(id, algorithm);
        let is_old = self.is_old();
        match &found {
            Found::Key(_) if !is_old => return found,
            // One request waits for the new ones, and those beside it go on with the old.
            Found::Key(_) if self.reading.try_lock().is_err() => return found,
            _ => {}
        }
        let keys = Arc::clone(self);
        // A task of its own: a client that goes away does not keep others from the keys.
        let read = tokio::spawn(async move { keys.read(is_old).await });
        if let Err(error) = read.await {
            tracing::error!(%error, "reading the identity provider's keys came down");
        }
        self.look(id, algorithm)
    }

    /// The keys that were read last; null when there are none, or they are too old.
    fn known(&self) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|known| self.since(known.since) < self.keep + GRACE)
    }

    fn since(&self, moment: Instant) -> Duration {
        self.clock.moment().duration_since(moment)
    }

    fn is_old(&self) -> bool {
        self.known().is_none_or(|known| self.since(known.since) >= self.keep)
    }

    fn look(&self, id: Option<&str>, algorithm: Algorithm) -> Found {
        let Some(Known { keys, .. }) = self.known() else {
            return Found::NoKeys;
        };
        let mut fitting = keys.iter().filter(|key| {
            key.algorithms.contains(&algorithm) && (id.is_none() || key.id.as_deref() == id)
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Found::Key(Arc::clone(key)),
            (Some(key), Some(_)) if id.is_some() => Found::Key(Arc::clone(key)),
            _ => Found::None,
        }
    }

    /// Reads the keys, unless that was just done. When it fails, those that were known stay for a
    /// while; but what is read is what the provider has now, be it nothing.
    async fn read(&self, because_old: bool) {
        let mut readings = self.reading.lock().await;
        // Somebody else may have read them while this one waited for its turn.
        let (last, pause) = if because_old && self.is_old() {
            (&mut readings.because_old, PAUSE.min(self.keep))
        } else if because_old {
            return;
        } else {
            (&mut readings.because_unknown, PAUSE)
        };
        if last.is_some_and(|last| self.since(last) < pause) {
            return;
        }
        *last = Some(self.clock.moment());
        match self.read_once().await {
            Ok(keys) => {
                if keys.is_empty() {
                    let source = &self.source;
                    tracing::warn!(%source, "no key is for signatures, and no JWT is taken");
                }
                let known = Known { keys: keys.into(), since: self.clock.moment() };
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
            }
            Err(why) if self.known().is_some() => {
                let source = &self.source;
                tracing::warn!(%source, "no keys were read, and those that are known stay so far: {why}");
            }
            Err(why) => {
                let source = &self.source;
                tracing::error!(%source, "no keys were read, and no JWT can be taken: {why}");
            }
        }
    }

    async fn read_once(&self) -> Result<Vec<Arc<Key>>, String> {
        let text = match &self.source {
            Source::Address(address) => fetch::address(address).await?,
            Source::File(path) => fetch::file(path.clone(), Arc::clone(&self.turn)).await?,
        };
        parse(&text)
    }
}

/// The keys of a JWKS. Those of kinds that are not known, or not for signatures, are left alone, as
/// RFC 7517 has it.
fn parse(text: &[u8]) -> Result<Vec<Arc<Key>>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(text).map_err(|error| format!("no JWKS: {error}"))?;
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(keys.filter_map(|key| usable(&key)).map(Arc::new).collect())
}

/// A key that signatures can be checked by; null if it is none.
fn usable(key: &Jwk) -> Option<Key> {
    let is_for_signatures = match (&key.common.public_key_use, &key.common.key_operations) {
        (Some(PublicKeyUse::Signature), _) | (None, None) => true,
        (None, Some(operations)) => operations.contains(&KeyOperations::Verify),
        (Some(_), _) => false,
    };
    if !is_for_signatures {
        return None;
    }
    let mut algorithms = match &key.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).ok()?;
            let long = modulus.len() >= MODULUS;
            use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
            if long { vec![RS256, RS384, RS512, PS256, PS384, PS512] } else { return None }
        }
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(key) => match key.curve {
            EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
            _ => return None,
        },
        // Whoever can check by it can sign by it, too.
        AlgorithmParameters::OctetKey(_) => return None,
    };
    if let Some(algorithm) = key.common.key_algorithm {
        algorithms.retain(|known| is_called(*known, algorithm));
    }
    let decoding = DecodingKey::from_jwk(key).ok()?;
    let id = key.common.key_id.clone();
    (!algorithms.is_empty()).then_some(Key { decoding, id, algorithms })
}

/// Whether a JWKS means this algorithm by that name.
fn is_called(algorithm: Algorithm, name: KeyAlgorithm) -> bool {
    name.to_string() == format!("{algorithm:?}")
}
