//! Answers: their bodies, statuses and headers.

use std::io;

use async_graphql::ServerError;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::etag::Tag;
use crate::graphql::{Outcome, answer_too_large};
use crate::http::App;
use crate::http::accept::MediaType;
use crate::http::answering::Reply;
use crate::http::cache::Status;
use crate::http::caller::Caller;
use crate::http::refusal::Refusal;

/// The answer to a request that was refused as a whole: no `data`.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

/// The answer to what was executed, now or before.
pub fn json(app: &App, reply: Reply, media_type: MediaType) -> Response {
    let mut response = whole(StatusCode::OK, media_type, reply.body);
    if let Some(coding) = reply.coding {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    of_cache(app, response, reply.status)
}

/// Says what the cache had to do with an answer, and counts it.
pub fn of_cache(app: &App, mut response: Response, status: Status) -> Response {
    app.0.metrics.cached(status);
    status.mark(&mut response);
    response
}

/// The answers to a batch, in its order.
///
/// # Errors
/// When they are too large together.
pub fn batch(
    app: &App,
    answers: &[Result<Vec<u8>, Refusal>],
    media_type: MediaType,
) -> Result<Response, Refusal> {
    let mut body = Vec::new();
    for answer in answers {
        body.push(if body.is_empty() { b'[' } else { b',' });
        match answer {
            Ok(answer) => body.extend_from_slice(answer),
            Err(refusal) => body.extend(errors_body(&refusal.errors)),
        }
        if body.len() >= app.0.config.limits.answer_bytes {
            return Err(app.too_large());
        }
    }
    body.push(b']');
    Ok(of_cache(app, whole(StatusCode::OK, media_type, body), Status::Bypass))
}

/// An answer that says why there is none.
pub fn refuse(refusal: &Refusal, media_type: MediaType) -> Response {
    let body = errors_body(&refusal.errors);
    // A stream that does not begin is answered as JSON.
    let media_type =
        if media_type == MediaType::EventStream { MediaType::Json } else { media_type };
    let status = refusal.status(media_type == MediaType::GraphqlResponse);
    let mut response = whole(status, media_type, body);
    if refusal.is_of_credential() {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// What has errors and no `data`.
fn errors_body(errors: &[ServerError]) -> Vec<u8> {
    // Texts and numbers, which always have a JSON form.
    serde_json::to_vec(&Errors { errors }).unwrap_or_default()
}

/// Errors as JSON.
pub fn errors_json(errors: &[ServerError]) -> String {
    // Texts and numbers, which always have a JSON form.
    serde_json::to_string(errors).unwrap_or_default()
}

/// That the client has the answer already.
pub fn not_modified(app: &App, tag: &str, caller: &Caller) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let headers = response.headers_mut();
    let vary = HeaderValue::from_static("accept, authorization, accept-encoding");
    headers.insert(header::VARY, vary);
    keep(app, headers, tag, caller);
    response
}

/// Lets caches on the way keep an answer, as far as the settings say.
pub fn may_be_kept(app: &App, response: &mut Response, tag: &Tag, caller: &Caller) {
    let headers = response.headers_mut();
    // Who shows a wrong credential is refused, and not answered by a cache.
    let is_coded = headers.contains_key(header::CONTENT_ENCODING);
    let vary =
        if is_coded { "accept, authorization, accept-encoding" } else { "accept, authorization" };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    keep(app, headers, &tag.to_string(), caller);
}

fn keep(app: &App, headers: &mut HeaderMap, tag: &str, caller: &Caller) {
    let settings = &app.0.config.graphql.cache_control;
    let cache_control = if caller.is_known() { private(settings) } else { settings.clone() };
    for (name, value) in [(header::ETAG, tag), (header::CACHE_CONTROL, &cache_control)] {
        match HeaderValue::from_str(value) {
            Ok(value) if !value.is_empty() => headers.insert(name, value),
            _ => headers.remove(name),
        };
    }
}

/// `cache_control` for an answer that no cache is to keep which several share.
fn private(cache_control: &str) -> String {
    let is_of_shared = |directive: &&str| {
        let name = directive.split('=').next().unwrap_or_default();
        ["public", "private", "s-maxage"].iter().any(|it| name.eq_ignore_ascii_case(it))
    };
    let directives = cache_control.split(',').map(str::trim).filter(|it| !it.is_empty());
    let kept = directives.filter(|directive| !is_of_shared(directive));
    std::iter::once("private").chain(kept).collect::<Vec<_>>().join(", ")
}

fn whole(status: StatusCode, media_type: MediaType, body: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.content_type()),
        (header::VARY, "accept"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Unless it says otherwise: what was asked by POST, or has errors, is of this moment.
        (header::CACHE_CONTROL, "no-store"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, body.into()).into_response()
}

impl App {
    /// `outcome` as JSON.
    ///
    /// # Errors
    /// When it is larger than an answer may be.
    pub fn body(&self, outcome: &Outcome) -> Result<Vec<u8>, Refusal> {
        let most = self.0.config.limits.answer_bytes;
        let mut body = Bounded { bytes: Vec::with_capacity(1024), most };
        match outcome.write(&mut body) {
            Ok(()) => Ok(body.bytes),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(self.too_large()),
            Err(error) => Err(vec![crate::graphql::broken(&error)].into()),
        }
    }

    fn too_large(&self) -> Refusal {
        vec![answer_too_large(self.0.config.limits.answer_bytes)].into()
    }
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
