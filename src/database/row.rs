//! A row as it comes from either driver.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use sea_orm::sqlx::Row as _;
use sea_orm::sqlx::postgres::PgRow;

use super::DatabaseError;

/// What a column holds, as far as reading it needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellKind {
    Bool,
    Int32,
    Int64,
    Text,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    Null,
    /// A whole number, a time (microseconds), or a truth value (0 or 1).
    Int(i64),
    /// Shared, so that an answer copies it once and not twice.
    Text(Arc<str>),
    /// Something else, which SQLite lets a column hold: whoever reads it fails, nobody beside.
    Other,
}

/// A row, borrowed from its driver.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a PgRow),
}

impl Row<'_> {
    /// The value of the column at `index`, from 0.
    ///
    /// # Errors
    /// When there is no such column, or, on PostgreSQL, it is of another type.
    pub fn cell(&self, index: usize, kind: CellKind) -> Result<Cell, DatabaseError> {
        match self {
            Self::Sqlite(row) => Ok(match row.get_ref(index)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(value) => Cell::Int(value),
                ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => Cell::Text(text.into()),
                    Err(_) => Cell::Other,
                },
                ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Other,
            }),
            // Unchecked: of which type a column is follows from the statement, and looking it up for
            // each value takes longer than decoding it.
            Self::Postgres(row) => Ok(match kind {
                CellKind::Bool => row
                    .try_get_unchecked::<Option<bool>, _>(index)?
                    .map(|value| Cell::Int(value.into())),
                CellKind::Int32 => row
                    .try_get_unchecked::<Option<i32>, _>(index)?
                    .map(|value| Cell::Int(value.into())),
                CellKind::Int64 => row.try_get_unchecked::<Option<i64>, _>(index)?.map(Cell::Int),
                CellKind::Text => row
                    .try_get_unchecked::<Option<&str>, _>(index)?
                    .map(|value| Cell::Text(value.into())),
            }
            .unwrap_or(Cell::Null)),
        }
    }

    /// The text in the column at `index`.
    ///
    /// # Errors
    /// When it is something else, null included.
    pub fn text(&self, index: usize) -> Result<Box<str>, DatabaseError> {
        let text = std::str::from_utf8(self.text_bytes(index)?).ok().map(Box::from);
        text.ok_or_else(|| DatabaseError::UnexpectedValue(format!("column {index} is no UTF-8")))
    }

    /// The bytes of the text in the column at `index`, as the driver has them.
    ///
    /// # Errors
    /// As of [`Self::text`], but that it may not be UTF-8.
    pub fn text_bytes(&self, index: usize) -> Result<&[u8], DatabaseError> {
        let text = match self {
            Self::Sqlite(row) => match row.get_ref(index)? {
                ValueRef::Text(bytes) => Some(bytes),
                _ => None,
            },
            Self::Postgres(row) => row.try_get_unchecked::<Option<&[u8]>, _>(index)?,
        };
        text.ok_or_else(|| DatabaseError::UnexpectedValue(format!("column {index} is no text")))
    }

    /// The whole number in the column at `index`.
    ///
    /// # Errors
    /// When it is something else, null included.
    pub fn int(&self, index: usize) -> Result<i64, DatabaseError> {
        match self.cell(index, CellKind::Int64)? {
            Cell::Int(value) => Ok(value),
            other => Err(DatabaseError::UnexpectedValue(format!("column {index} is {other:?}"))),
        }
    }
}
