//! Executing a request against the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_graphql::parser::parse_query;
use async_graphql::{Request, Response, ServerError};

use super::Schema;
use super::batching::Batching;
use super::context::RequestContext;
use super::errors::{self, ErrorCode, Failure, request_error};
use super::limits::{self, Refused};
use crate::database::Database;

/// Executes `request` at one moment of `database`, until `deadline` at the latest.
pub async fn execute(
    schema: &Schema,
    database: &Database,
    mut request: Request,
    deadline: Instant,
) -> Response {
    if let Err(error) = parse(&mut request) {
        return Response::from_errors(vec![error]);
    }
    let schema = schema.clone();
    let executed = database
        .read(deadline, move |snapshot| async move {
            let batching = Batching::default();
            let request = request.data(RequestContext::new(snapshot, &batching));
            let run = batching.run(schema.execute(request));
            tokio::time::timeout_at(deadline.into(), run).await.ok()
        })
        .await;
    let response = match executed {
        // Out of time, or out of connections: half an answer would be taken for a whole one.
        Ok(Some(mut response)) if let Some(index) = response.errors.iter().position(gives_up) => {
            let mut error = response.errors.swap_remove(index);
            error.path.clear();
            error.locations.clear();
            error.source = None;
            Response::from_errors(vec![error])
        }
        Ok(Some(response)) => response,
        Ok(None) => {
            let error = request_error(ErrorCode::Timeout, "The request took too long");
            Response::from_errors(vec![error])
        }
        Err(error) => {
            let error = async_graphql::Error::from(Failure::from(error));
            // Of no field and no place in the document.
            let mut error = error.into_server_error(Default::default());
            error.locations.clear();
            Response::from_errors(vec![error])
        }
    };
    errors::finish(response, next_request_id)
}

/// Parses the request's document, unless it is one that would bring the server down.
fn parse(request: &mut Request) -> Result<(), ServerError> {
    limits::check_text(&request.query).map_err(|refused| match refused {
        Refused::TooDeep => request_error(
            ErrorCode::GraphqlValidationFailed,
            "The document has too many brackets within brackets",
        ),
        Refused::EndlessString => request_error(
            ErrorCode::GraphqlParseFailed,
            "Syntax error: a block string (\"\"\") has no end",
        ),
    })?;
    if limits::values_too_deep(&request.query, &request.variables) {
        let message = "An argument's value has too many brackets within brackets";
        return Err(request_error(ErrorCode::GraphqlValidationFailed, message));
    }
    let document = parse_query(&request.query).map_err(|error| {
        let mut error = ServerError::from(error);
        // The parser draws the line that it means, which may be the whole document.
        if let Some((_, said)) = error.message.rsplit_once("  = ") {
            error.message = format!("Syntax error: {said}");
        }
        errors::set_code(&mut error, ErrorCode::GraphqlParseFailed);
        error
    })?;
    if limits::too_large(&document, &request.variables) {
        let message = "The document is too large once its fragments and variables are spelled out";
        return Err(request_error(ErrorCode::GraphqlValidationFailed, message));
    }
    request.set_parsed_query(document);
    Ok(())
}

/// Whether the whole request has failed by this error of one field.
fn gives_up(error: &ServerError) -> bool {
    [ErrorCode::Timeout, ErrorCode::ServiceUnavailable]
        .iter()
        .any(|code| errors::has_code(error, *code))
}

/// What an error of ours is found by in the log.
fn next_request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
