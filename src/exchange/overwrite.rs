//! Taking back what editors have done, where an import is told to take what comes instead.

use std::collections::HashSet;

use entity::{alias, taken_out};
use sea_orm::{DatabaseTransaction, EntityTrait, ModelTrait, QueryFilter};

use super::incoming::Incoming;
use super::ours::merged;
use crate::database::DatabaseError;
use crate::editing::Pair;

/// Forgets of what has come in that editors had taken it out, and who answered to its name since:
/// later imports bring it, too. Returns how much that was.
pub(super) async fn give_back(
    transaction: &DatabaseTransaction,
    incoming: &Incoming,
) -> Result<usize, DatabaseError> {
    let mut given_back = 0;
    let packages: HashSet<i64> = incoming.packages.iter().map(|row| row.id).collect();
    let out = taken_out::Entity::find().all(transaction).await?;
    if !out.is_empty() {
        let grids: HashSet<i64> = incoming.grids.iter().map(|row| row.id).collect();
        let categories: HashSet<i64> = incoming.categories.iter().map(|row| row.id).collect();
        let versions: HashSet<i64> = incoming.versions.iter().map(|row| row.id).collect();
        let features: HashSet<i64> = incoming.features.iter().map(|row| row.id).collect();
        for row in out {
            let has_come = match row.kind.as_str() {
                "category" => categories.contains(&row.row_id),
                "grid" => grids.contains(&row.row_id),
                "package" => packages.contains(&row.row_id),
                "version" => versions.contains(&row.row_id),
                "feature" => features.contains(&row.row_id),
                _ => {
                    let pair = Pair { grid: row.row_id, package: row.other_id };
                    incoming.wanted.contains_key(&pair)
                }
            };
            if has_come {
                let key = (row.kind, row.row_id, row.other_id);
                taken_out::Entity::delete_by_id(key).exec(transaction).await?;
                given_back += 1;
            }
        }
    }
    for alias in alias::Entity::find().filter(merged()).all(transaction).await? {
        if packages.contains(&alias.former_id) {
            alias.delete(transaction).await?;
            given_back += 1;
        }
    }
    Ok(given_back)
}
