//! GraphQL over HTTP, by a handler of our own, to the letter of
//! [the specification](https://graphql.github.io/graphql-over-http/draft/).
//!
//! async-graphql-axum's takes mutations by GET and bodies past the limit, answers 200 for
//! everything and does not look at `Accept`.

mod answer;
pub mod etag;
mod parameters;

use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::accept::{self, MediaType, is_utf8};
use super::answering::{GLANCE, Looked, Reply};
use super::cache::Status;
use super::caller::Caller;
use super::operations::{Wanted, no_mutation_by_get, no_stream};
use super::refusal::Refusal;
use super::{App, client, events, origin, websocket};
use crate::graphql::ErrorCode;

pub use answer::{errors_json, refuse};
pub use etag::mark_coding;
pub use parameters::{Body, Parameters, SentVariables};

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The methods of `/graphql`.
const METHODS: &str = "GET, HEAD, OPTIONS, POST";

/// Every request to `/graphql`.
///
/// What only some requests need has a box of its own: the layers around a handler move its future
/// half a dozen times, and with all of an execution in it that was 29 KB of copying where 7 are left.
pub async fn handle(State(app): State<App>, request: Request) -> Response {
    let response = respond(&app, request).await;
    app.0.metrics.responded(response.status());
    response
}

async fn respond(app: &App, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        // Where no other origin is allowed, no layer answers a browser that asks for one.
        if origin::is_preflight(&parts) && !client::is_same_origin(&parts) {
            app.log_refused_origin(&parts);
        }
        let headers = [(header::ALLOW, METHODS), (ACCEPT_POST, "application/json")];
        return (StatusCode::NO_CONTENT, headers).into_response();
    }
    if websocket::is_asked_for(&parts) {
        return Box::pin(websocket::upgrade(app.clone(), &mut parts)).await;
    }
    if opens_in_a_browser(&parts) && app.0.config.graphql.graphiql {
        let vary = [(header::VARY, "Accept"), (header::CACHE_CONTROL, "no-store")];
        // Relative, since a proxy may serve this below a path of its own.
        let page = if parts.uri.path().ends_with('/') { "../graphiql" } else { "graphiql" };
        return (vary, Redirect::temporary(page)).into_response();
    }
    let media_type = MediaType::negotiate(&parts.headers);
    let answered = match (&parts.method, media_type) {
        (&Method::GET | &Method::HEAD | &Method::POST, None) => Err(Refusal::http(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::NotAcceptable,
            "The answer is application/graphql-response+json, application/json or \
             text/event-stream",
        )),
        (&Method::GET | &Method::HEAD, Some(media_type)) => get(app, &parts, media_type).await,
        (&Method::POST, Some(media_type)) => post(app, &parts, body, media_type).await,
        _ => Err(Refusal::http(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::MethodNotAllowed,
            "Send queries by POST, as application/json, or by GET",
        )),
    };
    answered.unwrap_or_else(|refusal| {
        let mut response = refuse(&refusal, media_type.unwrap_or(MediaType::Json));
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            // By GET a mutation is not allowed, and what is depends on the query.
            let by_get = matches!(parts.method, Method::GET | Method::HEAD);
            let allowed = if by_get { "POST" } else { METHODS };
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
        }
        response
    })
}

/// Every request to a path below `/graphql`, where there is nothing.
pub async fn not_found(headers: HeaderMap) -> Response {
    let message = "Nothing is served at this path; the GraphQL API is /graphql";
    let refusal = Refusal::http(StatusCode::NOT_FOUND, ErrorCode::NotFound, message);
    refuse(&refusal, MediaType::negotiate(&headers).unwrap_or(MediaType::Json))
}

/// Somebody has typed the address into a browser.
fn opens_in_a_browser(parts: &Parts) -> bool {
    let asks = ["query", "documentId", "doc_id", "id", "extensions"];
    let mut names = parts.uri.query().unwrap_or_default().split('&');
    parts.method == Method::GET
        && accept::items(&parts.headers, &header::ACCEPT)
            .next()
            .is_some_and(|first| first.starts_with("text/html"))
        && !names.any(|pair| asks.contains(&pair.split('=').next().unwrap_or_default()))
}

