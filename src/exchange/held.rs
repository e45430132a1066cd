//! Rows that a source no longer has and that are kept all the same: rows that editors or another
//! source brought would be deleted with them.

use std::collections::HashSet;

use entity::{element, feature, grid, grid_package, package, version};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};

use super::prune::is_from_elsewhere;
use super::report::Held;
use crate::database::DatabaseError;
use crate::editing::{self, Keys};

/// The ids of rows that a source has no more, by what they are.
pub(super) struct Gone {
    pub elements: Vec<i64>,
    pub features: Vec<i64>,
    pub versions: Vec<i64>,
    pub packages: Vec<i64>,
    pub grids: Vec<i64>,
}

impl Gone {
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        let Self { elements, features, versions, packages, grids } = self;
        [elements, features, versions, packages, grids].iter().all(|ids| ids.is_empty())
    }

    /// Takes out what has to stay, with what belongs to it, and tells which that is.
    pub async fn hold(
        &mut self,
        transaction: &DatabaseTransaction,
        source: Option<i64>,
    ) -> Result<Vec<Held>, DatabaseError> {
        let needed = Needed::read(transaction, self, source).await?;
        let packages = split(&mut self.packages, &needed.packages);
        let grids = split(&mut self.grids, &needed.grids);
        let features = split(&mut self.features, &needed.features);

        use grid_package::Column as Pairing;
        let by_grid = editing::ids_where::<grid_package::Entity>(
            transaction,
            Pairing::Id,
            Pairing::GridId,
            &grids,
        );
        let mut pairings = by_grid.await?;
        let by_package = editing::ids_where::<grid_package::Entity>(
            transaction,
            Pairing::Id,
            Pairing::PackageId,
            &packages,
        );
        pairings.extend(by_package.await?);
        let of = version::Column::PackageId;
        let theirs =
            editing::ids_where::<version::Entity>(transaction, version::Column::Id, of, &packages);
        leave(&mut self.versions, theirs.await?);
        let of = feature::Column::GridId;
        let theirs =
            editing::ids_where::<feature::Entity>(transaction, feature::Column::Id, of, &grids);
        leave(&mut self.features, theirs.await?);
        for (of, parents) in
            [(element::Column::GridPackageId, &pairings), (element::Column::FeatureId, &features)]
        {
            let id = element::Column::Id;
            let theirs = editing::ids_where::<element::Entity>(transaction, id, of, parents);
            leave(&mut self.elements, theirs.await?);
        }

        use package::Column as P;
        let names = editing::keys_of::<package::Entity>(transaction, P::Id, P::Slug, &packages);
        let mut held = named("packages", packages.iter(), &names.await?);
        use grid::Column as G;
        let names = editing::keys_of::<grid::Entity>(transaction, G::Id, G::Slug, &grids);
        held.extend(named("grids", grids.iter(), &names.await?));
        use feature::Column as F;
        let names = editing::keys_of::<feature::Entity>(transaction, F::Id, F::Title, &features);
        held.extend(named("features", features.iter(), &names.await?));
        Ok(held)
    }
}

/// Ids that are looked up at once.
const IDS_AT_ONCE: usize = 10_000;

/// Those of the rows that are gone that rows from elsewhere belong to.
#[derive(Default)]
struct Needed {
    packages: HashSet<i64>,
    grids: HashSet<i64>,
    features: HashSet<i64>,
}

impl Needed {
    async fn read(
        transaction: &DatabaseTransaction,
        gone: &Gone,
        source: Option<i64>,
    ) -> Result<Self, DatabaseError> {
        let mut needed = Self::default();
        // The parents, in this column, of rows from elsewhere.
        macro_rules! parents {
            ($set:ident, $entity:ident, $column:expr $(, $relation:expr)?) => {
                for ids in gone.$set.chunks(IDS_AT_ONCE) {
                    let rows = $entity::Entity::find()$(.join(JoinType::InnerJoin, $relation.def()))?
                        .select_only()
                        .column($column)
                        .distinct()
                        .filter(is_from_elsewhere($entity::Column::SourceId, source))
                        .filter($column.is_in(ids.iter().copied()));
                    needed.$set.extend(rows.into_tuple::<i64>().all(transaction).await?);
                }
            };
        }
        let pairing = element::Relation::GridPackage;
        parents!(packages, version, version::Column::PackageId);
        parents!(packages, grid_package, grid_package::Column::PackageId);
        parents!(packages, element, grid_package::Column::PackageId, pairing);
        parents!(grids, feature, feature::Column::GridId);
        parents!(grids, grid_package, grid_package::Column::GridId);
        parents!(grids, element, grid_package::Column::GridId, pairing);
        parents!(features, element, element::Column::FeatureId);
        Ok(needed)
    }
}

/// Takes those of the ids out that are needed.
fn split(ids: &mut Vec<i64>, needed: &HashSet<i64>) -> Vec<i64> {
    let (held, gone) = ids.iter().partition(|id| needed.contains(id));
    *ids = gone;
    held
}

fn leave(ids: &mut Vec<i64>, stay: Vec<i64>) {
    let stay: HashSet<i64> = stay.into_iter().collect();
    ids.retain(|id| !stay.contains(id));
}

fn named<'a>(kind: &'static str, ids: impl Iterator<Item = &'a i64>, names: &Keys) -> Vec<Held> {
    ids.map(|id| Held { kind, id: *id, name: names.get(id).cloned().unwrap_or_default() }).collect()
}
