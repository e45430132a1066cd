//! Links, and times: how this API spells what is in records.

use std::fmt::Write;

use entity::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Form;
use super::route::{Resource, Root};
use crate::exchange::outgoing;

/// What is escaped in a path.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~')
    .remove(b'/')
    .remove(b':')
    .remove(b'&')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'@');

/// A path as a link has it.
pub fn escape_path(path: &str) -> String {
    utf8_percent_encode(path, ESCAPED).to_string()
}

/// What all links begin with: scheme and host, and the path under which others see this server, if
/// that is not the whole host. Ends without a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    /// Of an address, such as `https://example.org`.
    pub fn new(address: impl Into<String>) -> Self {
        let address = address.into();
        Self(address.trim_end_matches('/').to_owned())
    }

    /// All of it.
    pub fn address(&self) -> &str {
        &self.0
    }

    /// The path, without a slash at its end.
    pub fn prefix(&self) -> &str {
        let host = self.0.find("://").map_or(0, |scheme| scheme + 3);
        self.0[host..].find('/').map_or("", |path| &self.0[host + path..])
    }
}

/// How the links and times of an answer are spelled.
pub struct Spelled {
    base: String,
    /// What stands behind the id.
    end: String,
    zone: TimeZone,
}

impl Spelled {
    /// Any `?format=` of a request goes into every link of its answer, and so does a suffix.
    pub fn of(form: &Form) -> Self {
        let format = form.query.format();
        let end = match &form.target.suffix {
            Some(suffix) => format!(".{suffix}{format}"),
            None => format!("/{format}"),
        };
        Self { base: form.request.base.0.clone(), end, zone: form.request.zone.clone() }
    }

    /// The address of a list.
    pub fn list(&self, root: Root, resource: Resource) -> String {
        format!("{}{}/{}{}", self.base, root.path(), resource.name(), self.end)
    }
}

impl outgoing::Spelling for Spelled {
    type Link = String;
    type Time = String;

    fn link(&self, to: outgoing::Target, id: i64) -> String {
        let resource = match to {
            outgoing::Target::Category => Resource::Categories,
            outgoing::Target::Grid => Resource::Grids,
            outgoing::Target::Package => Resource::Packages,
        };
        format!("{}{}/{}/{id}{}", self.base, Root::V4.path(), resource.name(), self.end)
    }

    /// As Python's `isoformat` has it: six digits of fraction or none, and `Z` where the offset is
    /// zero.
    fn time(&self, time: Timestamp) -> String {
        // What cannot be read as a time cannot be written.
        let time = time.to_jiff().unwrap_or_default().to_zoned(self.zone.clone());
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        // Writing to a text does not fail.
        let micros = time.subsec_nanosecond() / 1000;
        if micros > 0 {
            let _ = write!(text, ".{micros:06}");
        }
        let offset = time.offset().seconds();
        if offset == 0 {
            text.push('Z');
            return text;
        }
        let sign = if offset < 0 { '-' } else { '+' };
        let (offset, seconds) = (offset.abs() / 60, offset.abs() % 60);
        let _ = write!(text, "{sign}{:02}:{:02}", offset / 60, offset % 60);
        if seconds > 0 {
            let _ = write!(text, ":{seconds:02}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, Spelled};
    use crate::exchange::outgoing::Spelling;
    use jiff::tz::TimeZone;

    #[test]
    fn times_are_those_of_the_zone() {
        for (zone, time, expected) in [
            ("America/New_York", "2021-10-27T09:12:05Z", "2021-10-27T05:12:05-04:00"),
            ("America/New_York", "2026-02-16T05:04:39.708161Z", "2026-02-16T00:04:39.708161-05:00"),
            ("America/New_York", "2026-02-16T05:04:39.7Z", "2026-02-16T00:04:39.700000-05:00"),
            // Until 2007 summer began in April.
            ("America/New_York", "2006-03-20T12:00:00Z", "2006-03-20T07:00:00-05:00"),
            ("America/New_York", "2007-03-20T12:00:00Z", "2007-03-20T08:00:00-04:00"),
            ("America/New_York", "1800-01-01T12:00:00Z", "1800-01-01T07:03:58-04:56:02"),
            ("UTC", "2021-10-27T09:12:05Z", "2021-10-27T09:12:05Z"),
            ("Asia/Kolkata", "2021-10-27T09:12:05Z", "2021-10-27T14:42:05+05:30"),
            ("Europe/London", "2021-12-01T09:12:05Z", "2021-12-01T09:12:05Z"),
        ] {
            let zone = TimeZone::get(zone).expect("a zone");
            let spelled = Spelled { base: String::new(), end: String::new(), zone };
            assert_eq!(spelled.time(time.parse().expect("a time")), expected);
        }
    }

    #[test]
    fn bases_may_have_paths() {
        assert_eq!(Base::new("https://example.org").prefix(), "");
        assert_eq!(Base::new("https://example.org:8000/").prefix(), "");
        assert_eq!(Base::new("https://example.org/some/where/").prefix(), "/some/where");
    }
}
