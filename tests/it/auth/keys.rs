//! The keys of an identity provider: which are used, and how they come and go.

use std::time::Duration;

use packgrid::auth::{Clock, Gatekeeper};
use packgrid::config::Auth;
use serde_json::{Value, json};

use super::jwt::{gate, viewer};
use super::provider::{Provider, Signer, claims, settings};
use crate::support::{Backend, TestDatabase};

const UNKNOWN: &str = "the JWT is signed by a key that is not known";

/// For how long keys are good, as these tests have it.
const KEEP: Duration = Duration::from_secs(300);

/// Lets in by what these settings say, and by a clock that stands.
async fn timed(settings: Auth) -> (Gatekeeper, Clock, TestDatabase) {
    let settings = Auth { jwks_cache_seconds: KEEP.as_secs(), ..settings };
    let (test_database, clock) = (TestDatabase::sample(Backend::Sqlite).await, Clock::standing());
    let database = test_database.open().await;
    (Gatekeeper::with_clock(&settings, database, clock.clone()), clock, test_database)
}

/// A JWK with these members changed; null takes one out.
fn changed(jwk: &Value, changes: Value) -> Value {
    let mut jwk = jwk.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(jwk.as_object_mut().unwrap().remove(name)),
            value => jwk[name] = value.clone(),
        }
    }
    jwk
}

fn jwt(signer: &Signer) -> String {
    signer.sign(&claims(json!({})))
}

#[tokio::test(flavor = "multi_thread")]
async fn which_key() {
    let (one, other) = (Signer::ec("1"), Signer::ec("2"));
    let ed = Signer::ed("3");
    let provider = Provider::start(&[&one.jwk, &other.jwk, &ed.jwk]).await;
    let (gate, _database) = gate(&provider.settings()).await;
    // Without an id: the only one that fits.
    let nameless = |signer: &Signer| signer.sign_as(|header| header.kid = None, &claims(json!({})));
    assert!(viewer(&gate, &nameless(&ed)).await.is_ok());
    assert_eq!(viewer(&gate, &nameless(&one)).await.unwrap_err(), UNKNOWN);
    let other_id = one.sign_as(|header| header.kid = Some("9".to_owned()), &claims(json!({})));
    assert_eq!(viewer(&gate, &other_id).await.unwrap_err(), UNKNOWN);
}

/// What a key is for is looked at, and what is beside it does not matter.
#[tokio::test(flavor = "multi_thread")]
async fn what_keys_are_for() {
    let (ec, rsa, short) = (Signer::ec("1"), Signer::rsa("2"), Signer::rsa_of("3", 1024));
    let strange = [
        json!({"kty": "what", "kid": "1"}),
        json!({"kty": "oct", "kid": "1", "k": "AAAA"}),
        json!({"kty": "EC", "crv": "P-521", "x": "AAAA", "y": "AAAA", "kid": "1"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "1"}),
        json!("nonsense"),
    ];
    for (signer, jwk, is_taken) in [
        (&ec, ec.jwk.clone(), true),
        (&ec, changed(&ec.jwk, json!({"alg": null})), true),
        (&ec, changed(&ec.jwk, json!({"alg": "ES384"})), false),
        (&ec, changed(&ec.jwk, json!({"use": "sig"})), true),
        (&ec, changed(&ec.jwk, json!({"use": "enc"})), false),
        (&ec, changed(&ec.jwk, json!({"key_ops": ["verify"]})), true),
        (&ec, changed(&ec.jwk, json!({"key_ops": ["encrypt"]})), false),
        (&ec, changed(&ec.jwk, json!({"x": "AAAA"})), false),
        (&rsa, changed(&rsa.jwk, json!({"alg": "RS256"})), true),
        (&rsa, changed(&rsa.jwk, json!({"alg": "RS512"})), false),
        (&rsa, changed(&rsa.jwk, json!({"alg": "RSA-OAEP"})), false),
        (&short, short.jwk.clone(), false),
        // Where no id is, it is not that one.
        (&ec, changed(&ec.jwk, json!({"kid": null})), false),
    ] {
        // One that is good for something: what is beside it does it no harm.
        let beside = Signer::ed("beside");
        let keys: Vec<&Value> = strange.iter().chain([&beside.jwk, &jwk]).collect();
        let provider = Provider::start(&keys).await;
        let (gate, _database) = gate(&provider.settings()).await;
        assert_eq!(viewer(&gate, &jwt(signer)).await.is_ok(), is_taken, "{jwk}");
        assert!(viewer(&gate, &jwt(&beside)).await.is_ok());
    }
}

