//! Deletes rows that their source no longer has: those that it brought, and no others.
//!
//! All files are one source, whose rows have no `source_id`.

use std::collections::HashMap;

use entity::{category, element, feature, grid, grid_package, package, version};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::files::{Directory, Ids};
use super::held::Gone;
use super::import::ImportError;
use super::kind::Kind;
use super::report::{Counts, Difference, Report, TooMany, What};
use crate::database::DatabaseError;
use crate::editing::{self, Keys, Upsert, derive};

/// Which share of a kind's rows, in per cent, may go without somebody saying so.
const MOST: usize = 20;

/// Whether rows are deleted that their source has no more, also if they are suspiciously many, as
/// when a source is half empty for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    #[default]
    No,
    /// If they are too many, the whole import is given up.
    OrGiveUp,
    /// If they are too many, all of them stay.
    OrLeave,
    /// However many they are.
    Yes,
}

/// Rows that are read at once.
const ROWS_AT_ONCE: usize = 1_000;

/// What was pruned, and what else that touched.
#[derive(Debug, Default)]
pub(super) struct Pruned {
    pub report: Report,
    pub packages: Vec<i64>,
    pub grids: Vec<i64>,
    /// Categories that go when no package has them any more.
    pub categories: Vec<i64>,
}

/// Deletes, but for categories, what `directory` has no more of the rows of its source, at
/// `revision`, and lists it if that is wanted. What something was made in here stays.
pub(super) async fn prune(
    transaction: &DatabaseTransaction,
    directory: &Directory,
    source: Option<i64>,
    how: Prune,
    list: bool,
    revision: i64,
) -> Result<Pruned, ImportError> {
    let mut pruned = Pruned::default();
    let report = &mut pruned.report;
    macro_rules! gone {
        ($entity:ident, $kind:expr) => {{
            let of: Vec<i64> = $entity::Entity::find()
                .select_only()
                .column($entity::Column::Id)
                .filter(is_from($entity::Column::SourceId, source))
                .order_by_asc($entity::Column::Id)
                .into_tuple()
                .all(transaction)
                .await?;
            let there = directory.ids($kind)?;
            gone(report, $kind.name(), &of, there.as_deref(), how)
        }};
    }
    let mut gone = Gone {
        elements: gone!(element, Kind::Elements),
        features: gone!(feature, Kind::Features),
        versions: gone!(version, Kind::Versions),
        packages: gone!(package, Kind::Packages),
        grids: gone!(grid, Kind::Grids),
    };
    let categories = gone!(category, Kind::Categories);
    if !report.not_pruned.is_empty() {
        return Ok(pruned);
    }
    pruned.categories = categories;
    if gone.is_empty() {
        return Ok(pruned);
    }
    report.held = gone.hold(transaction, source).await?;
    let Gone { elements, features, versions, packages, grids } = gone;
    if list {
        use package::Column as P;
        let names = editing::keys_of::<package::Entity>(transaction, P::Id, P::Slug, &packages);
        list_gone(report, "packages", &packages, &names.await?);
        use grid::Column as G;
        let names = editing::keys_of::<grid::Entity>(transaction, G::Id, G::Slug, &grids);
        list_gone(report, "grids", &grids, &names.await?);
        for (kind, ids) in
            [("versions", &versions), ("features", &features), ("elements", &elements)]
        {
            list_gone(report, kind, ids, &Keys::new());
        }
    }

    let before = dependents(transaction).await?;
    let (id, replaced_by) = (package::Column::Id, package::Column::ReplacedById);
    let replaced =
        editing::ids_where::<package::Entity>(transaction, id, replaced_by, &packages).await?;
    let (of_pairing, in_grid) = (grid_package::Column::PackageId, grid_package::Column::GridId);
    let others =
        editing::ids_where::<grid_package::Entity>(transaction, in_grid, of_pairing, &packages)
            .await?;
    editing::delete_by_id::<element::Entity>(transaction, &elements).await?;
    editing::delete_by_id::<feature::Entity>(transaction, &features).await?;
    editing::delete_by_id::<version::Entity>(transaction, &versions).await?;
    editing::delete_by_id::<package::Entity>(transaction, &packages).await?;
    editing::delete_by_id::<grid::Entity>(transaction, &grids).await?;
    editing::forget_aliases::<package::Entity>(transaction, &packages).await?;
    editing::forget_aliases::<grid::Entity>(transaction, &grids).await?;
    // What was to be used instead of these is gone: they are what they were before.
    let mut rows: Vec<package::Model> = Vec::new();
    for ids in replaced.chunks(ROWS_AT_ONCE) {
        let some = package::Entity::find().filter(id.is_in(ids.iter().copied()));
        rows.extend(some.all(transaction).await?);
    }
    rows.iter_mut().for_each(derive::package_facts);
    pruned.packages.extend(rows.iter().map(|row| row.id));
    let as_it_is = |_: &mut _, _: &_| {};
    editing::upsert::<package::Entity>(
        transaction,
        rows,
        Upsert { compare: true, revision: Some(revision), ..Upsert::default() },
        as_it_is,
        &mut |_| {},
    )
    .await?;

    let after = dependents(transaction).await?;
    let removed = |counts: &mut Counts, place: usize| {
        counts.removed = before[place].saturating_sub(after[place]);
    };
    report.packages.removed = packages.len();
    report.grids.removed = grids.len();
    removed(&mut report.versions, 0);
    removed(&mut report.pairings, 1);
    removed(&mut report.features, 2);
    removed(&mut report.elements, 3);
    pruned.packages.extend(packages);
    pruned.grids.extend(grids);
    pruned.grids.extend(others);
    Ok(pruned)
}

