//! GraphQL over WebSocket, by the protocol's text.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::SinkExt;
use packgrid::config::{Config, Cors, Subscriptions};
use packgrid::exchange::{Options, import, sample};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

    async fn a_revision_of_the_future_is_an_error(backend: Backend) {
        let served = with(backend, Subscriptions::default()).await;
        let mut client = Client::ready(&served).await;
        client.subscribe("a", "subscription { directoryChanged(since: \"99\") { revision } }").await;
        let error = client.next().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("a")), "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
        let message = error["payload"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("`since` must be at most"), "{message}");
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
        client.0.send(Message::binary(b"x".to_vec())).await.unwrap();
        assert_eq!(client.closed().await, 4400);
    }

    /// Before and after the connection is acknowledged; the reason says what is malformed.
    async fn a_malformed_message_closes_with_4400_and_says_why(backend: Backend) {
        let served = with(backend, Subscriptions::default()).await;
        let types = "`type` must be connection_init, ping, pong, subscribe or complete; got ";
        let payload = |of: &str, got: &str| format!("`payload` of {of} must be an object or absent; got {got}");
        let id = |of: &str, got: &str| format!("`id` of {of} must be a string of 1 to 256 bytes; got {got}");
        let subscribe = |payload: Value| json!({"type": "subscribe", "id": "a", "payload": payload}).to_string();
        let identified = |of: &str, id: Value| json!({"type": of, "id": id, "payload": {"query": CHANGES}}).to_string();
        let no_document = "`payload` of subscribe must have `query`, `documentId` or `extensions.persistedQuery`";
        let mut cases = vec![
            ("{\"type\":".to_owned(), "The message is not JSON: EOF while parsing a value at line 1 column 8".to_owned()),
            ("1".to_owned(), "A message must be an object; got a number".to_owned()),
            ("[]".to_owned(), "A message must be an object; got an array".to_owned()),
            ("{}".to_owned(), format!("{types}null")),
            (json!({"type": 1}).to_string(), format!("{types}a number")),
            (json!({"type": "nonsense"}).to_string(), format!("{types}nonsense")),
            (json!({"type": "connection_ack"}).to_string(), format!("{types}connection_ack")),
            (json!({"type": "next", "id": "a", "payload": {}}).to_string(), format!("{types}next")),
            // Cut between letters, so that it fits into a close frame.
            (json!({"type": "ö".repeat(100)}).to_string(), format!("{types}{}…", "ö".repeat(24))),
            (subscribe(json!(null)), "`payload` of subscribe must be an object; got null".to_owned()),
            (subscribe(json!([])), "`payload` of subscribe must be an object; got an array".to_owned()),
            (json!({"type": "subscribe", "id": "a"}).to_string(), "`payload` of subscribe must be an object; got none".to_owned()),
            (subscribe(json!({})), no_document.to_owned()),
            (subscribe(json!({"query": null, "variables": {}})), no_document.to_owned()),
            (subscribe(json!({"query": 1})), "`payload` of subscribe: `query` must be a text".to_owned()),
            (subscribe(json!({"query": "{ a }", "operationName": 1})), "`payload` of subscribe: `operationName` must be a text".to_owned()),
            (subscribe(json!({"query": "{ a }", "variables": []})), "`payload` of subscribe: `variables` must be an object".to_owned()),
            (subscribe(json!({"query": "{ a }", "extensions": 1})), "`payload` of subscribe: `extensions` must be an object".to_owned()),
        ];
        for of in ["connection_init", "ping", "pong"] {
            for (value, got) in [(json!(1), "a number"), (json!("x"), "a string"), (json!([1]), "an array"), (json!(false), "a boolean")] {
                cases.push((json!({"type": of, "payload": value}).to_string(), payload(of, got)));
            }
        }
        for of in ["subscribe", "complete"] {
            cases.push((json!({"type": of, "payload": {"query": CHANGES}}).to_string(), id(of, "none")));
            for (value, got) in [(json!(1), "a number"), (json!(null), "null"), (json!(""), "0 bytes"), (json!("x".repeat(257)), "257 bytes")] {
                cases.push((identified(of, value), id(of, got)));
            }
        }
        for (message, reason) in cases {
            for is_ready in [false, true] {
                let mut client = if is_ready { Client::ready(&served).await } else { Client::connect(&served).await };
                client.0.send(Message::text(message.clone())).await.unwrap();
                assert_eq!(client.closed_because().await, (4400, reason.clone()), "{message}");
            }
        }
        // What is well-formed goes on, with payloads that are null or objects, and other properties.
        let mut client = Client::connect(&served).await;
        client.send(json!({"type": "connection_init", "payload": null, "x": 1})).await;
        assert_eq!(client.next().await["type"], "connection_ack");
        for of in ["ping", "pong"] {
            client.send(json!({"type": of, "payload": null})).await;
        }
        assert_eq!(client.next().await, json!({"type": "pong"}));
        let long = "ö".repeat(128);
        client.subscribe(&long, CHANGES).await;
        client.subscribe(&long, CHANGES).await;
        let reason = format!("Subscriber for {}… already exists", "ö".repeat(45));
        assert_eq!(client.closed_because().await, (4409, reason));
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

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The operator reads which page was refused, and which setting allows it; a page of another site
/// that keeps trying does not fill the log.
#[tokio::test]
async fn a_refused_origin_is_logged_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let cors = Cors { origins: vec!["https://good.example".to_owned()] };
    for cors in [Cors::default(), cors] {
        let served = Served::start(Backend::Sqlite, Config { cors, ..Config::default() }).await;
        let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
        for origin in ["https://evil.example", "https://evil.example", "https://worse.example"] {
            let refused = Client::open(&served, &[protocol, ("origin", origin)]).await;
            assert_eq!(refused.err(), Some(403));
        }
        for _ in 0..2 {
            let mut stream = served.connect().await;
            let ask = "OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nOrigin: https://front.example\r\n\
                       Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n";
            stream.write_all(ask.as_bytes()).await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        }
        let text = std::mem::take(&mut *log.0.lock().unwrap());
        let text = String::from_utf8(text).unwrap();
        for origin in ["https://evil.example", "https://worse.example", "https://front.example"] {
            let lines: Vec<_> = text.lines().filter(|line| line.contains(origin)).collect();
            assert_eq!(lines.len(), 1, "{text}");
            assert!(lines[0].contains("WARN") && lines[0].contains("cors.origins"), "{text}");
        }
    }
    drop(guard);
}

