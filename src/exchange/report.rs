//! What an import did.

use std::fmt;

use serde::Serialize;

use super::files::{Origin, Place};
use super::kind::Kind;

/// What became of the records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Pairings, when neither the package's record nor the grid's names them any more; cells, with
    /// their pairing, with their feature's place in a grid, or to make room for others; versions, to
    /// make room for those that have their number; and whatever is pruned.
    pub removed: usize,
    /// Records that are wrong; of pairings, links that lead nowhere.
    pub skipped: usize,
}

impl Counts {
    /// How many rows are not what they were.
    pub fn touched(&self) -> usize {
        self.added + self.changed + self.removed
    }
}

/// Why a record, or a part of it, is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    pub reason: String,
    pub effect: Effect,
    /// Records and links that are not imported either, since they depend on this record: what they
    /// are, such as `packages`, and how many.
    pub dependents: Vec<(&'static str, usize)>,
}

/// What of a record is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Record,
    /// One of its links between a package and a grid.
    Link,
    /// What only packgrid's own API tells of a package.
    Facts,
}

impl Problem {
    pub(super) fn new(place: Place, effect: Effect, reason: impl Into<String>) -> Self {
        Self { place, reason: reason.into(), effect, dependents: Vec::new() }
    }

    pub(super) fn add_dependent(&mut self, what: &'static str) {
        match self.dependents.iter_mut().find(|(name, _)| *name == what) {
            Some((_, count)) => *count += 1,
            None => self.dependents.push((what, 1)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { kind, format, record, line, id, origin } = self.place;
        let list = if self.effect == Effect::Facts { "facts" } else { kind.name() };
        match (origin, id) {
            (Origin::File, None) => {
                write!(f, "{}: record {record} (line {line})", kind.file(format))?
            }
            (Origin::File, Some(id)) => {
                write!(f, "{}: record {record} (line {line}), id {id}", kind.file(format))?;
            }
            (Origin::Api { offset: None }, Some(id)) => write!(f, "{list}/{id}")?,
            (Origin::Api { offset: None }, None) => write!(f, "{list}: record {record}")?,
            (Origin::Api { offset: Some(offset) }, Some(id)) => {
                write!(f, "{list}/{id} (offset {offset})")?;
            }
            (Origin::Api { offset: Some(offset) }, None) => write!(f, "{list} at offset {offset}")?,
        }
        write!(f, ": {}", self.reason)?;
        if self.dependents.is_empty() {
            return Ok(());
        }
        let dependents = self.dependents.iter().map(|(what, count)| counted(what, *count));
        let dependents: Vec<String> = dependents.collect();
        write!(f, "; not imported either, since they depend on it: {}", dependents.join(", "))
    }
}

/// A number of things: `1 category`, `2 categories`, `1 record or link`.
pub fn counted(things: &str, count: usize) -> String {
    if count != 1 {
        return format!("{count} {things}");
    }
    let one = |word: &str| match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    };
    let words: Vec<String> = things.split(' ').map(one).collect();
    format!("1 {}", words.join(" "))
}

/// A row that is not what it was, or would not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of what kind, such as `packages`.
    pub kind: &'static str,
    pub id: i64,
    /// Its slug, if it has one.
    pub name: String,
    pub what: What,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Added,
    /// These columns have other values.
    Changed(Vec<&'static str>),
    Removed,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, name, what } = self;
        let sign = match what {
            What::Added => '+',
            What::Changed(_) => '~',
            What::Removed => '-',
        };
        write!(f, "{sign} {kind} {id} {name}")?;
        match what {
            What::Changed(columns) => write!(f, " ({})", columns.join(", ")),
            What::Added | What::Removed => Ok(()),
        }
    }
}

/// More than may be pruned at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Of what kind, such as `packages`.
    pub kind: &'static str,
    /// How many would go.
    pub gone: usize,
    /// How many came from the source.
    pub of: usize,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, gone, of } = self;
        write!(f, "{gone} of {of} {kind}")
    }
}

/// A row that is not pruned though its source has it no more: rows of editors or of another source
/// would be deleted with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Of what kind, such as `packages`.
    pub kind: &'static str,
    pub id: i64,
    /// Its slug, or its title if it has none.
    pub name: String,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, name } = self;
        write!(f, "{kind}/{id} ({name}), which has rows of editors or another source")
    }
}