async fn get(app: &App, parts: &Parts, media_type: MediaType) -> Result<Response, Refusal> {
    let caller = app.caller(parts).await?;
    let query = parts.uri.query().unwrap_or_default();
    let parameters = Parameters::from_address(query).map_err(Refusal::bad_request)?;
    if media_type == MediaType::EventStream {
        return Box::pin(events::stream(app, parts, parameters, caller)).await;
    }
    let asked = etag::Asked::new(&parameters, media_type);
    let wanted = app.find(parameters)?;
    let deadline = app.deadline();
    let asked = asked.of(&wanted.document.text);
    let known = etag::known(&parts.headers);
    let looked = app.look(&wanted, deadline).await;
    if let Some(kept) = &looked.kept {
        let reply = app.take(kept, &wanted, &caller)?;
        let tag = asked.tag_of(&reply);
        if let Some(tag) = etag::matching(&known, &tag, &parts.headers) {
            return Ok(answer::of_cache(
                app,
                answer::not_modified(app, &tag, &caller),
                reply.status,
            ));
        }
        let reply = looked.as_liked(reply, &parts.headers);
        return Ok(tagged(app, reply, &tag, media_type, &caller));
    }
    let request = Missed { wanted, looked, asked, parts, media_type, caller, deadline };
    Box::pin(get_anew(app, request)).await
}

/// A request by GET whose answer is not kept.
struct Missed<'a> {
    wanted: Wanted,
    looked: Looked,
    asked: etag::Asked,
    parts: &'a Parts,
    media_type: MediaType,
    caller: Caller,
    deadline: Instant,
}

async fn get_anew(app: &App, request: Missed<'_>) -> Result<Response, Refusal> {
    let Missed { wanted, looked, asked, parts, media_type, caller, deadline } = request;
    let known = etag::known(&parts.headers);
    let admitted = app.admit(wanted).await?;
    // No request by GET has an effect.
    match admitted.operation.kind() {
        OperationType::Query => {}
        OperationType::Mutation => return Err(no_mutation_by_get()),
        OperationType::Subscription if MediaType::EventStream.is_accepted(&parts.headers) => {
            return events::subscribe(app, parts, admitted, &caller).await;
        }
        OperationType::Subscription => return Err(no_stream()),
    }
    if !admitted.is_the_same_for_all() {
        let reply = app.find_out(admitted, looked, &caller, &parts.headers, deadline).await?;
        return Ok(answer::json(app, reply, media_type));
    }
    let is_drifting = admitted.is_drifting();
    if !known.is_empty() && !is_drifting {
        // Little as it is, it is a statement.
        app.pay(caller.address, GLANCE)?;
        // An answer may not have read anything; then it is the same at every revision.
        let revision = app.0.database.revision(deadline).await;
        let revision = revision.map_err(|error| Refusal::from(app.0.service.failed(error)))?;
        for tag in [asked.tag(None), asked.tag(Some(revision))] {
            if let Some(tag) = etag::matching(&known, &tag, &parts.headers) {
                let status = Status::Miss { revision: Some(revision), stored: false };
                return Ok(answer::of_cache(app, answer::not_modified(app, &tag, &caller), status));
            }
        }
    }
    let reply = app.find_out(admitted, looked, &caller, &parts.headers, deadline).await?;
    if reply.has_errors {
        return Ok(answer::json(app, reply, media_type));
    }
    let tag = asked.tag_of(&reply);
    // What it was made of was not known before.
    if is_drifting && let Some(tag) = etag::matching(&known, &tag, &parts.headers) {
        return Ok(answer::of_cache(app, answer::not_modified(app, &tag, &caller), reply.status));
    }
    Ok(tagged(app, reply, &tag, media_type, &caller))
}

/// An answer that caches on the way may keep.
fn tagged(
    app: &App,
    reply: Reply,
    tag: &etag::Tag,
    media_type: MediaType,
    caller: &Caller,
) -> Response {
    let mut answer = answer::json(app, reply, media_type);
    answer::may_be_kept(app, &mut answer, tag, caller);
    answer
}

