//! Ways from a parent to the rows that belong to it.

use std::fmt::Debug;
use std::hash::Hash;

use entity::grid_package;
use sea_orm::sea_query::{
    Asterisk, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement, TableRef,
};
use sea_orm::{EntityName, EntityTrait, IdenStatic};

use super::page::{Nulls, SortKey};
use super::record::kind;
use super::{Listable, PackageScope};

/// The alias of the table whose rows are listed.
pub const LISTED: &str = "c";

/// The alias of `grid_package` where a list goes through it.
pub const PAIRING: &str = "gp";

/// A way from a parent to its list of [`Child`](Relation::Child) rows.
///
/// A list has one *driving* table, each of whose rows is one entry: the children's own table, or
/// the pairing that leads to them. Whatever else is joined is found by its id from there.
pub trait Relation: Clone + Copy + Debug + Default + Eq + Hash + Send + Sync + 'static {
    type Child: Listable;

    /// The column of `grid_package` that has the child's id, where the way leads through that table,
    /// which then drives the list.
    const PAIRED: Option<grid_package::Column> = None;

    /// Columns of the child that the pairing has as well, by the child's, each as it is called there.
    const CARRIED: &'static [(<Self::Child as EntityTrait>::Column, &'static str)] = &[];

    /// Joins to the driving table what the list needs besides.
    fn join(_select: &mut SelectStatement) {}

    /// What holds for the rows of `parent`.
    fn belongs(parent: Expr) -> Expr;

    /// A statement that counts all rows of `parent` faster than by looking at each row that might
    /// belong; null where there is none.
    fn count(_parent: Expr) -> Option<SelectStatement> {
        None
    }

    /// What cursors of this list are marked with; lists of one name share their cursors.
    fn list() -> &'static str {
        Self::Child::NAME
    }

    /// What the list is sorted by unless asked otherwise; the id comes after it.
    fn order() -> Vec<SortKey> {
        Self::Child::order()
    }

    /// The alias of the table whose columns lists are sorted by when asked.
    const SORTED: &'static str = LISTED;

    /// The same key on the driving table, where that has it too: what is sorted by the table that is
    /// read first need not be sorted.
    fn driven(key: SortKey) -> SortKey {
        let is_key = |column: &str| key.table == LISTED && column == key.column;
        match Self::CARRIED.iter().find(|(column, _)| is_key(column.as_str())) {
            Some((_, column)) => SortKey { table: PAIRING, column, ..key },
            None => key,
        }
    }

    /// The key on the listed table that is the same as this [driven](Relation::driven) one.
    fn listed(key: SortKey) -> SortKey {
        let is_key = |column: &str| key.table == PAIRING && column == key.column;
        match Self::CARRIED.iter().find(|(_, column)| is_key(column)) {
            Some((column, _)) => SortKey { table: LISTED, column: column.as_str(), ..key },
            None => key,
        }
    }

    /// Which packages the children of `parent` are; null where they are none.
    fn scope(_parent: i64) -> Option<PackageScope> {
        None
    }
}

/// `keys`, and then the id, in the direction of the last of them: one index does for both ways.
pub fn with_id<E: Listable>(mut keys: Vec<SortKey>) -> Vec<SortKey> {
    let descending = keys.last().is_some_and(|key| key.descending);
    keys.push(SortKey { descending, ..listed_key(E::ID) });
    keys
}

/// A sort key on a column of the listed table that is never null, ascending.
pub fn listed_key<C: entity::ColumnIndex>(column: C) -> SortKey {
    SortKey::ascending(LISTED, column.as_str(), kind(column))
}

/// A sort key on a column that may be null, descending, with nulls last.
pub fn newest_first<C: entity::ColumnIndex>(column: C) -> SortKey {
    SortKey { descending: true, nulls: Nulls::Last, ..listed_key(column) }
}

/// The alias of the driving table of `R`.
pub fn driver<R: Relation>() -> &'static str {
    if R::PAIRED.is_some() { PAIRING } else { LISTED }
}

/// Adds the driving table of `R` to `select`, as its first table or crossed with the ones before.
pub fn drive<R: Relation>(select: &mut SelectStatement, first: bool) {
    if R::PAIRED.is_none() {
        return list::<R>(select, first);
    }
    add(select, grid_package::Entity.table_name(), PAIRING, first);
}

/// Adds the children's own table, as [`drive`] does the driving one.
pub fn list<R: Relation>(select: &mut SelectStatement, first: bool) {
    add(select, <R::Child as Default>::default().table_name(), LISTED, first);
}

fn add(select: &mut SelectStatement, table: &'static str, alias: &'static str, first: bool) {
    let table = TableRef::from(table.into_iden()).alias(alias.into_iden());
    if first {
        select.from(table);
    } else {
        select.cross_join(table);
    }
}

/// A column of the table with this alias.
pub fn column(table: &'static str, column: impl IntoIden) -> Expr {
    Expr::col((table.into_iden(), column))
}

/// Selects from the rows of `E` that have one of `ids`, for PostgreSQL. LIMIT keeps the lookups
/// apart: a generic plan does not know how few ids there are, and would join them with the whole
/// table.
pub(super) fn looked_up<E: Listable>(ids: SelectStatement, selected: Vec<Expr>) -> SelectStatement {
    let (found, table) = ("i", "t");
    let row = Query::select()
        .column((table, Asterisk))
        .from_as(E::default().table_name(), table)
        .and_where(id_of(table).eq(id_of(found)))
        .limit(1)
        .to_owned();
    let mut select = Query::select();
    select.exprs(selected).from_subquery(ids, found);
    select.join_lateral(JoinType::InnerJoin, row, LISTED, Expr::val(true));
    select
}

/// The id in the table with this alias; every table has one.
pub fn id_of(table: &'static str) -> Expr {
    column(table, "id")
}

/// The count of children that the row of the parent itself keeps in `kept`.
pub fn kept_count<P: Listable>(kept: P::Column, parent: Expr) -> SelectStatement {
    let row = "kept";
    Query::select()
        // Counted ones have 64 bits.
        .expr(column(row, kept).cast_as("bigint"))
        .from_as(P::default().table_name(), row)
        .and_where(column(row, P::ID).eq(parent))
        .to_owned()
}
