//! Bringing a directory in: all of it, or nothing.

use std::collections::{HashMap, HashSet};

use entity::{Timestamp, category, element, feature, grid, package};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QuerySelect};
use thiserror::Error;

use super::files::{Directory, FileError, Place};
use super::report::{Counts, Problem, Report, Stage};
use super::{check, wire};
use crate::database::{Database, DatabaseError, revision};
use crate::editing::{self, Keys, Pair, PairsWritten, Wish, Written};

/// How an import is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Leave out what is wrong instead of giving up.
    pub skip_invalid: bool,
}

/// Why nothing was brought in.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} wrong, nothing was imported", match .0.len() { 1 => "a record is".to_owned(), n => format!("{n} records are") })]
    Invalid(Vec<Problem>),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sea_orm::DbErr> for ImportError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// Brings `directory` into `database` in one transaction.
///
/// Rows are kept as they come, under their own ids. Rows of which nothing differs are not written,
/// and if that is all of them, neither is a change, and the revision stays.
///
/// # Errors
/// When a file cannot be read, a record is wrong (unless such are to be skipped), or the database
/// fails; nothing was changed then.
pub async fn import(
    database: &Database,
    directory: &Directory,
    options: Options,
    now: Timestamp,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Report, ImportError> {
    let transaction = database.begin().await?;
    revision::lock(&transaction).await?;
    let mut incoming = Incoming::read(directory, &transaction, progress).await?;
    let problems = std::mem::take(&mut incoming.problems);
    if !problems.is_empty() && !options.skip_invalid {
        transaction.rollback().await?;
        return Err(ImportError::Invalid(problems));
    }
    let mut report = incoming.write(&transaction, now, progress).await?;
    report.problems = problems;
    report.count_skipped();
    if report.changed() {
        let counts = serde_json::to_string(&report)
            .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))?;
        report.revision = revision::raise(&transaction, now, "import", counts).await?;
        transaction.commit().await?;
    } else {
        report.revision = entity::directory::Entity::find()
            .one(&transaction)
            .await?
            .map_or(0, |directory| directory.revision);
        transaction.rollback().await?;
    }
    Ok(report)
}

/// A row with the place of its record.
type Placed<T> = (T, Place);

/// A directory as it was read and found right.
struct Incoming {
    categories: Vec<category::Model>,
    grids: Vec<grid::Model>,
    packages: Vec<package::Model>,
    wish: Wish,
    features: Vec<feature::Model>,
    elements: Vec<wire::Element>,
    grid_of_feature: HashMap<i64, i64>,
    known: Known,
    problems: Vec<Problem>,
}

/// What was there before.
struct Known {
    categories: Keys,
    grids: Keys,
    package_slugs: Keys,
    package_repositories: Keys,
    /// The grid of each feature.
    features: HashMap<i64, i64>,
    pairs: HashMap<Pair, entity::grid_package::Model>,
}

impl Known {
    async fn read(connection: &impl ConnectionTrait) -> Result<Self, ImportError> {
        let features: Vec<(i64, i64)> = feature::Entity::find()
            .select_only()
            .column(feature::Column::Id)
            .column(feature::Column::GridId)
            .into_tuple()
            .all(connection)
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
            features: features.into_iter().collect(),
            pairs: editing::pairs(connection).await?,
        })
    }
}

