//! The server, without a socket.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use packgrid::config::{Config, Limits};
use packgrid::database::{Database, StatementLog};
use packgrid::http::Site;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Backend, TestDatabase};

/// The server on a database of its own, with every statement recorded.
pub struct App {
    pub site: Site,
    pub database: Database,
    pub statements: StatementLog,
    /// Dropped last: the database goes with it.
    pub test_database: TestDatabase,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// `query` in a text that nobody has sent before, so that it is executed, and nothing that is kept
/// answers it: for whoever counts statements.
pub fn anew(query: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{query} # {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&self.body));
        })
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl App {
    /// Serves the sample directory.
    pub async fn sample(backend: Backend) -> Self {
        Self::on(TestDatabase::sample(backend).await).await
    }

    /// Serves a directory without anything in it.
    pub async fn empty(backend: Backend) -> Self {
        Self::on(TestDatabase::empty(backend).await).await
    }

    pub async fn on(test_database: TestDatabase) -> Self {
        Self::with(test_database, Limits::default()).await
    }

    /// Serves the sample directory to whoever asks for very much of it.
    pub async fn generous(backend: Backend) -> Self {
        Self::generous_on(TestDatabase::sample(backend).await).await
    }

    pub async fn generous_on(test_database: TestDatabase) -> Self {
        Self::with(test_database, Limits { cost: 1 << 40, ..Limits::default() }).await
    }

    pub async fn with(test_database: TestDatabase, limits: Limits) -> Self {
        Self::configured(test_database, Config { limits, ..Config::default() }).await
    }

    pub async fn configured(test_database: TestDatabase, config: Config) -> Self {
        let database = test_database.open().await;
        let statements = database.record_statements();
        let site = Site::new(database.clone(), config).unwrap();
        Self { site, database, statements, test_database }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.site.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends `body` as JSON to `/graphql`.
    pub async fn post(&self, body: impl Into<Body>) -> Answer {
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    /// The whole answer to `query`.
    pub async fn answer(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.post(body).await.json()
    }

    /// The data of the answer to `query`, which has no errors.
    pub async fn data(&self, query: &str) -> Value {
        let mut answer = self.answer(query, Value::Null).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// The data of the answer to `query`, and the statements that it takes when it is executed.
    pub async fn counted(&self, query: &str) -> (Value, Vec<String>) {
        self.statements.take();
        let data = self.data(&anew(query)).await;
        (data, self.statements.take())
    }
}
