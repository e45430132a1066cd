//! Writing a directory that was found right.

use std::collections::BTreeMap;

use entity::{ColumnIndex, Timestamp, category, element, feature, grid, package};
use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel,
    ModelTrait, PaginatorTrait,
};

use super::check;
use super::differences::Differences;
use super::import::ImportError;
use super::incoming::Incoming;
use super::overwrite::give_back;
use super::places::{write_elements, write_versions};
use super::prune::{self, Pruned};
use super::report::{Counts, Report, Stage};
use super::subjects::subjects;
use crate::editing::{
    self, Keys, Named, NewPairs, Planned, Renamed, Touched, Upsert, Written, derive,
};

impl Incoming {
    /// Writes all of it; the caller commits. What was pruned before is reported, too.
    pub async fn write(
        mut self,
        transaction: &DatabaseTransaction,
        origin: Origin,
        pruned: Pruned,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Report, ImportError> {
        let (source, now) = (origin.source, origin.now);
        let how = |compare| origin.how(compare);
        self.came_from(source);
        let highest = self.highest_id() + 1;
        let given_back = match origin.overwrites_edits {
            true => give_back(transaction, &self).await?,
            false => 0,
        };
        let differences = Differences::of(&self, origin.lists_differences);
        let known = self.known;
        let cells_before = element::Entity::find().count(transaction).await? as usize;
        let mut report = Report { given_back, ..Report::default() };

        progress(Stage::Writing("categories", self.categories.len()));
        let slugs = renamed(&self.categories, &known.categories, |row| (row.id, &row.slug));
        park_slugs::<category::Entity>(transaction, category::Column::Slug, &slugs, &origin)
            .await?;
        let categories = upsert::<category::Entity>(
            transaction,
            self.categories,
            how(!known.categories.is_empty()),
            |new, there| new.packages_count = there.packages_count,
            progress,
        )
        .await?;

        report.categories = counts(&categories);
        differences.list(&mut report, "categories", &categories);

        progress(Stage::Writing("grids", self.grids.len()));
        let slugs = renamed(&self.grids, &known.grids, |row| (row.id, &row.slug));
        park_slugs::<grid::Entity>(transaction, grid::Column::Slug, &slugs, &origin).await?;
        let grids = upsert::<grid::Entity>(
            transaction,
            self.grids,
            how(!known.grids.is_empty()),
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
        let slugs = renamed(&self.packages, &known.package_slugs, |row| (row.id, &row.slug));
        park_slugs::<package::Entity>(transaction, package::Column::Slug, &slugs, &origin).await?;
        let urls =
            renamed(&self.packages, &known.package_repositories, |row| (row.id, &row.repo_url));
        let urls: Vec<i64> = urls.iter().map(|row| row.id).collect();
        editing::park::<package::Entity>(transaction, package::Column::RepoUrl, &urls).await?;
        let left_out = self.left_out;
        let packages = upsert::<package::Entity>(
            transaction,
            self.packages,
            how(!new),
            |new, there| settle(new, there, left_out.get(&there.id)),
            progress,
        )
        .await?;
        report.packages = counts(&packages);
        differences.list(&mut report, "packages", &packages);
        drop(left_out);

        progress(Stage::Writing("versions", self.versions.len()));
        let (versions, removed) = write_versions(
            transaction,
            self.versions,
            &known.versions,
            &mut self.ours,
            how,
            progress,
        )
        .await?;
        report.versions = Counts { removed, ..counts(&versions) };
        differences.list(&mut report, "versions", &versions);

        // A large directory's keys are worth giving back.
        let (pairs, has_features) = (known.pairs, !known.features.is_empty());
        drop((known.package_slugs, known.package_repositories));
        let wanted = self.wanted;
        progress(Stage::Writing("pairings", wanted.len()));
        let mut done = |rows| progress(Stage::Written(rows));
        let paired =
            editing::reconcile(transaction, &wanted, &pairs, origin.new_pairs(), now, &mut done)
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
            how(has_features),
            |_, _| {},
            progress,
        )
        .await?;

        report.features = counts(&features);
        differences.list(&mut report, "features", &features);

        progress(Stage::Writing("elements", self.elements.len()));
        let elements = write_elements(
            transaction,
            self.elements,
            self.edited_elements,
            &self.grid_of_feature,
            &mut self.ours,
            origin,
            progress,
        )
        .await?;
        report.elements = counts(&elements);
        differences.list(&mut report, "elements", &elements);

        let cells_after = element::Entity::find().count(transaction).await? as usize;
        report.elements.removed =
            (cells_before + report.elements.added).saturating_sub(cells_after);

        let categories_gone = prune::prune_categories(transaction, &pruned.categories).await?;
        report.categories.removed = categories_gone.len();
        report.add(pruned.report);
        report.next_id = highest.max(paired.next_id);
        report.next_pairing_id = paired.next_pairing_id;
        report.left_out = self.ours.left_out();
        report.gave_way = self.ours.gave_way;
        report.kept = self.kept;
        if report.changed() {
            let rows = report.kinds().iter().map(|(_, counts)| counts.touched()).sum();
            let touched = Touched {
                categories: categories.touched().into_iter().chain(categories_gone).collect(),
                grids: grids
                    .touched()
                    .into_iter()
                    .chain(paired.grids.iter().copied())
                    .chain(pruned.grids)
                    .collect(),
                packages: packages.touched().into_iter().chain(pruned.packages).collect(),
                packages_more: BTreeMap::new(),
                everywhere: true,
                first: new,
                rows,
            };
            editing::follow(transaction, &touched).await?;
            // Of a directory that is all new, everything is.
            if !new {
                let revision = origin.revision;
                report.subjects =
                    subjects(transaction, revision, &report, &touched, &paired).await?;
            }
        }
        Ok(report)
    }
}

/// Where rows come from, and whether the report lists them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// Null when they come from files.
    pub source: Option<i64>,
    /// The revision that the import makes.
    pub revision: i64,
    /// The id that the next row takes that is made here.
    pub next_id: i64,
    /// The id that the next pairing takes that comes in.
    pub next_pairing_id: i64,
    pub now: Timestamp,
    /// Whether values go that editors have set.
    pub overwrites_edits: bool,
    pub lists_differences: bool,
}

