//! A page of a list, by keyset: it goes on from the values of a row, not from a number of rows, so
//! a page in the middle costs what the first one does, and rows that come and go in between move
//! nothing.

use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Order, SelectStatement};

use crate::database::{Cell, CellKind};

/// What a list is sorted by: a column, ascending. It is never null here.
#[derive(Clone, Copy, Debug)]
pub struct SortKey {
    /// The alias of the column's table in the statement.
    pub table: &'static str,
    pub column: &'static str,
    pub kind: CellKind,
}

impl SortKey {
    pub(super) fn expr(&self) -> Expr {
        Expr::col((self.table.into_iden(), self.column.into_iden()))
    }
}

/// A row's place in a list: the values it is sorted by, and its id, which settles ties.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub values: Vec<Cell>,
    pub id: i64,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// How many rows at most.
    pub size: u32,
    /// Whether they are the last ones of the range, not the first.
    pub backward: bool,
    /// Where the range begins, that row excluded; null means at the list's beginning.
    pub after: Option<Position>,
    /// Where the range ends, that row excluded; null means at the list's end.
    pub before: Option<Position>,
}

impl Page {
    /// Limits `select` to the page, and to one row more, which tells whether there are more.
    pub(super) fn apply(&self, select: &mut SelectStatement, keys: &[SortKey]) {
        if let Some(after) = &self.after {
            select.and_where(place(keys).gt(value(after)));
        }
        if let Some(before) = &self.before {
            select.and_where(place(keys).lt(value(before)));
        }
        self.sort(select, keys);
        select.limit(u64::from(self.size) + 1);
    }

    /// Sorts `select` from the end that the page is counted from.
    pub(super) fn sort(&self, select: &mut SelectStatement, keys: &[SortKey]) {
        for key in keys {
            select.order_by_expr(key.expr(), self.direction());
        }
    }

    /// The direction that begins at the end that the page is counted from.
    pub(super) fn direction(&self) -> Order {
        if self.backward { Order::Desc } else { Order::Asc }
    }
}

/// The row's place as the database compares it. One row value is one range of the index; spelled
/// out with OR it would be a walk from the index's beginning.
fn place(keys: &[SortKey]) -> Expr {
    match keys {
        [id] => id.expr(),
        keys => Expr::tuple(keys.iter().map(SortKey::expr)),
    }
}

fn value(position: &Position) -> Expr {
    let id = Expr::val(position.id);
    if position.values.is_empty() {
        return id;
    }
    Expr::tuple(
        position
            .values
            .iter()
            .map(|cell| match cell {
                Cell::Null | Cell::Other => Expr::val(None::<String>),
                Cell::Int(value) => Expr::val(*value),
                Cell::Text(text) => Expr::val(text.as_ref()),
            })
            .chain([id]),
    )
}
