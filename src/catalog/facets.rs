//! Counts of packages by what they have in common, and sums over them.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{grid, grid_package, package};
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};
use sea_orm::{DbBackend, EntityName, IdenStatic};

use super::category::CategoryPackages;
use super::filter::Filter;
use super::grid::GridPackages;
use super::keys::{Keys, grouped, key};
use super::package::PackageReplaces;
use super::record::kind;
use super::relation::{LISTED, Relation, column, drive, id_of};
use super::{Catalog, LookupError};
use crate::database::{Cell, CellKind};

/// Values of a facet that anybody is shown at most, and so the grids that are read of all packages.
pub const MOST_BUCKETS: u8 = 100;

/// Which packages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PackageScope {
    All,
    /// Those of this category.
    OfCategory(i64),
    /// Those that stand in this grid.
    OfGrid(i64),
    /// Those that are replaced by this package.
    ReplacedBy(i64),
    /// Those with these ids.
    These(Arc<[i64]>),
}

/// What packages are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    Category,
    /// Each grid that they stand in; a package counts in several.
    Grid,
    License,
    Python3,
    Status,
    ReleaseYear,
}

/// How many packages of `scope` there are for which `filter` holds, by `facet`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountBy {
    pub facet: Facet,
    pub scope: PackageScope,
    pub filter: Option<Arc<Filter>>,
}

/// The packages that have a value in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// An id, a year or a word; null for those of which nothing is known.
    pub value: Cell,
    /// The value as it is shown, where that is something else.
    pub label: Cell,
    pub count: i64,
}

/// Sums over the packages of `scope` for which `filter` holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SumUp {
    pub scope: PackageScope,
    pub filter: Option<Arc<Filter>>,
}

/// Sums over packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub packages: i64,
    pub active: i64,
    pub watchers: i64,
    pub forks: i64,
    pub downloads: i64,
}

/// The packages of some scopes of one sort, and the keys that ask for them. The statement's first
/// column is the parent, where there is one.
struct Group<'a, K> {
    select: SelectStatement,
    by_parent: bool,
    keys: Vec<&'a K>,
}

/// One statement's worth of `keys` each: those of one sort of scope, one filter, one `sort`.
fn groups<K, S: PartialEq + Debug>(
    keys: &[K],
    backend: DbBackend,
    of: impl Fn(&K) -> (S, &PackageScope, &Option<Arc<Filter>>),
) -> Vec<Group<'_, K>> {
    let part = |key| {
        let (sort, scope, filter) = of(key);
        let these = matches!(scope, PackageScope::These(_)).then_some(scope);
        (sort, std::mem::discriminant(scope), these, filter)
    };
    grouped(keys, part)
        .into_iter()
        .map(|((.., filter), keys)| {
            let scope = of(keys[0]).1;
            let mut parents: Vec<i64> = keys.iter().filter_map(|key| parent(of(key).1)).collect();
            parents.sort_unstable();
            let mut select = Query::select();
            match scope {
                PackageScope::All => {
                    select.from_as(package::Entity.table_name(), LISTED);
                }
                PackageScope::OfCategory(_) => {
                    belonging::<CategoryPackages>(&mut select, parents, backend)
                }
                PackageScope::OfGrid(_) => belonging::<GridPackages>(&mut select, parents, backend),
                PackageScope::ReplacedBy(_) => {
                    belonging::<PackageReplaces>(&mut select, parents, backend)
                }
                PackageScope::These(ids) => {
                    Keys::Ids(ids.to_vec()).from(&mut select, backend);
                    let this = column(LISTED, package::Column::Id).eq(key(backend));
                    select.join_as(JoinType::InnerJoin, package::Entity.table_name(), LISTED, this);
                }
            }
            if let Some(filter) = filter {
                select.and_where(filter.condition(LISTED, backend));
            }
            let by_parent = parent(scope).is_some();
            if by_parent {
                select.expr(key(backend)).add_group_by([key(backend)]);
            }
            Group { select, by_parent, keys }
        })
        .collect()
}

fn parent(scope: &PackageScope) -> Option<i64> {
    match scope {
        PackageScope::OfCategory(id) | PackageScope::OfGrid(id) | PackageScope::ReplacedBy(id) => {
            Some(*id)
        }
        PackageScope::All | PackageScope::These(_) => None,
    }
}

fn belonging<R: Relation>(select: &mut SelectStatement, parents: Vec<i64>, backend: DbBackend) {
    Keys::Ids(parents).from(select, backend);
    drive::<R>(select, false);
    R::join(select);
    select.and_where(R::belongs(key(backend)));
}

impl Loader<CountBy> for Catalog {
    type Value = Arc<Vec<Bucket>>;
    type Error = LookupError;

