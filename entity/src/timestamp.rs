//! A point in time, stored as one integer.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;

/// Microseconds since 1970-01-01T00:00:00 UTC.
///
/// Stored as a 64-bit integer on both databases: as text, the drivers of SQLite spell one moment
/// in different ways (`…T05:12:05+00:00` and `… 05:12:05+00:00`), and such texts compare wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The same moment for calendar arithmetic.
    ///
    /// # Errors
    /// When the stored number lies outside the years −9999 to 9999, which no writer of ours stores.
    pub fn to_jiff(self) -> Result<jiff::Timestamp, jiff::Error> {
        jiff::Timestamp::from_microsecond(self.0)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    /// What is finer than a microsecond is cut off.
    fn from(time: jiff::Timestamp) -> Self {
        Self(time.as_microsecond())
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    /// Reads RFC 3339, with any offset.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>().map(Self::from)
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC, the fraction as short as it can be: `2021-10-27T09:12:05Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_jiff() {
            Ok(time) => time.fmt(f),
            Err(_) => write!(f, "{} microseconds since 1970", self.0),
        }
    }
}