/// What an import did, kind by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub categories: Counts,
    pub grids: Counts,
    pub packages: Counts,
    pub versions: Counts,
    /// Packages' places in grids.
    pub pairings: Counts,
    pub features: Counts,
    pub elements: Counts,
    /// The directory's revision afterwards; it is raised only when something changed.
    #[serde(skip)]
    pub revision: i64,
    /// What was skipped, and why.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// Rows that this source brought, that it no longer has, and that are kept since the import does
    /// not prune: of what kind, and how many.
    #[serde(skip)]
    pub absent: Vec<(&'static str, usize)>,
    /// What was not pruned though its source has it no more, since it was too much.
    #[serde(skip)]
    pub not_pruned: Vec<TooMany>,
    /// What was not pruned though its source has it no more, since it has rows from elsewhere.
    #[serde(skip)]
    pub held: Vec<Held>,
    /// Fields that editors have changed and that kept their values, though other ones came.
    #[serde(skip)]
    pub kept: usize,
    /// Records, and links between packages and grids, that were left out since editors have taken out
    /// what they tell of, or what that belongs to.
    #[serde(skip)]
    pub left_out: usize,
    /// Releases and cells that were left out since others were made here in their places.
    #[serde(skip)]
    pub gave_way: usize,
    /// Rows that were brought though editors had taken them out, and that later imports bring, too.
    #[serde(skip)]
    pub given_back: usize,
    /// What was touched, by kind and id.
    #[serde(skip)]
    pub(super) subjects: Vec<(&'static str, i64)>,
    /// The id that the next row takes that is made here.
    #[serde(skip)]
    pub(super) next_id: i64,
    /// The id that the next pairing takes that comes in.
    #[serde(skip)]
    pub(super) next_pairing_id: i64,
    /// The rows that are not what they were, if that was asked for.
    #[serde(skip)]
    pub differences: Vec<Difference>,
}

impl Report {
    /// The counts with the names of what they count.
    pub fn kinds(&self) -> [(&'static str, Counts); 7] {
        [
            ("categories", self.categories),
            ("grids", self.grids),
            ("packages", self.packages),
            ("versions", self.versions),
            ("pairings", self.pairings),
            ("features", self.features),
            ("elements", self.elements),
        ]
    }

    /// Whether anything is not what it was.
    pub fn changed(&self) -> bool {
        self.given_back > 0 || self.kinds().iter().any(|(_, counts)| counts.touched() > 0)
    }

    /// Adds what was removed before, and what is told of it.
    pub(super) fn add(&mut self, pruned: Self) {
        self.categories.removed += pruned.categories.removed;
        self.grids.removed += pruned.grids.removed;
        self.packages.removed += pruned.packages.removed;
        self.versions.removed += pruned.versions.removed;
        self.pairings.removed += pruned.pairings.removed;
        self.features.removed += pruned.features.removed;
        self.elements.removed += pruned.elements.removed;
        self.not_pruned.extend(pruned.not_pruned);
        self.held.extend(pruned.held);
        self.differences.extend(pruned.differences);
    }

    pub(super) fn count_skipped(&mut self) {
        for problem in &self.problems {
            let own = match problem.effect {
                Effect::Record => Some((problem.place.kind.name(), 1)),
                Effect::Link => Some(("pairings", 1)),
                Effect::Facts => None,
            };
            for (what, count) in own.iter().chain(&problem.dependents) {
                let counts = match *what {
                    "categories" => &mut self.categories,
                    "grids" => &mut self.grids,
                    "packages" => &mut self.packages,
                    "versions" => &mut self.versions,
                    "features" => &mut self.features,
                    "elements" => &mut self.elements,
                    _ => &mut self.pairings,
                };
                counts.skipped += count;
            }
        }
    }

    /// How many records and links were skipped.
    pub fn skipped(&self) -> usize {
        self.kinds().iter().map(|(_, counts)| counts.skipped).sum()
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Fetching this many records of this list.
    Fetching(&'static str, usize),
    /// This many more records were fetched.
    Fetched(usize),
    /// Reading and checking the records of this kind.
    Reading(Kind),
    /// Writing this many rows of this kind.
    Writing(&'static str, usize),
    /// This many more rows were written or found unchanged.
    Written(usize),
}
