//! Records that a source lists and cannot deliver, or delivers without a readable id.

use std::collections::HashMap;

use super::kind::{Format, Kind};
use super::place::{Origin, Place};
use super::problems::Problems;

/// A record that a source did not deliver: every page with it failed, and so did the record alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub kind: Kind,
    /// Whether it is only what packgrid's own API tells of a package beside its record.
    pub is_facts: bool,
    /// Its place in the source's list, from 0.
    pub offset: u64,
    /// Its id, if those of its neighbours leave no other.
    pub id: Option<i64>,
    /// The ids of the next records before and after it.
    pub neighbours: [Option<i64>; 2],
    /// Why it was not delivered.
    pub reason: String,
}

/// What was found wrong while a directory was fetched.
#[derive(Clone, Debug, Default)]
pub struct FetchProblems {
    pub unreadable: Vec<Unreadable>,
    /// The offsets of the records without a readable id, which stand first in the fetched files.
    pub without_id: HashMap<Kind, Vec<u64>>,
}

impl FetchProblems {
    /// The records of this kind that were not delivered; facts are no records.
    pub(super) fn records(&self, kind: Kind) -> impl Iterator<Item = &Unreadable> {
        self.unreadable.iter().filter(move |record| record.kind == kind && !record.is_facts)
    }

    /// Reports what was not delivered of this kind.
    pub(super) fn report(&self, kind: Kind, problems: &mut Problems) {
        for record in self.unreadable.iter().filter(|record| record.kind == kind) {
            let place = Place {
                kind,
                format: Format::Json,
                record: 0,
                line: 0,
                id: record.id,
                origin: Origin::Api { offset: Some(record.offset) },
            };
            let reason = record.to_string();
            match record.is_facts {
                true => problems.reject_facts(place, reason),
                false => problems.reject(place, reason),
            }
        }
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the source does not deliver this record ({})", self.reason)?;
        match (self.id, self.neighbours) {
            (Some(_), _) | (None, [None, None]) => Ok(()),
            (None, [Some(before), Some(after)]) => {
                write!(f, "; it is between the ids {before} and {after}")
            }
            (None, [Some(before), None]) => write!(f, "; it comes after the id {before}"),
            (None, [None, Some(after)]) => write!(f, "; it comes before the id {after}"),
        }
    }
}