#[tokio::test]
async fn a_trailing_slash_leads_to_the_same() {
    let served = with(Backend::Sqlite, Subscriptions::default()).await;
    let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
    let mut client = Client::open_at(&served, "/graphql/", &protocol).await.unwrap();
    client.send(json!({"type": "connection_init"})).await;
    assert_eq!(client.next().await["type"], "connection_ack");
    assert_eq!(Client::open_at(&served, "/graphql/x", &protocol).await.err(), Some(404));
}

/// Another sub-protocol, or none, is refused by the code that the protocol has for it, and told the
/// one that works. A client of the older protocol gets its handshake, since it would else end the
/// connection by itself and never read why.
#[tokio::test]
async fn other_protocols_are_told_the_one_that_works() {
    let served = with(Backend::Sqlite, Subscriptions::default()).await;
    for protocol in [None, Some("graphql-ws"), Some("graphql-ws, other"), Some("other")] {
        let mut request = format!("ws://{}/graphql", served.address).into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        match client_async(request, served.connect().await).await {
            Ok((socket, _)) => {
                let reason = "Subprotocol not acceptable; use graphql-transport-ws".to_owned();
                assert_eq!(Client(socket).closed_because().await, (4406, reason));
            }
            // A client that asked for a protocol may end it by itself when it is given none.
            Err(error) => assert_eq!(protocol, Some("other"), "{error}"),
        }
    }
}
