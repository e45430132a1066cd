//! Rows with the places of their records, and what has to hold among them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use entity::{Tracked, feature};

use super::files::Place;
use super::kind::Kind;
use super::problems::{Problems, Rejection};
use crate::editing::{Keys, Pair};

/// A row with the place of its record.
pub(super) type Placed<T> = (T, Place);

/// Keeps a row that is right, and tells whether it was.
pub(super) fn keep<T>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Problems,
    place: Place,
    checked: Result<T, Rejection>,
) -> bool {
    match checked {
        Ok(row) => rows.push((row, place)),
        Err(rejection) => {
            problems.reject(place, rejection);
            return false;
        }
    }
    true
}

/// Drops rows that repeat what an earlier one of the file has.
pub(super) fn once<T, K: std::hash::Hash + Eq + std::fmt::Debug>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Problems,
    key: impl Fn(&T) -> K,
    what: &str,
) {
    let mut seen: HashMap<K, Place> = HashMap::new();
    rows.retain(|(row, place)| match seen.entry(key(row)) {
        Entry::Vacant(free) => {
            free.insert(*place);
            true
        }
        Entry::Occupied(taken) => {
            let (value, first) = (taken.key(), taken.get().record);
            problems.reject(*place, format!("{what} {value:?} is that of record {first}"));
            false
        }
    });
}

/// Drops rows of which something does not hold.
pub(super) fn retain<T>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Problems,
    mut holds: impl FnMut(&T) -> Result<(), Rejection>,
) {
    rows.retain(|(row, place)| match holds(row) {
        Ok(()) => true,
        Err(rejection) => {
            problems.reject(*place, rejection);
            false
        }
    });
}

/// Drops features that come to a grid beyond its first `most`. `known` has the grids of those that
/// there are already; these stay, also where they are more.
pub(super) fn at_most(
    most: usize,
    rows: &mut Vec<Placed<feature::Model>>,
    problems: &mut Problems,
    known: &HashMap<i64, i64>,
) {
    loop {
        let before = rows.len();
        let given: HashMap<i64, i64> = rows.iter().map(|(row, _)| (row.id, row.grid_id)).collect();
        let mut counts: HashMap<i64, usize> = HashMap::new();
        for (id, grid) in known {
            if given.get(id).is_none_or(|now| now == grid) {
                *counts.entry(*grid).or_default() += 1;
            }
        }
        retain(rows, problems, |row| {
            if known.get(&row.id) == Some(&row.grid_id) {
                return Ok(());
            }
            let count = counts.entry(row.grid_id).or_default();
            *count += 1;
            if *count > most {
                let reason = format!("grid {} has {most} features already", row.grid_id);
                return Err(reason.into());
            }
            Ok(())
        });
        // What is dropped stays in its old grid, which may be full with it.
        if rows.len() == before {
            return;
        }
    }
}

/// Drops rows whose id, or whose value of the unique column that is called `what`, another row has:
/// one that editors gave it, an earlier one of the file, or one in the database that the file does
/// not give another value. Blank is no value.
pub(super) fn unique<T: Tracked>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Problems,
    value: impl Fn(&T) -> &String,
    known: &Keys,
    what: &str,
) {
    once(rows, problems, T::id, "id");
    let by_editors = |row: &T| row.edited().iter().any(|column| column == what);
    loop {
        let replaced: HashSet<i64> = rows.iter().map(|(row, _)| row.id()).collect();
        let mut taken: HashMap<&str, (i64, bool)> = known
            .iter()
            .filter(|(id, _)| !replaced.contains(id))
            .map(|(id, value)| (value.as_str(), (*id, false)))
            .collect();
        let mut wrong = Vec::new();
        let mut in_turn: Vec<usize> = (0..rows.len()).collect();
        in_turn.sort_by_key(|index| !by_editors(&rows[*index].0));
        for index in in_turn {
            let (row, place) = &rows[index];
            let value = value(row).as_str();
            if value.is_empty() {
                continue;
            }
            match taken.entry(value) {
                Entry::Vacant(free) => {
                    free.insert((row.id(), by_editors(row)));
                }
                Entry::Occupied(other) => {
                    let (other, edited) = *other.get();
                    let mut reason = format!("{what} {value:?} is that of id {other}");
                    if edited {
                        reason.push_str(", to which editors gave it");
                    } else if place.is_fetched() && !replaced.contains(&other) {
                        reason.push_str(", which the source does not have");
                    }
                    wrong.push((index, reason));
                }
            }
        }
        if wrong.is_empty() {
            return;
        }
        // What is dropped keeps its old value in the database, which may be in another's way.
        drop_these(rows, problems, wrong);
    }
}

/// Drops the rows with these numbers, of which something is wrong.
pub(super) fn drop_these<T>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Problems,
    wrong: Vec<(usize, String)>,
) {
    let mut wrong: HashMap<usize, String> = wrong.into_iter().collect();
    let mut number = 0..;
    rows.retain(|(_, place)| match number.next().and_then(|number| wrong.remove(&number)) {
        Some(reason) => {
            problems.reject(*place, reason);
            false
        }
        None => true,
    });
}

/// The links of a record to rows of `kind` that are among those `there`, each once. `pair`
/// makes a pairing of such a link.
pub(super) fn existing(
    links: Vec<i64>,
    there: &HashSet<i64>,
    (kind, what): (Kind, &str),
    pair: impl Fn(i64) -> Pair,
    place: Place,
    problems: &mut Problems,
) -> Vec<i64> {
    let mut seen = HashSet::new();
    links
        .into_iter()
        .filter(|id| {
            if !there.contains(id) {
                let reason = format!("{what} {id} does not exist");
                problems.reject_link(place, (kind, *id), pair(*id), reason);
                return false;
            }
            seen.insert(*id)
        })
        .collect()
}

pub(super) fn ids<T>(rows: &[Placed<T>], id: impl Fn(&T) -> i64) -> impl Iterator<Item = i64> {
    rows.iter().map(move |(row, _)| id(row))
}

pub(super) fn rows<T>(placed: Vec<Placed<T>>) -> Vec<T> {
    placed.into_iter().map(|(row, _)| row).collect()
}
