//! Single rows, by what names them.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use derive_where::derive_where;
use entity::{ColumnIndex, grid_package, package};
use foldhash::HashMapExt;
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoIden, Query, TableRef};

use super::keys::{Keys, key};
use super::record::{Columns, Record};
use super::relation::{LISTED, PAIRING, column};
use super::{Catalog, Listable, LookupError};
use crate::database::{Cell, CellKind};

/// The row of `E` with this id.
#[derive_where(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ById<E: Listable> {
    pub id: i64,
    pub columns: Columns<E>,
}

impl<E: Listable> Hash for ById<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Columns hardly ever tell keys apart.
        state.write_i64(self.id);
    }
}

/// The row of `E` with this text in this column; of several the one with the lowest id.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ByText<E: Listable> {
    column: u32,
    pub text: Arc<str>,
    pub columns: Columns<E>,
}

impl<E: Listable> ByText<E> {
    /// Asks for `text` in `column`, which has an index.
    pub fn new(column: E::Column, text: &str, columns: Columns<E>) -> Self {
        Self { column: column.index(), text: text.into(), columns }
    }
}

/// The package that stands in this pairing of a package with a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PackageOfPairing {
    pub pairing: i64,
    pub columns: Columns<package::Entity>,
}

impl<E: Listable> Loader<ById<E>> for Catalog {
    type Value = Arc<Record<E>>;
    type Error = LookupError;

    async fn load(&self, keys: &[ById<E>]) -> Result<HashMap<ById<E>, Self::Value>, Self::Error> {
        let columns = keys.iter().fold(Columns::id(), |all, key| all.union(key.columns));
        let backend = self.snapshot.backend();
        let kinds = columns.kinds();
        let mut select = Query::select();
        Keys::Ids(distinct(keys.iter().map(|key| key.id))).from(&mut select, backend);
        select
            .cross_join(aliased::<E>(LISTED))
            .and_where(column(LISTED, E::ID).eq(key(backend)))
            .exprs(columns.iter().map(|name| column(LISTED, name)));
        let records =
            self.snapshot.fetch(&select, |row| Record::read(row, 0, columns, &kinds)).await?;
        let mut by_id = foldhash::HashMap::with_capacity(records.len());
        for record in records {
            by_id.insert(record.id()?, Arc::new(record));
        }
        Ok(pick(keys, |key| by_id.get(&key.id)))
    }
}

impl<E: Listable> Loader<ByText<E>> for Catalog {
    type Value = Arc<Record<E>>;
    type Error = LookupError;

    async fn load(
        &self,
        keys: &[ByText<E>],
    ) -> Result<HashMap<ByText<E>, Self::Value>, Self::Error> {
        let backend = self.snapshot.backend();
        let mut found = HashMap::with_capacity(keys.len());
        for searched in distinct(keys.iter().map(|key| key.column)) {
            let Some(searched_column) =
                <E::Column as sea_orm::Iterable>::iter().find(|column| column.index() == searched)
            else {
                continue;
            };
            let keys: Vec<_> = keys.iter().filter(|key| key.column == searched).collect();
            let columns = keys.iter().fold(Columns::id(), |all, key| all.union(key.columns));
            let kinds = columns.kinds();
            let lowest = Query::select()
                .expr(Func::min(column("m", E::ID)))
                .from_as(E::default().table_name(), "m")
                .and_where(column("m", searched_column).eq(key(backend)))
                .to_owned();
            let mut select = Query::select();
            Keys::Texts(distinct(keys.iter().map(|key| key.text.as_ref())))
                .from(&mut select, backend);
            select
                .cross_join(aliased::<E>(LISTED))
                .and_where(column(LISTED, E::ID).eq(Expr::SubQuery(None, Box::new(lowest.into()))))
                .expr(key(backend))
                .exprs(columns.iter().map(|name| column(LISTED, name)));
            let rows = self
                .snapshot
                .fetch(&select, |row| {
                    let text = row.cell(0, CellKind::Text)?;
                    Ok((text, Arc::new(Record::read(row, 1, columns, &kinds)?)))
                })
                .await?;
            let by_text: foldhash::HashMap<_, _> = rows.into_iter().collect();
            let cell = |text: &str| Cell::Text(text.into());
            found.extend(keys.into_iter().filter_map(|key| {
                by_text.get(&cell(&key.text)).map(|record| (key.clone(), Arc::clone(record)))
            }));
        }
        Ok(found)
    }
}

impl Loader<PackageOfPairing> for Catalog {
    type Value = Arc<Record<package::Entity>>;
    type Error = LookupError;

    async fn load(
        &self,
        keys: &[PackageOfPairing],
    ) -> Result<HashMap<PackageOfPairing, Self::Value>, Self::Error> {
        let columns = keys.iter().fold(Columns::id(), |all, key| all.union(key.columns));
        let backend = self.snapshot.backend();
        let kinds = columns.kinds();
        let mut select = Query::select();
        Keys::Ids(distinct(keys.iter().map(|key| key.pairing))).from(&mut select, backend);
        select
            .cross_join(aliased::<grid_package::Entity>(PAIRING))
            .cross_join(aliased::<package::Entity>(LISTED))
            .and_where(column(PAIRING, grid_package::Column::Id).eq(key(backend)))
            .and_where(
                column(LISTED, package::Column::Id)
                    .eq(column(PAIRING, grid_package::Column::PackageId)),
            )
            .expr(key(backend))
            .exprs(columns.iter().map(|name| column(LISTED, name)));
        let rows = self
            .snapshot
            .fetch(&select, |row| {
                Ok((row.int(0)?, Arc::new(Record::read(row, 1, columns, &kinds)?)))
            })
            .await?;
        let by_pairing: foldhash::HashMap<_, _> = rows.into_iter().collect();
        Ok(pick(keys, |key| by_pairing.get(&key.pairing)))
    }
}

fn aliased<E: EntityTrait>(alias: &'static str) -> TableRef {
    TableRef::from(E::default().table_name().into_iden()).alias(alias.into_iden())
}

/// Sorted, so that a statement's parameter does not depend on a hash table's order.
fn distinct<T: Ord>(keys: impl Iterator<Item = T>) -> Vec<T> {
    let mut keys: Vec<T> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys that something was found for, with what was found.
fn pick<'a, K: Clone + Eq + Hash, V: 'a>(
    keys: &[K],
    found: impl Fn(&K) -> Option<&'a Arc<V>>,
) -> HashMap<K, Arc<V>> {
    keys.iter().filter_map(|key| found(key).map(|value| (key.clone(), Arc::clone(value)))).collect()
}
