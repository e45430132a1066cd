//! Numbers for whoever watches the server, as OpenMetrics text.

use std::sync::atomic::AtomicI64;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::App;
use super::cache::Status;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of the ages that are told apart, in seconds: up to a day.
const AGES: [f64; 7] = [1.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0];

/// What is counted, and what is measured when somebody asks.
pub struct Metrics {
    registry: Registry,
    /// Answers of `/graphql` by their status of HTTP.
    responses: Family<[(&'static str, u16); 1], Counter>,
    hits: Counter,
    misses: Counter,
    collapsed: Counter,
    bypassed: Counter,
    /// Seconds since answers were made that are served from what is kept.
    ages: Histogram,
    entries: Gauge,
    bytes: Gauge,
    revision: Gauge<i64, AtomicI64>,
}

impl Metrics {
    /// Counts from nothing. `capacity` is what the response cache keeps at most, in bytes.
    pub fn new(capacity: u64) -> Self {
        let mut registry = Registry::with_prefix("packgrid");
        let responses = Family::default();
        let help = "Answers of /graphql, by their status of HTTP";
        registry.register("graphql_responses", help, responses.clone());
        let results = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let help = "Requests for one answer, by what the response cache had to do with it";
        registry.register("response_cache_requests", help, results.clone());
        let result = |result| results.get_or_create_owned(&[("result", result)]);
        let ages = Histogram::new(AGES);
        let help = "How long ago answers were made that came from the response cache";
        registry.register_with_unit("response_cache_hit_age", help, Unit::Seconds, ages.clone());
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let entries = gauge("response_cache_entries", "Answers that are kept");
        let bytes = gauge("response_cache_bytes", "Bytes of the answers that are kept");
        let most = gauge("response_cache_max_bytes", "Bytes of answers that are kept at most");
        most.set(number(capacity));
        let help = "The directory's highest revision that this server knows of; -1 before any";
        let revision = gauge("directory_revision", help);
        Self {
            responses,
            hits: result("hit"),
            misses: result("miss"),
            collapsed: result("collapsed"),
            bypassed: result("bypass"),
            ages,
            entries,
            bytes,
            revision,
            registry,
        }
    }

    /// Counts an answer of `/graphql`.
    pub fn responded(&self, status: StatusCode) {
        self.responses.get_or_create(&[("status", status.as_u16())]).inc();
    }

    /// Counts what the cache had to do with an answer.
    pub fn cached(&self, status: Status) {
        let counter = match status {
            Status::Hit { age, .. } => {
                self.ages.observe(age.as_secs_f64());
                &self.hits
            }
            Status::Miss { .. } => &self.misses,
            Status::Collapsed { .. } => &self.collapsed,
            Status::Bypass => &self.bypassed,
        };
        counter.inc();
    }
}

/// All of it.
pub async fn metrics(State(App(app)): State<App>) -> Response {
    let metrics = &app.metrics;
    if let Some(answers) = &app.answers {
        metrics.entries.set(number(answers.entries()));
        metrics.bytes.set(number(answers.bytes()));
    }
    metrics.revision.set(app.database.highest_revision().unwrap_or(-1));
    let mut text = String::new();
    if encode(&mut text, &metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let headers = [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, text).into_response()
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