impl Incoming {
    async fn read(
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
        unique(&mut packages, &mut problems, by_id, |row| &row.slug, &known.package_slugs, "slug");
        let repositories = &known.package_repositories;
        unique(&mut packages, &mut problems, by_id, |row| &row.repo_url, repositories, "repo_url");

        let grid_ids: HashSet<i64> =
            ids(&grids, |row| row.id).chain(known.grids.keys().copied()).collect();
        let package_ids: HashSet<i64> =
            ids(&packages, |row| row.id).chain(known.package_slugs.keys().copied()).collect();
        let wish = Wish {
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

    async fn write(
        self,
        transaction: &DatabaseTransaction,
        now: Timestamp,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Report, ImportError> {
        let known = self.known;
        let mut report = Report::default();

        progress(Stage::Writing("categories", self.categories.len()));
        let moved = moved(&self.categories, &known.categories, |row| (row.id, &row.slug));
        editing::park::<category::Entity>(transaction, category::Column::Slug, &moved).await?;
        report.categories = upsert::<category::Entity>(
            transaction,
            self.categories,
            category::Column::Id,
            |row| row.id,
            !known.categories.is_empty(),
            progress,
        )
        .await?;

        progress(Stage::Writing("grids", self.grids.len()));
        let moved_grids = self::moved(&self.grids, &known.grids, |row| (row.id, &row.slug));
        editing::park::<grid::Entity>(transaction, grid::Column::Slug, &moved_grids).await?;
        report.grids = upsert::<grid::Entity>(
            transaction,
            self.grids,
            grid::Column::Id,
            |row| row.id,
            !known.grids.is_empty(),
            progress,
        )
        .await?;

        progress(Stage::Writing("packages", self.packages.len()));
        let slugs = self::moved(&self.packages, &known.package_slugs, |row| (row.id, &row.slug));
        editing::park::<package::Entity>(transaction, package::Column::Slug, &slugs).await?;
        let urls =
            self::moved(&self.packages, &known.package_repositories, |row| (row.id, &row.repo_url));
        editing::park::<package::Entity>(transaction, package::Column::RepoUrl, &urls).await?;
        report.packages = upsert::<package::Entity>(
            transaction,
            self.packages,
            package::Column::Id,
            |row| row.id,
            !known.package_slugs.is_empty(),
            progress,
        )
        .await?;

        let wanted = self.wish.wanted(&known.pairs);
        progress(Stage::Writing("pairings", wanted.len()));
        let mut done = |rows| progress(Stage::Written(rows));
        let PairsWritten { rows, removed } =
            editing::reconcile(transaction, &wanted, &known.pairs, now, &mut done).await?;
        report.pairings = Counts { removed, ..counts(rows) };

        progress(Stage::Writing("features", self.features.len()));
        report.features = upsert::<feature::Entity>(
            transaction,
            self.features,
            feature::Column::Id,
            |row| row.id,
            !known.features.is_empty(),
            progress,
        )
        .await?;

        progress(Stage::Writing("elements", self.elements.len()));
        report.elements =
            write_elements(transaction, self.elements, &self.grid_of_feature, progress).await?;

        editing::advance_ids(transaction, &["category", "grid", "package", "feature", "element"])
            .await?;
        Ok(report)
    }
}

async fn write_elements(
    transaction: &DatabaseTransaction,
    records: Vec<wire::Element>,
    grid_of_feature: &HashMap<i64, i64>,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Counts, ImportError> {
    if records.is_empty() {
        return Ok(Counts::default());
    }
    let pairs = editing::pairs(transaction).await?;
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let pairing = grid_of_feature
            .get(&record.feature.id)
            .and_then(|grid| pairs.get(&Pair { grid: *grid, package: record.package.id }))
            .ok_or_else(|| DatabaseError::UnexpectedValue("a pairing has gone".to_owned()))?;
        rows.push(check::element(record, pairing.id).map_err(DatabaseError::UnexpectedValue)?);
    }
    let compare = element::Entity::find().limit(1).count(transaction).await? > 0;
    if compare {
        // A cell is one by its place in the table: whatever else stands there, or stands elsewhere
        // under this id, makes room.
        let known: Vec<(i64, i64, i64)> = element::Entity::find()
            .select_only()
            .column(element::Column::Id)
            .column(element::Column::FeatureId)
            .column(element::Column::GridPackageId)
            .into_tuple()
            .all(transaction)
            .await?;
        let ids: HashMap<(i64, i64), i64> =
            rows.iter().map(|row| ((row.feature_id, row.grid_package_id), row.id)).collect();
        let places: HashMap<i64, (i64, i64)> =
            rows.iter().map(|row| (row.id, (row.feature_id, row.grid_package_id))).collect();
        let in_the_way: Vec<i64> = known
            .into_iter()
            .filter(|(id, feature, pairing)| {
                let place = (*feature, *pairing);
                ids.get(&place).is_some_and(|other| other != id)
                    || places.get(id).is_some_and(|other| *other != place)
            })
            .map(|(id, ..)| id)
            .collect();
        editing::delete_by_id::<element::Entity>(transaction, &in_the_way).await?;
    }
    let id = element::Column::Id;
    upsert::<element::Entity>(transaction, rows, id, |row| row.id, compare, progress).await
}

async fn upsert<E>(
    transaction: &DatabaseTransaction,
    rows: Vec<E::Model>,
    id_column: E::Column,
    id: impl Fn(&E::Model) -> i64,
    compare: bool,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Counts, ImportError>
where
    E: EntityTrait,
    E::Model: sea_orm::IntoActiveModel<E::ActiveModel> + PartialEq + Send,
    E::ActiveModel: sea_orm::ActiveModelTrait<Entity = E> + Send,
{
    let mut done = |rows| progress(Stage::Written(rows));
    let written =
        editing::upsert::<E>(transaction, rows, id_column, id, compare, &mut done).await?;
    Ok(counts(written))
}

fn counts(written: Written) -> Counts {
    Counts {
        added: written.added,
        changed: written.changed,
        unchanged: written.unchanged,
        ..Counts::default()
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
        std::collections::hash_map::Entry::Vacant(free) => {
            free.insert(*place);
            true
        }
        std::collections::hash_map::Entry::Occupied(taken) => {
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
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(id(row));
                }
                std::collections::hash_map::Entry::Occupied(other) => {
                    let reason = format!("{what} {value:?} is that of id {}", other.get());
                    wrong.push((index, Problem::new(*place, reason)));
                }
            }
        }
        if wrong.is_empty() {
            return;
        }
        // What is dropped keeps its old value in the database, which may be in another's way.
        for (index, problem) in wrong.into_iter().rev() {
            rows.remove(index);
            problems.push(problem);
        }
    }
}

/// The rows whose value of a unique column is not what it was.
fn moved<T>(rows: &[T], known: &Keys, key: impl Fn(&T) -> (i64, &String)) -> Vec<i64> {
    rows.iter()
        .map(key)
        .filter(|(id, value)| known.get(id).is_some_and(|known| known != *value))
        .map(|(id, _)| id)
        .collect()
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
