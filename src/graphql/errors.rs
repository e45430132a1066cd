//! Errors as clients see them: a closed list of codes, the user's mistakes apart from ours.

use std::fmt;
use std::sync::Arc;

use async_graphql::{
    Context, Error, ErrorExtensionValues, PathSegment, QueryPathSegment, Response, ServerError,
    Value,
};

use crate::catalog::LookupError;
use crate::database::DatabaseError;

/// Every value of an error's `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is no GraphQL request: its body is not JSON, or not of the right shape.
    BadRequest,
    /// The document cannot be parsed.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// An argument has a value that the field does not take.
    BadUserInput,
    /// The body is larger than the server takes.
    PayloadTooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The path takes no request of this method.
    MethodNotAllowed,
    /// The request took longer than the server lets it.
    Timeout,
    /// Too many requests are waiting; the same one may succeed later.
    ServiceUnavailable,
    /// Our fault; logged under the `requestId` beside it.
    InternalServerError,
}

impl ErrorCode {
    /// The code as it is spelled in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::Timeout => "TIMEOUT",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

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
        Self { code: ErrorCode::BadUserInput, message: message.into(), details: Details::default() }
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
            DatabaseError::Busy => (ErrorCode::ServiceUnavailable, "The server is busy; try later"),
            DatabaseError::TimedOut => (ErrorCode::Timeout, "The request took too long"),
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
pub(super) fn finish(mut response: Response, request_id: impl Fn() -> String) -> Response {
    for error in &mut response.errors {
        if let Some(path) = error.source::<Details>().and_then(|details| details.path.clone()) {
            error.path = path.to_vec();
        }
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code")).cloned();
        match code {
            Some(Value::String(code)) if code == ErrorCode::InternalServerError.as_str() => {
                let id = request_id();
                let cause = error.source::<Details>().and_then(|details| details.cause.clone());
                tracing::error!(request_id = id, ?cause, path = ?error.path, "a request failed");
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
    response
}
