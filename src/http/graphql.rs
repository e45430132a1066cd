//! GraphQL over HTTP, by a handler of our own: async-graphql-axum's takes mutations by GET and
//! bodies past the limit, answers 200 for everything and does not look at Accept.

use std::time::Instant;

use async_graphql::{Response as GraphqlResponse, ServerError, Variables};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Deserialize, Serialize};

use super::App;
use crate::graphql::{ErrorCode, execute, has_code, request_error};

/// The media type that the GraphQL-over-HTTP specification made for answers.
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

const JSON: &str = "application/json";

/// The parameters of a request, as the specification names them; null is as good as absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// `POST /graphql`.
pub async fn post(State(App(app)): State<App>, request: Request) -> Response {
    let patience = super::request_timeout(&app.limits);
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::UnsupportedMediaType,
            "The body must be application/json",
        );
    }
    let limit = app.limits.body_bytes;
    let body = match tokio::time::timeout(patience, read(body, limit)).await {
        Ok(Ok(body)) => body,
        Err(_) => {
            return refusal(
                StatusCode::REQUEST_TIMEOUT,
                ErrorCode::Timeout,
                "The body did not arrive in time",
            );
        }
        Ok(Err(Unread::TooLarge)) => {
            return refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                ErrorCode::PayloadTooLarge,
                format!("The body must not be over {limit} bytes"),
            );
        }
        Ok(Err(Unread::Broken)) => {
            return bad_request("The body did not arrive whole");
        }
    };
    let deadline = Instant::now() + patience;
    let parameters: Parameters = match serde_json::from_slice(&body) {
        Ok(parameters) => parameters,
        Err(error) => return bad_request(format!("The body is no GraphQL request: {error}")),
    };
    let Some(query) = parameters.query else {
        return bad_request("The body has no `query`");
    };
    let mut request = async_graphql::Request::new(query);
    if let Some(name) = parameters.operation_name {
        request = request.operation_name(name);
    }
    if let Some(variables) = parameters.variables {
        request = request.variables(variables);
    }
    // Nothing looks at them yet; taking them is what the specification asks for.
    drop(parameters.extensions);
    let response = execute(&app.schema, &app.database, request, deadline).await;
    answer(response, wants_graphql_response(&parts.headers))
}

/// Whatever is not POST.
pub async fn other_method() -> Response {
    let refusal = refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::MethodNotAllowed,
        "Send queries by POST, as application/json",
    );
    ([(header::ALLOW, "POST")], refusal).into_response()
}

enum Unread {
    TooLarge,
    Broken,
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Unread> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(_) => Err(Unread::Broken),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(JSON))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

fn wants_graphql_response(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|kind| kind.trim() == GRAPHQL_RESPONSE))
}

/// The answer to a request that was refused as a whole: no `data`.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

fn answer(response: GraphqlResponse, graphql_response: bool) -> Response {
    // Refused before anything ran: an error of execution has a path.
    let refused = response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    let status =
        if refused { refused_status(&response.errors, graphql_response) } else { StatusCode::OK };
    let body = if refused {
        serde_json::to_vec(&Errors { errors: &response.errors })
    } else {
        serde_json::to_vec(&response)
    };
    let media_type = if graphql_response { GRAPHQL_RESPONSE } else { JSON };
    match body {
        Ok(body) => json(status, media_type, body),
        Err(error) => {
            tracing::error!(%error, "an answer has no JSON form");
            refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::InternalServerError,
                "Internal server error",
            )
        }
    }
}

/// Clients of `application/json` expect 200 whenever there is an answer at all, except where the
/// server could not do its work.
fn refused_status(errors: &[ServerError], graphql_response: bool) -> StatusCode {
    let any = |code| errors.iter().any(|error| has_code(error, code));
    if any(ErrorCode::ServiceUnavailable) || any(ErrorCode::Timeout) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if any(ErrorCode::InternalServerError) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if graphql_response {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

fn bad_request(message: impl Into<String>) -> Response {
    refusal(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
}

/// An answer that says why there is none.
pub fn refusal(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Response {
    let errors = [request_error(code, message)];
    let body = serde_json::to_vec(&Errors { errors: &errors }).unwrap_or_default();
    json(status, JSON, body)
}

fn json(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let content_type = if media_type == JSON {
        "application/json; charset=utf-8"
    } else {
        "application/graphql-response+json; charset=utf-8"
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::VARY, "Accept"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body).into_response()
}
