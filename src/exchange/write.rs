//! Writing a directory that was found right.

use std::collections::HashMap;

use entity::{Timestamp, Tracked, category, element, feature, grid, package, version};
use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, ModelTrait,
    PaginatorTrait, QuerySelect,
};

use super::differences::Differences;
use super::import::ImportError;
use super::incoming::Incoming;
use super::prune::{self, Pruned};
use super::report::{Counts, Report, Stage};
use super::{check, wire};
use crate::database::DatabaseError;
use crate::editing::{self, Keys, Pair, Touched, Written, derive};

impl Incoming {
    /// Writes all of it; the caller commits. What was pruned before is reported, too.
    pub async fn write(
        mut self,
        transaction: &DatabaseTransaction,
        origin: Origin,
        pruned: Pruned,
        now: Timestamp,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Report, ImportError> {
        let (source, revision) = (origin.source, origin.revision);
        self.came_from(source);
        let differences = Differences::of(&self, origin.lists_differences);
        let known = self.known;
        let cells_before = element::Entity::find().count(transaction).await? as usize;
        let mut report = Report::default();

        progress(Stage::Writing("categories", self.categories.len()));
        let renamed = moved(&self.categories, &known.categories, |row| (row.id, &row.slug));
        editing::park::<category::Entity>(transaction, category::Column::Slug, &renamed).await?;
        let categories = upsert::<category::Entity>(
            transaction,
            self.categories,
            !known.categories.is_empty(),
            revision,
            |new, there| new.packages_count = there.packages_count,
            progress,
        )
        .await?;

        report.categories = counts(&categories);
        differences.list(&mut report, "categories", &categories);

        progress(Stage::Writing("grids", self.grids.len()));
        let renamed = moved(&self.grids, &known.grids, |row| (row.id, &row.slug));
        editing::park::<grid::Entity>(transaction, grid::Column::Slug, &renamed).await?;
        let grids = upsert::<grid::Entity>(
            transaction,
            self.grids,
            !known.grids.is_empty(),
            revision,
            |new, there| {
                new.packages_count = there.packages_count;
                new.features_count = there.features_count;
            },
            progress,
        )
        .await?;

        report.grids = counts(&grids);
        differences.list(&mut report, "grids", &grids);

        progress(Stage::Writing("packages", self.packages.len()));
        let new = known.package_slugs.is_empty();
        let slugs = moved(&self.packages, &known.package_slugs, |row| (row.id, &row.slug));
        editing::park::<package::Entity>(transaction, package::Column::Slug, &slugs).await?;
        let urls =
            moved(&self.packages, &known.package_repositories, |row| (row.id, &row.repo_url));
        editing::park::<package::Entity>(transaction, package::Column::RepoUrl, &urls).await?;
        let left_out = self.left_out;
        let packages = upsert::<package::Entity>(
            transaction,
            self.packages,
            !new,
            revision,
            |new, there| settle(new, there, left_out.get(&there.id)),
            progress,
        )
        .await?;
        report.packages = counts(&packages);
        differences.list(&mut report, "packages", &packages);
        drop(left_out);

        progress(Stage::Writing("versions", self.versions.len()));
        let (versions, removed) =
            write_versions(transaction, self.versions, &known.versions, revision, progress).await?;
        report.versions = Counts { removed, ..counts(&versions) };
        differences.list(&mut report, "versions", &versions);

        // A large directory's keys are worth giving back.
        let (pairs, has_features) = (known.pairs, !known.features.is_empty());
        drop((known.package_slugs, known.package_repositories));
        let wanted = self.wanted;
        progress(Stage::Writing("pairings", wanted.len()));
        let mut done = |rows| progress(Stage::Written(rows));
        let paired =
            editing::reconcile(transaction, &wanted, &pairs, source, revision, now, &mut done)
                .await?;
        drop((wanted, pairs));
        report.pairings = Counts {
            added: paired.added.len(),
            changed: paired.moved.len(),
            unchanged: paired.unchanged,
            removed: paired.removed.len(),
            ..Counts::default()
        };
        differences.list_pairings(&mut report, &paired);

        progress(Stage::Writing("features", self.features.len()));
        let elsewhere: Vec<i64> = self
            .features
            .iter()
            .filter(|row| known.features.get(&row.id).is_some_and(|grid| *grid != row.grid_id))
            .map(|row| row.id)
            .collect();
        editing::delete_elements_of(transaction, &elsewhere).await?;
        let features = upsert::<feature::Entity>(
            transaction,
            self.features,
            has_features,
            revision,
            |_, _| {},
            progress,
        )
        .await?;

        report.features = counts(&features);
        differences.list(&mut report, "features", &features);

        progress(Stage::Writing("elements", self.elements.len()));
        let elements =
            write_elements(transaction, self.elements, &self.grid_of_feature, origin, progress)
                .await?;
        report.elements = counts(&elements);
        differences.list(&mut report, "elements", &elements);

        let cells_after = element::Entity::find().count(transaction).await? as usize;
        report.elements.removed =
            (cells_before + report.elements.added).saturating_sub(cells_after);

        let categories_gone = prune::prune_categories(transaction, &pruned.categories).await?;
        report.categories.removed = categories_gone.len();
        let tables = ["category", "grid", "package", "version", "feature", "element"];
        editing::advance_ids(transaction, &tables).await?;
        report.add(pruned.report);
        if report.changed() {
            let rows = report.kinds().iter().map(|(_, counts)| counts.touched()).sum();
            let touched = Touched {
                categories: categories.touched().into_iter().chain(categories_gone).collect(),
                grids: grids
                    .touched()
                    .into_iter()
                    .chain(paired.grids)
                    .chain(pruned.grids)
                    .collect(),
                packages: packages.touched().into_iter().chain(pruned.packages).collect(),
                everywhere: true,
                first: new,
                rows,
            };
            editing::follow(transaction, &touched).await?;
        }
        Ok(report)
    }
}

/// Where rows come from, and whether the report lists them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origin {
    /// Null when they come from files.
    pub source: Option<i64>,
    /// The revision that the import makes.
    pub revision: i64,
    pub lists_differences: bool,
}

