//! Lists: pages of children for many parents at once, pages of everything, and counts.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use derive_where::derive_where;
use entity::grid_package;
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoIden, JoinType, Query, SelectStatement};

use super::keys::{Keys, key};
use super::page::{Page, Position, SortKey};
use super::record::{Columns, Record};
use super::relation::{LISTED, PAIRING, Relation, column, drive, driver, id_of, order_of};
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
}

impl<E: Listable> Wanted<E> {
    fn union(self, other: Self) -> Self {
        Self {
            columns: self.columns.union(other.columns),
            pairing: self.pairing.union(other.pairing),
            positions: self.positions || other.positions,
        }
    }
}

/// A page of the children of `parent`.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Children<R: Relation> {
    pub relation: R,
    pub parent: i64,
    pub page: Arc<Page>,
    pub wanted: Wanted<R::Child>,
}

/// How many children `parent` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountChildren<R: Relation> {
    pub relation: R,
    pub parent: i64,
}

/// A page of all rows of `E`.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash)]
pub struct All<E: Listable> {
    pub page: Arc<Page>,
    pub wanted: Wanted<E>,
}

/// How many rows of `E` there are.
#[derive_where(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CountAll<E>(std::marker::PhantomData<fn() -> E>);

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
    /// end.
    pub more: bool,
}

impl<E: Listable> Default for Slice<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), more: false }
    }
}

/// The shape of a statement's rows: the parent, the child's columns, the pairing's, the position.
struct Shape<E: Listable> {
    wanted: Wanted<E>,
    columns: Vec<CellKind>,
    pairing: Vec<CellKind>,
    order: Vec<SortKey>,
}

impl<E: Listable> Shape<E> {
    fn new(wanted: Wanted<E>, order: Vec<SortKey>, paired: bool) -> Self {
        let no_pairing = !paired || wanted.pairing == Columns::id();
        let pairing = if no_pairing { vec![] } else { wanted.pairing.kinds() };
        Self { wanted, columns: wanted.columns.kinds(), pairing, order }
    }