/// A new key works at once; garbage does not have the provider asked again and again.
#[tokio::test(flavor = "multi_thread")]
async fn rotation() {
    let (old, new) = (Signer::ec("old"), Signer::ed("new"));
    let provider = Provider::start(&[&old.jwk]).await;
    let (gate, clock, _database) = timed(provider.settings()).await;
    assert_eq!(provider.requests(), 0, "nobody asked yet");
    let at_once = [(); 20].map(|()| {
        let (gate, jwt) = (gate.clone(), jwt(&old));
        tokio::spawn(async move { viewer(&gate, &jwt).await.is_ok() })
    });
    for seen in at_once {
        assert!(seen.await.unwrap());
    }
    assert_eq!(provider.requests(), 1);
    provider.has(&[&old.jwk, &new.jwk]);
    assert!(viewer(&gate, &jwt(&new)).await.is_ok());
    assert!(viewer(&gate, &jwt(&old)).await.is_ok());
    assert_eq!(provider.requests(), 2);
    for (seconds, requests) in [(0, 2), (9, 2), (1, 3), (9, 3), (1, 4)] {
        clock.turn(Duration::from_secs(seconds));
        for number in 0..5 {
            let garbage = Signer::ec(&number.to_string());
            assert_eq!(viewer(&gate, &jwt(&garbage)).await.unwrap_err(), UNKNOWN);
        }
        assert_eq!(provider.requests(), requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_keys_go_when_they_are_old() {
    let (old, new) = (Signer::ec("old"), Signer::ed("new"));
    let provider = Provider::start(&[&old.jwk]).await;
    let (gate, clock, _database) = timed(provider.settings()).await;
    assert!(viewer(&gate, &jwt(&old)).await.is_ok());
    provider.has(&[&new.jwk]);
    clock.turn(KEEP - Duration::from_secs(1));
    assert!(viewer(&gate, &jwt(&old)).await.is_ok(), "they are good until then");
    clock.turn(Duration::from_secs(1));
    assert_eq!(viewer(&gate, &jwt(&old)).await.unwrap_err(), UNKNOWN);
    assert!(viewer(&gate, &jwt(&new)).await.is_ok());
}

/// A provider that is away, or out of its mind, changes nothing for those who are known.
#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_away() {
    let signer = Signer::ec("1");
    let provider = Provider::start(&[&signer.jwk]).await;
    let (gate, clock, _database) = timed(provider.settings()).await;
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
    let long = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(1 << 20));
    for says in [None, Some("no JSON"), Some("{}"), Some("{\"keys\":7}"), Some(long.as_str())] {
        match says {
            None => provider.fails(),
            Some(text) => provider.says(text),
        }
        clock.turn(KEEP);
        let before = provider.requests();
        assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
        assert_eq!(provider.requests(), before + 1);
    }
}

/// A provider that has no keys any more has taken them all back, which is no failure.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_key_is_taken_back() {
    let signer = Signer::ec("1");
    let for_secrets = changed(&signer.jwk, json!({"use": "enc"}));
    for left in [vec![], vec![&for_secrets], vec![&Value::Null]] {
        let provider = Provider::start(&[&signer.jwk]).await;
        let (gate, clock, _database) = timed(provider.settings()).await;
        assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
        provider.has(&left);
        clock.turn(KEEP);
        assert_eq!(viewer(&gate, &jwt(&signer)).await.unwrap_err(), UNKNOWN, "{left:?}");
        provider.fails();
        clock.turn(KEEP);
        assert_eq!(viewer(&gate, &jwt(&signer)).await.unwrap_err(), UNKNOWN, "{left:?}");
        provider.has(&[&signer.jwk]);
        clock.turn(KEEP);
        assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
    }
    // One that never had any.
    let (gate, _database) = gate(&Provider::start(&[]).await.settings()).await;
    assert_eq!(viewer(&gate, &jwt(&signer)).await.unwrap_err(), UNKNOWN);
}