async fn post(
    app: &App,
    parts: &Parts,
    body: HttpBody,
    media_type: MediaType,
) -> Result<Response, Refusal> {
    let caller = app.caller(parts).await?;
    let unsupported = if !is_json(&parts.headers) {
        Some("The body must be application/json, in UTF-8")
    } else if is_coded(&parts.headers) {
        // A few kilobytes of it can be gigabytes.
        Some("The body must not be compressed")
    } else {
        None
    };
    if let Some(message) = unsupported {
        let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType);
        return Err(Refusal::http(status, code, message));
    }
    let body = read(app, body).await?;
    let mut body = Body::from_json(&body).map_err(Refusal::bad_request)?;
    if let Some(key) = idempotency_key(&parts.headers)? {
        body.set_idempotency_key(key);
    }
    match (body, media_type) {
        (Body::One(parameters), MediaType::EventStream) => {
            Box::pin(events::stream(app, parts, parameters, caller)).await
        }
        (Body::One(parameters), media_type) => {
            one(app, parts, parameters, &caller, media_type).await
        }
        (Body::Batch(_), MediaType::EventStream) => {
            Err(Refusal::bad_request("A batch has no stream of events"))
        }
        (Body::Batch(requests), media_type) => {
            let most = app.0.config.limits.batch;
            if most == 0 {
                let message = "The body must be one request; this server takes no batches";
                return Err(Refusal::bad_request(message));
            }
            if requests.is_empty() || requests.len() > most {
                let message = format!("A batch has 1 to {most} requests");
                return Err(Refusal::bad_request(message));
            }
            let mut answers = Vec::new();
            for parameters in requests {
                answers.push(Box::pin(app.respond(parameters, &caller)).await);
            }
            answer::batch(app, &answers, media_type)
        }
    }
}

/// Answers a request that is no batch.
async fn one(
    app: &App,
    parts: &Parts,
    parameters: Parameters,
    caller: &Caller,
    media_type: MediaType,
) -> Result<Response, Refusal> {
    let wanted = app.find(parameters)?;
    let deadline = app.deadline();
    let looked = app.look(&wanted, deadline).await;
    if let Some(kept) = &looked.kept {
        let reply = looked.as_liked(app.take(kept, &wanted, caller)?, &parts.headers);
        return Ok(answer::json(app, reply, media_type));
    }
    let found_out = async {
        let admitted = app.admit(wanted).await?;
        if admitted.operation.kind() == OperationType::Subscription {
            if MediaType::EventStream.is_accepted(&parts.headers) {
                return events::subscribe(app, parts, admitted, caller).await;
            }
            return Err(no_stream());
        }
        let reply = app.find_out(admitted, looked, caller, &parts.headers, deadline).await?;
        Ok(answer::json(app, reply, media_type))
    };
    Box::pin(found_out).await
}

/// The request's `Idempotency-Key`, if there is one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(key)), None) if parameters::is_key(key) => Ok(Some(key)),
        _ => {
            let message = format!("`Idempotency-Key` must be {}, once", parameters::KEY);
            Err(Refusal::bad_request(message))
        }
    }
}

/// Reads a request's body, as far as it may be long and as long as it may take.
async fn read(app: &App, body: HttpBody) -> Result<Bytes, Refusal> {
    let limit = app.0.config.limits.body_bytes;
    let patience = Duration::from_secs(app.0.config.server.body_seconds);
    match tokio::time::timeout(patience, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Err(_) => Err(Refusal::http(
            StatusCode::REQUEST_TIMEOUT,
            ErrorCode::RequestTimeout,
            "The body did not arrive in time",
        )),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::PayloadTooLarge,
            format!("The body must not be over {limit} bytes"),
        )),
        Ok(Err(_)) => Err(Refusal::bad_request("The body did not arrive whole")),
    }
}

/// Whether the body says that it is JSON in UTF-8. No page of another site can have a browser send
/// that without being asked (CORS), so no such page has an effect.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                is_utf8(value.trim().trim_matches('"'))
            }
            _ => true,
        })
}

/// Whether the body says that it is compressed.
fn is_coded(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    values.any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}