    /// What is selected after the parent, each with the table it is of.
    fn selected(&self) -> Vec<Expr> {
        let mut selected: Vec<Expr> =
            self.wanted.columns.iter().map(|name| column(LISTED, name)).collect();
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

/// The statement for a page of the children of every one of `parents`.
///
/// Each parent's page is found by itself, limit and all, so that the first 5 of 80 lists fetches 400
/// rows and not all. (Through a pairing each list is still read and sorted, by index entries and
/// titles alone: what it is sorted by stands in another table.) PostgreSQL does that with LATERAL; SQLite, which has none, with an IN whose
/// right side is the page's ids, and a CROSS JOIN that keeps it from turning the loops around.
/// Both are two to three times as fast as numbering the rows with ROW_NUMBER.
fn page_of_each<R: Relation>(
    backend: DbBackend,
    parents: Vec<i64>,
    page: &Page,
    shape: &Shape<R::Child>,
) -> SelectStatement {
    let mut inner = Query::select();
    drive::<R>(&mut inner, true);
    R::join(&mut inner);
    inner.and_where(R::belongs(key(backend)));
    page.apply(&mut inner, &shape.order);

    let mut outer = Query::select();
    outer.expr(key(backend));
    Keys::Ids(parents).from(&mut outer, backend);
    if backend == DbBackend::Postgres {
        let found = "x";
        let mut names = (0..).map(|number| format!("v{number}"));
        for (expr, name) in shape.selected().into_iter().zip(names.by_ref()) {
            inner.expr_as(expr, name.clone());
            outer.column((found.into_iden(), name.into_iden()));
        }
        for (sort, name) in shape.order.iter().zip(names) {
            inner.expr_as(sort.expr(), name.clone());
            outer.order_by((found.into_iden(), name.into_iden()), page.direction());
        }
        outer.join_lateral(JoinType::InnerJoin, inner, found, Expr::val(true));
    } else {
        inner.expr(id_of(driver::<R>()));
        drive::<R>(&mut outer, false);
        R::join(&mut outer);
        outer.and_where(id_of(driver::<R>()).in_subquery(inner));
        for selected in shape.selected() {
            outer.expr(selected);
        }
        page.sort(&mut outer, &shape.order);
    }
    outer
}

impl<E: Listable> Slice<E> {
    /// Makes a page of entries that were found from the page's own end, perhaps one too many.
    fn of(mut entries: Vec<Listed<E>>, page: &Page) -> Self {
        let size = page.size as usize;
        let more = entries.len() > size;
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
        for (page, keys) in by_page(keys, |key| &key.page) {
            let wanted = keys[1..].iter().fold(keys[0].wanted, |all, key| all.union(key.wanted));
            let shape = Shape::new(wanted, R::order(), R::PAIRED);
            let mut parents: Vec<i64> = keys.iter().map(|key| key.parent).collect();
            parents.sort_unstable();
            parents.dedup();
            let select = page_of_each::<R>(self.snapshot.backend(), parents, &page, &shape);
            let rows =
                self.snapshot.fetch(&select, |row| Ok((row.int(0)?, shape.read(row, 1)?))).await?;
            let mut of_parent: HashMap<i64, Vec<Listed<R::Child>>> = HashMap::new();
            for (parent, entry) in rows {
                of_parent.entry(parent).or_default().push(entry);
            }
            let slices: HashMap<i64, Self::Value> = of_parent
                .into_iter()
                .map(|(parent, entries)| (parent, Arc::new(Slice::of(entries, &page))))
                .collect();
            let empty = Arc::new(Slice::default());
            for key in keys {
                let slice = slices.get(&key.parent).unwrap_or(&empty);
                found.insert(key.clone(), Arc::clone(slice));
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
        for (page, keys) in by_page(keys, |key| &key.page) {
            let wanted = keys[1..].iter().fold(keys[0].wanted, |all, key| all.union(key.wanted));
            let shape = Shape::new(wanted, order_of::<E>(), false);
            let mut select = Query::select();
            select.from_as(E::default().table_name(), LISTED).exprs(shape.selected());
            page.apply(&mut select, &shape.order);
            let entries = self.snapshot.fetch(&select, |row| shape.read(row, 0)).await?;
            let slice = Arc::new(Slice::of(entries, &page));
            found.extend(keys.into_iter().map(|key| (key.clone(), Arc::clone(&slice))));
        }
        Ok(found)
    }
}

/// The keys by page. There are few distinct pages in a batch, so a list serves.
fn by_page<K>(keys: &[K], page: impl Fn(&K) -> &Arc<Page>) -> Vec<(Arc<Page>, Vec<&K>)> {
    let mut groups: Vec<(Arc<Page>, Vec<&K>)> = Vec::new();
    for key in keys {
        match groups.iter_mut().find(|(known, _)| known == page(key)) {
            Some((_, group)) => group.push(key),
            None => groups.push((Arc::clone(page(key)), vec![key])),
        }
    }
    // A batch's keys come out of a hash table: without this the statements' order would vary.
    groups.sort_by_cached_key(|(page, _)| format!("{page:?}"));
    groups
}

impl<R: Relation> Loader<CountChildren<R>> for Catalog {
    type Value = i64;
    type Error = LookupError;

    async fn load(
        &self,
        keys: &[CountChildren<R>],
    ) -> Result<HashMap<CountChildren<R>, i64>, Self::Error> {
        let backend = self.snapshot.backend();
        let inner = R::count(key(backend)).unwrap_or_else(|| {
            let mut inner = Query::select();
            drive::<R>(&mut inner, true);
            inner.expr(Func::count(id_of(driver::<R>()))).and_where(R::belongs(key(backend)));
            inner
        });
        let mut select = Query::select();
        select.expr(key(backend)).expr(Expr::SubQuery(None, Box::new(inner.into())));
        Keys::Ids(keys.iter().map(|key| key.parent).collect()).from(&mut select, backend);
        let rows = self.snapshot.fetch(&select, |row| Ok((row.int(0)?, row.int(1)?))).await?;
        Ok(rows
            .into_iter()
            .map(|(parent, count)| (CountChildren { relation: R::default(), parent }, count))
            .collect())
    }
}

impl<E: Listable> Loader<CountAll<E>> for Catalog {
    type Value = i64;
    type Error = LookupError;

    async fn load(&self, keys: &[CountAll<E>]) -> Result<HashMap<CountAll<E>, i64>, Self::Error> {
        let mut select = Query::select();
        select.expr(Func::count(id_of(LISTED))).from_as(E::default().table_name(), LISTED);
        let counts = self.snapshot.fetch(&select, |row| row.int(0)).await?;
        Ok(keys.iter().zip(counts).map(|(key, count)| (*key, count)).collect())
    }
}
