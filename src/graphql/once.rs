//! Mutations that have an effect once, however often they are sent: see `editing::idempotency`.

use std::time::Instant;

use async_graphql::{Request, Response};
use sha2::{Digest, Sha256};

use super::errors::{ErrorCode, Failure, has_code};
use super::mutation::key_reused;
use crate::auth::Viewer;
use crate::clock;
use crate::database::{Database, Snapshot};
use crate::editing::idempotency::{self, Known, Retry};

/// Bytes of an answer that is kept, at most. What came of each edit is kept in any case; of a larger
/// answer the rest is read again.
const LARGEST: usize = 256 * 1024;

/// The request with this key of `viewer`, whose answers are kept for so many seconds; null of nobody,
/// who cannot edit anyway.
pub fn retry(request: &Request, viewer: &Viewer, key: String, seconds: u64) -> Option<Retry> {
    let owner = viewer.key.clone()?;
    let variables = serde_json::to_string(&request.variables).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [&request.query, request.operation_name.as_deref().unwrap_or_default(), &variables]
    {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let request = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = i64::try_from(seconds.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
    Some(Retry { owner, key, request, kept })
}

/// The answer that was given to this request before; null if none was.
///
/// # Errors
/// When the key is another request's, or what the database says.
pub async fn answered(
    database: &Database,
    retry: &Retry,
    deadline: Instant,
) -> Result<Option<Response>, Failure> {
    let asked = retry.clone();
    let look = |snapshot: Snapshot| async move {
        idempotency::look(&snapshot, &asked, clock::now()).await
    };
    match database.read(deadline, look).await?? {
        Known::Nothing => Ok(None),
        Known::Another => Err(key_reused()),
        Known::Answer(text) => serde_json::from_str(&text).map(Some).map_err(Failure::broken),
    }
}

/// Keeps an answer, unless it is one of the server's own failures, or that the key is another
/// request's.
pub async fn keep(database: &Database, retry: &Retry, response: &Response, deadline: Instant) {
    let passes = [ErrorCode::InternalServerError, ErrorCode::IdempotencyKeyReused];
    if response.errors.iter().any(|error| passes.iter().any(|code| has_code(error, *code))) {
        return;
    }
    let Ok(text) = serde_json::to_string(response) else {
        return;
    };
    if text.len() > LARGEST {
        return;
    }
    let kept = idempotency::keep_answer(database, retry, &text, clock::now(), deadline);
    if let Err(error) = kept.await {
        // What came of each edit has been kept with it.
        tracing::warn!(%error, "an answer could not be kept");
    }
}
