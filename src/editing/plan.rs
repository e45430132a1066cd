//! What an edit will write, before it writes anything: so it can be looked at, told, and left.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    Timestamp, Tracked, category, element, feature, grid, grid_package, package, taken_out, version,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, ModelTrait,
};

use super::aliases::{self, AliasChange};
use super::bulk::Upsert;
use super::history::RowChange;
use super::{Touched, bulk, derive, follow, values};
use crate::database::DatabaseError;

/// Rows of `taken_out` that one statement adds or takes away; each binds three values.
const TAKEN_OUT: usize = 5_000;

/// What happens to rows of one table.
pub struct Rows<E: EntityTrait> {
    pub added: Vec<E::Model>,
    /// What each was, and what it will be.
    pub changed: Vec<(E::Model, E::Model)>,
    pub removed: Vec<E::Model>,
}

impl<E: EntityTrait> Default for Rows<E> {
    fn default() -> Self {
        Self { added: Vec::new(), changed: Vec::new(), removed: Vec::new() }
    }
}

/// What an edit will write.
#[derive(Default)]
pub struct Plan {
    categories: Rows<category::Entity>,
    grids: Rows<grid::Entity>,
    packages: Rows<package::Entity>,
    pairings: Rows<grid_package::Entity>,
    versions: Rows<version::Entity>,
    features: Rows<feature::Entity>,
    elements: Rows<element::Entity>,
    /// Rows that imports leave out from now on: kind, id, and of a pairing the package's.
    pub taken_out: Vec<(&'static str, i64, i64)>,
    /// Former slugs, and who answers to them.
    pub aliases: Vec<AliasChange>,
    /// Rows that imports bring again, as they did before they were taken out.
    pub given_back: Vec<(&'static str, i64, i64)>,
    /// What else the change is about, by kind and id.
    pub subjects: BTreeSet<(&'static str, i64)>,
}

/// A table that edits write.
pub trait Planned: EntityTrait<Model: Tracked + PartialEq + Clone> {
    /// What a row of it is called in the history.
    const KIND: &'static str;

    /// The column of the id.
    fn id_column() -> Self::Column;

    /// Its part of a plan.
    fn rows(plan: &mut Plan) -> &mut Rows<Self>;

    /// Sets what follows from the row's own columns, as of `now`.
    fn derive(row: &mut Self::Model, now: Timestamp);

    /// Notes when the row was changed, if it knows that.
    fn touch(_row: &mut Self::Model, _now: Timestamp) {}

    /// What a change of the row is about, besides the row: kinds and ids.
    fn about(_row: &Self::Model) -> Vec<(&'static str, i64)> {
        Vec::new()
    }

    /// What an import must leave out when the row was taken out; null when nothing has to be.
    fn left_out(row: &Self::Model) -> Option<(i64, i64)> {
        Some((row.id(), 0))
    }
}

macro_rules! planned {
    ($($entity:ident: $kind:literal, $rows:ident, $derive:expr, $about:expr
        $(, modified: $modified:ident)? $(, left_out: $left_out:expr)?;)*) => {$(
        impl Planned for $entity::Entity {
            const KIND: &'static str = $kind;

            fn id_column() -> Self::Column {
                $entity::Column::Id
            }

            fn rows(plan: &mut Plan) -> &mut Rows<Self> {
                &mut plan.$rows
            }

            fn derive(row: &mut Self::Model, now: Timestamp) {
                let derive: fn(&mut Self::Model, Timestamp) = $derive;
                derive(row, now);
            }

            fn about(row: &Self::Model) -> Vec<(&'static str, i64)> {
                let about: fn(&Self::Model) -> Vec<(&'static str, i64)> = $about;
                about(row)
            }

            $(fn touch(row: &mut Self::Model, now: Timestamp) {
                row.$modified = now;
            })?

            $(fn left_out(row: &Self::Model) -> Option<(i64, i64)> {
                let left_out: fn(&Self::Model) -> Option<(i64, i64)> = $left_out;
                left_out(row)
            })?
        }
    )*};
}
planned! {
    category: "category", categories, |row, _| derive::category(row),
        |row| vec![("category", row.id)], modified: modified;
    grid: "grid", grids, |row, _| derive::grid(row),
        |row| vec![("grid", row.id)], modified: modified;
    package: "package", packages, |row, now| {
            derive::package(row);
            derive::rescore(row, now);
        }, |row| vec![("package", row.id)], modified: modified;
    grid_package: "pairing", pairings, |_, _| {},
        |row| vec![("grid", row.grid_id), ("package", row.package_id)],
        modified: modified, left_out: |row| Some((row.grid_id, row.package_id));
    version: "version", versions, |row, _| derive::version(row),
        |row| vec![("version", row.id), ("package", row.package_id)];
    feature: "feature", features, |row, _| derive::feature(row),
        |row| vec![("feature", row.id), ("grid", row.grid_id)];
    element: "element", elements, |row, _| derive::element(row),
        |row| vec![("feature", row.feature_id)], left_out: |_| None;
}

/// Calls a macro with every table, parents first.
macro_rules! each_table {
    ($each:ident) => {
        $each!(category);
        $each!(grid);
        $each!(package);
        $each!(grid_package);
        $each!(version);
        $each!(feature);
        $each!(element);
    };
}

impl Plan {
    /// Whether nothing is to be written.
    pub fn is_empty(&mut self) -> bool {
        let mut empty = self.aliases.is_empty();
        macro_rules! look {
            ($entity:ident) => {
                let rows = <$entity::Entity as Planned>::rows(self);
                empty &=
                    rows.added.is_empty() && rows.changed.is_empty() && rows.removed.is_empty();
            };
        }
        each_table!(look);
        empty
    }

    /// What becomes of each row, for the history.
    pub fn changes(&mut self) -> Vec<RowChange> {
        let mut changes = Vec::new();
        macro_rules! tell {
            ($entity:ident) => {
                tell::<$entity::Entity>(self, &mut changes);
            };
        }
        each_table!(tell);
        changes
    }

    /// What the change is about, each once.
    pub fn all_subjects(&mut self) -> Vec<(&'static str, i64)> {
        let mut subjects = std::mem::take(&mut self.subjects);
        macro_rules! collect {
            ($entity:ident) => {
                let rows = <$entity::Entity as Planned>::rows(self);
                let changed = rows.changed.iter().flat_map(|(before, after)| [before, after]);
                for row in rows.added.iter().chain(&rows.removed).chain(changed) {
                    subjects.extend(<$entity::Entity as Planned>::about(row));
                }
            };
        }
        each_table!(collect);
        self.subjects = subjects;
        self.subjects.iter().copied().collect()
    }

    /// Writes all of it at `revision`, with whatever follows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(
        &mut self,
        connection: &impl ConnectionTrait,
        revision: i64,
    ) -> Result<(), DatabaseError> {
        let touched = self.touched(connection).await?;
        let mut gone = std::mem::take(&mut self.taken_out);
        let mut back = std::mem::take(&mut self.given_back);
        // Cells make room for others; what else goes does so after what is moved away from it, which
        // would go along.
        macro_rules! remove {
            ($($entity:ident),*) => {$(
                remove::<$entity::Entity>(self, connection, &mut gone).await?;
            )*};
        }
        remove!(element);
        macro_rules! write {
            ($entity:ident) => {
                write::<$entity::Entity>(self, connection, revision, &mut back).await?;
            };
        }
        each_table!(write);
        remove!(feature, version, grid_package, package, grid, category);
        aliases::write(connection, &self.aliases).await?;
        for back in back.chunks(TAKEN_OUT) {
            // Kinds are our own words, and ids are numbers. (SQLite compares with a list of rows only
            // in this form.)
            let rows: Vec<String> =
                back.iter().map(|(kind, id, other)| format!("('{kind}', {id}, {other})")).collect();
            let sql = format!(
                "DELETE FROM taken_out WHERE (kind, row_id, other_id) IN (VALUES {})",
                rows.join(",")
            );
            connection.execute_unprepared(&sql).await?;
        }
        for gone in gone.chunks(TAKEN_OUT) {
            let rows = gone.iter().map(|(kind, row_id, other_id): &(&str, i64, i64)| {
                let (kind, row_id, other_id) = ((*kind).to_owned(), *row_id, *other_id);
                taken_out::Model { kind, row_id, other_id }.into_active_model()
            });
            let nothing = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
            taken_out::Entity::insert_many(rows.map(ActiveModelTrait::reset_all))
                .on_conflict(nothing)
                .exec_without_returning(connection)
                .await?;
        }
        follow(connection, &touched).await?;
        Ok(())
    }

    /// The rows whose counts and search documents follow from the plan.
    async fn touched(
        &mut self,
        connection: &impl ConnectionTrait,
    ) -> Result<Touched, DatabaseError> {
        let mut packages = BTreeSet::new();
        let mut grids = BTreeSet::new();
        let mut categories = BTreeSet::new();
        let mut moved = Vec::new();
        let mut packages_more: BTreeMap<i64, i64> = BTreeMap::new();
        for row in rows(&self.categories) {
            categories.insert(row.id);
        }
        for row in rows(&self.packages) {
            packages.insert(row.id);
        }
        for row in &self.packages.added {
            *packages_more.entry(row.category_id).or_default() += 1;
        }
        for row in &self.packages.removed {
            *packages_more.entry(row.category_id).or_default() -= 1;
        }
        for (before, after) in &self.packages.changed {
            if before.category_id != after.category_id {
                moved.push(before.id);
                *packages_more.entry(before.category_id).or_default() -= 1;
                *packages_more.entry(after.category_id).or_default() += 1;
            }
        }
        packages_more.retain(|id, more| *more != 0 && !categories.contains(id));
        for row in rows(&self.grids) {
            grids.insert(row.id);
        }
        for row in rows(&self.pairings) {
            grids.insert(row.grid_id);
            packages.insert(row.package_id);
        }
        for row in rows(&self.features) {
            grids.insert(row.grid_id);
        }
        for row in rows(&self.versions) {
            packages.insert(row.package_id);
        }
        let (in_grid, of) = (grid_package::Column::GridId, grid_package::Column::PackageId);
        let others = bulk::ids_where::<grid_package::Entity>(connection, in_grid, of, &moved);
        grids.extend(others.await?);
        Ok(Touched {
            categories: categories.into_iter().collect(),
            grids: grids.into_iter().collect(),
            packages: packages.into_iter().collect(),
            packages_more,
            ..Touched::default()
        })
    }

    /// How many rows of each kind are added, changed and removed, as `change.counts` has them.
    pub fn counts(&mut self) -> BTreeMap<&'static str, BTreeMap<&'static str, usize>> {
        let mut counts = BTreeMap::new();
        macro_rules! count {
            ($entity:ident, $name:literal) => {
                let rows = <$entity::Entity as Planned>::rows(self);
                let numbers = [
                    ("added", rows.added.len()),
                    ("changed", rows.changed.len()),
                    ("removed", rows.removed.len()),
                ];
                let numbers: BTreeMap<_, _> =
                    numbers.into_iter().filter(|(_, number)| *number > 0).collect();
                if !numbers.is_empty() {
                    counts.insert($name, numbers);
                }
            };
        }
        count!(category, "categories");
        count!(grid, "grids");
        count!(package, "packages");
        count!(grid_package, "pairings");
        count!(version, "versions");
        count!(feature, "features");
        count!(element, "elements");
        counts
    }
}

/// All rows of a table's part of a plan, as they were and as they will be.
fn rows<E: EntityTrait>(rows: &Rows<E>) -> impl Iterator<Item = &E::Model> {
    let changed = rows.changed.iter().flat_map(|(before, after)| [before, after]);
    rows.added.iter().chain(&rows.removed).chain(changed)
}

fn tell<E: Planned>(plan: &mut Plan, changes: &mut Vec<RowChange>)
where
    E::Model: ModelTrait<Entity = E>,
{
    let rows = E::rows(plan);
    let row = |id, before, after| RowChange { kind: E::KIND.to_owned(), id, before, after };
    for removed in &rows.removed {
        changes.push(row(removed.id(), Some(values::whole(removed)), None));
    }
    for (before, after) in &rows.changed {
        let (was, is) = values::differing(before, after);
        changes.push(row(before.id(), Some(was), Some(is)));
    }
    for added in &rows.added {
        changes.push(row(added.id(), None, Some(values::whole(added))));
    }
}

async fn remove<E: Planned>(
    plan: &mut Plan,
    connection: &impl ConnectionTrait,
    gone: &mut Vec<(&'static str, i64, i64)>,
) -> Result<(), DatabaseError> {
    let rows = E::rows(plan);
    let ids: Vec<i64> = rows.removed.iter().map(Tracked::id).collect();
    let foreign = rows.removed.iter().filter(|row| row.source_id() != Some(entity::HERE));
    gone.extend(foreign.filter_map(E::left_out).map(|(id, other)| (E::KIND, id, other)));
    if !ids.is_empty() {
        bulk::delete_by_id::<E>(connection, &ids).await?;
    }
    Ok(())
}

async fn write<E: Planned>(
    plan: &mut Plan,
    connection: &impl ConnectionTrait,
    revision: i64,
    back: &mut Vec<(&'static str, i64, i64)>,
) -> Result<(), DatabaseError>
where
    E::Model: IntoActiveModel<E::ActiveModel> + FromQueryResult + ModelTrait<Entity = E> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let rows = E::rows(plan);
    let foreign = rows.added.iter().filter(|row| row.source_id() != Some(entity::HERE));
    back.extend(foreign.filter_map(E::left_out).map(|(id, other)| (E::KIND, id, other)));
    let all: Vec<E::Model> =
        rows.added.iter().chain(rows.changed.iter().map(|(_, after)| after)).cloned().collect();
    let how = Upsert { revision: Some(revision), ..Upsert::default() };
    bulk::upsert::<E>(connection, all, how, |_, _| {}, &mut |_| {}).await?;
    Ok(())
}
