//! Lists: pages of children for many parents at once, and pages of everything.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use derive_where::derive_where;
use entity::{ColumnIndex, grid_package};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement};

use super::filter::Filter;
use super::keys::{Keys, grouped, key};
use super::page::{ListQuery, Page, Position, SortKey, sort_by};
use super::record::{Columns, Record};
use super::relation::{LISTED, PAIRING, Relation, column, drive, driver, id_of, list, looked_up};
use super::{Catalog, Listable, LookupError};
use crate::database::{Cell, CellKind, DatabaseError, Row};

/// What is read of each entry of a list.
#[derive_where(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted<E: Listable> {
    pub columns: Columns<E>,
    /// Columns of the pairing, where the list goes through one; its id alone means none.
    pub pairing: Columns<grid_package::Entity>,
    /// Whether the entries' positions are needed, for cursors.
    pub positions: bool,
    /// Whether it is needed to know if the range goes on past the page, which takes one row more.
    pub more: bool,
}

impl<E: Listable> Wanted<E> {
    fn union(self, other: Self) -> Self {
        Self {
            columns: self.columns.union(other.columns),
            pairing: self.pairing.union(other.pairing),
            positions: self.positions || other.positions,
            more: self.more || other.more,
        }
    }
}

/// A page of the children of `parent`.
#[derive_where(Clone, Debug, PartialEq, Eq)]
pub struct Children<R: Relation> {
    pub relation: R,
    pub parent: i64,
    pub query: Arc<ListQuery>,
    pub wanted: Wanted<R::Child>,
}

impl<R: Relation> Hash for Children<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // What is wanted of a list hardly ever tells keys apart.
        state.write_i64(self.parent);
        self.query.hash(state);
    }
}

/// A page of all rows of `E`.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash)]
pub struct All<E: Listable> {
    pub query: Arc<ListQuery>,
    pub wanted: Wanted<E>,
}

/// An entry of a list.
#[derive_where(Clone, Debug)]
pub struct Listed<E: Listable> {
    pub record: Arc<Record<E>>,
    /// The pairing that led here; null where the list goes through none, or nobody asked for it.
    pub pairing: Option<Record<grid_package::Entity>>,
    /// The entry's place in the list; null when positions were not asked for.
    pub position: Option<Position>,
}

/// A page as it was found.
#[derive_where(Clone, Debug)]
pub struct Slice<E: Listable> {
    /// In the list's order, also when the page was counted from the end.
    pub entries: Vec<Listed<E>>,
    /// Whether the range goes on past the page: after it, or before it if it was counted from the
    /// end; null when nobody wanted to know.
    pub more: Option<bool>,
}

impl<E: Listable> Default for Slice<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), more: None }
    }
}

/// The shape of a statement's rows: the parent, the child's columns, the pairing's, the position.
struct Shape<E: Listable> {
    wanted: Wanted<E>,
    columns: Vec<CellKind>,
    pairing: Vec<CellKind>,
    order: Vec<SortKey>,
    /// What each of the child's columns is called in the pairing, if that has them all, and what the
    /// list is sorted by: then nothing of the child itself is read.
    carried: Option<Vec<&'static str>>,
}

impl<E: Listable> Shape<E> {
    fn of_all(wanted: Wanted<E>, query: &ListQuery) -> Self {
        let (columns, order) = (wanted.columns.kinds(), query.order.clone());
        Self { wanted, columns, pairing: vec![], order, carried: None }
    }

    fn of_each<R: Relation<Child = E>>(wanted: Wanted<E>, query: &ListQuery) -> Self {
        let no_pairing = R::PAIRED.is_none() || wanted.pairing == Columns::id();
        let pairing = if no_pairing { vec![] } else { wanted.pairing.kinds() };
        let carried = |wanted: E::Column| {
            let carried = R::CARRIED.iter().find(|(column, _)| column.index() == wanted.index());
            carried.map(|(_, name)| *name)
        };
        let carried = wanted.columns.iter().map(carried).collect::<Option<_>>();
        let carried = carried.filter(|_| is_driven::<R>(query));
        let order = query.order.iter().copied();
        let order =
            if carried.is_some() { order.collect() } else { order.map(R::listed).collect() };
        Self { columns: wanted.columns.kinds(), wanted, pairing, order, carried }
    }

    /// How many rows a statement may give of a page of this size.
    fn limit(&self, page: &Page) -> u64 {
        u64::from(page.size) + u64::from(self.wanted.more)
    }

    /// What is selected after the parent, each with the table it is of.
    fn selected(&self) -> Vec<Expr> {
        let mut selected: Vec<Expr> = match &self.carried {
            Some(names) => names.iter().map(|name| column(PAIRING, *name)).collect(),
            None => self.wanted.columns.iter().map(|name| column(LISTED, name)).collect(),
        };
        if !self.pairing.is_empty() {
            selected.extend(self.wanted.pairing.iter().map(|name| column(PAIRING, name)));
        }
        if self.wanted.positions {
            selected.extend(self.order.iter().map(SortKey::expr));
        }
        selected
    }

