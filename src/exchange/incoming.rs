//! Reading a directory and finding it right, before anything is written.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use entity::{category, feature, grid, package};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::files::{Directory, Place};
use super::import::ImportError;
use super::report::{Problem, Stage};
use super::{check, wire};
use crate::editing::{self, Keys, Pair, Wish};

/// A row with the place of its record.
type Placed<T> = (T, Place);

/// A directory as it was read and found right.
pub(super) struct Incoming {
    pub categories: Vec<category::Model>,
    pub grids: Vec<grid::Model>,
    pub packages: Vec<package::Model>,
    pub wish: Wish,
    pub features: Vec<feature::Model>,
    pub elements: Vec<wire::Element>,
    pub grid_of_feature: HashMap<i64, i64>,
    pub known: Known,
    pub problems: Vec<Problem>,
}

/// What was there before.
pub(super) struct Known {
    pub categories: Keys,
    pub grids: Keys,
    pub package_slugs: Keys,
    pub package_repositories: Keys,
    /// The grid of each feature.
    pub features: HashMap<i64, i64>,
    pub pairs: HashMap<Pair, entity::grid_package::Model>,
}

impl Known {
    async fn read(connection: &impl ConnectionTrait) -> Result<Self, ImportError> {
        let mut features = HashMap::new();
        let select = feature::Entity::find()
            .select_only()
            .column(feature::Column::Id)
            .column(feature::Column::GridId);
        let id = |row: &(i64, i64)| row.0;
        editing::each(connection, select, feature::Column::Id, id, |(feature, grid)| {
            features.insert(feature, grid);
        })
        .await?;
        let (slug, repo_url) = (package::Column::Slug, package::Column::RepoUrl);
        Ok(Self {
            categories: editing::keys::<category::Entity>(
                connection,
                category::Column::Id,
                category::Column::Slug,
            )
            .await?,
            grids: editing::keys::<grid::Entity>(connection, grid::Column::Id, grid::Column::Slug)
                .await?,
            package_slugs: editing::keys::<package::Entity>(connection, package::Column::Id, slug)
                .await?,
            package_repositories: editing::keys::<package::Entity>(
                connection,
                package::Column::Id,
                repo_url,
            )
            .await?,
            features,
            pairs: editing::pairs(connection).await?,
        })
    }
}

impl Incoming {
    pub async fn read(
        directory: &Directory,
        connection: &impl ConnectionTrait,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Self, ImportError> {
        let known = Known::read(connection).await?;
        let mut problems = Vec::new();

        progress(Stage::Reading("categories.json"));
        let mut categories = Vec::new();
        directory.records("categories.json", &mut problems, |record, place, problems| {
            keep(&mut categories, problems, place, check::category(record));
        })?;
        unique(
            &mut categories,
            &mut problems,
            |row| row.id,
            |row| &row.slug,
            &known.categories,
            "slug",
        );

        progress(Stage::Reading("grids.json"));
        let mut grids = Vec::new();
        let mut listed: Vec<Placed<(i64, Vec<i64>)>> = Vec::new();
        directory.records("grids.json", &mut problems, |record: wire::Grid, place, problems| {
            let packages = record.packages.iter().map(|link| link.id).collect();
            listed.push(((record.id, packages), place));
            keep(&mut grids, problems, place, check::grid(record));
        })?;
        unique(&mut grids, &mut problems, |row| row.id, |row| &row.slug, &known.grids, "slug");

        progress(Stage::Reading("packages.json"));
        let mut packages = Vec::new();
        let mut standing: HashMap<i64, Placed<Vec<i64>>> = HashMap::new();
        let category_ids: HashSet<i64> =
            ids(&categories, |row| row.id).chain(known.categories.keys().copied()).collect();
        directory.records(
            "packages.json",
            &mut problems,
            |record: wire::Package, place, problems| {
                let id = record.id;
                let grids = record.grids.iter().map(|link| link.id).collect();
                let checked = check::package(record).and_then(|row| {
                    if category_ids.contains(&row.category_id) {
                        Ok(row)
                    } else {
                        Err(format!("category {} does not exist", row.category_id))
                    }
                });
                if keep(&mut packages, problems, place, checked) {
                    standing.entry(id).or_insert((grids, place));
                }
            },
        )?;
        let by_id = |row: &package::Model| row.id;
        loop {
            let before = packages.len();
            let (slugs, urls) = (&known.package_slugs, &known.package_repositories);
            unique(&mut packages, &mut problems, by_id, |row| &row.slug, slugs, "slug");
            unique(&mut packages, &mut problems, by_id, |row| &row.repo_url, urls, "repo_url");
            // What is dropped keeps both its old values, which may be in another's way.
            if packages.len() == before {
                break;
            }
        }

        let grid_ids: HashSet<i64> =
            ids(&grids, |row| row.id).chain(known.grids.keys().copied()).collect();
        let package_ids: HashSet<i64> =
            ids(&packages, |row| row.id).chain(known.package_slugs.keys().copied()).collect();
        // A record that is left out says nothing, and may be the one that names a pairing. (A link
        // that leads nowhere, which is found below, leaves out no record.)
        let keep_known = !problems.is_empty();
        let wish = Wish {
            keep_known,
            of_packages: packages
                .iter()
                .filter_map(|(row, _)| standing.remove_entry(&row.id))
                .map(|(id, (grids, place))| {
                    (id, existing(grids, &grid_ids, "grid", place, &mut problems))
                })
                .collect(),
            of_grids: {
                let kept: HashSet<Place> = grids.iter().map(|(_, place)| *place).collect();
                listed
                    .into_iter()
                    .filter(|(_, place)| kept.contains(place))
                    .map(|((id, packages), place)| {
                        (id, existing(packages, &package_ids, "package", place, &mut problems))
                    })
                    .collect()
            },
        };

        progress(Stage::Reading("features.json"));
        let mut features = Vec::new();
        directory.optional_records("features.json", &mut problems, |record, place, problems| {
            let checked = check::feature(record).and_then(|row| {
                if grid_ids.contains(&row.grid_id) {
                    Ok(row)
                } else {
                    Err(format!("grid {} does not exist", row.grid_id))
                }
            });
            keep(&mut features, problems, place, checked);
        })?;
        once(&mut features, &mut problems, |row| row.id, "id");
        let mut grid_of_feature = known.features.clone();
        grid_of_feature.extend(features.iter().map(|(row, _)| (row.id, row.grid_id)));

        progress(Stage::Reading("elements.json"));
        let pairs: HashSet<Pair> = wish.wanted(&known.pairs).into_keys().collect();
        let mut elements = Vec::new();
        directory.optional_records("elements.json", &mut problems, |record: wire::Element, place, problems| {
            let right = match grid_of_feature.get(&record.feature.id) {
                None => Err(format!("feature {} does not exist", record.feature.id)),
                Some(grid) => {
                    let pair = Pair { grid: *grid, package: record.package.id };
                    if pairs.contains(&pair) {
                        check::element(record.clone(), 0).map(|_| record)
                    } else {
                        Err(format!(
                            "package {} does not stand in grid {grid}, which feature {} belongs to",
                            record.package.id, record.feature.id
                        ))
                    }
                }
            };
            keep(&mut elements, problems, place, right);
        })?;
        once(&mut elements, &mut problems, |row| row.id, "id");
        let cell = |row: &wire::Element| (row.feature.id, row.package.id);
        once(&mut elements, &mut problems, cell, "cell (feature, package)");

        Ok(Self {
            categories: rows(categories),
            grids: rows(grids),
            packages: rows(packages),
            wish,
            features: rows(features),
            elements: rows(elements),
            grid_of_feature,
            known,
            problems,
        })
    }
}

/// Keeps a row that is right, and tells whether it was.
fn keep<T>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Vec<Problem>,
    place: Place,
    checked: Result<T, String>,
) -> bool {
    match checked {
        Ok(row) => rows.push((row, place)),
        Err(reason) => {
            problems.push(Problem::new(place, reason));
            return false;
        }
    }
    true
}

