//! What load balancers and supervisors ask.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::App;
use crate::database::DatabaseError;
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
    /// Why requests cannot be answered, as far as everybody may know; absent when they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// How the directory keeps in step with its source; null when this server does not see to that.
    sync: Option<SyncStanding>,
}

/// Whether the database answers. A sync that fails does not make a server unfit: what it serves is
/// older, and no less right.
pub async fn readyz(State(App(app)): State<App>) -> Response {
    let revision = app.database.revision(App(app.clone()).deadline()).await;
    let (code, status, reason) = match &revision {
        Ok(_) => (StatusCode::OK, "ready", None),
        // That is in the log already, once.
        Err(error) if error.is_unreachable() => {
            let reason = "the database cannot be reached";
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(reason))
        }
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            let reason = match error {
                DatabaseError::Busy => "too many requests are waiting for the database",
                DatabaseError::TimedOut => "the database took too long",
                _ => "the database failed; the log tells why",
            };
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(reason))
        }
    };
    let sync = app.sync.as_ref().map(|sync| sync.now());
    let readiness = Readiness { status, revision: revision.ok(), reason, sync };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(readiness)).into_response()
}
