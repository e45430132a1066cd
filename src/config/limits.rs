use serde::Deserialize;

/// `[limits]`: what one request may ask for.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body. A query that people or generated clients send has a few
    /// kilobytes; this leaves room for large variables.
    pub body_bytes: usize,
    /// Seconds from the last byte of a request until its answer; then it is given up, and the
    /// statement it is waiting for is stopped.
    pub request_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, request_seconds: 10 }
    }
}
