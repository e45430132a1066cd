//! Rows that are what they are by their place: releases and cells.

use std::collections::{HashMap, HashSet};

use entity::{JsonList, element, version};
use sea_orm::{DatabaseTransaction, EntityTrait, PaginatorTrait, QuerySelect};

use super::import::ImportError;
use super::kind::Kind;
use super::ours::Ours;
use super::report::Stage;
use super::write::{Origin, upsert};
use super::{check, wire};
use crate::database::DatabaseError;
use crate::editing::{self, Pair, Upsert, Written};

/// Writes releases. One is that by its package and number: what has them under another id makes room,
/// unless it was made here.
pub(super) async fn write_versions(
    transaction: &DatabaseTransaction,
    versions: Vec<version::Model>,
    known: &HashMap<i64, (i64, String)>,
    ours: &mut Ours,
    how: impl Fn(bool) -> Upsert,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<(Written, usize), ImportError> {
    let here: HashSet<(i64, &str)> = known
        .iter()
        .filter(|(id, _)| ours.stays(Kind::Versions, **id))
        .map(|(_, (package, number))| (*package, number.as_str()))
        .collect();
    let mut versions = versions;
    let before = versions.len();
    versions.retain(|row| {
        let is_there = ours.stays(Kind::Versions, row.id);
        is_there || !here.contains(&(row.package_id, row.number.as_str()))
    });
    ours.gave_way += before - versions.len();
    let ids: HashMap<(i64, &str), i64> =
        versions.iter().map(|row| ((row.package_id, row.number.as_str()), row.id)).collect();
    let places: HashMap<i64, (i64, &str)> =
        versions.iter().map(|row| (row.id, (row.package_id, row.number.as_str()))).collect();
    let mut in_the_way = Vec::new();
    let mut renamed = Vec::new();
    for (id, (package, number)) in known {
        let place = (*package, number.as_str());
        if places.get(id).is_some_and(|other| *other != place) {
            // It is another release, unless what editors have made of it is overwritten.
            if ours.overwritten { renamed.push(*id) } else { in_the_way.push(*id) }
        } else if ids.get(&place).is_some_and(|other| other != id) {
            in_the_way.push(*id);
        }
    }
    editing::delete_by_id::<version::Entity>(transaction, &in_the_way).await?;
    editing::park::<version::Entity>(transaction, version::Column::Number, &renamed).await?;
    drop((ids, places));
    let how = how(!known.is_empty());
    let written =
        upsert::<version::Entity>(transaction, versions, how, |_, _| {}, progress).await?;
    Ok((written, in_the_way.len()))
}

/// Writes cells. One is that by its place in the table: whatever else stands there, or stands elsewhere
/// under this id, makes room, unless it was made here. `edited` has the columns that editors have
/// changed, by the ids of cells.
pub(super) async fn write_elements(
    transaction: &DatabaseTransaction,
    records: Vec<wire::Element>,
    mut edited: HashMap<i64, JsonList<String>>,
    grid_of_feature: &HashMap<i64, i64>,
    ours: &mut Ours,
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
        // What editors have written stays, whatever came.
        let there = ours.cell(record.feature.id, pairing.id);
        if there.is_some_and(|there| there != record.id) {
            ours.gave_way += 1;
            continue;
        }
        let edited = edited.remove(&record.id).unwrap_or_default();
        let row = check::cell(record, pairing.id);
        rows.push(element::Model { source_id: origin.source, edited, ..row });
    }
    let compare = element::Entity::find().limit(1).count(transaction).await? > 0;
    if compare {
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
    upsert::<element::Entity>(transaction, rows, origin.how(compare), |_, _| {}, progress).await
}
