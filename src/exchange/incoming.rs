//! Reading a directory and finding it right, before anything is written.

use std::collections::{HashMap, HashSet};

use entity::{HERE, Timestamp, category, feature, grid, package, version};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::files::{Directory, Place};
use super::import::ImportError;
use super::kind::Kind;
use super::ours::Ours;
use super::placed::{Placed, at_most, existing, ids, keep, once, retain, rows, unique};
use super::report::Stage;
use super::{check, wire};
use crate::editing::{self, Keys, MAX_FEATURES, Pair, Wish, derive};

/// A directory as it was read and found right.
pub(super) struct Incoming {
    pub categories: Vec<category::Model>,
    pub grids: Vec<grid::Model>,
    pub packages: Vec<package::Model>,
    /// The columns that each package's record says nothing about.
    pub left_out: HashMap<i64, check::LeftOut>,
    pub versions: Vec<version::Model>,
    /// The place of each pairing that there shall be.
    pub wanted: HashMap<Pair, i32>,
    pub features: Vec<feature::Model>,
    pub elements: Vec<wire::Element>,
    pub grid_of_feature: HashMap<i64, i64>,
    pub known: Known,
    pub problems: Vec<super::Problem>,
    pub ours: Ours,
}

/// What was there before.
pub(super) struct Known {
    pub categories: Keys,
    pub grids: Keys,
    pub package_slugs: Keys,
    pub package_repositories: Keys,
    /// Package and number of each version.
    pub versions: HashMap<i64, (i64, String)>,
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
        let mut versions = HashMap::new();
        let select = version::Entity::find()
            .select_only()
            .column(version::Column::Id)
            .column(version::Column::PackageId)
            .column(version::Column::Number);
        let id = |row: &(i64, i64, String)| row.0;
        editing::each(connection, select, version::Column::Id, id, |(id, package, number)| {
            versions.insert(id, (package, number));
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
            versions,
            features,
            pairs: editing::pairs(connection).await?,
        })
    }
}

/// Records that were left out: they say nothing, and may be the ones that name a pairing.
struct Unread {
    packages: HashSet<i64>,
    grids: HashSet<i64>,
    /// Whether there may be any others.
    any: bool,
}

impl Unread {
    fn of(problems: &[super::Problem]) -> Self {
        let mut unread = Self { packages: HashSet::new(), grids: HashSet::new(), any: false };
        // A link that leads nowhere leaves out no record.
        for problem in problems.iter().filter(|problem| !problem.link_only) {
            let ids = match problem.place.kind {
                Kind::Packages => &mut unread.packages,
                Kind::Grids => &mut unread.grids,
                _ => continue,
            };
            match problem.place.id {
                Some(id) => drop(ids.insert(id)),
                None => unread.any = true,
            }
        }
        unread
    }

    fn has_package(&self, pair: &Pair) -> bool {
        self.packages.contains(&pair.package)
    }

    fn has_grid(&self, pair: &Pair) -> bool {
        self.grids.contains(&pair.grid)
    }
}

