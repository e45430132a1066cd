//! Reading the records of a directory, kind after kind, beside what is there.

use std::collections::{HashMap, HashSet};

use entity::{JsonList, Timestamp, category, feature, grid, package, version};

use sea_orm::ModelTrait;

use super::edited::{self, Edited, There, overlay};
use super::files::{Directory, Ids};
use super::import::ImportError;
use super::kind::Kind;
use super::known::Known;
use super::ours::Ours;
use super::placed::{Placed, at_most, drop_these, ids, keep, once, retain, unique};
use super::problems::{Missing, Problems, Rejection};
use super::standing::Links;
use super::{check, wire};
use crate::editing::{self, MAX_FEATURES, Pair, derive};
use crate::rules::repository;

/// What the records of a directory are read beside, and what is found.
pub(super) struct Reader<'a> {
    pub directory: &'a Directory,
    /// Null when they come from files.
    pub source: Option<i64>,
    pub ours: Ours,
    pub edited: Edited,
    pub known: Known,
    pub now: Timestamp,
    pub problems: Problems,
    /// The ids of all records of each kind that was read.
    pub ids: HashMap<Kind, Ids>,
    /// Values that editors have set, and that stay though other ones came.
    pub kept: usize,
}

/// Packages, and the columns that each one's record says nothing about.
type Packages = (Vec<Placed<package::Model>>, HashMap<i64, check::LeftOut>);

/// Cells, and the columns that editors have changed of them, by their ids.
type Elements = (Vec<Placed<wire::Element>>, HashMap<i64, JsonList<String>>);