    /// Reads an entry whose columns begin at `start`.
    fn read(&self, row: &Row<'_>, start: usize) -> Result<Listed<E>, DatabaseError> {
        let record = Record::read(row, start, self.wanted.columns, &self.columns)?;
        let mut next = start + self.columns.len();
        let pairing = if self.pairing.is_empty() {
            None
        } else {
            Some(Record::read(row, next, self.wanted.pairing, &self.pairing)?)
        };
        next += self.pairing.len();
        let position = self.wanted.positions.then(|| {
            let mut values = self
                .order
                .iter()
                .enumerate()
                .map(|(place, key)| row.cell(next + place, key.kind))
                .collect::<Result<Vec<_>, _>>()?;
            match values.pop() {
                Some(Cell::Int(id)) => Ok(Position { values, id }),
                other => Err(DatabaseError::UnexpectedValue(format!("an id is {other:?}"))),
            }
        });
        Ok(Listed { record: Arc::new(record), pairing, position: position.transpose()? })
    }
}

/// Whether the driving table alone tells which rows are on a page.
fn is_driven<R: Relation>(query: &ListQuery) -> bool {
    query.filter.is_none() && query.order.iter().all(|key| key.table == driver::<R>())
}

/// The statement for a page of the children of every one of `parents`.
///
/// Each parent's page is found by itself, limit and all, so that the first 5 of 80 lists fetches
/// 400 rows and not all. (The grids of a package are still all looked up and sorted: their titles
/// stand in another table, and they are few.) That is two to three times as fast as numbering the
/// rows with ROW_NUMBER.
fn page_of_each<R: Relation>(
    backend: DbBackend,
    parents: &[i64],
    query: &ListQuery,
    shape: &Shape<R::Child>,
) -> SelectStatement {
    let rows = |joined: bool| {
        let mut inner = Query::select();
        drive::<R>(&mut inner, true);
        if joined {
            R::join(&mut inner);
        }
        inner.and_where(R::belongs(key(backend)));
        if let Some(filter) = &query.filter {
            inner.and_where(filter.condition(LISTED, backend));
        }
        inner
    };
    let mut outer = Query::select();
    outer.expr(key(backend));
    Keys::Ids(parents.to_vec()).from(&mut outer, backend);
    match backend {
        DbBackend::Postgres => laterally::<R>(&mut outer, query, shape, rows),
        _ => by_ids_or_range::<R>(&mut outer, query, shape, rows),
    }
    outer
}

/// Adds to the keys in `outer`, for each, the page of its `rows`, as PostgreSQL has it.
fn laterally<R: Relation>(
    outer: &mut SelectStatement,
    query: &ListQuery,
    shape: &Shape<R::Child>,
    rows: impl Fn(bool) -> SelectStatement,
) {
    let (found, keys, selected) = ("x", query.keys(), shape.selected());
    let name = |number: usize| format!("v{number}");
    let (inner, _) = query.select(shape.limit(&query.page), || {
        let mut inner = rows(shape.carried.is_none());
        let sorted = keys.iter().map(SortKey::expr);
        for (number, expr) in selected.iter().cloned().chain(sorted).enumerate() {
            inner.expr_as(expr, name(number));
        }
        inner
    });
    for number in 0..selected.len() {
        outer.column((found.into_iden(), name(number).into_iden()));
    }
    for (number, key) in keys.iter().enumerate() {
        let expr = Expr::col((found.into_iden(), name(selected.len() + number).into_iden()));
        sort_by(outer, key, expr, true);
    }
    outer.join_lateral(JoinType::InnerJoin, inner, found, Expr::val(true));
}

/// The same for SQLite, which has no LATERAL: rows whose ids are those of the page, with a CROSS JOIN
/// that keeps it from turning the loops around. Of pairings, the first page is the range of their
/// index that ends where the page does: a third less than finding each of its rows again.
fn by_ids_or_range<R: Relation>(
    outer: &mut SelectStatement,
    query: &ListQuery,
    shape: &Shape<R::Child>,
    rows: impl Fn(bool) -> SelectStatement,
) {
    let limit = shape.limit(&query.page);
    // Whether more than the driving table is needed to find the page's rows, and to read them.
    let (joins_to_find, joins_to_read) = (!is_driven::<R>(query), shape.carried.is_none());
    let range = if R::PAIRED.is_some() && !joins_to_find {
        query.to_its_end(limit, || rows(false))
    } else {
        None
    };
    // By the child's id if nothing else of the pairing is wanted, which would be looked up for it.
    let child = R::PAIRED.filter(|_| range.is_none() && shape.pairing.is_empty() && joins_to_read);
    let ids = |id: Expr| query.select(limit, || rows(joins_to_find).expr(id.clone()).to_owned()).0;
    if let Some(child) = child {
        list::<R>(outer, false);
        outer.and_where(id_of(LISTED).in_subquery(ids(column(PAIRING, child))));
    } else {
        drive::<R>(outer, false);
        if joins_to_read {
            R::join(outer);
        }
        let id = id_of(driver::<R>());
        match range {
            Some(range) => outer.and_where(R::belongs(key(DbBackend::Sqlite))).and_where(range),
            None => outer.and_where(id.clone().in_subquery(ids(id))),
        };
    }
    outer.exprs(shape.selected());
    for key in query.keys() {
        let key = if joins_to_read { R::listed(key) } else { key };
        sort_by(outer, &key, key.expr(), true);
    }
}

