//! The REST API, version 4, over HTTP: who asks under what name, what a client has already, and
//! what happens when the database fails.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::graphql::etag::{self, Asked};
use super::rate::{Buckets, Overflow};
use super::{App, RETRY_SECONDS, client};
use crate::clock;
use crate::database::{DatabaseError, Snapshot};
use crate::rest_v4::{self, Answer, Base, Outcome, Plan};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Pages of more records are made one after the other: they may be of any length, and are in
/// memory whole.
const LARGE: u64 = 1_000;

/// Answers of more bytes have a place in memory, as long as they are being sent: of so many bytes
/// together.
const SMALL: usize = 256 * 1024;
const ROOM: usize = 256 * 1024 * 1024;

/// Bytes that are handed on at a time: what is on its way is not counted any more.
const PIECE: usize = 64 * 1024;

/// What an answer costs a client that has a rate, beside its length.
const COST: u64 = 20;

/// Bytes for which a client pays as for one statement; see `graphql/definitions.rs`.
const BYTES_OF_COST: u64 = 1_200;

/// What answers of any length share.
pub struct Shared {
    /// The zone of the times.
    zone: TimeZone,
    /// A place for whoever makes a large page.
    large: Semaphore,
    /// Room for answers that are being sent, a permit for a kilobyte.
    room: Arc<Semaphore>,
}

impl Shared {
    pub fn new(zone: TimeZone) -> Self {
        let room = Arc::new(Semaphore::new(ROOM / 1024));
        Self { zone, large: Semaphore::new(1), room }
    }

    /// Waits for room for so many bytes, or for all there is.
    async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let permits = (bytes.min(ROOM) / 1024) as u32;
        // It is never closed.
        Arc::clone(&self.room).acquire_many_owned(permits).await.ok()
    }
}

/// A body that gives its room back when the last piece of it is on its way.
struct InPieces {
    rest: Bytes,
    _room: OwnedSemaphorePermit,
}

impl HttpBody for InPieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
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
        Outcome::Answer(answer) => response(answer),
        Outcome::Read(plan) => read(&app, &parts, *plan).await,
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

async fn read(app: &App, parts: &Parts, plan: Plan) -> Response {
    if let Err(overflow) =
        pay(app, parts, |buckets, client, now| buckets.take(client, COST, now).map(drop))
    {
        return throttled(&overflow);
    }
    let asked = plan.follows_from().map(|text| Asked::about(&text));
    let known = etag::known(&parts.headers);
    if let Some(asked) = asked.as_ref().filter(|_| !known.is_empty()) {
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
        match tokio::time::timeout(patience, app.0.rest.large.acquire()).await {
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
    let (mut answer, revision) = match answered {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) | Err(error) => return failed(&error),
    };
    let cost = answer.body.len() as u64 / BYTES_OF_COST;
    if let Err(overflow) = pay(app, parts, |buckets, client, now| buckets.charge(client, cost, now))
    {
        return throttled(&overflow);
    }
    let length = answer.body.len();
    let room = if length > SMALL {
        match tokio::time::timeout(patience, app.0.rest.room(length)).await {
            Ok(room) => room,
            Err(_) => return failed(&DatabaseError::Busy),
        }
    } else {
        None
    };
    drop(place);
    let is_whole = answer.status == 200;
    let mut response = match room {
        Some(room) => {
            let rest = Bytes::from(std::mem::take(&mut answer.body));
            response(answer).map(|_| Body::new(InPieces { rest, _room: room }))
        }
        None => response(answer),
    };
    if let Some(asked) = asked.filter(|_| is_whole)
        && let Ok(tag) = HeaderValue::from_str(&asked.tag(revision).to_string())
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn pay(
    app: &App,
    parts: &Parts,
    pay: impl FnOnce(&Buckets, IpAddr, Instant) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    let Some(buckets) = &app.0.buckets else {
        return Ok(());
    };
    let client = client::address(parts, &app.0.config.server.trusted_proxies);
    pay(buckets, client, Instant::now())
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