    async fn load(&self, keys: &[CountBy]) -> Result<HashMap<CountBy, Self::Value>, LookupError> {
        use package::Column;
        let backend = self.snapshot().backend();
        let mut found = HashMap::with_capacity(keys.len());
        for group in groups(keys, backend, |key| (key.facet, &key.scope, &key.filter)) {
            let (mut select, key) = (group.select, group.keys[0]);
            let facet = key.facet;
            if facet == Facet::Grid && key.scope == PackageScope::All && key.filter.is_none() {
                found.insert(key.clone(), Arc::new(self.all_grids().await?));
                continue;
            }
            let places = "fgp";
            let (value, cell) = match facet {
                Facet::Category => (column(LISTED, Column::CategoryId), CellKind::Int64),
                Facet::Grid => (column(places, grid_package::Column::GridId), CellKind::Int64),
                Facet::License => (column(LISTED, Column::PypiLicenseFolded), CellKind::Text),
                Facet::Python3 => (column(LISTED, Column::SupportsPython3), CellKind::Text),
                Facet::Status => (column(LISTED, Column::Status), CellKind::Text),
                Facet::ReleaseYear => {
                    (column(LISTED, Column::LastReleaseYear), kind(Column::LastReleaseYear))
                }
            };
            if facet == Facet::Grid {
                let there = column(places, grid_package::Column::PackageId).eq(id_of(LISTED));
                select.join_as(
                    JoinType::InnerJoin,
                    grid_package::Entity.table_name(),
                    places,
                    there,
                );
            }
            // Of several spellings the first, bytewise: capitals.
            let label = match facet {
                Facet::License => Expr::from(Func::min(column(LISTED, Column::PypiLicense))),
                _ => Expr::cust("NULL"),
            };
            select
                .expr(value.clone())
                .expr(Func::count(id_of(LISTED)))
                .expr(label)
                .add_group_by([value]);
            let start = usize::from(group.by_parent);
            let mode = Filter::plan_mode(key.filter.as_deref());
            let rows = self
                .snapshot()
                .fetch_planned(&select, mode, |row| {
                    let parent = if group.by_parent { Some(row.int(0)?) } else { None };
                    let label = match facet {
                        Facet::License => row.cell(start + 2, CellKind::Text)?,
                        _ => Cell::Null,
                    };
                    let count = row.int(start + 1)?;
                    Ok((parent, Bucket { value: row.cell(start, cell)?, label, count }))
                })
                .await?;
            let mut of_parent: HashMap<Option<i64>, Vec<Bucket>> = HashMap::new();
            for (parent, bucket) in rows {
                of_parent.entry(parent).or_default().push(bucket);
            }
            for buckets in of_parent.values_mut() {
                buckets.sort_by(|one, other| {
                    other
                        .count
                        .cmp(&one.count)
                        .then_with(|| order(&one.value).cmp(&order(&other.value)))
                });
            }
            let of_parent: HashMap<_, _> = of_parent
                .into_iter()
                .map(|(parent, buckets)| (parent, Arc::new(buckets)))
                .collect();
            found.extend(group.keys.into_iter().map(|key| {
                (key.clone(), of_parent.get(&parent(&key.scope)).cloned().unwrap_or_default())
            }));
        }
        Ok(found)
    }
}

impl Catalog {
    /// How many packages stand in each grid, as it is kept.
    async fn all_grids(&self) -> Result<Vec<Bucket>, LookupError> {
        let count = column(LISTED, grid::Column::PackagesCount);
        let bigint = count.clone().cast_as("bigint");
        let mut select = Query::select();
        select
            .from_as(grid::Entity.table_name(), LISTED)
            .expr(id_of(LISTED))
            .expr(bigint)
            .and_where(count.clone().gt(0))
            .order_by_expr(count, Order::Desc)
            .order_by_expr(id_of(LISTED), Order::Asc)
            .limit(MOST_BUCKETS.into());
        let buckets = self.snapshot().fetch(&select, |row| {
            let (value, count) = (row.cell(0, CellKind::Int64)?, row.int(1)?);
            Ok(Bucket { value, label: Cell::Null, count })
        });
        Ok(buckets.await?)
    }
}

/// What equal counts are sorted by; what is not known comes last.
fn order(cell: &Cell) -> (bool, i64, &str) {
    match cell {
        Cell::Int(number) => (false, *number, ""),
        Cell::Text(text) => (false, 0, text),
        Cell::Null | Cell::Other => (true, 0, ""),
    }
}

impl Loader<SumUp> for Catalog {
    type Value = Totals;
    type Error = LookupError;

    async fn load(&self, keys: &[SumUp]) -> Result<HashMap<SumUp, Totals>, LookupError> {
        use package::Column;
        let backend = self.snapshot().backend();
        let sum = |column: Column| {
            // A sum is null of nothing, and not an integer on PostgreSQL if its items are large.
            let name = column.as_str();
            Expr::cust(format!("CAST(COALESCE(SUM(\"{LISTED}\".\"{name}\"), 0) AS bigint)"))
        };
        let mut found = HashMap::with_capacity(keys.len());
        for group in groups(keys, backend, |key| ((), &key.scope, &key.filter)) {
            let mut select = group.select;
            select
                .expr(Func::count(id_of(LISTED)))
                .expr(Expr::cust(format!(
                    "COUNT(CASE WHEN \"{LISTED}\".\"status\" = 'active' THEN 1 END)"
                )))
                .expr(sum(Column::RepoWatchers))
                .expr(sum(Column::RepoForks))
                .expr(sum(Column::PypiDownloads));
            let start = usize::from(group.by_parent);
            let mode = Filter::plan_mode(group.keys[0].filter.as_deref());
            let rows: HashMap<Option<i64>, Totals> = self
                .snapshot()
                .fetch_planned(&select, mode, |row| {
                    let parent = if group.by_parent { Some(row.int(0)?) } else { None };
                    let totals = Totals {
                        packages: row.int(start)?,
                        active: row.int(start + 1)?,
                        watchers: row.int(start + 2)?,
                        forks: row.int(start + 3)?,
                        downloads: row.int(start + 4)?,
                    };
                    Ok((parent, totals))
                })
                .await?
                .into_iter()
                .collect();
            found.extend(group.keys.into_iter().map(|key| {
                (key.clone(), rows.get(&parent(&key.scope)).copied().unwrap_or_default())
            }));
        }
        Ok(found)
    }
}
