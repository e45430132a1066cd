//! GraphQL over WebSocket, by the protocol's text.

use std::time::Duration;

use futures_util::SinkExt;
use packgrid::config::{Config, Subscriptions};
use packgrid::exchange::{Options, import, sample};
use serde_json::{Value, json};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::websocket::Client;
use crate::support::{Backend, NOW, Served, on_both};

async fn with(backend: Backend, subscriptions: Subscriptions) -> Served {
    Served::start(backend, Config { subscriptions, ..Config::default() }).await
}

async fn change(served: &Served, title: &str) {
    use sea_orm::ConnectionTrait;
    let connection = served.test_database.connect().await;
    let sql = format!("UPDATE package SET title = '{title}' WHERE id = 683");
    connection.execute_unprepared(&sql).await.unwrap();
    import(&served.database, &sample(), Options::default(), NOW, &mut |_| {}).await.unwrap();
}

const CHANGES: &str = "subscription { directoryChanged { revision } }";

on_both! {
    async fn operations(backend: Backend) {
        let served = with(backend, Subscriptions::default()).await;
        let mut client = Client::ready(&served).await;
        client.subscribe("a", "{ grids { totalCount } }").await;
        let next = client.next().await;
        assert_eq!(next, json!({"type": "next", "id": "a", "payload": {"data": {"grids": {"totalCount": 31}}}}));
        assert_eq!(client.next().await, json!({"type": "complete", "id": "a"}));
        // A request error ends the operation, not the connection; its id is free again.
        for query in ["{ nothing }", "{", "subscription { nothing }"] {
            client.subscribe("a", query).await;
            let error = client.next().await;
            assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("a")), "{error}");
            assert!(error["payload"][0]["extensions"]["code"].is_string(), "{error}");
        }
        client.subscribe("\"ö\"", "{ packages(first: -1) { totalCount } __typename }").await;
        let next = client.next().await;
        assert_eq!((&next["type"], &next["id"]), (&json!("next"), &json!("\"ö\"")));
        assert_eq!(next["payload"]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        assert_eq!(client.next().await["type"], "complete");
        client.send(json!({"type": "ping", "payload": {"x": [1, "y"]}})).await;
        assert_eq!(client.next().await, json!({"type": "pong", "payload": {"x": [1, "y"]}}));
        client.send(json!({"type": "ping"})).await;
        assert_eq!(client.next().await, json!({"type": "pong"}));
        client.send(json!({"type": "pong"})).await;
        client.send(json!({"type": "complete", "id": "never was"})).await;
        client.subscribe("last", "{ __typename }").await;
        assert_eq!(client.next().await["id"], "last");
    }

    async fn changes_until_completed(backend: Backend) {
        let served = with(backend, Subscriptions::default()).await;
        let mut client = Client::ready(&served).await;
        client.subscribe("a", CHANGES).await;
        client.subscribe("b", "subscription { directoryChanged(since: 0) { revision } }").await;
        let first = client.next().await;
        assert_eq!((&first["id"], &first["payload"]["data"]["directoryChanged"]["revision"]), (&json!("b"), &json!("1")));
        // An answer to what came later shows that the subscriptions are under way.
        client.subscribe("q", "{ grids { totalCount } }").await;
        assert_eq!(client.next().await["id"], "q");
        assert_eq!(client.next().await["type"], "complete");
        tokio::time::sleep(Duration::from_millis(300)).await;
        change(&served, "x").await;
        let mut told = [client.next().await, client.next().await];
        told.sort_by_key(|next| next["id"].to_string());
        for (next, id) in told.iter().zip(["a", "b"]) {
            assert_eq!((&next["id"], &next["payload"]["data"]["directoryChanged"]["revision"]), (&json!(id), &json!("2")));
        }
        client.send(json!({"type": "complete", "id": "b"})).await;
        client.subscribe("b", "{ __typename }").await;
        assert_eq!(client.next().await["payload"]["data"]["__typename"], "Query", "its id is free");
        assert_eq!(client.next().await["type"], "complete");
        change(&served, "y").await;
        let next = client.next().await;
        assert_eq!((&next["id"], &next["payload"]["data"]["directoryChanged"]["revision"]), (&json!("a"), &json!("3")));
    }

    async fn ends_with_a_code(backend: Backend) {
        let subscriptions = Subscriptions { message_bytes: 2048, init_seconds: 1, ..Default::default() };
        let served = with(backend, subscriptions).await;
        let init = json!({"type": "connection_init"});
        let query = |id: &str| json!({"type": "subscribe", "id": id, "payload": {"query": CHANGES}});
        let cases: Vec<(Vec<Value>, u16)> = vec![
            (vec![], 4408),
            (vec![query("a")], 4401),
            (vec![init.clone(), init.clone()], 4429),
            (vec![init.clone(), query("a"), query("a")], 4409),
            (vec![json!({"type": "nonsense"})], 4400),
            (vec![json!(1)], 4400),
            (vec![json!({"type": "subscribe", "id": 1, "payload": {}})], 4400),
            (vec![init.clone(), json!({"type": "subscribe", "id": "a"})], 4400),
            (vec![init.clone(), json!({"type": "subscribe", "id": "a", "payload": {"query": 1}})], 4400),
            (vec![init.clone(), json!({"type": "x".repeat(3000)})], 1009),
        ];
        for (messages, code) in cases {
            let mut client = Client::connect(&served).await;
            let initialised = messages.first() == Some(&init);
            for message in &messages {
                client.send(message.clone()).await;
            }
            if initialised {
                assert_eq!(client.next().await["type"], "connection_ack");
            }
            assert_eq!(client.closed().await, code, "{messages:?}");
        }
        let mut client = Client::connect(&served).await;
        client.0.send(Message::text("{\"type\":")).await.unwrap();
        assert_eq!(client.closed().await, 4400);
        let mut client = Client::connect(&served).await;
        client.0.send(Message::binary(b"x".to_vec())).await.unwrap();
        assert_eq!(client.closed().await, 4400);
    }

    /// As many connections and operations as may be; pages of other sites may have none.
    async fn so_many_and_no_more(backend: Backend) {
        let subscriptions = Subscriptions { connections: 2, operations: 3, ..Default::default() };
        let served = with(backend, subscriptions).await;
        let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
        let evil = Client::open(&served, &[protocol, ("origin", "https://evil.example")]).await;
        assert_eq!(evil.err(), Some(403));
        let own = format!("http://{}", served.address);
        let mut first = Client::open(&served, &[protocol, ("origin", &own)]).await.unwrap();
        let second = Client::connect(&served).await;
        assert_eq!(Client::open(&served, &[protocol]).await.err(), Some(503));
        first.send(json!({"type": "connection_init"})).await;
        first.next().await;
        for id in ["1", "2", "3"] {
            first.subscribe(id, CHANGES).await;
        }
        first.subscribe("4", CHANGES).await;
        let error = first.next().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("4")));
        assert_eq!(error["payload"][0]["extensions"]["code"], "RATE_LIMITED");
        first.send(json!({"type": "complete", "id": "1"})).await;
        first.subscribe("4", "{ __typename }").await;
        assert_eq!(first.next().await["type"], "next");
        drop(second);
        // The server has to notice that it is gone.
        let again = async { while Client::open(&served, &[protocol]).await.is_err() {} };
        tokio::time::timeout(Duration::from_secs(30), again).await.unwrap();
    }

    /// A server that stops says so to whoever is connected, and then is over.
    async fn the_server_goes_down(backend: Backend) {
        let served = with(backend, Subscriptions::default()).await;
        let mut client = Client::ready(&served).await;
        client.subscribe("a", CHANGES).await;
        let stopped = tokio::spawn(served.stop());
        assert_eq!(client.closed().await, 1001);
        drop(client);
        tokio::time::timeout(Duration::from_secs(30), stopped).await.unwrap().unwrap();
    }

    /// Silence is broken by pings; who does not answer them is gone.
    async fn silence(backend: Backend) {
        let subscriptions = Subscriptions { keep_alive_seconds: 1, connections: 1, ..Default::default() };
        let served = with(backend, subscriptions).await;
        let mut client = Client::ready(&served).await;
        for _ in 0..3 {
            // Reading the next message is what answers a ping.
            assert!(matches!(client.receive().await, Message::Ping(_)));
        }
        // From here on nobody reads.
        let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
        let place = async {
            while Client::open(&served, &protocol).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), place).await.unwrap();
        drop(client);
    }
}

/// Another sub-protocol, or none, is refused by the code that the protocol has for it.
#[tokio::test]
async fn other_protocols() {
    let served = with(Backend::Sqlite, Subscriptions::default()).await;
    for protocol in [None, Some("graphql-ws")] {
        let mut request = format!("ws://{}/graphql", served.address).into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        match client_async(request, served.connect().await).await {
            Ok((socket, _)) => assert_eq!(Client(socket).closed().await, 4406),
            // A client that asked for a protocol may end it by itself when it is given none.
            Err(error) => assert!(protocol.is_some(), "{error}"),
        }
    }
}
