//! Who contributed, as rows to be found by: kept in step with `package.participants`.

use std::collections::BTreeSet;

use entity::{JsonList, package, participant};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::rules::text;

/// Packages that are read at once.
const PACKAGES: usize = 1_000;

/// Rows that one statement adds; each binds two values.
const ROWS: usize = 5_000;

/// Folded names that are longer, in bytes, cannot be found by: an entry of an index of PostgreSQL's
/// has 2,704 at most, and one character can fold to 33.
const LONGEST: usize = 2_000;

/// Writes the rows of these packages anew. `new` tells that they cannot have any yet.
///
/// # Errors
/// What the database says.
pub async fn refresh(
    connection: &impl ConnectionTrait,
    packages: &[i64],
    new: bool,
) -> Result<(), DbErr> {
    for ids in packages.chunks(PACKAGES) {
        if !new {
            participant::Entity::delete_many()
                .filter(participant::Column::PackageId.is_in(ids.iter().copied()))
                .exec(connection)
                .await?;
        }
        let rows: Vec<(i64, JsonList<String>)> = package::Entity::find()
            .select_only()
            .column(package::Column::Id)
            .column(package::Column::Participants)
            .filter(package::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        let names: BTreeSet<(String, i64)> = rows
            .into_iter()
            .flat_map(|(id, names)| names.0.into_iter().map(move |name| (text::fold(&name), id)))
            .filter(|(name, _)| name.len() <= LONGEST)
            .collect();
        let names: Vec<(String, i64)> = names.into_iter().collect();
        for names in names.chunks(ROWS) {
            let rows = names.iter().map(|(name, package)| participant::ActiveModel {
                name_folded: Set(name.clone()),
                package_id: Set(*package),
            });
            participant::Entity::insert_many(rows).exec_without_returning(connection).await?;
        }
    }
    Ok(())
}
