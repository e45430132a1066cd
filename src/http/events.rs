//! GraphQL over server-sent events, in "distinct connections mode": a request is one operation, and
//! its answers come as events. <https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md>

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::ServerError;
use async_graphql::parser::types::OperationType;
use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::App;
use super::accept::MediaType;
use super::caller::Caller;
use super::graphql::{Parameters, errors_json};
use super::operations::{Admitted, Next, no_mutation_by_get};
use super::refusal::Refusal;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Answers a request by a stream of events.
///
/// # Errors
/// When no stream begins. What is wrong with the operation is an event of the stream.
pub async fn stream(
    app: &App,
    parts: &Parts,
    parameters: Parameters,
    caller: Caller,
) -> Result<Response, Refusal> {
    let place = app.place()?;
    let admitted = async {
        let admitted = app.admit(app.find(parameters)?).await?;
        let by_get = matches!(parts.method, Method::GET | Method::HEAD);
        if by_get && admitted.operation.kind() == OperationType::Mutation {
            return Err(no_mutation_by_get());
        }
        Ok(admitted)
    };
    respond(app, parts, admitted.await, &caller, place).await
}

/// Answers a subscription whose request would rather have had JSON: a stream of events is the only
/// form of a response that a subscription has over HTTP.
///
/// # Errors
/// As of [`stream`].
pub async fn subscribe(
    app: &App,
    parts: &Parts,
    subscription: Admitted,
    caller: &Caller,
) -> Result<Response, Refusal> {
    respond(app, parts, Ok(subscription), caller, app.place()?).await
}

async fn respond(
    app: &App,
    parts: &Parts,
    admitted: Result<Admitted, Refusal>,
    caller: &Caller,
    place: OwnedSemaphorePermit,
) -> Result<Response, Refusal> {
    // The revision after which a browser whose connection broke wants to go on.
    let last = parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    let answers = match admitted {
        Ok(admitted) => app.answers(admitted, caller, last).await,
        Err(refusal) => Err(refusal),
    };
    let events = match answers {
        Ok(answers) => answers.map(|answer| next(&answer)).boxed(),
        // Of these there is a status that says it better, to a client that cannot see into events.
        Err(refusal) if refusal.is_of_http() => return Err(refusal),
        Err(refusal) => once(refused(&refusal.errors)),
    };
    let mut stopping = app.0.stopping.clone();
    let events = events
        .chain(once(event("complete", None, "")))
        .take_until(async move { super::stopped(&mut stopping).await })
        .boxed();
    let silence = Duration::from_secs(app.0.config.subscriptions.keep_alive_seconds);
    let chunks = stream::unfold(events, move |mut events| async move {
        let chunk = match timeout(silence, events.next()).await {
            Ok(event) => event?,
            // A comment: proxies end what is silent.
            Err(_) => Bytes::from_static(b":\n\n"),
        };
        Some((chunk, events))
    });
    let body = Body::from_stream(chunks.map(move |chunk| {
        // Kept until the stream is gone.
        let _ = &place;
        Ok::<_, Infallible>(chunk)
    }));
    let headers: [(HeaderName, &str); 5] = [
        (header::CONTENT_TYPE, MediaType::EventStream.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Nginx would wait until it has so much.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}

fn once(event: Bytes) -> BoxStream<'static, Bytes> {
    stream::once(async { event }).boxed()
}

fn next(Next { body, revision }: &Next) -> Bytes {
    match body {
        Ok(body) => event("next", *revision, std::str::from_utf8(body).unwrap_or_default()),
        Err(refusal) => refused(&refusal.errors),
    }
}

fn refused(errors: &[ServerError]) -> Bytes {
    event("next", None, &format!("{{\"errors\":{}}}", errors_json(errors)))
}

/// An event of one line, which JSON is. Without a line of data, as of a `complete`, no browser
/// would tell of it; axum's `Event` leaves out an empty one.
fn event(name: &str, id: Option<i64>, data: &str) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n").into()
}
