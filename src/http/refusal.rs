//! Why a request has no data for an answer.

use async_graphql::ServerError;
use axum::http::StatusCode;

use super::RETRY_SECONDS;
use crate::graphql::{ErrorCode, has_code, request_error};

/// A request that was refused as a whole.
#[derive(Debug)]
pub struct Refusal {
    /// The status that is to be answered, whatever the client takes; null when it depends on that.
    status: Option<StatusCode>,
    pub errors: Vec<ServerError>,
    /// Seconds after which the same request may succeed.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// What is no well-formed request.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::http(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
    }

    /// What HTTP has a status for.
    pub fn http(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        let errors = vec![request_error(code, message)];
        Self { status: Some(status), errors, retry_after: None }
    }

    /// A well-formed request that cannot be executed.
    pub fn request(code: ErrorCode, message: impl Into<String>) -> Self {
        vec![request_error(code, message)].into()
    }

    /// To be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Whether it has a status of HTTP's own.
    pub fn is_of_http(&self) -> bool {
        self.status.is_some()
    }

    /// Whether a credential was not right.
    pub fn is_of_credential(&self) -> bool {
        self.status == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether the client has used up what it may.
    pub fn is_of_rate(&self) -> bool {
        self.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// The status of the answer. Clients of `application/json` expect 200 for whatever is a
    /// well-formed request, except where the server could not do its work.
    pub fn status(&self, graphql_response: bool) -> StatusCode {
        let any = |code| self.errors.iter().any(|error| has_code(error, code));
        if let Some(status) = self.status {
            status
        } else if any(ErrorCode::ServiceUnavailable) || any(ErrorCode::Timeout) {
            StatusCode::SERVICE_UNAVAILABLE
        } else if any(ErrorCode::InternalServerError) {
            StatusCode::INTERNAL_SERVER_ERROR
        } else if graphql_response {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        }
    }
}

impl From<Vec<ServerError>> for Refusal {
    fn from(errors: Vec<ServerError>) -> Self {
        let waits = errors.iter().any(|error| has_code(error, ErrorCode::ServiceUnavailable));
        Self { status: None, errors, retry_after: waits.then_some(RETRY_SECONDS) }
    }
}
