//! Media types, statuses that follow from them, and the headers of every answer.

use axum::http::{Method, Request, StatusCode};
use packgrid::config::{Config, Cors};
use serde_json::json;

use super::{address, code, configured, get, post, send};
use crate::support::{App, Backend, on_both};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json; charset=utf-8";

on_both! {
    /// A request error is 400 where the client knows the newer media type, else 200; what is no
    /// well-formed request is 400 for both; what was executed is 200 for both.
    async fn statuses(backend: Backend) {
        let app = App::sample(backend).await;
        for (body, legacy, newer) in [
            (json!({"query": "{ __typename }"}), 200, 200),
            (json!({"query": "{ packages(first: -1) { totalCount } }"}), 200, 200),
            (json!({"query": "{ node(id: \"x\") { id } __typename }"}), 200, 200),
            (json!({"query": "{"}), 200, 400),
            (json!({"query": "{ nothing }"}), 200, 400),
            (json!({"query": "query A { __typename } query B { __typename }"}), 200, 400),
            (json!({"query": "{ __typename }", "operationName": "A"}), 200, 400),
            (json!({"query": "query ($n: Int!) { packages(first: $n) { totalCount } }"}), 200, 400),
            (json!({"query": "subscription { directoryChanged { revision } }"}), 200, 400),
            (json!({"query": 1}), 400, 400),
            (json!({"qeury": "{ __typename }"}), 400, 400),
            (json!([]), 400, 400),
        ] {
            for (accept, status, content_type) in [
                ("application/json", legacy, JSON),
                ("*/*", legacy, JSON),
                ("application/graphql-response+json", newer, GRAPHQL_RESPONSE),
            ] {
                let answer = post(&app, &body.to_string(), &[("accept", accept)]).await;
                assert_eq!(answer.status, status, "{accept} {body}: {}", answer.text());
                assert_eq!(answer.header("content-type"), content_type, "{accept} {body}");
                // `data` is there exactly when something was executed.
                let executed = (legacy, newer) == (200, 200);
                assert_eq!(answer.json().get("data").is_some(), executed, "{accept} {body}");
                if !executed {
                    assert_ne!(code(&answer), "", "{body}");
                }
            }
        }
    }

    async fn every_answer_has_its_headers(backend: Backend) {
        let app = App::sample(backend).await;
        for (body, accept) in [
            (r#"{"query":"{ __typename }"}"#, "application/json"),
            (r#"{"query":"{"}"#, "application/graphql-response+json"),
            ("nonsense", "*/*"),
            (r#"{"query":"{ __typename }"}"#, "text/html"),
        ] {
            let answer = post(&app, body, &[("accept", accept)]).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{body}");
            assert!(answer.header("vary").contains("accept"), "{body}");
            assert_eq!(answer.header("cache-control"), "no-store", "{body}");
            assert!(answer.header("content-type").ends_with("charset=utf-8"), "{body}");
        }
        let answer = post(&app, r#"{"query":"{ __typename }"}"#, &[("accept", "text/html")]).await;
        assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE"));
    }

    async fn bodies_say_that_they_are_json(backend: Backend) {
        let app = App::sample(backend).await;
        let body = r#"{"query":"{ __typename }"}"#;
        for (kinds, status) in [
            (vec!["application/json"], 200),
            (vec!["Application/JSON; charset=\"UTF-8\""], 200),
            (vec!["application/json;charset=utf8; x=y"], 200),
            (vec!["application/json; charset=utf-16"], 415),
            (vec!["application/graphql"], 415),
            (vec!["multipart/form-data; boundary=x"], 415),
            (vec!["text/plain; application/json"], 415),
            (vec!["application/json", "text/plain"], 415),
            (vec![], 415),
        ] {
            let headers: Vec<_> = kinds.iter().map(|kind| ("content-type", *kind)).collect();
            let answer = send(&app, Request::post("/graphql"), body, &headers).await;
            assert_eq!(answer.status, status, "{kinds:?}");
        }
    }

    async fn options_and_other_methods(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = send(&app, Request::options("/graphql"), "", &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (204, "GET, HEAD, OPTIONS, POST"));
        assert_eq!(answer.header("accept-post"), "application/json");
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let request = Request::builder().method(method).uri("/graphql");
            let answer = send(&app, request, r#"{"query":"{ __typename }"}"#, &[("content-type", "application/json")]).await;
            assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (405, "METHOD_NOT_ALLOWED"));
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS, POST");
        }
    }

    /// What is large is compressed as the client likes it best, what is small is left alone.
    async fn compression(backend: Backend) {
        let app = App::sample(backend).await;
        let large = r#"{"query":"{ packages(first: 100) { nodes { title repoDescription } } }"}"#;
        let plain = post(&app, large, &[]).await;
        for coding in ["br", "gzip", "zstd"] {
            let answer = post(&app, large, &[("accept-encoding", coding)]).await;
            assert_eq!(answer.header("content-encoding"), coding);
            assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "accept-encoding"));
            assert!(answer.body.len() < plain.body.len() / 2);
            let small = r#"{"query":"{ __typename }"}"#;
            let answer = post(&app, small, &[("accept-encoding", coding)]).await;
            assert_eq!(answer.header("content-encoding"), "");
        }
    }

    /// There are clients that ask for zstd and cannot decode it, so Brotli comes first where weights are equal,
    /// whether a response is executed, comes from the cache or is compressed for one client.
    async fn codings_of_equal_weight_prefer_brotli_cached_or_not(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ packages(first: 100) { nodes { title repoDescription } } }";
        let (cached, uncached) = (json!({ "query": query }), json!({ "query": query, "extensions": { "cost": true } }));
        let path = address(&[("query", query)]);
        let uncached_path = address(&[("query", query), ("extensions", r#"{"cost":true}"#)]);
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", "br"),
            ("zstd, br, gzip", "br"),
            ("zstd;q=0.7, br;q=0.7", "br"),
            ("gzip, deflate, zstd", "zstd"),
            ("gzip;q=0.9, br;q=0.8, zstd;q=1", "zstd"),
            ("br;q=0.5, gzip, zstd;q=0.9", "gzip"),
            ("br;q=0, zstd;q=0, gzip;q=0.1", "gzip"),
            ("identity, br;q=0.5, zstd;q=0.5", ""),
        ] {
            let headers = [("accept-encoding", accept)];
            for (body, status) in [(&cached, "packgrid; "), (&uncached, "packgrid; fwd=bypass")] {
                let answer = post(&app, &body.to_string(), &headers).await;
                assert!(answer.header("cache-status").starts_with(status));
                assert_eq!(answer.header("content-encoding"), coding, "{accept} {body}");
            }
            for path in [&path, &uncached_path, "/schema.graphql"] {
                let answer = get(&app, path, &headers).await;
                assert_eq!(answer.header("content-encoding"), coding, "{accept} {path}");
                let varies = answer.headers.get_all("vary").iter();
                let varies = varies.filter(|vary| vary.to_str().unwrap().contains("accept-encoding")).count();
                assert_eq!(varies, 1, "{accept} {path} {:?}", answer.headers);
            }
        }
        // What a client has in a coding that it still accepts is not sent again in the preferred one.
        let tag = get(&app, &path, &[("accept-encoding", "zstd")]).await.header("etag").to_owned();
        assert!(tag.ends_with("-zstd\""), "{tag}");
        for (accept, status) in [("gzip, br, zstd", 304), ("br, *", 304), ("gzip, br", 200), ("br, zstd;q=0", 200)] {
            let answer = get(&app, &path, &[("accept-encoding", accept), ("if-none-match", &tag)]).await;
            assert_eq!(answer.status, status, "{accept}");
        }
    }

    /// Pages of other origins read answers only if the settings say so.
    async fn other_origins(backend: Backend) {
        let body = r#"{"query":"{ __typename }"}"#;
        let origin = ("origin", "https://example.org");
        let ask = [origin, ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
        let app = App::sample(backend).await;
        let answer = post(&app, body, &[origin]).await;
        assert_eq!(answer.header("access-control-allow-origin"), "");
        let answer = send(&app, Request::options("/graphql"), "", &ask).await;
        assert_eq!(answer.header("access-control-allow-origin"), "");
        for (origins, allowed) in [
            (vec!["https://example.org", "https://example.com"], "https://example.org"),
            (vec!["*"], "*"),
            (vec!["https://example.com"], ""),
        ] {
            let cors = Cors { origins: origins.iter().map(|it| (*it).to_owned()).collect() };
            let app = configured(backend, Config { cors, ..Config::default() }).await;
            let answer = post(&app, body, &[origin]).await;
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origins:?}");
            let answer = send(&app, Request::options("/graphql"), "", &ask).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origins:?}");
            assert_eq!(answer.header("access-control-allow-headers"), "content-type");
        }
    }

    /// Who types the address into a browser is shown the place to try it.
    async fn in_a_browser(backend: Backend) {
        let app = App::sample(backend).await;
        let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        let answer = get(&app, "/graphql", &browser).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "graphiql"));
        let answer = get(&app, "/graphql/", &browser).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "../graphiql"));
        let answer = get(&app, "/graphql?query={__typename}", &browser).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JSON));
    }
}