impl Incoming {
    /// Notes where rows come from; those that are there already stay with what brought them first.
    fn came_from(&mut self, source: Option<i64>) {
        self.categories.iter_mut().for_each(|row| row.source_id = source);
        self.grids.iter_mut().for_each(|row| row.source_id = source);
        self.packages.iter_mut().for_each(|row| row.source_id = source);
        self.versions.iter_mut().for_each(|row| row.source_id = source);
        self.features.iter_mut().for_each(|row| row.source_id = source);
    }
}

/// Keeps of the package that is `there` what the record of the `new` one does not tell.
fn settle(new: &mut package::Model, there: &package::Model, left_out: Option<&check::LeftOut>) {
    if let Some(left_out) = left_out {
        for column in left_out.iter() {
            new.set(column, there.get(column));
        }
        derive::package_facts(new);
    }
    new.last_released = there.last_released;
    new.last_release_year = there.last_release_year;
    new.grids_count = there.grids_count;
    // A score ages; that alone changes no package, and the daily pass sees to it.
    if new.last_updated == there.last_updated {
        new.score_quarters = there.score_quarters;
    }
    new.score = derive::score_facts(new).score();
}

async fn write_versions(
    transaction: &DatabaseTransaction,
    versions: Vec<version::Model>,
    known: &HashMap<i64, (i64, String)>,
    revision: i64,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<(Written, usize), ImportError> {
    // A version is one by its package and number: what has them under another id makes room.
    let ids: HashMap<(i64, &str), i64> =
        versions.iter().map(|row| ((row.package_id, row.number.as_str()), row.id)).collect();
    let places: HashMap<i64, (i64, &str)> =
        versions.iter().map(|row| (row.id, (row.package_id, row.number.as_str()))).collect();
    let in_the_way: Vec<i64> = known
        .iter()
        .filter(|(id, (package, number))| {
            let place = (*package, number.as_str());
            ids.get(&place).is_some_and(|other| other != *id)
                || places.get(id).is_some_and(|other| *other != place)
        })
        .map(|(id, _)| *id)
        .collect();
    editing::delete_by_id::<version::Entity>(transaction, &in_the_way).await?;
    drop((ids, places));
    let compare = !known.is_empty();
    let written =
        upsert::<version::Entity>(transaction, versions, compare, revision, |_, _| {}, progress)
            .await?;
    Ok((written, in_the_way.len()))
}

async fn write_elements(
    transaction: &DatabaseTransaction,
    records: Vec<wire::Element>,
    grid_of_feature: &HashMap<i64, i64>,
    origin: Origin,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Written, ImportError> {
    if records.is_empty() {
        return Ok(Written::default());
    }
    let pairs = editing::pairs(transaction).await?;
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let pairing = grid_of_feature
            .get(&record.feature.id)
            .and_then(|grid| pairs.get(&Pair { grid: *grid, package: record.package.id }))
            .ok_or_else(|| DatabaseError::UnexpectedValue("a pairing has gone".to_owned()))?;
        rows.push(element::Model { source_id: origin.source, ..check::cell(record, pairing.id) });
    }
    let compare = element::Entity::find().limit(1).count(transaction).await? > 0;
    if compare {
        // A cell is one by its place in the table: whatever else stands there, or stands elsewhere
        // under this id, makes room.
        let ids: HashMap<(i64, i64), i64> =
            rows.iter().map(|row| ((row.feature_id, row.grid_package_id), row.id)).collect();
        let places: HashMap<i64, (i64, i64)> =
            rows.iter().map(|row| (row.id, (row.feature_id, row.grid_package_id))).collect();
        let mut in_the_way: Vec<i64> = Vec::new();
        let columns = element::Entity::find()
            .select_only()
            .column(element::Column::Id)
            .column(element::Column::FeatureId)
            .column(element::Column::GridPackageId);
        let id = |row: &(i64, i64, i64)| row.0;
        editing::each(transaction, columns, element::Column::Id, id, |(id, feature, pairing)| {
            let place = (feature, pairing);
            if ids.get(&place).is_some_and(|other| *other != id)
                || places.get(&id).is_some_and(|other| *other != place)
            {
                in_the_way.push(id);
            }
        })
        .await?;
        editing::delete_by_id::<element::Entity>(transaction, &in_the_way).await?;
    }
    upsert::<element::Entity>(transaction, rows, compare, origin.revision, |_, _| {}, progress)
        .await
}

async fn upsert<E>(
    transaction: &DatabaseTransaction,
    rows: Vec<E::Model>,
    compare: bool,
    revision: i64,
    settle: impl Fn(&mut E::Model, &E::Model) + Send,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Written, ImportError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + PartialEq + Tracked + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut done = |rows| progress(Stage::Written(rows));
    Ok(editing::upsert::<E>(transaction, rows, compare, Some(revision), settle, &mut done).await?)
}

fn counts(written: &Written) -> Counts {
    Counts {
        added: written.added,
        changed: written.changed,
        unchanged: written.unchanged,
        ..Counts::default()
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
