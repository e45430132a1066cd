//! Answers that are kept in memory: which, for whom, and until when.

mod crowd;
mod hammer;
mod keeping;
mod servers;

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use packgrid::config::{Cache, Config, Limits};
use serde_json::{Value, json};

use crate::support::{Answer, App, Backend, TestDatabase};

/// Longer than any test takes.
const AGES: Duration = Duration::from_secs(3_600);

const QUERY: &str = "{ directory { revision } package(slug: \"django-queued-storage\") { title } }";

/// The sample, with so many bytes for answers, and time for slow machines.
async fn keeping(backend: Backend, response_bytes: u64) -> App {
    let limits = Limits { request_seconds: 300, batch: 5, ..Limits::default() };
    let config = Config { limits, cache: Cache { response_bytes }, ..Config::default() };
    App::configured(TestDatabase::sample(backend).await, config).await
}

fn by_post(query: &str) -> Request<Body> {
    by_post_with(json!({ "query": query }))
}

fn by_post_with(body: Value) -> Request<Body> {
    let request = Request::post("/graphql").header("content-type", "application/json");
    request.body(body.to_string().into()).unwrap()
}

async fn ask(app: &App, query: &str) -> Answer {
    app.send(by_post(query)).await
}

/// What the cache had to do with an answer, without the details.
fn status(answer: &Answer) -> &str {
    let status = answer.header("cache-status");
    status.split("; detail=").next().unwrap()
}

const HIT: &str = "packgrid; hit";
const STORED: &str = "packgrid; fwd=miss; stored";
const MISS: &str = "packgrid; fwd=miss";
const COLLAPSED: &str = "packgrid; fwd=miss; collapsed";
const BYPASS: &str = "packgrid; fwd=bypass";

/// The number of this name among the metrics.
async fn metric(app: &App, name: &str) -> u64 {
    let answer = app.get("/metrics").await;
    let line = answer.text().lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("{name}\n{}", answer.text())).parse().unwrap()
}