/// The condition that this source brought a row; files have no id.
pub(super) fn is_from(column: impl ColumnTrait, source: Option<i64>) -> Expr {
    match source {
        Some(source) => column.eq(source),
        None => column.is_null(),
    }
}

/// The condition that something else brought a row: editors or another source.
pub(super) fn is_from_elsewhere(column: impl ColumnTrait, source: Option<i64>) -> Expr {
    match source {
        Some(source) => column.ne(source).or(column.is_null()),
        None => column.is_not_null(),
    }
}

/// How many rows of each kind this source brought that are not among its records any more. Kinds of
/// which not all ids are known are left out.
pub(super) async fn absent(
    transaction: &DatabaseTransaction,
    source: Option<i64>,
    records: &HashMap<Kind, Ids>,
) -> Result<Vec<(&'static str, usize)>, DatabaseError> {
    let mut absent = Vec::new();
    macro_rules! count {
        ($($entity:ident: $kind:expr;)*) => {$(
            if let Some(Some(ids)) = records.get(&$kind) {
                let rows = $entity::Entity::find()
                    .select_only()
                    .column($entity::Column::Id)
                    .filter(is_from($entity::Column::SourceId, source));
                let (mut count, id) = (0, |row: &(i64,)| row.0);
                editing::each(transaction, rows, $entity::Column::Id, id, |(id,)| {
                    count += usize::from(ids.binary_search(&id).is_err());
                })
                .await?;
                if count > 0 {
                    absent.push(($kind.name(), count));
                }
            }
        )*};
    }
    count! {
        category: Kind::Categories;
        grid: Kind::Grids;
        package: Kind::Packages;
        version: Kind::Versions;
        feature: Kind::Features;
        element: Kind::Elements;
    }
    Ok(absent)
}

/// Which of the rows `of` a source are not among those that are `there`; none if that is not known.
fn gone(
    report: &mut Report,
    kind: &'static str,
    of: &[i64],
    there: Option<&[i64]>,
    how: Prune,
) -> Vec<i64> {
    let Some(there) = there else {
        return Vec::new();
    };
    let is_gone = |id: &i64| there.binary_search(id).is_err();
    let gone: Vec<i64> = of.iter().copied().filter(is_gone).collect();
    if how != Prune::Yes && gone.len() * 100 > of.len() * MOST {
        report.not_pruned.push(TooMany { kind, gone: gone.len(), of: of.len() });
    }
    gone
}

/// How many versions, pairings, features and elements there are: they go with what they belong to.
async fn dependents(transaction: &DatabaseTransaction) -> Result<[usize; 4], DatabaseError> {
    Ok([
        version::Entity::find().count(transaction).await? as usize,
        grid_package::Entity::find().count(transaction).await? as usize,
        feature::Entity::find().count(transaction).await? as usize,
        element::Entity::find().count(transaction).await? as usize,
    ])
}

/// Lists what goes, by the names that it still has.
fn list_gone(report: &mut Report, kind: &'static str, ids: &[i64], names: &Keys) {
    for id in ids {
        let name = names.get(id).cloned().unwrap_or_default();
        report.differences.push(Difference { kind, id: *id, name, what: What::Removed });
    }
}

/// Deletes those of these categories that no package has any more, and tells which.
pub(super) async fn prune_categories(
    transaction: &DatabaseTransaction,
    categories: &[i64],
) -> Result<Vec<i64>, DatabaseError> {
    let id = package::Column::CategoryId;
    let in_use = editing::ids_where::<package::Entity>(transaction, id, id, categories).await?;
    let gone: Vec<i64> = categories.iter().copied().filter(|id| !in_use.contains(id)).collect();
    editing::delete_by_id::<category::Entity>(transaction, &gone).await?;
    editing::forget_aliases::<category::Entity>(transaction, &gone).await?;
    Ok(gone)
}