impl Origin {
    fn new_pairs(&self) -> NewPairs {
        NewPairs {
            source: self.source,
            revision: self.revision,
            next_id: self.next_id,
            next_pairing_id: self.next_pairing_id,
        }
    }

    /// How rows are written; `compare` tells whether some may be there.
    pub fn how(&self, compare: bool) -> Upsert {
        Upsert { compare, revision: Some(self.revision), overwrites_edits: self.overwrites_edits }
    }
}

impl Incoming {
    /// The highest id that a record has.
    fn highest_id(&self) -> i64 {
        let ids = self.categories.iter().map(|row| row.id);
        let ids = ids.chain(self.grids.iter().map(|row| row.id));
        let ids = ids.chain(self.packages.iter().map(|row| row.id));
        let ids = ids.chain(self.versions.iter().map(|row| row.id));
        let ids = ids.chain(self.features.iter().map(|row| row.id));
        ids.chain(self.elements.iter().map(|row| row.id)).max().unwrap_or_default()
    }

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
    new.score = derive::score_facts(new).map(|facts| facts.score());
}

pub(super) async fn upsert<E>(
    transaction: &DatabaseTransaction,
    rows: Vec<E::Model>,
    how: Upsert,
    settle: impl Fn(&mut E::Model, &E::Model) + Send,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Written, ImportError>
where
    E: Planned,
    E::Model: IntoActiveModel<E::ActiveModel> + ModelTrait<Entity = E> + FromQueryResult + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut done = |rows| progress(Stage::Written(rows));
    Ok(editing::upsert::<E>(transaction, rows, how, settle, &mut done).await?)
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
fn renamed<T>(rows: &[T], known: &Keys, key: impl Fn(&T) -> (i64, &String)) -> Vec<Renamed> {
    rows.iter()
        .map(key)
        .filter_map(|(id, is)| {
            let was = known.get(&id).filter(|was| *was != is)?;
            Some(Renamed { id, was: was.clone(), is: is.clone() })
        })
        .collect()
}

/// Makes way for the slugs of rows that have other ones than before, and has those that they had
/// lead to them.
async fn park_slugs<E: Named>(
    transaction: &DatabaseTransaction,
    column: E::Column,
    renamed: &[Renamed],
    origin: &Origin,
) -> Result<(), ImportError>
where
    E::Column: ColumnIndex,
{
    let ids: Vec<i64> = renamed.iter().map(|row| row.id).collect();
    editing::park::<E>(transaction, column, &ids).await?;
    let aliases = editing::of_renamed::<E>(transaction, renamed, origin.revision).await?;
    editing::write_aliases(transaction, &aliases).await?;
    Ok(())
}
