//! JWTs: which are taken, and what they say of whoever shows them.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use packgrid::auth::{Gatekeeper, Rejected, Role, Viewer};
use packgrid::config::Auth;
use serde_json::json;

use super::bearer;
use super::provider::{ISSUER, Provider, Signer, at, claims, text};
use crate::support::{Backend, TestDatabase};

/// Lets in by what these settings say. What a JWT says has nothing to do with the database.
pub async fn gate(settings: &Auth) -> (Gatekeeper, TestDatabase) {
    let test_database = TestDatabase::sample(Backend::Sqlite).await;
    (Gatekeeper::new(settings, test_database.open().await), test_database)
}

pub async fn viewer(gate: &Gatekeeper, jwt: &str) -> Result<Viewer, String> {
    gate.viewer(Some(&bearer(jwt))).await.map_err(|rejected| match rejected {
        Rejected::Credential(why) => why.to_owned(),
        other => format!("{other:?}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn algorithms() {
    let signers = [Signer::rsa("r"), Signer::ec("c"), Signer::ed("d")];
    let provider = Provider::start(&signers.each_ref().map(|signer| &signer.jwk)).await;
    let (gate, _database) = gate(&provider.settings()).await;
    for signer in &signers {
        let jwt = signer.sign(&claims(json!({"role": "editor"})));
        let key = Some(format!("jwt:{ISSUER}#somebody"));
        let expected = Viewer { name: Some("somebody".to_owned()), role: Role::Editor, key };
        assert_eq!(viewer(&gate, &jwt).await, Ok(expected));
        // A claim that was changed, and a signature that was.
        let parts: Vec<&str> = jwt.split('.').collect();
        let other = text(claims(json!({"role": "admin"})).to_string().as_bytes());
        let changed = format!("{}.{other}.{}", parts[0], parts[2]);
        assert_eq!(viewer(&gate, &changed).await.unwrap_err(), "the JWT's signature is not right");
        let cut = &jwt[..jwt.len() - 4];
        assert_eq!(viewer(&gate, cut).await.unwrap_err(), "the JWT's signature is not right");
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        assert!(viewer(&gate, &unsigned).await.is_err());
    }
    let [rsa, ec, _] = &signers;
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS512] {
        let jwt = rsa.sign_as(|header| header.alg = algorithm, &claims(json!({})));
        assert!(viewer(&gate, &jwt).await.is_ok(), "{algorithm:?}");
    }
    // By another key's id, or an algorithm that is not that key's.
    let jwt = rsa.sign_as(|header| header.kid = ec.header.kid.clone(), &claims(json!({})));
    assert_eq!(
        viewer(&gate, &jwt).await.unwrap_err(),
        "the JWT is signed by a key that is not known"
    );
    let stranger = Signer::ec("c").sign(&claims(json!({})));
    assert_eq!(viewer(&gate, &stranger).await.unwrap_err(), "the JWT's signature is not right");
    // With the public key for a secret, in each spelling that somebody may have it in.
    let n = rsa.jwk["n"].as_str().unwrap();
    for secret in [n.as_bytes(), rsa.jwk.to_string().as_bytes()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = Header { kid: rsa.header.kid.clone(), ..Header::new(algorithm) };
            let jwt =
                encode(&header, &claims(json!({})), &EncodingKey::from_secret(secret)).unwrap();
            let why = viewer(&gate, &jwt).await.unwrap_err();
            assert_eq!(why, "the JWT is signed by an algorithm that is not taken");
        }
    }
    let payload = text(claims(json!({})).to_string().as_bytes());
    for algorithm in ["none", "None", "NONE", "", "HS1", "RS256 "] {
        for signature in ["", "AAAA"] {
            let header = text(json!({"alg": algorithm, "kid": "r"}).to_string().as_bytes());
            let why = viewer(&gate, &format!("{header}.{payload}.{signature}")).await.unwrap_err();
            assert_eq!(why, "it is no token, and no JWT", "{algorithm}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_have_to_be_right() {
    let signer = Signer::ec("1");
    let provider = Provider::start(&[&signer.jwk]).await;
    let (gate, _database) = gate(&provider.settings()).await;
    let lacking =
        "the JWT lacks one of `exp`, `iss`, `aud` and `sub`, or has one of the wrong type";
    for (changes, expected) in [
        (json!({}), None),
        (json!({"exp": at(-20)}), None),
        (json!({"exp": at(-40)}), Some("the JWT has expired")),
        (json!({"exp": 0}), Some("the JWT has expired")),
        (json!({"exp": null}), Some(lacking)),
        (json!({"exp": "never"}), Some(lacking)),
        (json!({"nbf": at(20)}), None),
        (json!({"nbf": at(40)}), Some("the JWT is not valid yet")),
        (json!({"nbf": "later"}), Some(lacking)),
        (json!({"iss": "https://other.example.org/"}), Some("the JWT is of another issuer")),
        (json!({"iss": "https://id.example.org"}), Some("the JWT is of another issuer")),
        (json!({"iss": null}), Some(lacking)),
        (json!({"iss": 1}), Some(lacking)),
        (json!({"aud": "other"}), Some("the JWT is for another audience")),
        (json!({"aud": ["other", "packgrid"]}), None),
        (json!({"aud": []}), Some("the JWT is for another audience")),
        (json!({"aud": null}), Some(lacking)),
        (json!({"aud": {"packgrid": true}}), Some(lacking)),
        (json!({"sub": null}), Some(lacking)),
        (json!({"sub": 7}), Some(lacking)),
        (json!({"sub": ""}), Some("the JWT's `sub` names nobody")),
        (json!({"sub": "x".repeat(256)}), Some("the JWT's `sub` names nobody")),
        (json!({"sub": "a\0b"}), Some("the JWT's `sub` names nobody")),
        (json!({"more": "x".repeat(20_000)}), Some("the JWT is too long")),
    ] {
        let seen = viewer(&gate, &signer.sign(&claims(changes.clone()))).await;
        assert_eq!(seen.as_ref().err().map(String::as_str), expected, "{changes}");
    }
    let crit =
        signer.sign_as(|header| header.crit = Some(vec!["b64".to_owned()]), &claims(json!({})));
    let why = viewer(&gate, &crit).await.unwrap_err();
    assert_eq!(why, "the JWT has extensions that are not known");
    for garbage in ["x", "a.b", "a.b.c", "a.b.c.d", "..", "...", "e30.e30.e30", "AAAA.AAAA.AAAA"] {
        assert_eq!(
            viewer(&gate, garbage).await.unwrap_err(),
            "it is no token, and no JWT",
            "{garbage}"
        );
    }
    // A key that a JWT brings along is no key.
    let own = Signer::ec("1");
    let jwk = serde_json::from_value(own.jwk.clone()).unwrap();
    let jwt = own.sign_as(|header| header.jwk = Some(jwk), &claims(json!({})));
    assert_eq!(viewer(&gate, &jwt).await.unwrap_err(), "the JWT's signature is not right");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_names() {
    let signer = Signer::ed("1");
    let provider = Provider::start(&[&signer.jwk]).await;
    for (claim, changes, expected) in [
        ("role", json!({"role": "admin"}), Role::Admin),
        ("role", json!({"role": "reader"}), Role::Reader),
        ("role", json!({"role": ["x", "moderator", "editor", 1, null]}), Role::Moderator),
        ("role", json!({"role": []}), Role::Reader),
        ("role", json!({"role": "boss"}), Role::Reader),
        ("role", json!({"role": "Admin"}), Role::Reader),
        ("role", json!({"role": "editor admin"}), Role::Reader),
        ("role", json!({"role": {"admin": true}}), Role::Reader),
        ("role", json!({"roles": "admin"}), Role::Reader),
        ("role", json!({}), Role::Reader),
        ("realm_access.roles", json!({"realm_access": {"roles": ["editor"]}}), Role::Editor),
        ("realm_access.roles", json!({"realm_access": "editor"}), Role::Reader),
        ("realm_access.roles", json!({"realm_access": {"role": "editor"}}), Role::Reader),
        ("a.b.c", json!({"a": {"b": {"c": "moderator"}}}), Role::Moderator),
        ("https://x.example/role", json!({"https://x.example/role": "editor"}), Role::Editor),
    ] {
        let settings = Auth { role_claim: claim.to_owned(), ..provider.settings() };
        let (gate, _database) = gate(&settings).await;
        let seen = viewer(&gate, &signer.sign(&claims(changes.clone()))).await.unwrap();
        assert_eq!(seen.role, expected, "{claim} {changes}");
    }
    let settings = Auth { name_claim: "profile.name".to_owned(), ..provider.settings() };
    let (gate, _database) = gate(&settings).await;
    for (changes, expected) in [
        (json!({"profile": {"name": "Ada Lovelace"}}), "Ada Lovelace".to_owned()),
        (json!({"profile": {"name": "é".repeat(500)}}), "é".repeat(100)),
        (json!({"profile": {"name": "A\nd\0a"}}), "Ada".to_owned()),
        (json!({"profile": {"name": ""}}), "somebody".to_owned()),
        (json!({"profile": {"name": 7}}), "somebody".to_owned()),
        (json!({}), "somebody".to_owned()),
    ] {
        let seen = viewer(&gate, &signer.sign(&claims(changes))).await.unwrap();
        assert_eq!(seen.name, Some(expected));
        assert_eq!(seen.key, Some(format!("jwt:{ISSUER}#somebody")));
    }
}

/// Where no provider is named, no JWT is taken.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider() {
    let (gate, _database) = gate(&Auth::default()).await;
    let jwt = Signer::ec("1").sign(&claims(json!({})));
    assert_eq!(viewer(&gate, &jwt).await.unwrap_err(), "there is no such token");
}

#[test]
fn settings_that_cannot_be() {
    use packgrid::config::Config;
    let load = |settings: &[(&str, &str)]| {
        let variables = settings
            .iter()
            .map(|(name, value)| (format!("PACKGRID_AUTH_{name}"), (*value).to_owned()));
        Config::load(None, variables).map_err(|error| error.to_string())
    };
    let (jwks, issuer) = (("JWKS", "https://x.example/jwks"), ("ISSUER", "https://x.example/"));
    let config = load(&[jwks, issuer, ("AUDIENCE", "12345678901")]).unwrap();
    assert_eq!(config.auth.audience.as_deref(), Some("12345678901"));
    for (settings, said) in [
        (&[jwks][..], "auth.jwks needs auth.issuer"),
        (&[jwks, issuer], "auth.jwks needs auth.audience"),
        (&[jwks, ("AUDIENCE", "x")], "auth.jwks needs auth.issuer"),
        (&[jwks, issuer, ("AUDIENCE", "")], "auth.jwks needs auth.audience"),
        (&[("JWKS", "ftp://x.example/jwks"), issuer, ("AUDIENCE", "x")], "auth.jwks is \"ftp:"),
        (&[("JWKS", "https://"), issuer, ("AUDIENCE", "x")], "auth.jwks is \"https://\""),
        (&[("JWKS", ""), issuer, ("AUDIENCE", "x")], "auth.jwks is \"\""),
        (&[("ROLE_CLAIM", "")], "auth.role_claim names no claim"),
        (&[("NAME_CLAIM", "")], "auth.name_claim names no claim"),
        (&[("LEEWAY_SECONDS", "3601")], "auth.leeway_seconds is 3601"),
        (&[("JWKS_CACHE_SECONDS", "0")], "auth.jwks_cache_seconds is 0"),
        (&[("JWKZ", "x")], "PACKGRID_AUTH_JWKZ"),
    ] {
        let error = load(settings).unwrap_err();
        assert!(error.contains(said), "{settings:?}: {error}");
    }
}