/// Of what cannot be read again nobody knows whether it was taken back; not for ever is it believed.
#[tokio::test(flavor = "multi_thread")]
async fn the_provider_stays_away() {
    let signer = Signer::ec("1");
    let provider = Provider::start(&[&signer.jwk]).await;
    let (gate, clock, _database) = timed(provider.settings()).await;
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
    provider.fails();
    let day = Duration::from_secs(24 * 60 * 60);
    clock.turn(KEEP + day - Duration::from_secs(1));
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
    clock.turn(Duration::from_secs(1));
    assert_eq!(viewer(&gate, &jwt(&signer)).await.unwrap_err(), "NoKeys");
    provider.has(&[&signer.jwk]);
    clock.turn(KEEP);
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
}

/// One request waits for a provider that says nothing, and not for long; those beside it do not.
#[tokio::test(flavor = "multi_thread")]
async fn the_provider_hangs() {
    let signer = Signer::ec("1");
    let provider = Provider::start(&[&signer.jwk]).await;
    let (gate, clock, _database) = timed(provider.settings()).await;
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
    provider.hangs();
    clock.turn(KEEP);
    let (waiting, own) = (gate.clone(), jwt(&signer));
    let waiting = tokio::spawn(async move { viewer(&waiting, &own).await.is_ok() });
    while provider.requests() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
    assert!(!waiting.is_finished());
    assert!(tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap().unwrap());
    assert_eq!(provider.requests(), 2);
}

/// Whom nobody can judge is not refused for good, and let in once the keys are there.
#[tokio::test(flavor = "multi_thread")]
async fn the_provider_comes_late() {
    let signer = Signer::ec("1");
    let provider = Provider::start(&[&signer.jwk]).await;
    provider.fails();
    let (gate, clock, _database) = timed(provider.settings()).await;
    for (seconds, requests) in [(0, 1), (9, 1), (1, 2), (9, 2)] {
        clock.turn(Duration::from_secs(seconds));
        assert_eq!(viewer(&gate, &jwt(&signer)).await.unwrap_err(), "NoKeys");
        assert_eq!(provider.requests(), requests, "asked again only after a while");
    }
    provider.has(&[&signer.jwk]);
    clock.turn(Duration::from_secs(1));
    assert!(viewer(&gate, &jwt(&signer)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let (old, new) = (Signer::ec("old"), Signer::ed("new"));
    let write = |signer: &Signer| {
        std::fs::write(&path, json!({"keys": [signer.jwk]}).to_string()).unwrap();
    };
    let (gate, clock, _database) = timed(settings(path.to_str().unwrap())).await;
    assert_eq!(viewer(&gate, &jwt(&old)).await.unwrap_err(), "NoKeys");
    write(&old);
    clock.turn(KEEP);
    assert!(viewer(&gate, &jwt(&old)).await.is_ok());
    write(&new);
    assert!(viewer(&gate, &jwt(&new)).await.is_ok(), "one that is not known is looked for at once");
    assert_eq!(viewer(&gate, &jwt(&old)).await.unwrap_err(), UNKNOWN);
    std::fs::remove_file(&path).unwrap();
    clock.turn(KEEP);
    assert!(viewer(&gate, &jwt(&new)).await.is_ok());
}

/// A file that says nothing, such as a pipe, is given up as well.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn from_a_file_that_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    // While somebody could still write into it, whoever reads it waits.
    let pipe = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let (gate, clock, _database) = timed(settings(path.to_str().unwrap())).await;
    let signer = Signer::ec("1");
    let patience = Duration::from_secs(60);
    for _ in 0..3 {
        clock.turn(KEEP);
        let jwt = jwt(&signer);
        let asked = tokio::time::timeout(patience, viewer(&gate, &jwt));
        assert_eq!(asked.await.expect("not for ever").unwrap_err(), "NoKeys");
    }
    drop(pipe);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, json!({"keys": [signer.jwk]}).to_string()).unwrap();
    let taken = tokio::time::timeout(patience, async {
        loop {
            clock.turn(KEEP);
            if viewer(&gate, &jwt(&signer)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    taken.await.expect("once the earlier reading has ended");
}
