//! Errors as clients see them: a closed list of codes, the user's mistakes apart from ours.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::{
    Context, Error, ErrorExtensionValues, PathSegment, QueryPathSegment, Response, ServerError,
    Value,
};

use crate::catalog::LookupError;
use crate::config::Limits;
use crate::database::DatabaseError;

macro_rules! codes {
    ($($(#[$meta:meta])* $code:ident = $name:literal,)*) => {
        /// Every value of an error's `extensions.code`. `docs/http.md` tells clients.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {$(
            $(#[$meta])*
            $code,
        )*}

        impl ErrorCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The code as it is spelled in answers.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

codes! {
    /// The request is no GraphQL request: its body is not JSON, or not of the right shape.
    BadRequest = "BAD_REQUEST",
    /// The document cannot be parsed.
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED",
    /// The document does not fit the schema.
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED",
    /// The document has no operation of that name, or several and the request names none.
    OperationResolutionFailure = "OPERATION_RESOLUTION_FAILURE",
    /// A variable or an argument has a value that it does not take.
    BadUserInput = "BAD_USER_INPUT",
    /// The operation could cost more than the server lets it.
    CostTooHigh = "COST_ESTIMATED_TOO_EXPENSIVE",
    /// The client has used up what it may use for now; `Retry-After` says when to come back.
    RateLimited = "RATE_LIMITED",
    /// No document is known by this id, or by this hash; send it along.
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND",
    /// No trusted document has this id.
    PersistedQueryNotInList = "PERSISTED_QUERY_NOT_IN_LIST",
    /// The server knows no documents by ids.
    PersistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED",
    /// The server executes trusted documents only.
    PersistedQueryIdRequired = "PERSISTED_QUERY_ID_REQUIRED",
    /// Subscriptions go over WebSocket or as `text/event-stream`.
    SubscriptionTransportRequired = "SUBSCRIPTION_TRANSPORT_REQUIRED",
    /// The body is larger than the server takes.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE",
    /// The body is not `application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// The credential that was shown is not right, or not any more.
    Unauthenticated = "UNAUTHENTICATED",
    /// Who asks may not do this.
    Forbidden = "FORBIDDEN",
    /// The `Idempotency-Key` is that of another request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// The client takes no media type that the server could answer with.
    NotAcceptable = "NOT_ACCEPTABLE",
    /// Nothing is served at this path.
    NotFound = "NOT_FOUND",
    /// The path takes no request of this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// The answer is larger than the server lets it be.
    AnswerTooLarge = "ANSWER_TOO_LARGE",
    /// The request itself did not arrive in time.
    RequestTimeout = "REQUEST_TIMEOUT",
    /// The request took longer than the server lets it.
    Timeout = "TIMEOUT",
    /// Too many requests are waiting, or the database cannot be reached; the same request may
    /// succeed later.
    ServiceUnavailable = "SERVICE_UNAVAILABLE",
    /// Our fault; logged under the `requestId` beside it.
    InternalServerError = "INTERNAL_SERVER_ERROR",
}

/// What a client is told when the database cannot be reached. The log says so once, and why.
const UNREACHABLE: &str = "The database cannot be reached; try again later";

/// Why a field could not be resolved.
///
/// It has no `Display`, because async-graphql makes an error without a code of whatever has one.
#[derive(Clone, Debug)]
pub struct Failure {
    code: ErrorCode,
    message: String,
    details: Details,
}

/// What goes with an error on its way through async-graphql, and not to the client.
#[derive(Clone, Debug, Default)]
struct Details {
    /// What happened, for the log; null for the user's mistakes.
    cause: Option<Arc<str>>,
    /// The field that failed. async-graphql 8.0.0-rc.5 cuts the path of an error below a list off
    /// at the list's item.
    path: Option<Arc<[PathSegment]>>,
}

impl Failure {
    /// A mistake of the user's, in words that say how to mend it.
    pub fn user(message: impl Into<String>) -> Self {
        Self::of(ErrorCode::BadUserInput, message)
    }

    /// With this code, in words that say how to mend it.
    pub fn of(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Details::default() }
    }

    /// A mistake of ours.
    pub fn broken(cause: impl fmt::Display) -> Self {
        Self {
            code: ErrorCode::InternalServerError,
            message: "Internal server error".to_owned(),
            details: Details { cause: Some(cause.to_string().into()), path: None },
        }
    }

    /// The same, of the field that `ctx` is about.
    #[must_use]
    pub fn at(mut self, ctx: &Context<'_>) -> Self {
        if self.details.path.is_none() {
            let mut path = Vec::new();
            let mut next = ctx.path_node.as_ref();
            while let Some(node) = next {
                path.push(match node.segment {
                    QueryPathSegment::Index(index) => PathSegment::Index(index),
                    QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
                });
                next = node.parent;
            }
            path.reverse();
            self.details.path = Some(path.into());
        }
        self
    }
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        Self::from(error.as_ref())
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::from(&error)
    }
}

impl From<&DatabaseError> for Failure {
    fn from(error: &DatabaseError) -> Self {
        let (code, message) = match error {
            DatabaseError::Busy | DatabaseError::Locked => {
                (ErrorCode::ServiceUnavailable, "The server is busy; try later")
            }
            DatabaseError::TimedOut => (ErrorCode::Timeout, "The request took too long"),
            error if error.is_unreachable() => (ErrorCode::ServiceUnavailable, UNREACHABLE),
            other => return Self::broken(other),
        };
        let details = Details { cause: Some(error.to_string().into()), path: None };
        Self { code, message: message.to_owned(), details }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", failure.code.as_str());
        Self {
            message: failure.message,
            source: Some(Arc::new(failure.details)),
            extensions: Some(extensions),
        }
    }
}

/// An error of a whole request.
pub fn request_error(code: ErrorCode, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

/// That an answer would have over `most` bytes.
pub fn answer_too_large(most: usize) -> ServerError {
    let message =
        format!("The answer would be over {most} bytes; ask for smaller pages, or for less");
    request_error(ErrorCode::AnswerTooLarge, message)
}

/// An error of a whole request that is our fault: logged, and masked to the client.
pub fn broken(cause: &dyn fmt::Display) -> ServerError {
    let id = next_request_id();
    tracing::error!(request_id = id, %cause, "a request failed");
    let mut error = request_error(ErrorCode::InternalServerError, "Internal server error");
    error.extensions.get_or_insert_default().set("requestId", id);
    error
}

/// What an error of ours is found by in the log.
fn next_request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Sets `extensions.code`.
pub(super) fn set_code(error: &mut ServerError, code: ErrorCode) {
    error.extensions.get_or_insert_default().set("code", code.as_str());
}

/// Whether `extensions.code` is this one.
pub fn has_code(error: &ServerError, code: ErrorCode) -> bool {
    let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    matches!(found, Some(Value::String(found)) if found == code.as_str())
}

/// What to write instead, where async-graphql says only what it did not expect.
fn hint(message: &str) -> Option<&'static str> {
    let expected = message.strip_prefix("Expected input type \"")?.split('"').next()?;
    if expected.ends_with("Filter") {
        Some("; a filter is an object, such as { eq: … }")
    } else if expected.ends_with("Order") {
        Some("; a key of an order is an object, such as { field: TITLE, direction: DESC }")
    } else {
        None
    }
}

/// Gives every error of an executed request its code, and logs what is our fault.
///
/// What async-graphql itself finds has none: without a path it failed validation, with one an
/// argument's value was refused.
pub(super) fn finish(mut response: Response, limits: &Limits) -> Response {
    for error in &mut response.errors {
        if let Some(path) = error.source::<Details>().and_then(|details| details.path.clone()) {
            error.path = path.to_vec();
        }
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code")).cloned();
        match code {
            Some(Value::String(code)) if is_ours(&code) => {
                let id = next_request_id();
                let cause = error.source::<Details>().and_then(|details| details.cause.clone());
                if code == ErrorCode::InternalServerError.as_str() {
                    tracing::error!(request_id = id, ?cause, path = ?error.path, "a request failed");
                } else if error.message == UNREACHABLE {
                    tracing::debug!(request_id = id, ?cause, "a request was given up");
                } else {
                    tracing::warn!(request_id = id, code, "a request was given up");
                }
                error.extensions.get_or_insert_default().set("requestId", id);
            }
            Some(_) => {}
            None if error.path.is_empty() => set_code(error, ErrorCode::GraphqlValidationFailed),
            None => {
                if let Some(hint) = hint(&error.message) {
                    error.message.push_str(hint);
                }
                set_code(error, ErrorCode::BadUserInput);
            }
        }
    }
    response.errors = cap(response.errors, limits);
    response
}

/// Whether an error with this code is our fault, or that of the load.
fn is_ours(code: &str) -> bool {
    [ErrorCode::InternalServerError, ErrorCode::ServiceUnavailable, ErrorCode::Timeout]
        .iter()
        .any(|ours| ours.as_str() == code)
}

/// As many errors as an answer may have, with messages as long as they may be.
pub(super) fn cap(mut errors: Vec<ServerError>, limits: &Limits) -> Vec<ServerError> {
    let more = errors.len().saturating_sub(limits.errors);
    errors.truncate(limits.errors);
    for error in &mut errors {
        let most = limits.error_message_bytes;
        if error.message.len() > most {
            const MARK: &str = " […] ";
            // Both ends matter: what it begins with, and what to do about it.
            let start = error.message.floor_char_boundary((most - MARK.len()) / 2);
            let rest = most - MARK.len() - start;
            let end = error.message.ceil_char_boundary(error.message.len() - rest);
            error.message.replace_range(start..end, MARK);
        }
    }
    if more > 0
        && let Some(last) = errors.last_mut()
    {
        last.message.push_str(&format!(" (and {more} more errors, which are left out)"));
    }
    errors
}
