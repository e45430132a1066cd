//! What happened to the directory, in the order in which it did.

use std::collections::BTreeMap;

use entity::{Timestamp, change};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::Deserialize;

use crate::database::{DatabaseError, Row, Snapshot};

/// Changes that are read at once.
const PAGE: u64 = 100;

/// A committed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The revision that it made.
    pub revision: i64,
    pub at: Timestamp,
    /// `import`, `score` or `derive`.
    pub kind: Box<str>,
    /// Rows by what they are, such as `packages`.
    pub counts: BTreeMap<String, ChangeCounts>,
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
        .columns([
            change::Column::Revision,
            change::Column::At,
            change::Column::Kind,
            change::Column::Counts,
        ])
        .filter(sea_orm::sea_query::Expr::col(change::Column::Revision).gt(revision))
        .order_by(change::Column::Revision, Order::Asc)
        .limit(PAGE)
        .into_query();
    snapshot.fetch(&select, read).await
}

fn read(row: &Row<'_>) -> Result<Change, DatabaseError> {
    let counts: BTreeMap<String, ChangeCounts> = serde_json::from_str(&row.text(3)?)
        .map_err(|error| DatabaseError::UnexpectedValue(format!("counts of a change: {error}")))?;
    let touched = |counts: &ChangeCounts| *counts != ChangeCounts::default();
    Ok(Change {
        revision: row.int(0)?,
        at: Timestamp(row.int(1)?),
        kind: row.text(2)?,
        counts: counts.into_iter().filter(|(_, counts)| touched(counts)).collect(),
    })
}
