//! How long what happened is remembered.

use entity::{Timestamp, change, change_subject, idempotency};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::database::{Database, DatabaseError};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// Forgets the changes that are older than so many days (of 0 none), and the answers that were kept
/// for longer than so many seconds. Returns how many changes that were. The newest one stays: what is
/// at its revision is known by it.
///
/// # Errors
/// What the database says.
pub async fn forget(
    database: &Database,
    now: Timestamp,
    history_days: u64,
    idempotency_seconds: u64,
) -> Result<u64, DatabaseError> {
    let ago = |number: u64, unit: i64| {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        now.0.saturating_sub(number.saturating_mul(unit))
    };
    let transaction = database.begin().await?;
    let old = idempotency::Column::At.lte(ago(idempotency_seconds, SECOND));
    idempotency::Entity::delete_many().filter(old).exec(&transaction).await?;
    let mut forgotten = 0;
    if history_days > 0 {
        let revision = || change::Entity::find().select_only();
        let young = change::Column::At.gte(ago(history_days, DAY));
        let young = revision().expr(change::Column::Revision.min()).filter(young);
        let newest = revision().expr(change::Column::Revision.max());
        // From one revision on all are kept, so that whoever goes on after one misses nothing.
        let mut from = young.into_tuple::<Option<i64>>().one(&transaction).await?.flatten();
        if from.is_none() {
            from = newest.into_tuple::<Option<i64>>().one(&transaction).await?.flatten();
        }
        let from = from.unwrap_or_default();
        let old = change::Entity::delete_many().filter(change::Column::Revision.lt(from));
        forgotten = old.exec(&transaction).await?.rows_affected;
        let old = change_subject::Column::Revision.lt(from);
        change_subject::Entity::delete_many().filter(old).exec(&transaction).await?;
    }
    database.commit(transaction, None).await?;
    Ok(forgotten)
}
