//! What an edit reads, and notes where that is not there.

use std::collections::HashMap;

use entity::{Tracked, category, grid, package};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use super::bulk::BOUND_VALUES;
use super::edit::{Edit, spoken};
use super::plan::Planned;
use super::problem::{ProblemCode, Stop};
use crate::database::DatabaseError;

/// A table whose rows people call by a slug and a title.
pub trait Named: Planned {
    /// The row's slug and title.
    fn names(row: &Self::Model) -> (&str, &str);
}

macro_rules! named {
    ($($entity:ident)*) => {$(
        impl Named for $entity::Entity {
            fn names(row: &Self::Model) -> (&str, &str) {
                (&row.slug, &row.title)
            }
        }
    )*};
}
named!(category grid package);

impl Edit {
    /// The row with this id; notes it when there is none.
    pub(super) async fn find<E: Planned>(
        &mut self,
        id: i64,
        path: &str,
    ) -> Result<Option<E::Model>, Stop> {
        let row = E::find().filter(E::id_column().eq(id)).one(&self.transaction).await?;
        if row.is_none() {
            let message = format!("There is no such {}", spoken(E::KIND));
            self.problem(ProblemCode::NotFound, path, message);
        }
        Ok(row)
    }

    /// The row with this id; gives up when there is none.
    pub(super) async fn row<E: Planned>(&mut self, id: i64, path: &str) -> Result<E::Model, Stop> {
        self.find::<E>(id, path).await?.ok_or(Stop::Problems)
    }

    /// The row that the edit is about, which is expected to be at this revision, if at one; gives up
    /// when there is none.
    pub(super) async fn current<E: Planned>(
        &mut self,
        id: i64,
        expected: Option<i64>,
    ) -> Result<E::Model, Stop> {
        let row = self.row::<E>(id, "id").await?;
        self.about = Some(id);
        self.expect(expected, row.revision(), "expectedRevision");
        Ok(row)
    }

    /// Notes it if another row than that with `id` has this text in this column; `field` is where it
    /// was sent, and what it is.
    pub(super) async fn is_free<E: Named>(
        &mut self,
        id: i64,
        column: E::Column,
        text: &str,
        (path, what): (&str, &str),
    ) -> Result<(), Stop> {
        let others = E::find().filter(column.eq(text)).filter(E::id_column().ne(id));
        if let Some(other) = others.one(&self.transaction).await? {
            let (slug, title) = E::names(&other);
            let message =
                format!("The {} \"{slug}\" ({title}) has this {what} already", spoken(E::KIND));
            self.problem(ProblemCode::Taken, path, message);
        }
        Ok(())
    }

    /// The rows of `E` that have one of `values` in `column`.
    pub(super) async fn rows_where<E: EntityTrait>(
        &self,
        column: E::Column,
        values: impl IntoIterator<Item: Into<Value>> + Send,
    ) -> Result<Vec<E::Model>, DatabaseError> {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        let mut rows = Vec::new();
        for values in values.chunks(BOUND_VALUES) {
            let found = E::find().filter(column.is_in(values.iter().cloned()));
            rows.extend(found.all(&self.transaction).await?);
        }
        Ok(rows)
    }

    /// The rows of `E` that have one of these ids, by id.
    pub(super) async fn rows_by_id<E: Planned>(
        &self,
        ids: impl IntoIterator<Item = i64> + Send,
    ) -> Result<HashMap<i64, E::Model>, DatabaseError> {
        let rows = self.rows_where::<E>(E::id_column(), ids).await?;
        Ok(rows.into_iter().map(|row| (row.id(), row)).collect())
    }
}
