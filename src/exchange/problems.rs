//! Collects the problems of an import, and reports each cause once.
//!
//! One invalid category makes every package in it invalid, and with them their releases, cells and
//! places in grids. Such dependents are counted under the problem that left out what they refer to.

use std::collections::HashMap;

use super::files::Place;
use super::kind::Kind;
use super::report::{Effect, Problem};
use crate::editing::Pair;

/// What a record refers to and what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Missing {
    Row(Kind, i64),
    Pairing(Pair),
}

/// Why a record is not imported.
pub(super) enum Rejection {
    /// It is invalid by itself.
    Invalid(String),
    /// It refers to something that is not there.
    Depends(Missing, String),
}

impl From<String> for Rejection {
    fn from(reason: String) -> Self {
        Self::Invalid(reason)
    }
}

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    /// The problem, by its index, that each missing row or pairing is counted under.
    causes: HashMap<Missing, usize>,
    /// The first problem, by its index, of a record of each kind that has no readable id.
    without_id: HashMap<Kind, usize>,
}

impl Problems {
    /// Notes that the record at `place` is not imported.
    pub fn reject(&mut self, place: Place, rejection: impl Into<Rejection>) {
        let index = match rejection.into() {
            Rejection::Invalid(reason) => self.push(Problem::new(place, Effect::Record, reason)),
            Rejection::Depends(on, reason) => {
                let problem = Problem::new(place, Effect::Record, reason);
                self.push_dependent(on, place.kind.name(), problem)
            }
        };
        match place.id {
            Some(id) => drop(self.causes.entry(Missing::Row(place.kind, id)).or_insert(index)),
            None => drop(self.without_id.entry(place.kind).or_insert(index)),
        }
    }

    /// Notes that the record at `place` is imported without its link to the row `to`.
    pub fn reject_link(&mut self, place: Place, to: (Kind, i64), pair: Pair, reason: String) {
        let (kind, id) = to;
        let problem = Problem::new(place, Effect::Link, reason);
        let index = self.push_dependent(Missing::Row(kind, id), "pairings", problem);
        self.causes.entry(Missing::Pairing(pair)).or_insert(index);
    }

    /// Notes that the package at `place` is imported without what else is known of it.
    pub fn reject_facts(&mut self, place: Place, reason: String) {
        self.push(Problem::new(place, Effect::Facts, reason));
    }

    /// Whether this is missing because of a problem.
    pub fn has_lost(&self, missing: Missing) -> bool {
        self.causes.contains_key(&missing)
    }

    /// Whether a record of this kind whose id is not known was left out.
    pub fn has_lost_without_id(&self, kind: Kind) -> bool {
        self.without_id.contains_key(&kind)
    }

    pub fn into_list(self) -> Vec<Problem> {
        self.list
    }

    fn push(&mut self, problem: Problem) -> usize {
        self.list.push(problem);
        self.list.len() - 1
    }

    /// Counts a dependent under the cause of what is missing, which may be a record whose id cannot be
    /// read. The first one that refers to something that never was there is the cause itself.
    fn push_dependent(&mut self, on: Missing, what: &'static str, problem: Problem) -> usize {
        let unnamed = || match on {
            Missing::Row(kind, _) => self.without_id.get(&kind),
            Missing::Pairing(_) => None,
        };
        if let Some(&index) = self.causes.get(&on).or_else(unnamed) {
            self.list[index].add_dependent(what);
            return index;
        }
        let index = self.push(problem);
        self.causes.insert(on, index);
        index
    }
}
