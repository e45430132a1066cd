//! Who is asking over WebSocket.

use packgrid::auth::{Role, token};
use packgrid::clock;
use packgrid::config::{Config, Rate};
use serde_json::{Value, json};

use super::provider::{Provider, Signer, claims};
use super::{bearer, make};
use crate::support::websocket::Client;
use crate::support::{Backend, Served, on_both};

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const VIEWER: &str = "{ viewer { name role } }";

/// A connection that says this when it begins.
async fn begin(served: &Served, headers: &[(&'static str, &str)], payload: Value) -> Client {
    let headers = [&[PROTOCOL], headers].concat();
    let mut client = Client::open(served, &headers).await.unwrap();
    client.send(json!({"type": "connection_init", "payload": payload})).await;
    client
}

async fn role(client: &mut Client) -> Value {
    client.subscribe("v", VIEWER).await;
    let mut next = client.next().await;
    assert_eq!(next["type"], "next", "{next}");
    assert_eq!(client.next().await["type"], "complete");
    next["payload"]["data"]["viewer"]["role"].take()
}

on_both! {
    async fn by_a_header_or_the_first_message(backend: Backend) {
        let served = Served::start(backend, Config::default()).await;
        let editor = bearer(&make(&served.database, Role::Editor).await.text);
        let admin = bearer(&make(&served.database, Role::Admin).await.text);
        let header = [("authorization", editor.as_str())];
        for (headers, payload, expected) in [
            (&[][..], json!(null), "READER"),
            (&[], json!({"Authorization": null, "authorization": null}), "READER"),
            (&[], json!({"token": admin}), "READER"),
            (&[], json!({"Authorization": admin}), "ADMIN"),
            (&[], json!({"authorization": admin}), "ADMIN"),
            (&header, json!(null), "EDITOR"),
            (&header, json!({"authorization": null}), "EDITOR"),
            (&header, json!({"Authorization": admin}), "ADMIN"),
        ] {
            let mut client = begin(&served, headers, payload.clone()).await;
            assert_eq!(client.next().await, json!({"type": "connection_ack"}), "{payload}");
            assert_eq!(role(&mut client).await, expected, "{payload}");
        }
    }

    async fn a_wrong_one(backend: Backend) {
        let served = Served::start(backend, Config::default()).await;
        let right = bearer(&make(&served.database, Role::Editor).await.text);
        let wrong = format!("{right}x");
        for credential in [wrong.as_str(), "Bearer", "", "Basic eDp5"] {
            let headers = [PROTOCOL, ("authorization", credential)];
            assert_eq!(Client::open(&served, &headers).await.err(), Some(401), "{credential}");
        }
        for payload in [
            json!({"Authorization": wrong}),
            json!({"authorization": wrong}),
            json!({"authorization": ""}),
            json!({"authorization": 1}),
            json!({"authorization": [right]}),
            json!({"Authorization": right, "authorization": right}),
        ] {
            // One that is right in the header does not help.
            for headers in [&[][..], &[("authorization", right.as_str())]] {
                let mut client = begin(&served, headers, payload.clone()).await;
                assert_eq!(client.closed().await, 4403, "{payload}");
            }
        }
    }

    /// Each operation looks again.
    async fn taken_back_meanwhile(backend: Backend) {
        let served = Served::start(backend, Config::default()).await;
        let (one, other) = (make(&served.database, Role::Editor).await, make(&served.database, Role::Admin).await);
        let mut first = begin(&served, &[], json!({"authorization": bearer(&one.text)})).await;
        let credential = bearer(&one.text);
        let mut second = begin(&served, &[("authorization", &credential)], json!(null)).await;
        let mut third = begin(&served, &[], json!({"authorization": bearer(&other.text)})).await;
        for client in [&mut first, &mut second, &mut third] {
            assert_eq!(client.next().await["type"], "connection_ack");
        }
        assert_eq!(role(&mut first).await, "EDITOR");
        first.subscribe("s", "subscription { directoryChanged { revision } }").await;
        token::revoke(&served.database, one.id, clock::now()).await.unwrap();
        for client in [&mut first, &mut second] {
            client.subscribe("q", VIEWER).await;
            assert_eq!(client.closed().await, 4403);
        }
        assert_eq!(role(&mut third).await, "ADMIN");
    }

    async fn what_cannot_be_told_now(backend: Backend) {
        let signer = Signer::ec("1");
        let provider = Provider::start(&[]).await;
        provider.fails();
        let served = Served::start(backend, Config { auth: provider.settings(), ..Config::default() }).await;
        let jwt = bearer(&signer.sign(&claims(json!({}))));
        let headers = [PROTOCOL, ("authorization", jwt.as_str())];
        assert_eq!(Client::open(&served, &headers).await.err(), Some(503));
        let mut client = begin(&served, &[], json!({"authorization": jwt})).await;
        assert_eq!(client.closed().await, 1013);
    }

    async fn what_the_database_does_not_tell(backend: Backend) {
        let served = Served::start(backend, Config::default()).await;
        let credential = bearer(&make(&served.database, Role::Editor).await.text);
        let payload = json!({"authorization": credential});
        let mut open = begin(&served, &[], payload.clone()).await;
        assert_eq!(open.next().await["type"], "connection_ack");
        let mut begun = Client::open(&served, &[PROTOCOL]).await.unwrap();
        served.database.clone().close().await;
        let headers = [PROTOCOL, ("authorization", credential.as_str())];
        assert_eq!(Client::open(&served, &headers).await.err(), Some(503));
        begun.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(begun.closed().await, 1013);
        open.subscribe("q", VIEWER).await;
        let error = open.next().await;
        assert_eq!(error["payload"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{error}");
    }

    async fn the_rate(backend: Backend) {
        let config = Config { rate: Rate { per_second: 1, burst: 50 }, ..Config::default() };
        let served = Served::start(backend, config).await;
        let credential = bearer(&make(&served.database, Role::Editor).await.text);
        let mut client = begin(&served, &[], json!({"authorization": credential})).await;
        assert_eq!(client.next().await["type"], "connection_ack");
        assert_eq!(role(&mut client).await, "EDITOR");
        client.subscribe("q", VIEWER).await;
        let error = client.next().await;
        assert_eq!(error["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{error}");
    }
}