impl Reader<'_> {
    pub fn categories(&mut self) -> Result<Vec<Placed<category::Model>>, ImportError> {
        let Self { directory, ours, problems, known, ids, .. } = self;
        let mut rows = Vec::new();
        let kind = Kind::Categories;
        let read =
            directory.records(kind, problems, |record: wire::Category, place, problems| {
                if !ours.leaves_out(kind, record.id) {
                    let own = ours.can_have(kind, record.id);
                    let checked = own.and_then(|()| check::category(record));
                    keep(&mut rows, problems, place, checked.map_err(Rejection::Invalid));
                }
            })?;
        ids.insert(kind, read);
        self.kept += overlay::<category::Entity>(&mut rows, &self.edited.categories, self.now);
        unique(&mut rows, problems, |row| &row.slug, &known.categories, "slug");
        Ok(rows)
    }

    pub fn grids(&mut self, links: &mut Links) -> Result<Vec<Placed<grid::Model>>, ImportError> {
        let Self { directory, ours, problems, known, ids, .. } = self;
        let mut rows = Vec::new();
        let kind = Kind::Grids;
        let read = directory.records(kind, problems, |record: wire::Grid, place, problems| {
            if !ours.leaves_out(kind, record.id) {
                let packages = record.packages.iter().map(|link| link.id).collect();
                links.of_grids.push(((record.id, packages), place));
                let own = ours.can_have(kind, record.id);
                let checked = own.and_then(|()| check::grid(record));
                keep(&mut rows, problems, place, checked.map_err(Rejection::Invalid));
            }
        })?;
        ids.insert(kind, read);
        self.kept += overlay::<grid::Entity>(&mut rows, &self.edited.grids, self.now);
        unique(&mut rows, problems, |row| &row.slug, &known.grids, "slug");
        Ok(rows)
    }

    /// Reads packages; `categories` are all that there are or will be.
    pub fn packages(
        &mut self,
        categories: &HashSet<i64>,
        links: &mut Links,
    ) -> Result<Packages, ImportError> {
        let Self { directory, ours, edited, problems, known, kept, now, ids: read, .. } = self;
        let mut rows = Vec::new();
        let mut left_out = HashMap::new();
        let kind = Kind::Packages;
        let all = directory.records(kind, problems, |record: wire::Package, place, problems| {
            let id = record.id;
            if ours.leaves_out(kind, id) {
                return;
            }
            let own = ours.can_have(kind, id);
            let given = record.category.id;
            let by_editors = edited.category_of(id);
            let mut category = by_editors.unwrap_or(given);
            if own.is_ok()
                && !categories.contains(&category)
                && ours.has_taken_out_category(category)
            {
                // Nothing new is in a category that is taken out; what was elsewhere stays there.
                let Some(before) = known.package_categories.get(&id) else {
                    return ours.leave_out(kind, id);
                };
                category = *before;
                *kept += 1;
            }
            let grids = record.grids.iter().map(|link| link.id).collect();
            let checked = own.and_then(|()| check::package(record, *now));
            let checked = checked.map_err(Rejection::Invalid).and_then(|(mut row, without)| {
                if !categories.contains(&category) {
                    return Err(missing(Kind::Categories, "category", category));
                }
                if by_editors.is_none() {
                    row.category_id = category;
                }
                Ok((row, without))
            });
            let without = checked.as_ref().map_or(check::LeftOut::id(), |(_, without)| *without);
            if keep(&mut rows, problems, place, checked.map(|(row, _)| row)) {
                links.of_packages.entry(id).or_insert((grids, place));
                // Of a repeated id, the first record is the one that is written.
                left_out.entry(id).or_insert(without);
            }
        })?;
        read.insert(kind, all);
        for (row, _) in &mut rows {
            if let Some(other) = row.replaced_by_id {
                row.replaced_by_id = ours.heir(other).filter(|other| *other != row.id);
                derive::package_facts(row);
            }
            // What a record does not tell is no other value.
            if let (Some(without), Some(there)) =
                (left_out.get(&row.id), edited.packages.get(&row.id))
            {
                without.iter().for_each(|column| row.set(column, there.get(column)));
            }
        }
        *kept += overlay::<package::Entity>(&mut rows, &edited.packages, *now);
        retain(&mut rows, problems, |row| {
            let before = known.package_repositories.get(&row.id);
            if before.is_some_and(|before| repository::key(before) == row.repo_key) {
                return Ok(());
            }
            if let Some(slug) = ours.with_repository(&row.repo_key, row.id) {
                return Err(format!("its repository is that of {slug:?}, made here").into());
            }
            match edited.with_repository(&row.repo_key, row.id) {
                Some(slug) => {
                    Err(format!("its repository is one that editors gave {slug:?}").into())
                }
                None => Ok(()),
            }
        });
        loop {
            let before = rows.len();
            let (slugs, urls) = (&known.package_slugs, &known.package_repositories);
            unique(&mut rows, problems, |row| &row.slug, slugs, "slug");
            unique(&mut rows, problems, |row| &row.repo_url, urls, "repo_url");
            let there: HashSet<i64> =
                ids(&rows, |row| row.id).chain(known.package_slugs.keys().copied()).collect();
            retain(&mut rows, problems, |row| match row.replaced_by_id {
                Some(other) if !there.contains(&other) => Err(Rejection::Depends(
                    Missing::Row(kind, other),
                    format!("replaced_by names package {other}, which does not exist"),
                )),
                _ => Ok(()),
            });
            // What is dropped keeps its old values, which may be in another's way, and is no longer
            // there for others to name.
            if rows.len() == before {
                return Ok((rows, left_out));
            }
        }
    }

    /// Reads releases; `packages` are all that there are or will be.
    pub fn versions(
        &mut self,
        packages: &HashSet<i64>,
    ) -> Result<Vec<Placed<version::Model>>, ImportError> {
        let Self { directory, ours, edited, problems, kept, now, ids, .. } = self;
        let mut rows = Vec::new();
        let kind = Kind::Versions;
        let read = directory.optional_records(
            kind,
            problems,
            |record: wire::Version, place, problems| {
                if ours.leaves_out_version(&record) {
                    return;
                }
                let own = ours.can_have(kind, record.id);
                let checked = own.and_then(|()| check::version(record)).map_err(Rejection::Invalid);
                let checked = checked.and_then(|row| match packages.contains(&row.package_id) {
                    true => Ok(row),
                    false => Err(missing(Kind::Packages, "package", row.package_id)),
                });
                keep(&mut rows, problems, place, checked);
            },
        )?;
        ids.insert(kind, read);
        once(&mut rows, problems, |row| row.id, "id");
        let at = |row: &version::Model| (row.package_id, row.number.clone());
        once(&mut rows, problems, at, "version (package, number)");
        let there = edited.versions.values().filter(|row| packages.contains(&row.package_id));
        let there = there.map(|row| {
            let name = format!("version (package, number) {:?}", at(row));
            (row.id, There::of(row, at(row), "number", name))
        });
        let heirs = heirs(&mut rows, problems, |row| (row.id, at(row)), &there.collect());
        for (row, _) in &mut rows {
            if let Some(there) = heirs.get(&row.id).and_then(|id| edited.versions.get(id)) {
                *kept += editing::keep_edits::<version::Entity>(row, there, *now);
            }
        }
        Ok(rows)
    }

    /// Reads features; `grids` are all that there are or will be.
    pub fn features(
        &mut self,
        grids: &HashSet<i64>,
    ) -> Result<Vec<Placed<feature::Model>>, ImportError> {
        let Self { directory, ours, problems, known, ids, .. } = self;
        let mut rows = Vec::new();
        let kind = Kind::Features;
        let read = directory.optional_records(
            kind,
            problems,
            |record: wire::Feature, place, problems| {
                if ours.leaves_out_feature(&record) {
                    return;
                }
                let own = ours.can_have(kind, record.id);
                let checked = own.and_then(|()| check::feature(record)).map_err(Rejection::Invalid);
                let checked = checked.and_then(|row| match grids.contains(&row.grid_id) {
                    true => Ok(row),
                    false => Err(missing(Kind::Grids, "grid", row.grid_id)),
                });
                keep(&mut rows, problems, place, checked);
            },
        )?;
        ids.insert(kind, read);
        once(&mut rows, problems, |row| row.id, "id");
        self.kept += overlay::<feature::Entity>(&mut rows, &self.edited.features, self.now);
        at_most(MAX_FEATURES, &mut rows, problems, &known.features);
        Ok(rows)
    }

    /// Reads cells of these features, which the grids have that they are in, where the pairing will
    /// be there.
    pub fn elements(
        &mut self,
        grid_of_feature: &HashMap<i64, i64>,
        wanted: &HashMap<Pair, i32>,
    ) -> Result<Elements, ImportError> {
        let Self { directory, ours, edited, problems, known, kept, ids, .. } = self;
        let mut rows = Vec::new();
        let kind = Kind::Elements;
        let read = directory.optional_records(kind, problems, |record: wire::Element, place, problems| {
            let (feature, package) = (record.feature.id, record.package.id);
            let grid = grid_of_feature.get(&feature).copied();
            if ours.leaves_out_element(&record, grid) {
                return;
            }
            let right = match grid {
                None => Err(missing(Kind::Features, "feature", feature)),
                Some(grid) if !wanted.contains_key(&Pair { grid, package }) => {
                    let package_row = Missing::Row(Kind::Packages, package);
                    let on = match problems.has_lost(package_row) {
                        true => package_row,
                        false => Missing::Pairing(Pair { grid, package }),
                    };
                    let reason = format!(
                        "package {package} does not stand in grid {grid}, which feature {feature} \
                         belongs to"
                    );
                    Err(Rejection::Depends(on, reason))
                }
                Some(_) => {
                    let own = ours.can_have(kind, record.id);
                    own.and_then(|()| check::element(record)).map_err(Rejection::Invalid)
                }
            };
            keep(&mut rows, problems, place, right);
        })?;
        ids.insert(kind, read);
        once(&mut rows, problems, |row| row.id, "id");
        let at = |row: &wire::Element| (row.feature.id, row.package.id);
        once(&mut rows, problems, at, "cell (feature, package)");
        if edited.elements.is_empty() {
            return Ok((rows, HashMap::new()));
        }
        let pairs: HashMap<i64, Pair> =
            known.pairs.iter().map(|(pair, row)| (row.id, *pair)).collect();
        let there = edited.elements.values().filter_map(|row| {
            let pair = pairs.get(&row.grid_package_id).filter(|pair| wanted.contains_key(pair))?;
            // A feature takes no cells along to another grid.
            let grid = grid_of_feature.get(&row.feature_id)?;
            let place = (row.feature_id, pair.package);
            let name = format!("cell (feature, package) {place:?}");
            (*grid == pair.grid).then(|| (row.id, There::of(row, place, "", name)))
        });
        let there = there.collect();
        let heirs = heirs(&mut rows, problems, |row| (row.id, at(row)), &there);
        let mut columns = HashMap::new();
        for (row, _) in &mut rows {
            let Some(heir) = heirs.get(&row.id) else {
                continue;
            };
            if let (Some(cell), Some(there)) = (edited.elements.get(heir), there.get(heir)) {
                *kept += usize::from(row.text != cell.text) + usize::from(at(row) != there.place);
                row.text.clone_from(&cell.text);
                (row.feature.id, row.package.id) = there.place;
                columns.insert(row.id, cell.edited.clone());
            }
        }
        Ok((rows, columns))
    }
}

/// Why a record is not imported that refers to a row which does not exist.
fn missing(kind: Kind, what: &str, id: i64) -> Rejection {
    Rejection::Depends(Missing::Row(kind, id), format!("{what} {id} does not exist"))
}

/// Drops rows that cannot come in beside what editors have changed, and tells whose edits each of
/// the others takes over; see [`edited::heirs`].
fn heirs<T, P: Eq + std::hash::Hash>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Problems,
    at: impl Fn(&T) -> (i64, P),
    there: &HashMap<i64, There<P>>,
) -> HashMap<i64, i64> {
    loop {
        let places: Vec<(i64, P)> = rows.iter().map(|(row, _)| at(row)).collect();
        let (heirs, wrong) = edited::heirs(&places, there);
        if wrong.is_empty() {
            return heirs;
        }
        // What is dropped takes nothing over.
        drop_these(rows, problems, wrong);
    }
}
