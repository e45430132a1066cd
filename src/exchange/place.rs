//! Where a record was read.

use serde::Deserialize;

use super::kind::{Format, Kind};
use super::wire::Record;

/// The position of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub kind: Kind,
    pub format: Format,
    /// Which record of the file it is, from 1.
    pub record: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Its id; `None` if it has none that can be read.
    pub id: Option<i64>,
    pub origin: Origin,
}

/// What a record was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    File,
    Api {
        /// Its place in the API's list, from 0; only of a record that its id alone does not name.
        offset: Option<u64>,
    },
}

impl Place {
    /// Whether it came from an API: people know it by its id then, not by its place in a file.
    pub(super) fn is_fetched(&self) -> bool {
        matches!(self.origin, Origin::Api { .. })
    }
}

/// As much of a record as tells which one it is.
#[derive(Deserialize)]
pub(super) struct Identified {
    id: i64,
}

impl Record for Identified {
    fn id(&self) -> i64 {
        self.id
    }
}

/// The id of a record, if it has one.
pub(super) fn id_of(record: &[u8]) -> Option<i64> {
    serde_json::from_slice::<Identified>(record).ok().map(|record| record.id)
}

/// Counts lines up to each record; records come in the file's order.
pub(super) struct Places<'a> {
    pub bytes: &'a [u8],
    pub offset: usize,
    /// The last record's, but for its id; before the first, where the file begins.
    pub last: Place,
}

impl Places<'_> {
    pub fn next(&mut self, raw: &[u8]) -> Place {
        // `raw` is a part of `bytes`, so their addresses tell where it begins.
        let start = (raw.as_ptr() as usize).saturating_sub(self.bytes.as_ptr() as usize);
        if let Some(passed) = self.bytes.get(self.offset..start) {
            self.last.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.offset = start;
        }
        self.last.record += 1;
        self.last
    }
}
