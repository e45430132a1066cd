//! What the cache had to do with an answer, for whoever looks at its headers.

use std::fmt::Write;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Response};

use super::Kept;

/// `Cache-Status` (RFC 9211).
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What the cache had to do with an answer.
#[derive(Clone, Copy, Debug)]
pub enum Status {
    /// It was kept.
    Hit { revision: Option<i64>, age: Duration },
    /// Another request was being executed for it, which asked the same.
    Collapsed { revision: Option<i64> },
    /// It was not there, or not right any more.
    Miss { revision: Option<i64>, stored: bool },
    /// The cache was not asked, or could not be.
    Bypass,
}

impl Status {
    pub fn hit(kept: &Kept) -> Self {
        Self::Hit { revision: kept.revision, age: kept.age() }
    }

    /// Says so in the headers of an answer.
    ///
    /// There is no `Age`: by that a cache on the way would take an answer that was found right this
    /// moment for as old as its text is.
    pub fn mark<B>(self, response: &mut Response<B>) {
        if let Ok(value) = HeaderValue::try_from(self.value()) {
            response.headers_mut().insert(CACHE_STATUS, value);
        }
    }

    fn value(self) -> String {
        let mut value = String::with_capacity(64);
        value.push_str("packgrid; ");
        let (words, revision, age) = match self {
            Self::Hit { revision, age } => ("hit", revision, Some(age)),
            Self::Collapsed { revision } => ("fwd=miss; collapsed", revision, None),
            Self::Miss { revision, stored: true } => ("fwd=miss; stored", revision, None),
            Self::Miss { revision, stored: false } => ("fwd=miss", revision, None),
            Self::Bypass => ("fwd=bypass", None, None),
        };
        value.push_str(words);
        // Writing to a text does not fail.
        let _ = match (revision, age.map(|age| age.as_secs())) {
            (Some(revision), Some(age)) => {
                write!(value, "; detail=\"revision={revision}; age={age}\"")
            }
            (Some(revision), None) => write!(value, "; detail=\"revision={revision}\""),
            (None, Some(age)) => write!(value, "; detail=\"age={age}\""),
            (None, None) => Ok(()),
        };
        value
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Status;

    #[test]
    fn is_spelled_by_the_rfc() {
        let age = Duration::from_millis(12_900);
        for (status, value) in [
            (
                Status::Hit { revision: Some(7), age },
                "packgrid; hit; detail=\"revision=7; age=12\"",
            ),
            (Status::Hit { revision: None, age }, "packgrid; hit; detail=\"age=12\""),
            (
                Status::Collapsed { revision: Some(7) },
                "packgrid; fwd=miss; collapsed; detail=\"revision=7\"",
            ),
            (
                Status::Miss { revision: Some(7), stored: true },
                "packgrid; fwd=miss; stored; detail=\"revision=7\"",
            ),
            (Status::Miss { revision: None, stored: false }, "packgrid; fwd=miss"),
            (Status::Bypass, "packgrid; fwd=bypass"),
        ] {
            assert_eq!(status.value(), value);
        }
    }
}
