//! What load balancers and supervisors ask.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::App;
use crate::exchange::SyncStanding;

/// The process is alive and answers. It asks nothing of the database: a slow database is no reason
/// to restart the server.
pub async fn healthz() -> impl IntoResponse {
    "ok\n"
}

/// Whether requests can be answered, and where things stand.
#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    /// The directory's revision; null when it cannot be read.
    revision: Option<i64>,
    /// How the directory keeps in step with its source; null when this server does not see to that.
    sync: Option<SyncStanding>,
}

/// Whether the database answers. A sync that fails does not make a server unfit: what it serves is
/// older, and no less right.
pub async fn readyz(State(App(app)): State<App>) -> Response {
    let revision = app.database.revision(App(app.clone()).deadline()).await;
    let (code, status) = match &revision {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    };
    let sync = app.sync.as_ref().map(|sync| sync.now());
    let readiness = Readiness { status, revision: revision.ok(), sync };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(readiness)).into_response()
}
