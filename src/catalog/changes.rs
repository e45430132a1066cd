//! What happened to the directory, in the order in which it did.

use std::collections::BTreeMap;

use entity::{change, change_subject};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::Deserialize;

use super::{Aliased, FormerName};
use crate::database::{DatabaseError, Row, Snapshot};

/// Changes that are read at once.
const PAGE: u64 = 100;

/// A committed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The id of its row.
    pub id: i64,
    /// The revision that it made.
    pub revision: i64,
}

/// Rows that a change touched.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct ChangeCounts {
    pub added: i64,
    pub changed: i64,
    pub removed: i64,
}

/// The changes after `revision`, the oldest first, as many as are read at once.
///
/// # Errors
/// What the database says.
pub async fn changes_after(
    snapshot: &Snapshot,
    revision: i64,
) -> Result<Vec<Change>, DatabaseError> {
    let select = change::Entity::find()
        .select_only()
        .columns([change::Column::Id, change::Column::Revision])
        .filter(sea_orm::sea_query::Expr::col(change::Column::Revision).gt(revision))
        .order_by(change::Column::Revision, Order::Asc)
        .limit(PAGE)
        .into_query();
    snapshot.fetch(&select, read).await
}

/// Whether the change that made this revision was about the thing of this kind with this id.
///
/// # Errors
/// What the database says.
pub async fn is_about(
    snapshot: &Snapshot,
    revision: i64,
    kind: &'static str,
    id: i64,
) -> Result<bool, DatabaseError> {
    let key = (kind.to_owned(), id, revision);
    let select = change_subject::Entity::find_by_id(key)
        .select_only()
        .column(change_subject::Column::Revision)
        .into_query();
    Ok(!snapshot.fetch(&select, |row| row.int(0)).await?.is_empty())
}

/// The id of the row of `E` with this slug, or that answers to it since another one had it.
///
/// # Errors
/// What the database says.
pub async fn called<E: Aliased>(
    snapshot: &Snapshot,
    slug: &str,
) -> Result<Option<i64>, DatabaseError> {
    let select = E::find().select_only().column(E::ID).filter(E::SLUG.eq(slug)).into_query();
    if let Some(id) = snapshot.fetch(&select, |row| row.int(0)).await?.into_iter().next() {
        return Ok(Some(id));
    }
    let heir = FormerName::<E>::slug(slug).heir(snapshot).await?;
    Ok(heir.map(|heir| heir.id))
}

fn read(row: &Row<'_>) -> Result<Change, DatabaseError> {
    Ok(Change { id: row.int(0)?, revision: row.int(1)? })
}

/// The rows that a change touched, by what they are, from `change.counts`.
///
/// # Errors
/// When it is something else.
pub fn change_counts(text: &str) -> Result<BTreeMap<String, ChangeCounts>, DatabaseError> {
    let counts: BTreeMap<String, ChangeCounts> = serde_json::from_str(text)
        .map_err(|error| DatabaseError::UnexpectedValue(format!("counts of a change: {error}")))?;
    let touched = |counts: &ChangeCounts| *counts != ChangeCounts::default();
    Ok(counts.into_iter().filter(|(_, counts)| touched(counts)).collect())
}
