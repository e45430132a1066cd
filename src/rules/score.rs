//! What a package is worth: its stars, less what speaks against it.
//!
//! `max(-500, trunc(stars − ⌊months since the last commit / 3⌋ · stars / 10 − (Python 3 ? 0 :
//! min(0.3 · stars, 1000))))`, the rule of the directories that the REST API serves. In whole
//! tenths, so that it is exact.

use jiff::civil::DateTime;
use jiff::{Timestamp, Unit, tz::TimeZone};

const LEAST: i64 = -500;

/// What a score is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Stars of the repository, not negative.
    pub stars: i32,
    /// Whole quarters of a year without a commit; see [`quarters`].
    pub quarters: i32,
    /// Whether it is known to work with Python 3.
    pub python3: bool,
}

/// Whole quarters of a year from `last_commit` until `now`, by the calendar in UTC. A commit at an
/// unknown time counts as one quarter ago, and one in the future as now.
pub fn quarters(last_commit: Option<Timestamp>, now: Timestamp) -> i32 {
    let Some(last_commit) = last_commit else {
        return 1;
    };
    let date = |time: Timestamp| -> DateTime { time.to_zoned(TimeZone::UTC).datetime() };
    let months =
        date(last_commit).until((Unit::Month, date(now))).map_or(0, |span| span.get_months());
    (months / 3).max(0)
}

impl Facts {
    /// What is lost for want of commits, in tenths of a point.
    pub fn inactivity_tenths(self) -> i64 {
        i64::from(self.quarters) * i64::from(self.stars)
    }

    /// What is lost for want of Python 3, in tenths of a point.
    pub fn python3_tenths(self) -> i64 {
        if self.python3 { 0 } else { (3 * i64::from(self.stars)).min(10_000) }
    }

    /// The score.
    pub fn score(self) -> i32 {
        let tenths = 10 * i64::from(self.stars) - self.inactivity_tenths() - self.python3_tenths();
        // Between the least and the stars, which have 32 bits.
        (tenths / 10).max(LEAST) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, quarters};

    #[test]
    fn scores() {
        for (stars, quarters, python3, score) in [
            (0, 0, true, 0),
            (0, 9, false, 0),
            (322, 0, true, 322),
            (322, 0, false, 225),
            (322, 1, true, 289),
            (322, 20, true, -322),
            (9, 1, true, 8),
            (9, 0, false, 6),
            (1, 11, true, 0),
            (1, 20, true, -1),
            (5_000, 0, false, 4_000),
            (5_000, 40, false, -500),
            (i32::MAX, 0, true, i32::MAX),
            (i32::MAX, 100_000, false, -500),
        ] {
            assert_eq!(Facts { stars, quarters, python3 }.score(), score, "{stars} {quarters}");
        }
    }

    #[test]
    fn quarters_by_the_calendar() {
        let time = |text: &str| text.parse().unwrap();
        let now = time("2026-11-24T12:00:00Z");
        for (last, expected) in [
            ("2026-11-24T12:00:00Z", 0),
            ("2026-08-24T12:00:01Z", 0),
            ("2026-08-24T12:00:00Z", 1),
            ("2026-05-24T12:00:01Z", 1),
            ("2025-11-24T12:00:00Z", 4),
            ("2021-10-27T09:12:05Z", 20),
            ("2027-11-24T12:00:00Z", 0),
        ] {
            assert_eq!(quarters(Some(time(last)), now), expected, "{last}");
        }
        assert_eq!(quarters(None, now), 1);
    }
}
