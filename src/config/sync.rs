use std::path::PathBuf;

use derive_where::derive_where;
use serde::Deserialize;

/// `[sync]`: how a directory is fetched from the API of another, and kept in step with it.
#[derive(Clone, Deserialize)]
#[derive_where(Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Sync {
    /// The address of the API that `serve` keeps in step with, such as
    /// `https://example.org/api/v4/`; without one, it does not.
    #[derive_where(skip(Debug))]
    pub source: Option<String>,
    /// Seconds from the end of one pass to the beginning of the next.
    pub every_seconds: u64,
    /// Whether rows are deleted that the source has no more, unless they are suspiciously many.
    pub prune: bool,
    /// Records of a page that is asked for.
    pub page: u32,
    /// Requests under way at a time.
    pub concurrency: u32,
    /// Requests that are begun in a second, at most.
    pub requests_per_second: u32,
    /// How often something is asked for that fails in a way that may pass, and how often a list is
    /// walked that changes meanwhile.
    pub attempts: u32,
    /// Milliseconds until the second attempt; the pauses after it grow, each twice the last one.
    pub pause_millis: u64,
    /// Seconds for which a source may be silent before the request is given up.
    pub silence_seconds: u64,
    /// Seconds that a request may take in all.
    pub request_seconds: u64,
    /// The longest pause that a source may ask for, in seconds.
    pub patience_seconds: u64,
    /// Where pages are kept until all of them are there, so that what was interrupted goes on where
    /// it was; without one, a folder in the user's cache.
    pub folder: Option<PathBuf>,
    /// Bytes of a page, at most.
    pub page_bytes: u64,
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            source: None,
            every_seconds: 3600,
            prune: false,
            page: 500,
            concurrency: 3,
            requests_per_second: 10,
            attempts: 6,
            pause_millis: 500,
            silence_seconds: 60,
            request_seconds: 600,
            patience_seconds: 300,
            folder: None,
            page_bytes: 256 << 20,
        }
    }
}

impl Sync {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, number, least, most) in [
            ("every_seconds", self.every_seconds, 1, 31_536_000),
            ("page", self.page.into(), 1, 100_000),
            ("concurrency", self.concurrency.into(), 1, 100),
            ("requests_per_second", self.requests_per_second.into(), 1, 10_000),
            ("attempts", self.attempts.into(), 1, 100),
            ("pause_millis", self.pause_millis, 1, 3_600_000),
            ("silence_seconds", self.silence_seconds, 1, 86_400),
            ("request_seconds", self.request_seconds, 1, 86_400),
            ("patience_seconds", self.patience_seconds, 1, 86_400),
            ("page_bytes", self.page_bytes, 1024, 1 << 34),
        ] {
            super::within("sync", name, number as usize, least, most)?;
        }
        Ok(())
    }
}
