use jiff::tz::TimeZone;
use serde::Deserialize;

/// `[rest]`: the REST API, version 4, for clients that were there before.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rest {
    /// Whether it is served at all.
    pub enabled: bool,
    /// The zone that its times are of, by its IANA name.
    pub time_zone: String,
}

impl Default for Rest {
    fn default() -> Self {
        Self { enabled: true, time_zone: "America/New_York".to_owned() }
    }
}

impl Rest {
    /// Whether there is such a zone.
    pub(super) fn check(&self) -> Result<(), String> {
        match TimeZone::get(&self.time_zone) {
            Ok(_) => Ok(()),
            Err(_) => Err(format!(
                "rest.time_zone is \"{}\", which is no time zone; one is like America/New_York",
                self.time_zone
            )),
        }
    }

    /// The zone that its times are of.
    pub fn zone(&self) -> TimeZone {
        // It has been checked.
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}
