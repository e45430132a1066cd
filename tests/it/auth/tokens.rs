//! Tokens of our own.

use std::time::Duration;

use entity::Timestamp;
use packgrid::auth::token::{self, Revoked, State, TokenError};
use packgrid::auth::{Clock, Gatekeeper, Rejected, Role, Viewer};
use packgrid::clock;
use packgrid::config::Auth;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{bearer, make};
use crate::support::{Backend, TestDatabase, on_both};

/// For what takes no time, or never comes: no machine is as slow as that.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why this is refused.
async fn refused(gate: &Gatekeeper, authorization: &str) -> &'static str {
    match gate.viewer(Some(authorization)).await {
        Err(Rejected::Credential(why)) => why,
        other => panic!("{authorization}: {other:?}"),
    }
}

on_both! {
    async fn each_role(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let gate = Gatekeeper::new(&Auth::default(), database.clone());
        assert_eq!(gate.viewer(None).await.unwrap(), Viewer::default());
        for role in Role::ALL {
            let made = make(&database, role).await;
            let key = Some(format!("token:{}", made.id));
            let expected = Viewer { name: Some(format!("the {role}")), role, key };
            for scheme in ["Bearer", "bearer", "BEARER ", " Bearer"] {
                let viewer = gate.viewer(Some(&format!("{scheme} {}", made.text))).await;
                assert_eq!(viewer.unwrap(), expected);
            }
        }
        // Tokens are no part of the directory.
        assert_eq!(crate::support::files::revision(&test_database).await, 1);
    }

    async fn what_is_no_right_token(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let gate = Gatekeeper::new(&Auth::default(), database.clone());
        let one = make(&database, Role::Editor).await;
        let other = make(&database, Role::Admin).await;
        let secret = one.text.splitn(3, '_').nth(2).unwrap();
        assert_eq!((one.text.len(), secret.len()), (format!("pgt_{}_", one.id).len() + 43, 43));
        let first = if secret.starts_with('A') { "B" } else { "A" };
        for wrong in [
            format!("pgt_{}_{first}{}", one.id, &secret[1..]),
            format!("pgt_{}_{secret}", other.id),
            format!("pgt_0{}_{secret}", one.id),
            format!("pgt_+{}_{secret}", one.id),
            format!("pgt_999_{secret}"),
            format!("pgt_-1_{secret}"),
            format!("pgt_9223372036854775808_{secret}"),
            format!("pgt__{secret}"),
            format!("pgt_{}_{}", one.id, &secret[..42]),
            format!("pgt_{}_{secret}A", one.id),
            format!("pgt_{}_", one.id),
            format!("pgt_{}", one.id),
            format!("pgt_{}_{}=", one.id, &secret[..42]),
            "pgt_".to_owned(),
            one.text.to_uppercase(),
            one.text[1..].to_owned(),
        ] {
            assert_eq!(refused(&gate, &bearer(&wrong)).await, "there is no such token", "{wrong}");
        }
        let text = &one.text;
        for garbled in [
            String::new(),
            " ".to_owned(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer\t".to_owned(),
            text.clone(),
            format!("Bearer{text}"),
            format!("Bearer {text} {text}"),
            format!("Bearer {text},"),
            format!("Bearer {text}, Bearer {text}"),
            format!("Bearer \"{text}\""),
            format!("Basic {text}"),
            format!("Token {text}"),
            "Bearer ключ".to_owned(),
        ] {
            let why = refused(&gate, &garbled).await;
            assert_eq!(why, "`Authorization` is `Bearer` and a token", "{garbled}");
        }
        // Nor is what the database holds, in any spelling.
        let connection = test_database.connect().await;
        let row = entity::token::Entity::find_by_id(one.id).one(&connection).await;
        let hash = row.unwrap().unwrap().hash;
        assert_eq!(hash.len(), 64);
        assert!(!text.contains(&hash) && !hash.contains(secret));
        refused(&gate, &bearer(&hash)).await;
        refused(&gate, &bearer(&format!("pgt_{}_{hash}", one.id))).await;
    }

    async fn an_end(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let clock = Clock::standing();
        let gate = Gatekeeper::with_clock(&Auth::default(), database.clone(), clock.clone());
        let now = clock.time();
        let soon = Timestamp(now.0 + 3_000_000);
        let made = token::create(&database, "x", Role::Editor, Some(soon), now).await.unwrap();
        for millis in [0, 2_999] {
            clock.turn(Duration::from_millis(millis));
            assert_eq!(gate.viewer(Some(&bearer(&made.text))).await.unwrap().role, Role::Editor);
        }
        clock.turn(Duration::from_millis(1));
        assert_eq!(refused(&gate, &bearer(&made.text)).await, "the token has expired");
        let listed = token::list(&database).await.unwrap();
        assert_eq!(listed[0].state(Timestamp(soon.0 - 1)), State::Active);
        assert_eq!(listed[0].state(soon), State::Expired);
    }

    async fn taken_back(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let gate = Gatekeeper::new(&Auth::default(), database.clone());
        let (one, other) = (make(&database, Role::Editor).await, make(&database, Role::Admin).await);
        let now = clock::now();
        assert_eq!(token::revoke(&database, 999, now).await.unwrap(), Revoked::Nothing);
        match token::revoke(&database, one.id, now).await.unwrap() {
            Revoked::Now(token) => assert_eq!((token.id, token.revoked), (one.id, Some(now))),
            other => panic!("{other:?}"),
        }
        assert_eq!(refused(&gate, &bearer(&one.text)).await, "the token was revoked");
        assert_eq!(gate.viewer(Some(&bearer(&other.text))).await.unwrap().role, Role::Admin);
        match token::revoke(&database, one.id, Timestamp(now.0 + 1)).await.unwrap() {
            Revoked::Already(token) => assert_eq!(token.revoked, Some(now)),
            other => panic!("{other:?}"),
        }
        let states: Vec<_> = token::list(&database).await.unwrap().iter().map(|it| it.state(now)).collect();
        assert_eq!(states, [State::Revoked, State::Active]);
    }

    async fn names_and_ends_that_cannot_be(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let now = clock::now();
        for name in ["", "  ", "a\nb", "a\0b", &"ö".repeat(101)] {
            let made = token::create(&database, name, Role::Editor, None, now).await;
            assert!(matches!(made, Err(TokenError::Name)), "{name:?}");
        }
        let made = token::create(&database, "x", Role::Editor, Some(now), now).await;
        assert!(matches!(made, Err(TokenError::Expires)));
        assert!(token::create(&database, &"ö".repeat(100), Role::Editor, None, now).await.is_ok());
        assert_eq!(token::list(&database).await.unwrap().len(), 1);
    }

    /// It is known when a token was last used, and nobody waits for that to be written.
    async fn last_used(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let clock = Clock::standing();
        let gate = Gatekeeper::with_clock(&Auth::default(), database.clone(), clock.clone());
        let made = make(&database, Role::Editor).await;
        let used = async || token::list(&database).await.unwrap()[0].last_used;
        assert_eq!(used().await, None);
        gate.viewer(Some(&bearer(&format!("{}x", made.text)))).await.unwrap_err();
        let first = clock.time();
        // Beside another program that writes.
        let writer = test_database.open().await;
        let transaction = writer.begin().await.unwrap();
        transaction.execute_unprepared("UPDATE token SET name = 'renamed'").await.unwrap();
        let credential = bearer(&made.text);
        let asked = gate.viewer(Some(&credential));
        tokio::time::timeout(PATIENCE, asked).await.unwrap().unwrap();
        assert_eq!(used().await, None);
        transaction.commit().await.unwrap();
        let written = async |before: Option<Timestamp>| {
            tokio::time::timeout(PATIENCE, async {
                while used().await == before {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
            .await
            .unwrap();
            used().await.unwrap()
        };
        assert_eq!(written(None).await, first);
        // Again soon: once a minute is enough.
        clock.turn(Duration::from_secs(59));
        for _ in 0..10 {
            gate.viewer(Some(&credential)).await.unwrap();
        }
        clock.turn(Duration::from_secs(1));
        gate.viewer(Some(&credential)).await.unwrap();
        assert_eq!(written(Some(first)).await, clock.time());
    }
}
