//! Rows as they are read: only the columns that somebody asked for.

use std::marker::PhantomData;
use std::sync::Arc;

use derive_where::derive_where;
use entity::{ColumnIndex, Timestamp};
use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, IdenStatic, Iterable};

use super::Listable;
use crate::database::{Cell, CellKind, DatabaseError, Row};

/// A set of columns of one entity.
#[derive_where(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Columns<E: Listable> {
    bits: u64,
    entity: PhantomData<fn() -> E>,
}

impl<E: Listable> Columns<E> {
    /// The id alone, which is always read.
    pub fn id() -> Self {
        Self { bits: 1 << E::ID.index(), entity: PhantomData }
    }

    /// The id and `column`.
    pub fn of(column: E::Column) -> Self {
        Self::id().with(column)
    }

    /// These and `column`.
    #[must_use]
    pub fn with(self, column: E::Column) -> Self {
        Self { bits: self.bits | 1 << column.index(), ..self }
    }

    /// What is in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { bits: self.bits | other.bits, ..self }
    }

    /// The columns, in the order in which a record keeps them.
    pub fn iter(self) -> impl Iterator<Item = E::Column> {
        E::Column::iter().filter(move |column| self.bits & (1 << column.index()) != 0)
    }

    /// The place of `column` among the columns of the set; null when it is not one of them.
    fn place(self, column: E::Column) -> Option<usize> {
        let bit = 1 << column.index();
        (self.bits & bit != 0).then(|| (self.bits & (bit - 1)).count_ones() as usize)
    }

    /// How each column is read from a row.
    pub fn kinds(self) -> Vec<CellKind> {
        self.iter().map(kind).collect()
    }
}

/// How `column` is read from a row.
pub fn kind(column: impl ColumnTrait) -> CellKind {
    match column.def().get_column_type() {
        ColumnType::Boolean => CellKind::Bool,
        ColumnType::Integer => CellKind::Int32,
        ColumnType::BigInteger => CellKind::Int64,
        _ => CellKind::Text,
    }
}

/// A row, or as much of it as was read.
#[derive_where(Clone, Debug, PartialEq)]
pub struct Record<E: Listable> {
    columns: Columns<E>,
    cells: Box<[Cell]>,
}

impl<E: Listable> Record<E> {
    /// Takes the columns from `row`, where they stand side by side from `start`.
    pub(super) fn read(
        row: &Row<'_>,
        start: usize,
        columns: Columns<E>,
        kinds: &[CellKind],
    ) -> Result<Self, DatabaseError> {
        // Of its size from the beginning: collecting results, it would grow and shrink to it.
        let mut cells = Vec::with_capacity(kinds.len());
        for (place, kind) in kinds.iter().enumerate() {
            cells.push(row.cell(start + place, *kind)?);
        }
        Ok(Self { columns, cells: cells.into() })
    }

    /// The value in `column`; null when the column was not read.
    pub fn get<T: FromCell>(&self, column: E::Column) -> Option<Result<T, DatabaseError>> {
        let place = self.columns.place(column)?;
        self.cells.get(place).map(|cell| {
            T::from_cell(cell).ok_or_else(|| {
                DatabaseError::UnexpectedValue(format!("{}: {cell:?}", column.as_str()))
            })
        })
    }

    /// The id.
    ///
    /// # Errors
    /// Never for a row that came from a database.
    pub fn id(&self) -> Result<i64, DatabaseError> {
        self.get(E::ID).unwrap_or_else(|| Err(DatabaseError::UnexpectedValue("no id".to_owned())))
    }
}

/// A type that the value of a column can be read as.
pub trait FromCell: Sized {
    /// Null when the value is something else.
    fn from_cell(cell: &Cell) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Int(value) => Some(*value),
            _ => None,
        }
    }
}

impl FromCell for i32 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell)?.try_into().ok()
    }
}

impl FromCell for bool {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).map(|value| value != 0)
    }
}

impl FromCell for Timestamp {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).map(Timestamp)
    }
}

impl FromCell for String {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.as_ref().to_owned()),
            _ => None,
        }
    }
}

impl FromCell for Arc<str> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(Arc::clone(text)),
            _ => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

macro_rules! json_lists {
    ($($item:ty),*) => {$(
        impl FromCell for Vec<$item> {
            fn from_cell(cell: &Cell) -> Option<Self> {
                match cell {
                    Cell::Text(text) => serde_json::from_str(text).ok(),
                    _ => None,
                }
            }
        }
    )*};
}
json_lists!(i32, String);
