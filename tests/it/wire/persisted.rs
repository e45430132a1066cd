//! Documents that are named by ids.

use packgrid::config::{Config, Graphql, Limits, Persisted};
use packgrid::database::Database;
use packgrid::http::Site;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{address, code, configured, get, post};
use crate::support::websocket::Client;
use crate::support::{Answer, App, Backend, Served, on_both};

const QUERY: &str = "query Grids($n: Int) { grids(first: $n) { totalCount } }";

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hashed(text: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}})
}

async fn ask(app: &App, request: Value) -> Answer {
    post(app, &request.to_string(), &[]).await
}

async fn with_manifests(backend: Backend, persisted: Persisted) -> App {
    let folder = tempfile::tempdir().unwrap();
    let manifest = |name: &str, text: Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, text.to_string()).unwrap();
        path
    };
    let apollo = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{"id": sha256(QUERY), "name": "Grids", "type": "query", "body": QUERY}],
    });
    let relay = json!({"5e751fd5d0bbbe33e5e0c9fe04ea0ee9": "query Relay { __typename }"});
    let codegen = json!({"a1b2": "query Codegen { a: __typename }", "deep": "{ packages { nodes { category { slug } } } }"});
    let manifests = vec![
        manifest("apollo.json", apollo),
        manifest("relay.json", relay),
        manifest("codegen.json", codegen),
    ];
    let graphql = Graphql { persisted, manifests, ..Graphql::default() };
    let limits = Limits { depth: 3, ..Limits::default() };
    configured(backend, Config { graphql, limits, ..Config::default() }).await
}

