//! The only place that asks what time it is.

use entity::Timestamp;

/// The time now.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}
