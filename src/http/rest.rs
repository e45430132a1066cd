//! The REST API, version 4, over HTTP: who asks under what name, what a client has already, and
//! what happens when the database fails.

use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use tokio::sync::Semaphore;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::graphql::etag::{self, Asked};
use super::rate::Overflow;
use super::room::Room;
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

/// What the requests share.
pub struct Shared {
    /// The zone of the times.
    zone: TimeZone,
    /// A place for whoever makes a large page.
    large: Semaphore,
    room: Room,
}

impl Shared {
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, large: Semaphore::new(1), room: Room::new() }
    }
}

/// Why data that is there is not answered.
enum Failed {
    Database(DatabaseError),
    Throttled(Overflow),
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<Overflow> for Failed {
    fn from(overflow: Overflow) -> Self {
        Self::Throttled(overflow)
    }
}

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self::Database(DatabaseError::Busy)
    }
}

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
        zone: app.0.rest.zone.clone(),
    });
    let mut response = match outcome {
        Outcome::Answer(Answer { status, headers, body }) => response(status, headers, body.into()),
        Outcome::Read(plan) => match Box::pin(read(&app, &parts, *plan)).await {
            Ok(response) => response,
            Err(Failed::Database(error)) => failed(&error),
            Err(Failed::Throttled(overflow)) => throttled(&overflow),
        },
    };
    if parts.method == Method::HEAD {
        let length = response.body().size_hint().exact();
        *response.body_mut() = Body::empty();
        if let Some(length) = length {
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        }
    }
    response
}

async fn read(app: &App, parts: &Parts, plan: Plan) -> Result<Response, Failed> {
    let client = client::address(parts, &app.0.config.server.trusted_proxies);
    if let Some(buckets) = &app.0.buckets {
        buckets.take(client, COST, Instant::now())?;
    }
    let asked = plan.follows_from().map(|text| Asked::about(&text));
    let known = etag::known(&parts.headers);
    if let Some(asked) = asked.as_ref().filter(|_| !known.is_empty()) {
        let tag = asked.tag(Some(app.0.database.revision(app.deadline()).await?));
        if let Some(tag) = etag::matching(&known, &tag, &HeaderMap::new()) {
            let headers = [(header::ETAG, tag.as_str()), (header::VARY, "Accept")];
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
    }
    let Shared { large, room, .. } = &app.0.rest;
    let patience = Duration::from_secs(app.0.config.limits.request_seconds);
    // Held until there is room for what was made.
    let _place = match plan.records() > LARGE {
        true => timeout(patience, large.acquire()).await?.ok(),
        false => None,
    };
    let make = |snapshot: Snapshot| async move {
        let answer = plan.answer(&snapshot, clock::now()).await;
        answer.map(|answer| (answer, snapshot.revision()))
    };
    let made = app.0.database.read(app.deadline(), make).await??;
    let (Answer { status, headers, body }, revision) = made;
    if let Some(buckets) = &app.0.buckets {
        buckets.charge(client, body.len() as u64 / BYTES_OF_COST, Instant::now())?;
    }
    let mut response = response(status, headers, timeout(patience, room.body(body)).await?);
    if let Some(asked) = asked.filter(|_| response.status() == StatusCode::OK)
        && let Ok(tag) = HeaderValue::from_str(&asked.tag(revision).to_string())
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
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
        None => match settings.listen.host() {
            Some(_) => settings.listen.to_string(),
            None => format!("localhost:{}", settings.listen.port()),
        },
    };
    Some(Base::new(format!("{scheme}://{host}")))
}

fn response(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response {
    let mut response = Response::new(body);
    // All of them are statuses.
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
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
        error if error.is_unreachable() => {
            let detail = "The database cannot be reached; try again later.";
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
