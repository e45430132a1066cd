//! An identity provider: keys, what it signs by them, and where it says which they are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use packgrid::clock;
use packgrid::config::Auth;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

pub const ISSUER: &str = "https://id.example.org/";
pub const AUDIENCE: &str = "packgrid";

/// A key that signs, with its public half.
pub struct Signer {
    pub header: Header,
    pub key: EncodingKey,
    /// The public half, as a JWK.
    pub jwk: Value,
}

impl Signer {
    pub fn rsa(id: &str) -> Self {
        Self::rsa_of(id, 2048)
    }

    pub fn rsa_of(id: &str, bits: usize) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
        let jwk = json!({"kty": "RSA", "use": "sig", "n": text(&n), "e": text(&e)});
        let key = EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
        Self::new(id, Algorithm::RS256, key, jwk)
    }

    pub fn ec(id: &str) -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap();
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "alg": "ES256"});
        Self::new(id, Algorithm::ES256, EncodingKey::from_ec_der(pkcs8.as_ref()), jwk)
    }

    pub fn ed(id: &str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let x = text(pair.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "key_ops": ["verify"]});
        Self::new(id, Algorithm::EdDSA, EncodingKey::from_ed_der(pkcs8.as_ref()), jwk)
    }

    fn new(id: &str, algorithm: Algorithm, key: EncodingKey, mut jwk: Value) -> Self {
        jwk["kid"] = json!(id);
        let header = Header { kid: Some(id.to_owned()), ..Header::new(algorithm) };
        Self { header, key, jwk }
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        encode(&self.header, claims, &self.key).unwrap()
    }

    /// The same with something else in the header.
    pub fn sign_as(&self, change: impl FnOnce(&mut Header), claims: &Value) -> String {
        let mut header = self.header.clone();
        change(&mut header);
        encode(&header, claims, &self.key).unwrap()
    }
}

/// Claims that are right, with these changed; null takes one out.
pub fn claims(changes: Value) -> Value {
    let mut claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "exp": at(300)});
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// So many seconds from now.
pub fn at(seconds: i64) -> i64 {
    clock::now().0 / 1_000_000 + seconds
}

pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[derive(Clone, Default)]
enum Says {
    Text(String),
    /// It is out of order.
    Error,
    /// It takes the request and says nothing.
    #[default]
    Nothing,
}

/// Where a provider says which keys it has.
pub struct Provider {
    pub address: String,
    answer: Arc<Mutex<Says>>,
    requests: Arc<AtomicUsize>,
}

impl Provider {
    pub async fn start(keys: &[&Value]) -> Self {
        let (answer, requests) = (Arc::<Mutex<Says>>::default(), Arc::default());
        let (told, counted) = (Arc::clone(&answer), Arc::<AtomicUsize>::clone(&requests));
        let jwks = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = told.lock().unwrap().clone();
            async move {
                match answer {
                    Says::Text(text) => Ok(text),
                    Says::Error => Err(StatusCode::BAD_GATEWAY),
                    Says::Nothing => std::future::pending().await,
                }
            }
        };
        let router = Router::new().route("/jwks.json", get(jwks));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let provider = Self { address, answer, requests };
        provider.has(keys);
        provider
    }

    /// From now on these are its keys.
    pub fn has(&self, keys: &[&Value]) {
        self.says(&json!({ "keys": keys }).to_string());
    }

    /// From now on it answers this.
    pub fn says(&self, text: &str) {
        *self.answer.lock().unwrap() = Says::Text(text.to_owned());
    }

    /// From now on it is out of order.
    pub fn fails(&self) {
        *self.answer.lock().unwrap() = Says::Error;
    }

    /// From now on it says nothing.
    pub fn hangs(&self) {
        *self.answer.lock().unwrap() = Says::Nothing;
    }

    /// How often it was asked.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Settings that believe it.
    pub fn settings(&self) -> Auth {
        settings(&self.address)
    }
}

/// Settings that believe whoever has the keys there.
pub fn settings(jwks: &str) -> Auth {
    Auth {
        jwks: Some(jwks.to_owned()),
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
        ..Auth::default()
    }
}