/// The statement for a page of all rows of `E`.
fn page_of_all<E: Listable>(
    backend: DbBackend,
    query: &ListQuery,
    shape: &Shape<E>,
) -> SelectStatement {
    let from = |selected: Vec<Expr>| {
        let mut select = Query::select();
        select.from_as(E::default().table_name(), LISTED).exprs(selected);
        select
    };
    let filtered = |selected: Vec<Expr>| {
        let mut select = from(selected);
        if let Some(filter) = &query.filter {
            select.and_where(filter.condition(LISTED, backend));
        }
        select
    };
    let limit = shape.limit(&query.page);
    let (rows, one_range) = query.select(limit, || filtered(shape.selected()));
    if one_range {
        return rows;
    }
    // Of several ranges only the ids, which are few by then.
    let (ids, _) = query.select(limit, || filtered(vec![id_of(LISTED)]));
    let mut select = match backend {
        DbBackend::Postgres => looked_up::<E>(ids, shape.selected()),
        _ => from(shape.selected()).and_where(id_of(LISTED).in_subquery(ids)).to_owned(),
    };
    for key in query.keys() {
        sort_by(&mut select, &key, key.expr(), true);
    }
    select.limit(limit);
    select
}

impl<E: Listable> Slice<E> {
    /// Makes a page of entries that were found from the page's own end, perhaps some too many.
    fn of(mut entries: Vec<Listed<E>>, page: &Page, wanted: Wanted<E>) -> Self {
        let size = page.size as usize;
        let more = wanted.more.then_some(entries.len() > size);
        entries.truncate(size);
        if page.backward {
            entries.reverse();
        }
        Self { entries, more }
    }
}

impl<R: Relation> Loader<Children<R>> for Catalog {
    type Value = Arc<Slice<R::Child>>;
    type Error = LookupError;

    async fn load(
        &self,
        keys: &[Children<R>],
    ) -> Result<HashMap<Children<R>, Self::Value>, Self::Error> {
        let mut found = HashMap::with_capacity(keys.len());
        for (query, keys) in grouped(keys, |key| &key.query) {
            let wanted = keys[1..].iter().fold(keys[0].wanted, |all, key| all.union(key.wanted));
            let shape = Shape::of_each::<R>(wanted, query);
            let mut parents: Vec<i64> = keys.iter().map(|key| key.parent).collect();
            parents.sort_unstable();
            parents.dedup();
            let select = page_of_each::<R>(self.snapshot.backend(), &parents, query, &shape);
            let mut entries: Vec<Vec<Listed<R::Child>>> = Vec::new();
            entries.resize_with(parents.len(), Vec::new);
            let sort_out = |row: &Row<'_>| {
                let entry = shape.read(row, 1)?;
                if let Ok(place) = parents.binary_search(&row.int(0)?) {
                    entries[place].push(entry);
                }
                Ok(())
            };
            let mode = Filter::plan_mode(query.filter.as_deref());
            self.snapshot.fetch_planned(&select, mode, sort_out).await?;
            let slices: Vec<Self::Value> = entries
                .into_iter()
                .map(|entries| Arc::new(Slice::of(entries, &query.page, wanted)))
                .collect();
            for key in keys {
                if let Ok(place) = parents.binary_search(&key.parent) {
                    found.insert(key.clone(), Arc::clone(&slices[place]));
                }
            }
        }
        Ok(found)
    }
}

impl<E: Listable> Loader<All<E>> for Catalog {
    type Value = Arc<Slice<E>>;
    type Error = LookupError;

    async fn load(&self, keys: &[All<E>]) -> Result<HashMap<All<E>, Self::Value>, Self::Error> {
        let mut found = HashMap::with_capacity(keys.len());
        for (query, keys) in grouped(keys, |key| &key.query) {
            let wanted = keys[1..].iter().fold(keys[0].wanted, |all, key| all.union(key.wanted));
            let shape = Shape::of_all(wanted, query);
            let select = page_of_all(self.snapshot.backend(), query, &shape);
            let mode = Filter::plan_mode(query.filter.as_deref());
            let read = |row: &Row<'_>| shape.read(row, 0);
            let entries = self.snapshot.fetch_planned(&select, mode, read).await?;
            let slice = Arc::new(Slice::of(entries, &query.page, wanted));
            found.extend(keys.into_iter().map(|key| (key.clone(), Arc::clone(&slice))));
        }
        Ok(found)
    }
}
