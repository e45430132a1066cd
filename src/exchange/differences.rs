//! Which rows are not what they were, for those who want to see them.

use std::collections::HashMap;

use super::incoming::Incoming;
use super::report::{Difference, Report, What};
use crate::editing::{self, Pair, PairsWritten, Written, derive};

/// What the rows of an import are called; nothing when nobody wants to see them.
pub(super) struct Differences(Option<HashMap<(&'static str, i64), String>>);

impl Differences {
    /// Of `incoming`, if they are `wanted`.
    pub fn of(incoming: &Incoming, wanted: bool) -> Self {
        if !wanted {
            return Self(None);
        }
        let mut names = HashMap::new();
        let mut name = |kind, id, name: &str| drop(names.insert((kind, id), name.to_owned()));
        incoming.categories.iter().for_each(|row| name("categories", row.id, &row.slug));
        incoming.grids.iter().for_each(|row| name("grids", row.id, &row.slug));
        incoming.packages.iter().for_each(|row| name("packages", row.id, &row.slug));
        incoming.versions.iter().for_each(|row| name("versions", row.id, &row.number));
        incoming.features.iter().for_each(|row| name("features", row.id, &row.title));
        Self(Some(names))
    }

    /// Lists the rows of a kind that were added or changed.
    pub fn list(&self, report: &mut Report, kind: &'static str, written: &Written) {
        let Some(names) = &self.0 else {
            return;
        };
        for editing::Difference { id, columns } in &written.differences {
            let what = columns.clone().map_or(What::Added, |columns| {
                What::Changed(columns.into_iter().filter(|it| !derive::is_derived(it)).collect())
            });
            let name = names.get(&(kind, *id)).cloned().unwrap_or_default();
            report.differences.push(Difference { kind, id: *id, name, what });
        }
    }

    /// Lists the pairings that are new, have moved, or are gone: a grid's id and a package's slug.
    pub fn list_pairings(&self, report: &mut Report, written: &PairsWritten) {
        let Some(names) = &self.0 else {
            return;
        };
        let mut list = |pairs: &[Pair], what: What| {
            for Pair { grid, package } in pairs {
                let slug = names.get(&("packages", *package)).map_or("", |slug| slug);
                report.differences.push(Difference {
                    kind: "pairings of grid",
                    id: *grid,
                    name: format!("packages/{package} {slug}"),
                    what: what.clone(),
                });
            }
        };
        list(&written.added, What::Added);
        list(&written.moved, What::Changed(vec!["position"]));
        list(&written.removed, What::Removed);
    }
}
