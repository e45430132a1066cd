use serde::Deserialize;

/// `[limits]`: what one request may ask for.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body. A query that people or generated clients send has a few
    /// kilobytes; this leaves room for large variables.
    pub body_bytes: usize,
    /// Seconds from the last byte of a request until its answer; then it is given up, and the
    /// statement it is waiting for is stopped. Its body may take as long again to arrive.
    pub request_seconds: u64,
}

impl Limits {
    /// Whether the limits make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.request_seconds {
            1..=86_400 => Ok(()),
            seconds => {
                Err(format!("limits.request_seconds is {seconds}; it is from 1 to 86400, a day"))
            }
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, request_seconds: 10 }
    }
}