impl Incoming {
    pub async fn read(
        directory: &Directory,
        source: Option<i64>,
        mut ours: Ours,
        connection: &impl ConnectionTrait,
        now: Timestamp,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Self, ImportError> {
        let known = Known::read(connection).await?;
        let mut problems = Vec::new();

        progress(Stage::Reading(Kind::Categories));
        let mut categories = Vec::new();
        // A source that has a row's id has not that row: its next one took the same number.
        let foreign = source.is_some();
        let own = |ours: &Ours, kind: Kind, id: i64| match foreign && ours.is_made_here(kind, id) {
            true => Err("its id is that of one that was made here".to_owned()),
            false => Ok(()),
        };
        directory.records(
            Kind::Categories,
            &mut problems,
            |record: wire::Category, place, problems| {
                if !ours.leaves_out(Kind::Categories, record.id) {
                    let own = own(&ours, Kind::Categories, record.id);
                    keep(
                        &mut categories,
                        problems,
                        place,
                        own.and_then(|()| check::category(record)),
                    );
                }
            },
        )?;
        unique(
            &mut categories,
            &mut problems,
            |row| row.id,
            |row| &row.slug,
            &known.categories,
            "slug",
        );

        progress(Stage::Reading(Kind::Grids));
        let mut grids = Vec::new();
        let mut listed: Vec<Placed<(i64, Vec<i64>)>> = Vec::new();
        directory.records(Kind::Grids, &mut problems, |record: wire::Grid, place, problems| {
            if !ours.leaves_out(Kind::Grids, record.id) {
                let packages = record.packages.iter().map(|link| link.id);
                listed.push(((record.id, ours.packages(record.id, packages)), place));
                let own = own(&ours, Kind::Grids, record.id);
                keep(&mut grids, problems, place, own.and_then(|()| check::grid(record)));
            }
        })?;
        unique(&mut grids, &mut problems, |row| row.id, |row| &row.slug, &known.grids, "slug");

        progress(Stage::Reading(Kind::Packages));
        let mut packages = Vec::new();
        let mut standing: HashMap<i64, Placed<Vec<i64>>> = HashMap::new();
        let mut left_out = HashMap::new();
        let category_ids: HashSet<i64> =
            ids(&categories, |row| row.id).chain(known.categories.keys().copied()).collect();
        directory.records(
            Kind::Packages,
            &mut problems,
            |record: wire::Package, place, problems| {
                let id = record.id;
                if ours.leaves_out(Kind::Packages, id) {
                    return;
                }
                let grids = ours.grids(id, record.grids.iter().map(|link| link.id));
                let own = own(&ours, Kind::Packages, id);
                let checked = own.and_then(|()| check::package(record, now));
                let checked = checked.and_then(|(mut row, without)| {
                    let is_new = !known.package_slugs.contains_key(&id);
                    if !category_ids.contains(&row.category_id) {
                        return Err(format!("category {} does not exist", row.category_id));
                    }
                    if is_new && let Some(slug) = ours.with_repository(&row.repo_key) {
                        return Err(format!("its repository is that of {slug:?}, made here"));
                    }
                    if let Some(other) = row.replaced_by_id {
                        row.replaced_by_id = ours.heir(other).filter(|other| *other != id);
                        derive::package_facts(&mut row);
                    }
                    Ok((row, without))
                });
                let without =
                    checked.as_ref().map_or(check::LeftOut::id(), |(_, without)| *without);
                if keep(&mut packages, problems, place, checked.map(|(row, _)| row)) {
                    standing.entry(id).or_insert((grids, place));
                    // Of a repeated id, the first record is the one that is written.
                    left_out.entry(id).or_insert(without);
                }
            },
        )?;
        let by_id = |row: &package::Model| row.id;
        loop {
            let before = packages.len();
            let (slugs, urls) = (&known.package_slugs, &known.package_repositories);
            unique(&mut packages, &mut problems, by_id, |row| &row.slug, slugs, "slug");
            unique(&mut packages, &mut problems, by_id, |row| &row.repo_url, urls, "repo_url");
            let there: HashSet<i64> =
                ids(&packages, by_id).chain(known.package_slugs.keys().copied()).collect();
            retain(&mut packages, &mut problems, |row| match row.replaced_by_id {
                Some(other) if !there.contains(&other) => {
                    Err(format!("replaced_by names package {other}, which does not exist"))
                }
                _ => Ok(()),
            });
            // What is dropped keeps its old values, which may be in another's way, and is no longer
            // there for others to name.
            if packages.len() == before {
                break;
            }
        }

        let grid_ids: HashSet<i64> =
            ids(&grids, |row| row.id).chain(known.grids.keys().copied()).collect();
        let package_ids: HashSet<i64> =
            ids(&packages, |row| row.id).chain(known.package_slugs.keys().copied()).collect();
        let unread = Unread::of(&problems);
        let there = Unread {
            packages: ids(&packages, by_id).chain(unread.packages.iter().copied()).collect(),
            grids: ids(&grids, |row| row.id).chain(unread.grids.iter().copied()).collect(),
            any: false,
        };
        let stays = |(pair, row): (&Pair, &entity::grid_package::Model)| {
            // Of what a source does not have, or what others put together, it says nothing.
            let not_told = row.source_id == Some(HERE)
                || source.is_some_and(|source| {
                    row.source_id != Some(source)
                        || !(there.has_package(pair) && there.has_grid(pair))
                });
            let stays = not_told || unread.any || unread.has_package(pair) || unread.has_grid(pair);
            stays.then_some(*pair)
        };
        let wanted = Wish {
            kept: known.pairs.iter().filter_map(stays).collect(),
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
        }
        .wanted(&known.pairs);

        progress(Stage::Reading(Kind::Versions));
        let mut versions = Vec::new();
        directory.optional_records(
            Kind::Versions,
            &mut problems,
            |record: wire::Version, place, problems| {
                if ours.leaves_out_version(&record) {
                    return;
                }
                let own = own(&ours, Kind::Versions, record.id);
                let checked = own.and_then(|()| check::version(record)).and_then(|row| {
                    if package_ids.contains(&row.package_id) {
                        Ok(row)
                    } else {
                        Err(format!("package {} does not exist", row.package_id))
                    }
                });
                keep(&mut versions, problems, place, checked);
            },
        )?;
        once(&mut versions, &mut problems, |row| row.id, "id");
        let number = |row: &version::Model| (row.package_id, row.number.clone());
        once(&mut versions, &mut problems, number, "version (package, number)");

        progress(Stage::Reading(Kind::Features));
        let mut features = Vec::new();
        directory.optional_records(
            Kind::Features,
            &mut problems,
            |record: wire::Feature, place, problems| {
                if ours.leaves_out_feature(&record) {
                    return;
                }
                let own = own(&ours, Kind::Features, record.id);
                let checked = own.and_then(|()| check::feature(record)).and_then(|row| {
                    if grid_ids.contains(&row.grid_id) {
                        Ok(row)
                    } else {
                        Err(format!("grid {} does not exist", row.grid_id))
                    }
                });
                keep(&mut features, problems, place, checked);
            },
        )?;
        once(&mut features, &mut problems, |row| row.id, "id");
        at_most(MAX_FEATURES, &mut features, &mut problems, &known.features);
        let mut grid_of_feature = known.features.clone();
        grid_of_feature.extend(features.iter().map(|(row, _)| (row.id, row.grid_id)));

        progress(Stage::Reading(Kind::Elements));
        let mut elements = Vec::new();
        directory.optional_records(Kind::Elements, &mut problems, |record: wire::Element, place, problems| {
            let grid = grid_of_feature.get(&record.feature.id);
            if ours.leaves_out_element(&record, grid.copied()) {
                return;
            }
            let right = match grid {
                None => Err(format!("feature {} does not exist", record.feature.id)),
                Some(grid) => {
                    let pair = Pair { grid: *grid, package: record.package.id };
                    if wanted.contains_key(&pair) {
                        own(&ours, Kind::Elements, record.id).and_then(|()| check::element(record))
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
            left_out,
            versions: rows(versions),
            wanted,
            features: rows(features),
            elements: rows(elements),
            grid_of_feature,
            known,
            problems,
            ours,
        })
    }
}
