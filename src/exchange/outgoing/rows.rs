//! Rows of a table, in the order of its ids.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait};

use crate::catalog::{FromCell, kind};
use crate::database::{DatabaseError, Row, Snapshot};

/// Which of an entity's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows<'a> {
    /// The next so many by id.
    After { id: i64, limit: u64 },
    /// So many, from the one with the highest id down.
    Newest { limit: u64, offset: u64 },
    /// The one with this id.
    Id(i64),
    /// The one with this slug, letter case and all.
    Slug(&'a str),
}

/// How many rows `E` has.
///
/// # Errors
/// What the database says.
pub async fn count<E: EntityTrait>(snapshot: &Snapshot) -> Result<u64, DatabaseError> {
    let select = Query::select()
        .expr(Expr::col(sea_orm::sea_query::Asterisk).count())
        .from(E::default().table_name())
        .to_owned();
    let counts = snapshot.fetch(&select, |row| row.int(0)).await?;
    Ok(counts.first().map_or(0, |count| count.unsigned_abs()))
}

/// Selects these columns of these rows.
pub(super) fn chosen<E: EntityTrait>(
    entity: E,
    rows: Rows<'_>,
    columns: &[E::Column],
    id: E::Column,
    slug: Option<E::Column>,
) -> SelectStatement {
    let mut select = Query::select();
    select.columns(columns.iter().copied()).from(entity.table_name());
    match (rows, slug) {
        (Rows::After { id: last, limit }, _) => {
            select.and_where(Expr::col(id).gt(last)).order_by(id, Order::Asc).limit(limit);
        }
        (Rows::Newest { limit, offset }, _) => {
            select.order_by(id, Order::Desc).limit(limit).offset(offset);
        }
        (Rows::Id(one), _) => {
            select.and_where(Expr::col(id).eq(one));
        }
        (Rows::Slug(text), Some(slug)) => {
            select.and_where(Expr::col(slug).eq(text));
        }
        (Rows::Slug(_), None) => {
            select.and_where(Expr::cust("1 = 0"));
        }
    }
    select
}

/// The cells of a row, one after the other.
pub(super) struct Cells<'a, 'r, C> {
    row: &'a Row<'r>,
    columns: &'a [C],
    place: usize,
}

impl<'a, 'r, C: ColumnTrait> Cells<'a, 'r, C> {
    pub fn new(row: &'a Row<'r>, columns: &'a [C]) -> Self {
        Self { row, columns, place: 0 }
    }

    pub fn next<T: FromCell>(&mut self) -> Result<T, DatabaseError> {
        let place = self.place;
        self.place += 1;
        let column = self.columns.get(place).ok_or_else(|| unexpected("no such column"))?;
        let cell = self.row.cell(place, kind(*column))?;
        T::from_cell(&cell).ok_or_else(|| unexpected(&format!("{}: {cell:?}", column.as_str())))
    }
}

pub(super) fn unexpected(what: &str) -> DatabaseError {
    DatabaseError::UnexpectedValue(what.to_owned())
}