on_both! {
    /// An empty text counts as none, however the request comes.
    async fn an_empty_text_is_absent_on_every_transport(backend: Backend) {
        let app = configured(backend, Config::default()).await;
        let query = "{ __typename }";
        let hash = sha256(query);
        let persisted = hashed(query);
        let keep = json!({"query": query, "extensions": persisted});
        assert_eq!(post(&app, &keep.to_string(), &[]).await.status, 200);
        let none = "There is no `query` in the request";
        for (request, error) in [
            (json!({"query": ""}), Some(none)),
            (json!({"documentId": ""}), Some(none)),
            (json!({"query": "", "documentId": ""}), Some(none)),
            (json!({"query": "", "documentId": hash}), None),
            (json!({"query": "", "extensions": persisted}), None),
            (json!({"documentId": "", "extensions": persisted}), None),
            (json!({"documentId": "", "query": query}), None),
        ] {
            let fields = request.as_object().unwrap();
            let texts: Vec<(&str, String)> = fields
                .iter()
                .map(|(name, value)| {
                    (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                })
                .collect();
            let parameters: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
            // A request that is not read in the usual way.
            let mut unusual = request.clone();
            unusual["variables"] = Value::Null;
            unusual["x"] = json!([]);
            for answer in [
                post(&app, &request.to_string(), &[]).await,
                post(&app, &unusual.to_string(), &[]).await,
                get(&app, &address(&parameters), &[]).await,
            ] {
                match error {
                    Some(message) => assert_eq!(answer.json()["errors"][0]["message"], message, "{request}"),
                    None => assert_eq!(answer.json()["data"]["__typename"], "Query", "{request}"),
                }
            }
        }
    }

    /// Apollo's protocol: by the hash alone, then with the document, then by the hash alone.
    async fn automatic(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = ask(&app, json!({"extensions": hashed(QUERY)})).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (200, "PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(answer.json()["errors"][0]["message"], "PersistedQueryNotFound");
        let answer = ask(&app, json!({"query": QUERY, "extensions": hashed("something else")})).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "BAD_REQUEST"));
        let answer = ask(&app, json!({"query": QUERY, "extensions": hashed(QUERY)})).await;
        assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31);
        let answer = ask(&app, json!({"extensions": hashed(QUERY), "variables": {"n": 1}})).await;
        assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31);
        let path = address(&[("extensions", &hashed(QUERY).to_string()), ("operationName", "Grids")]);
        let answer = get(&app, &path, &[]).await;
        assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31);
        assert_ne!(answer.header("etag"), "");
        for wrong in [json!({"persistedQuery": 1}), json!({"persistedQuery": {"version": 2, "sha256Hash": "x"}}), json!({"persistedQuery": {"version": 1}})] {
            assert_eq!(ask(&app, json!({"extensions": wrong})).await.status, 400, "{wrong}");
        }
        let answer = ask(&app, json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "é"}}})).await;
        assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    }

    /// What would not be executed is not kept, and the oldest go when there are too many bytes.
    async fn automatic_ones_are_bounded_and_within_limits(backend: Backend) {
        let graphql = Graphql { persisted_bytes: 20_000, ..Graphql::default() };
        let limits = Limits { depth: 3, ..Limits::default() };
        let app = configured(backend, Config { graphql, limits, ..Config::default() }).await;
        let deep = "{ packages { nodes { category { slug } } } }";
        let answer = ask(&app, json!({"query": deep, "extensions": hashed(deep)})).await;
        assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED");
        let answer = ask(&app, json!({"extensions": hashed(deep)})).await;
        assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
        let text = |n: usize| format!("{{ a{n}: __typename }} #{}", "x".repeat(1000));
        for n in 0..100 {
            ask(&app, json!({"query": text(n), "extensions": hashed(&text(n))})).await;
        }
        let mut kept = 0;
        for n in 0..100 {
            kept += usize::from(code(&ask(&app, json!({"extensions": hashed(&text(n))})).await).is_empty());
        }
        assert!((1..=20).contains(&kept), "{kept}");
    }

    async fn trusted(backend: Backend) {
        for mode in [Persisted::Allow, Persisted::Require] {
            let app = with_manifests(backend, mode).await;
            let data = json!({"data": {"__typename": "Query"}});
            for id in ["documentId", "doc_id", "id"] {
                let answer = ask(&app, json!({id: "5e751fd5d0bbbe33e5e0c9fe04ea0ee9"})).await;
                assert_eq!(answer.json(), data, "{id}");
                let answer = get(&app, &address(&[(id, "5e751fd5d0bbbe33e5e0c9fe04ea0ee9")]), &[]).await;
                assert_eq!(answer.json(), data, "{id}");
            }
            let sha = sha256(QUERY);
            for request in [
                json!({"extensions": hashed(QUERY)}),
                json!({"documentId": sha}),
                json!({"documentId": format!("sha256:{sha}")}),
                json!({"query": QUERY}),
                json!({"documentId": sha, "variables": {"n": 3}, "operationName": "Grids"}),
            ] {
                let answer = ask(&app, request.clone()).await;
                assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31, "{request}");
            }
            assert_eq!(ask(&app, json!({"documentId": "a1b2"})).await.json(), json!({"data": {"a": "Query"}}));
            assert_eq!(code(&ask(&app, json!({"documentId": "nobody"})).await), "PERSISTED_QUERY_NOT_IN_LIST");
            // Being known does not get a document past the limits.
            assert_eq!(code(&ask(&app, json!({"documentId": "deep"})).await), "GRAPHQL_VALIDATION_FAILED");
        }
    }

    /// The prefix `sha256:`, which graphql-codegen's client preset writes, and capital letters make no
    /// difference: wherever a client sends a hash, and in manifests.
    async fn a_hash_may_have_its_prefix_and_capitals(backend: Backend) {
        let served = Served::start(backend, Config::default()).await;
        let app = App::sample(backend).await;
        let spellings = |text: &str| {
            let sha = sha256(text);
            [sha.clone(), sha.to_uppercase(), format!("sha256:{sha}"), format!("sha256:{}", sha.to_uppercase())]
        };
        let of_hash = |hash: &str| json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
        let texts = (0..4).map(|n| format!("{QUERY} # {n}"));
        for (text, sent) in texts.zip(0..) {
            let sent = &spellings(&text)[sent];
            let answer = ask(&app, json!({"query": text, "extensions": of_hash(sent)})).await;
            assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31, "{sent}");
            for hash in spellings(&text) {
                for request in [json!({"extensions": of_hash(&hash)}), json!({"documentId": hash})] {
                    assert_eq!(ask(&app, request.clone()).await.json()["data"]["grids"]["totalCount"], 31, "{request}");
                    let answer = post(&app, &request.to_string(), &[("accept", "text/event-stream")]).await;
                    assert!(answer.text().contains("{\"data\":{\"grids\":{\"totalCount\":31}}}"), "{request}");
                }
                let path = address(&[("extensions", &of_hash(&hash).to_string())]);
                assert_eq!(get(&app, &path, &[]).await.json()["data"]["grids"]["totalCount"], 31, "{hash}");
            }
        }
        let mut client = Client::ready(&served).await;
        for hash in spellings(QUERY) {
            for payload in [json!({"query": QUERY, "extensions": of_hash(&hash)}), json!({"extensions": of_hash(&hash)}), json!({"documentId": hash})] {
                client.send(json!({"type": "subscribe", "id": "1", "payload": payload})).await;
                assert_eq!(client.next().await["payload"]["data"]["grids"]["totalCount"], 31, "{payload}");
                assert_eq!(client.next().await["type"], "complete");
            }
        }
        let sha = sha256(QUERY);
        for none in ["sha256:".to_owned(), format!("sha256:sha256:{sha}x"), format!("sha1:{sha}"), format!("SHA256:{sha}")] {
            assert_eq!(code(&ask(&app, json!({"extensions": of_hash(&none)})).await), "PERSISTED_QUERY_NOT_FOUND", "{none}");
            assert_eq!(code(&ask(&app, json!({"documentId": none})).await), "PERSISTED_QUERY_NOT_IN_LIST", "{none}");
            assert_eq!(code(&ask(&app, json!({"query": QUERY, "extensions": of_hash(&none)})).await), "BAD_REQUEST", "{none}");
        }
        // A sign is no digit of a number here.
        let zero = (0..).map(|n| format!("{QUERY} # {n}")).find(|text| sha256(text).starts_with('0')).unwrap();
        let signed = sha256(&zero).replacen('0', "+", 1);
        assert_eq!(code(&ask(&app, json!({"query": zero, "extensions": of_hash(&signed)})).await), "BAD_REQUEST");
        // A manifest may spell its ids in any of these ways, whatever they are hashes of.
        for id in spellings("something else") {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("manifest.json");
            std::fs::write(&path, json!({id.clone(): QUERY}).to_string()).unwrap();
            for persisted in [Persisted::Allow, Persisted::Require] {
                let graphql = Graphql { persisted, manifests: vec![path.clone()], ..Graphql::default() };
                let app = configured(backend, Config { graphql, ..Config::default() }).await;
                for spelled in spellings("something else").iter().chain(&spellings(QUERY)) {
                    for request in [json!({"documentId": spelled}), json!({"extensions": of_hash(spelled)})] {
                        let answer = ask(&app, request.clone()).await;
                        assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31, "{id} {request}");
                    }
                }
            }
        }
    }

    async fn require_and_off(backend: Backend) {
        let app = with_manifests(backend, Persisted::Require).await;
        let other = "{ __typename }";
        for request in [json!({"query": other}), json!({"query": other, "extensions": hashed(other)})] {
            assert_eq!(code(&ask(&app, request).await), "PERSISTED_QUERY_ID_REQUIRED");
        }
        assert_eq!(code(&ask(&app, json!({"extensions": hashed(other)})).await), "PERSISTED_QUERY_NOT_IN_LIST");
        let graphql = Graphql { persisted: Persisted::Off, ..Graphql::default() };
        let app = configured(backend, Config { graphql, ..Config::default() }).await;
        for request in [json!({"extensions": hashed(other)}), json!({"documentId": "x"})] {
            assert_eq!(code(&ask(&app, request).await), "PERSISTED_QUERY_NOT_SUPPORTED");
        }
        let answer = ask(&app, json!({"query": other, "extensions": hashed(other)})).await;
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
    }

    async fn manifests_that_cannot_be_used(backend: Backend) {
        let app = App::empty(backend).await;
        let folder = tempfile::tempdir().unwrap();
        for (name, text, said) in [
            ("json", "nonsense", "format"),
            ("list", "[]", "format"),
            ("other", r#"{"format":"other","version":1,"operations":[]}"#, "its format is other"),
        ] {
            let error = refused(&app.database, folder.path(), &[(name, text)]);
            assert!(error.contains(said) && error.contains(name), "{error}");
        }
        let error = refused(&app.database, folder.path(), &[("a", r#"{"x":"{ a }"}"#), ("b", r#"{"x":"{ b }"}"#)]);
        assert!(error.contains("the id x"), "{error}");
        assert!(refused(&app.database, &folder.path().join("missing"), &[]).contains("cannot read"));
    }
}

fn refused(database: &Database, folder: &std::path::Path, files: &[(&str, &str)]) -> String {
    let mut manifests = vec![];
    for (name, text) in files {
        manifests.push(folder.join(name));
        std::fs::write(folder.join(name), text).unwrap();
    }
    if files.is_empty() {
        manifests.push(folder.to_owned());
    }
    let graphql = Graphql { manifests, ..Graphql::default() };
    match Site::new(database.clone(), Config { graphql, ..Config::default() }) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    }
}
