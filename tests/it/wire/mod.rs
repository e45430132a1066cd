//! GraphQL over HTTP to the letter, and what is built on it.

mod caching;
mod connections;
mod fuzz;
mod get;
mod hostile;
mod introspection;
mod limits;
mod negotiation;
mod persisted;
mod requests;
mod streams;
mod websocket;

use axum::body::Body;
use axum::http::Request;
use packgrid::config::Config;
use serde_json::Value;

use crate::support::{Answer, App, Backend, TestDatabase};

/// The sample, served by these settings.
async fn configured(backend: Backend, config: Config) -> App {
    App::configured(TestDatabase::sample(backend).await, config).await
}

/// Sends `body` with these headers.
async fn post(app: &App, body: &str, headers: &[(&str, &str)]) -> Answer {
    send(app, Request::post("/graphql").header("content-type", "application/json"), body, headers)
        .await
}

/// Asks for `path` with these headers.
async fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(app, Request::get(path), "", headers).await
}

async fn send(
    app: &App,
    mut request: axum::http::request::Builder,
    body: &str,
    headers: &[(&str, &str)],
) -> Answer {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// `/graphql` with these parameters.
fn address(parameters: &[(&str, &str)]) -> String {
    let mut address = url::Url::parse("http://x/graphql").unwrap();
    address.query_pairs_mut().extend_pairs(parameters);
    format!("/graphql?{}", address.query().unwrap())
}

fn code(answer: &Answer) -> String {
    code_of(&answer.json())
}

fn code_of(answer: &Value) -> String {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}
