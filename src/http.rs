//! The server: GraphQL over HTTP, GraphiQL, and what operators look at.

mod graphiql;
mod graphql;
mod health;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::Limits;
use crate::database::Database;
use crate::graphql::{ErrorCode, Schema, schema};

/// What the handlers share.
#[derive(Clone)]
struct App(Arc<Shared>);

struct Shared {
    schema: Schema,
    /// The schema's text, as `GET /schema.graphql` gives it.
    sdl: String,
    database: Database,
    limits: Limits,
}

/// Every route of the server.
pub fn router(database: Database, limits: Limits) -> Router {
    let schema = schema();
    let sdl = crate::graphql::sdl(&schema);
    let app = App(Arc::new(Shared { schema, sdl, database, limits }));
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphiql") }))
        .route("/graphql", axum::routing::post(graphql::post).fallback(graphql::other_method))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/", get(|| async { Redirect::permanent("/graphiql") }))
        .route("/graphiql/{*file}", get(graphiql::asset))
        .route("/schema.graphql", get(schema_text))
        .route("/healthz", get(health::healthz))
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}

/// The longest that a request may take to be answered.
pub fn request_timeout(limits: &Limits) -> Duration {
    Duration::from_secs(limits.request_seconds)
}

async fn schema_text(
    axum::extract::State(App(app)): axum::extract::State<App>,
) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.sdl.clone())
}

async fn not_found() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        "There is nothing here. /graphql is the API, /graphiql a place to try it.\n",
    )
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    // The panic itself has been logged where it happened.
    graphql::refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::InternalServerError,
        "Internal server error",
    )
}
