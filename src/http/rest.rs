//! The REST API, version 4, over HTTP: who asks under what name, what a client has already, and
//! what happens when the database fails.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::graphql::etag::{self, Asked};
use super::rate::Overflow;
use super::{App, RETRY_SECONDS, client};
use crate::clock;
use crate::database::{DatabaseError, Snapshot};
use crate::rest_v4::{self, Answer, Base, Outcome, Plan};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Pages of more records are made one after the other: they may be of any length, and are in
/// memory whole.
const LARGE: u64 = 1_000;

/// What an answer costs a client that has a rate, beside its length.
const COST: u64 = 20;

/// Bytes for which a client pays as for one statement; see `graphql/definitions.rs`.
const BYTES_OF_COST: u64 = 1_200;

/// Answers whatever is asked of the API.
pub async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(base) = base(&app, &parts) else {
        return (StatusCode::BAD_REQUEST, "The Host header is no host.\n").into_response();
    };
    let accept: Vec<_> = parts.headers.get_all(header::ACCEPT).iter().collect();
    let accept = accept.iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let accept = accept.collect::<Vec<_>>().join(",");
    let outcome = rest_v4::outcome(rest_v4::Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        accept: parts.headers.contains_key(header::ACCEPT).then_some(accept),
        base,
        zone: app.0.zone.clone(),
    });
    let mut response = match outcome {
        Outcome::Answer(answer) => response(answer),
        Outcome::Read(plan) => read(&app, &parts, *plan).await,
    };
    if parts.method == Method::HEAD {
        let length = axum::body::HttpBody::size_hint(response.body()).exact();
        *response.body_mut() = Body::empty();
        if let Some(length) = length {
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        }
    }
    response
}

async fn read(app: &App, parts: &Parts, plan: Plan) -> Response {
    let asked = plan.follows_from().map(|text| Asked::about(&text));
    let known = etag::known(&parts.headers);
    if let Some(asked) = asked.as_ref().filter(|_| !known.is_empty()) {
        // Little as it is, it is a statement.
        if let Err(overflow) = pay(app, parts, 1) {
            return throttled(&overflow);
        }
        let tag = match app.0.database.revision(app.deadline()).await {
            Ok(revision) => asked.tag(Some(revision)),
            Err(error) => return failed(&error),
        };
        if let Some(tag) = etag::matching(&known, &tag, &HeaderMap::new()) {
            let headers = [(header::ETAG, tag.as_str()), (header::VARY, "Accept")];
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
    }
    let patience = Duration::from_secs(app.0.config.limits.request_seconds);
    let place = if plan.records() > LARGE {
        match tokio::time::timeout(patience, app.0.large.acquire()).await {
            Ok(place) => place.ok(),
            Err(_) => return failed(&DatabaseError::Busy),
        }
    } else {
        None
    };
    let body = |snapshot: Snapshot| async move {
        let answer = plan.answer(&snapshot, clock::now()).await;
        answer.map(|answer| (answer, snapshot.revision()))
    };
    let answered = app.0.database.read(app.deadline(), body).await;
    drop(place);
    let (answer, revision) = match answered {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) | Err(error) => return failed(&error),
    };
    if let Err(overflow) = pay(app, parts, COST + answer.body.len() as u64 / BYTES_OF_COST) {
        return throttled(&overflow);
    }
    let is_whole = answer.status == 200;
    let mut response = response(answer);
    if let Some(asked) = asked.filter(|_| is_whole)
        && let Ok(tag) = HeaderValue::from_str(&asked.tag(revision).to_string())
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn pay(app: &App, parts: &Parts, cost: u64) -> Result<(), Overflow> {
    let Some(buckets) = &app.0.buckets else {
        return Ok(());
    };
    let client = client::address(parts, &app.0.config.server.trusted_proxies);
    buckets.take(client, cost, std::time::Instant::now()).map(drop)
}

/// What links begin with: the address that the settings say others know this server by, or else
/// what the client called it. Null when that is no host.
fn base(app: &App, parts: &Parts) -> Option<Base> {
    let settings = &app.0.config.server;
    if let Some(url) = &settings.public_url {
        return Some(Base::new(url));
    }
    let trusted = &settings.trusted_proxies;
    let believed = trusted.is_empty() || client::is_trusted(parts, trusted);
    let mut schemes = parts.headers.get_all(FORWARDED_PROTO).iter();
    // Exactly that, once.
    let is_https = schemes.next().is_some_and(|it| it == "https") && schemes.next().is_none();
    let scheme = if believed && is_https { "https" } else { "http" };
    let host = match parts.headers.get(header::HOST) {
        Some(host) => host.to_str().ok().filter(|host| client::is_host(host))?.to_owned(),
        None => settings.listen.to_string(),
    };
    Some(Base::new(format!("{scheme}://{host}")))
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    // All of them are statuses.
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn failed(error: &DatabaseError) -> Response {
    match error {
        DatabaseError::Busy | DatabaseError::TimedOut => {
            let detail = "The server is busy; try again later.";
            let answer = detailed(StatusCode::SERVICE_UNAVAILABLE, detail);
            ([(header::RETRY_AFTER, RETRY_SECONDS.to_string())], answer).into_response()
        }
        error => {
            tracing::error!(%error, "a request of the REST API failed");
            detailed(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on the server.")
        }
    }
}

fn throttled(overflow: &Overflow) -> Response {
    match overflow {
        Overflow::Later(seconds) => {
            let detail = format!("Request was throttled. Expected available in {seconds} seconds.");
            let answer = detailed(StatusCode::TOO_MANY_REQUESTS, &detail);
            ([(header::RETRY_AFTER, seconds.to_string())], answer).into_response()
        }
        Overflow::Never(_) => {
            let detail = "Such an answer is larger than what a client may ask for; ask for smaller \
                          pages.";
            detailed(StatusCode::TOO_MANY_REQUESTS, detail)
        }
    }
}

fn detailed(status: StatusCode, detail: &str) -> Response {
    let body = serde_json::json!({ "detail": detail }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
