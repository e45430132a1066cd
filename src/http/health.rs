//! What load balancers and supervisors ask.

use axum::response::IntoResponse;

/// The process is alive and answers. It asks nothing of the database: a slow database is no reason
/// to restart the server.
pub async fn healthz() -> impl IntoResponse {
    "ok\n"
}
