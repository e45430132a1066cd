//! What an import is about, for the history.

use std::collections::BTreeSet;

use entity::{element, feature, grid_package, version};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};

use super::report::Report;
use crate::editing::{PairsWritten, Touched};

/// What the rows are about that were written at `revision`, by kind and id, as edits tell it: of a
/// release its package, too, of a feature its grid, of a cell both of its sides.
pub(super) async fn subjects(
    transaction: &DatabaseTransaction,
    revision: i64,
    report: &Report,
    touched: &Touched,
    pairs: &PairsWritten,
) -> Result<Vec<(&'static str, i64)>, DbErr> {
    let mut subjects = BTreeSet::new();
    let mut add = |kind: &'static str, id: i64| {
        subjects.insert((kind, id));
    };
    touched.categories.iter().for_each(|id| add("category", *id));
    touched.grids.iter().for_each(|id| add("grid", *id));
    touched.packages.iter().for_each(|id| add("package", *id));
    for pair in pairs.added.iter().chain(&pairs.moved).chain(&pairs.removed) {
        add("grid", pair.grid);
        add("package", pair.package);
    }
    if report.versions.touched() > 0 {
        let rows = version::Entity::find().filter(version::Column::Revision.eq(revision));
        let rows = rows.select_only().columns([version::Column::Id, version::Column::PackageId]);
        for (id, package) in rows.into_tuple::<(i64, i64)>().all(transaction).await? {
            add("version", id);
            add("package", package);
        }
    }
    if report.features.touched() > 0 {
        let rows = feature::Entity::find().filter(feature::Column::Revision.eq(revision));
        let rows = rows.select_only().columns([feature::Column::Id, feature::Column::GridId]);
        for (id, grid) in rows.into_tuple::<(i64, i64)>().all(transaction).await? {
            add("feature", id);
            add("grid", grid);
        }
    }
    if report.elements.touched() > 0 {
        let rows = element::Entity::find()
            .join(JoinType::InnerJoin, element::Relation::GridPackage.def())
            .filter(element::Column::Revision.eq(revision))
            .select_only()
            .column(element::Column::FeatureId)
            .column(grid_package::Column::PackageId)
            .column(grid_package::Column::GridId);
        for (feature, package, grid) in
            rows.into_tuple::<(i64, i64, i64)>().all(transaction).await?
        {
            add("feature", feature);
            add("package", package);
            add("grid", grid);
        }
    }
    Ok(subjects.into_iter().collect())
}