/// Drops rows that repeat what an earlier one of the file has.
fn once<T, K: std::hash::Hash + Eq + std::fmt::Debug>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Vec<Problem>,
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
            problems
                .push(Problem::new(*place, format!("{what} {value:?} is that of record {first}")));
            false
        }
    });
}

/// Drops rows whose id, or whose value of a unique column, another row has: an earlier one of the
/// file, or one in the database that the file does not give another value. Blank is no value.
fn unique<T>(
    rows: &mut Vec<Placed<T>>,
    problems: &mut Vec<Problem>,
    id: impl Fn(&T) -> i64,
    value: impl Fn(&T) -> &String,
    known: &Keys,
    what: &str,
) {
    once(rows, problems, &id, "id");
    loop {
        let replaced: HashSet<i64> = rows.iter().map(|(row, _)| id(row)).collect();
        let mut taken: HashMap<&str, i64> = known
            .iter()
            .filter(|(id, _)| !replaced.contains(id))
            .map(|(id, value)| (value.as_str(), *id))
            .collect();
        let mut wrong = Vec::new();
        for (index, (row, place)) in rows.iter().enumerate() {
            let value = value(row).as_str();
            if value.is_empty() {
                continue;
            }
            match taken.entry(value) {
                Entry::Vacant(free) => {
                    free.insert(id(row));
                }
                Entry::Occupied(other) => {
                    let reason = format!("{what} {value:?} is that of id {}", other.get());
                    wrong.push((index, Problem::new(*place, reason)));
                }
            }
        }
        if wrong.is_empty() {
            return;
        }
        // What is dropped keeps its old value in the database, which may be in another's way.
        let dropped: HashSet<usize> = wrong.iter().map(|(index, _)| *index).collect();
        let mut index = 0..;
        rows.retain(|_| index.next().is_none_or(|index| !dropped.contains(&index)));
        problems.extend(wrong.into_iter().map(|(_, problem)| problem));
    }
}

/// The links that lead somewhere, each once.
fn existing(
    links: Vec<i64>,
    there: &HashSet<i64>,
    what: &str,
    place: Place,
    problems: &mut Vec<Problem>,
) -> Vec<i64> {
    let mut seen = HashSet::new();
    links
        .into_iter()
        .filter(|id| {
            if !there.contains(id) {
                problems.push(Problem::link(place, format!("{what} {id} does not exist")));
                return false;
            }
            seen.insert(*id)
        })
        .collect()
}

fn ids<T>(rows: &[Placed<T>], id: impl Fn(&T) -> i64) -> impl Iterator<Item = i64> {
    rows.iter().map(move |(row, _)| id(row))
}

fn rows<T>(placed: Vec<Placed<T>>) -> Vec<T> {
    placed.into_iter().map(|(row, _)| row).collect()
}
