//! async-graphql-axum's handler beside ours, on the same database.
//!
//! Whatever is a proper request has the same answer from both. The rest is why there is a handler
//! of our own: when the stock one learns these things, a test here fails, and ours can go.

use std::time::{Duration, Instant};

use async_graphql::Response;
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use packgrid::auth::Viewer;
use packgrid::config::{Editing, Graphql, Limits};
use packgrid::graphql::{Answer, Outcome, Service};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{App, Backend, on_both};

/// The stock extractor and response around our schema.
fn stock(app: &App) -> Router {
    let service = Service::new(&Graphql::default(), Editing::default(), Limits::default());
    let database = app.database.clone();
    Router::new().route(
        "/graphql",
        axum::routing::any(move |request: GraphQLRequest| async move {
            let deadline = Instant::now() + Duration::from_secs(10);
            let viewer = Viewer::default();
            let response = match service.prepare(request.into_inner()).await {
                Ok(operation) => {
                    let finish = |outcome: Outcome| {
                        let mut text = Vec::new();
                        outcome.write(&mut text).unwrap();
                        serde_json::from_slice(&text).unwrap()
                    };
                    match service
                        .execute(&database, operation, viewer, None, deadline, finish)
                        .await
                    {
                        Answer::Executed { answer: response, .. } => response,
                        Answer::Refused(errors) => Response::from_errors(errors),
                    }
                }
                Err(errors) => Response::from_errors(errors),
            };
            GraphQLResponse::from(response)
        }),
    )
}

async fn send(router: &Router, method: Method, kind: &str, body: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri("/graphql").header("content-type", kind);
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
}

on_both! {
    async fn proper_requests_have_the_same_answer(backend: Backend) {
        let app = App::sample(backend).await;
        let stock = stock(&app);
        for (query, variables) in [
            ("{ packages(first: 3) { nodes { title category { title } } totalCount } }", json!({})),
            ("query ($n: Int) { grids(first: $n) { edges { cursor } } }", json!({"n": 2})),
            ("{ package(slug: \"nothing\") { id } grid(slug: \"admin\") { title } }", json!(null)),
            ("{ __schema { types { name fields { name } } } }", json!({})),
            ("{ packages(first: 101) { nodes { id } } }", json!({})),
        ] {
            let body = json!({"query": query, "variables": variables}).to_string();
            let (status, theirs) = send(&stock, Method::POST, "application/json", &body).await;
            let (our_status, ours) = send(&app.site.router, Method::POST, "application/json", &body).await;
            assert_eq!((status, our_status), (StatusCode::OK, StatusCode::OK));
            let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
            assert_eq!(parse(&theirs), parse(&ours), "{query}");
        }
    }

    async fn what_the_stock_handler_takes(backend: Backend) {
        let app = App::sample(backend).await;
        let stock = stock(&app);
        let query = r#"{"query":"{ __typename }"}"#;
        for (method, kind, ours) in [
            (Method::POST, "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (Method::PUT, "application/json", StatusCode::METHOD_NOT_ALLOWED),
            (Method::DELETE, "application/json", StatusCode::METHOD_NOT_ALLOWED),
        ] {
            let (status, _) = send(&stock, method.clone(), kind, query).await;
            assert_eq!(status, StatusCode::OK, "{method} {kind}");
            let (status, _) = send(&app.site.router, method.clone(), kind, query).await;
            assert_eq!(status, ours, "{method} {kind}");
        }
    }
}
