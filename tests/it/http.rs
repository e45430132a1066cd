//! Requests by POST, bodies, deadlines, and the routes beside `/graphql`.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use packgrid::config::Limits;
use serde_json::json;

use crate::support::{App, Backend, TestDatabase, on_both};

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

on_both! {
    async fn queries_by_post(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = app.post(QUERY).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
        let body = json!({
            "query": "query A($slug: String!) { package(slug: $slug) { number } } query B { __typename }",
            "operationName": "A", "variables": {"slug": "django-queued-storage"}, "extensions": null,
        });
        assert_eq!(app.post(body.to_string()).await.json()["data"]["package"]["number"], 683);
        let request = Request::post("/graphql")
            .header("content-type", "application/json; charset=UTF-8")
            .header("accept", "application/graphql-response+json, application/json;q=0.9")
            .body(Body::from(r#"{"query":"{ nothing }","variables":null}"#))
            .unwrap();
        let answer = app.send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.header("content-type"), "application/graphql-response+json; charset=utf-8");
    }

    async fn what_is_no_request(backend: Backend) {
        let app = App::sample(backend).await;
        for body in [
            "", "x", "{", "[]", "1", "null", "{}", r#"{"query":1}"#, r#"{"query":null}"#,
            r#"{"query":"{ __typename }","variables":[]}"#, r#"{"query":"{ __typename }","variables":"{}"}"#,
            r#"{"query":"{ __typename }","operationName":1}"#, r#"{"query":"\ud800"}"#,
            r#"{"query":"{ __typename }"} x"#,
        ] {
            let answer = app.post(body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
            let json = answer.json();
            assert_eq!(json["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{body}");
            assert!(json.get("data").is_none());
        }
        let answer = app.post(vec![b'{', 0xff, b'}']).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        for content_type in ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
            let request = Request::post("/graphql").header("content-type", content_type).body(Body::from(QUERY));
            let answer = app.send(request.unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "UNSUPPORTED_MEDIA_TYPE");
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            let request = Request::builder().method(method).uri("/graphql?query={__typename}");
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS, POST");
        }
    }

    async fn bodies_up_to_the_limit(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let limits = Limits { body_bytes: 1000, ..Limits::default() };
        let app = App::with(test_database, limits).await;
        let padded = |length: usize| format!("{QUERY}{}", " ".repeat(length - QUERY.len()));
        for length in [999, 1000] {
            assert_eq!(app.post(padded(length)).await.status, StatusCode::OK, "{length}");
        }
        for length in [1001, 1_000_000] {
            let answer = app.post(padded(length)).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{length}");
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "PAYLOAD_TOO_LARGE");
        }
    }

    /// It is given up at its deadline, with the statement that it waits for, and as a whole.
    async fn a_request_that_takes_too_long(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let limits = Limits { request_seconds: 1, ..Limits::default() };
        let app = App::with(test_database, limits).await;
        use sea_orm::ConnectionTrait;
        let connection = app.test_database.connect().await;
        connection.execute_unprepared("ALTER TABLE grid RENAME TO real_grid").await.unwrap();
        connection
            .execute_unprepared(
                "CREATE VIEW grid AS SELECT real_grid.* FROM real_grid, (WITH RECURSIVE c(x) AS \
                 (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000000000) SELECT max(x) AS x \
                 FROM c) AS slow WHERE slow.x > 0",
            )
            .await
            .unwrap();
        let start = std::time::Instant::now();
        let answer = app.post(r#"{"query":"{ packages { totalCount } grids { nodes { title } } }"}"#).await;
        let seconds = start.elapsed().as_secs_f64();
        assert!((1.0..4.0).contains(&seconds), "given up after {seconds} s");
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "TIMEOUT");
        assert!(answer.json().get("data").is_none());
        let data = app.data("{ packages(first: 0) { totalCount } }").await;
        assert_eq!(data["packages"]["totalCount"], 191);
    }

    async fn the_other_routes(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = app.get("/healthz").await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, "ok\n"));
        let answer = app.get("/schema.graphql").await;
        assert_eq!(answer.text(), include_str!("../../schema.graphql"));
        let answer = app.get("/").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "graphiql"));
    }

    /// A slash at the end of a path changes nothing; by a redirect a request would lose its body.
    async fn a_trailing_slash_leads_to_the_same(backend: Backend) {
        let app = App::sample(backend).await;
        for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/schema.graphql", 200)] {
            let with_slash = app.get(&format!("{path}/")).await;
            assert_eq!(with_slash.status, status, "{path}");
            assert_eq!(with_slash.header("content-type"), app.get(path).await.header("content-type"));
        }
        let request = Request::post("/graphql/").header("content-type", "application/json");
        let answer = app.send(request.body(Body::from(QUERY)).unwrap()).await;
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
        let answer = app.get("/graphql/?query={__typename}").await;
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
        assert_eq!(answer.header("etag"), app.get("/graphql?query={__typename}").await.header("etag"));
        let answer = app.get("/graphiql/?query={__typename}").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (308, "../graphiql?query={__typename}"));
    }

    /// A path at which there is nothing is answered by those at which there is something.
    async fn a_404_names_the_paths_that_exist(backend: Backend) {
        let app = App::sample(backend).await;
        let answer = app.get("/nothing").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(
            answer.text(),
            "Nothing is served at this path. There are /graphql, /graphiql, /schema.graphql, /api/v4/, \
             /api/packgrid/v1/, /healthz, /readyz, /metrics.\n"
        );
        for path in ["/graphql", "/graphiql", "/schema.graphql", "/api/v4/", "/api/packgrid/v1/", "/healthz", "/readyz", "/metrics"] {
            assert_ne!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Below the API a client of GraphQL reads it.
        for request in [Request::post("/graphql/v1"), Request::get("/graphql//"), Request::put("/graphql/a/b")] {
            let answer = app.send(request.body(Body::from(QUERY)).unwrap()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            let error = &answer.json()["errors"][0];
            assert_eq!(error["extensions"]["code"], "NOT_FOUND");
            assert_eq!(error["message"], "Nothing is served at this path; the GraphQL API is /graphql");
        }
        let graphql = packgrid::config::Graphql { introspection: false, graphiql: false, ..Default::default() };
        let rest = packgrid::config::Rest { enabled: false, ..Default::default() };
        let config = packgrid::config::Config { graphql, rest, ..Default::default() };
        let app = App::configured(TestDatabase::empty(backend).await, config).await;
        for path in ["/nothing", "/graphiql", "/schema.graphql", "/api/v4/"] {
            let answer = app.get(path).await;
            assert_eq!(answer.text(), "Nothing is served at this path. There are /graphql, /healthz, /readyz, /metrics.\n");
        }
    }
}

/// More requests than may wait for SQLite's readers are refused at once, as a whole, and the others
/// are answered. (On PostgreSQL they wait for a connection instead.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_requests_than_may_wait() {
    use futures_util::FutureExt;
    let test_database = TestDatabase::sample(Backend::Sqlite).await;
    let settings = packgrid::config::Database {
        url: test_database.url.clone(),
        reader_threads: 1,
        reader_queue: 1,
        ..Default::default()
    };
    let database = packgrid::database::Database::open(&settings).await.unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let (begun, wait_begun) = tokio::sync::oneshot::channel();
    let (free, wait_free) = tokio::sync::oneshot::channel::<()>();
    let mut busy = Box::pin(database.read(deadline, |_| async {
        begun.send(()).unwrap();
        wait_free.await.unwrap();
    }));
    // Polled once, they stand in the queue; the first is taken out of it before the second comes.
    assert!((&mut busy).now_or_never().is_none());
    wait_begun.await.unwrap();
    let mut waiting = Box::pin(database.read(deadline, |_| async {}));
    assert!((&mut waiting).now_or_never().is_none());

    let site = packgrid::http::Site::new(database.clone(), Default::default()).unwrap();
    let router = site.router;
    let request = Request::post("/graphql").header("content-type", "application/json");
    let request = request.body(Body::from(QUERY)).unwrap();
    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    let mut body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let extensions = body["errors"][0]["extensions"].take();
    assert_eq!(
        body,
        json!({"errors": [{"message": "The server is busy; try later", "extensions": null}]})
    );
    assert_eq!(extensions["code"], "SERVICE_UNAVAILABLE");
    assert!(extensions["requestId"].is_string());
    free.send(()).unwrap();
    busy.await.unwrap();
    waiting.await.unwrap();
}
