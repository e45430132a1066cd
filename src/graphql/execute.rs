//! Executing a request against the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_graphql::parser::parse_query;
use async_graphql::{Request, Response, ServerError};

use super::Schema;
use super::batching::Batching;
use super::context::RequestContext;
use super::errors::{self, ErrorCode, Failure, request_error};
use crate::database::Database;

/// Executes `request` at one moment of `database`, until `deadline` at the latest.
pub async fn execute(
    schema: &Schema,
    database: &Database,
    mut request: Request,
    deadline: Instant,
) -> Response {
    match parse_query(&request.query) {
        Ok(document) => request.set_parsed_query(document),
        Err(error) => {
            let mut error = ServerError::from(error);
            errors::set_code(&mut error, ErrorCode::GraphqlParseFailed);
            return Response::from_errors(vec![error]);
        }
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
        Ok(Some(response)) => response,
        Ok(None) => {
            let error = request_error(ErrorCode::Timeout, "The request took too long");
            Response::from_errors(vec![error])
        }
        Err(error) => {
            let error = async_graphql::Error::from(Failure::from(error));
            Response::from_errors(vec![error.into_server_error(Default::default())])
        }
    };
    errors::finish(response, next_request_id)
}

/// What an error of ours is found by in the log.
fn next_request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
