//! Reading a file, or what is at an address: a little, and soon.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Who is asking.
const USER_AGENT: &str = concat!("packgrid/", env!("CARGO_PKG_VERSION"));

/// How long it may take to reach a server, and how long for all of its answer, or of a file:
/// requests wait.
const CONNECTING: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes that are read, at most.
const LONGEST: usize = 1 << 20;

/// What is at `address`.
///
/// # Errors
/// Says why it was not to be had.
pub async fn address(address: &str) -> Result<Vec<u8>, String> {
    // Whoever was first has installed it; it is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    let is_secure = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let failed = |error: reqwest::Error| with_causes(&error.without_url());
    let client = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECTING)
        .timeout(PATIENCE)
        // Whom a secure server sends on stays secure.
        .https_only(is_secure)
        .build()
        .map_err(failed)?;
    let request = client.get(address).header(ACCEPT, "application/jwk-set+json, application/json");
    let mut response = request.send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(response.status().to_string());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(format!("it is over {LONGEST} bytes"));
        }
    }
    Ok(body)
}

/// What is in the file at `path`. A reading that hangs (of a pipe, or of another machine's disk)
/// cannot be stopped and keeps its thread, so it also keeps its `turn`: each next one would cost one
/// more thread.
///
/// # Errors
/// Says why it was not to be had.
pub async fn file(path: PathBuf, turn: Arc<Semaphore>) -> Result<Vec<u8>, String> {
    let Ok(turn) = turn.try_acquire_owned() else {
        return Err("an earlier reading has not ended yet".to_owned());
    };
    let read = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut text = Vec::new();
        let file = std::fs::File::open(path)?;
        file.take(LONGEST as u64 + 1).read_to_end(&mut text).map(|_| text)
    });
    let Ok(read) = timeout(PATIENCE, read).await else {
        return Err(format!("it took over {} seconds", PATIENCE.as_secs()));
    };
    match read {
        Ok(Ok(text)) if text.len() > LONGEST => Err(format!("it is over {LONGEST} bytes")),
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// An error with what led to it: reqwest's own texts say only the half.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
