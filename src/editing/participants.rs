//! Who contributed, as rows to be found by: kept in step with `package.participants`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// Writes the rows of those of these packages that have other contributors than before. `new` tells
/// that none can have any yet.
///
/// # Errors
/// What the database says.
pub async fn refresh(
    connection: &impl ConnectionTrait,
    packages: &[i64],
    new: bool,
) -> Result<(), DbErr> {
    for ids in packages.chunks(PACKAGES) {
        let rows: Vec<(i64, JsonList<String>)> = package::Entity::find()
            .select_only()
            .column(package::Column::Id)
            .column(package::Column::Participants)
            .filter(package::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        let mut wanted: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for (id, names) in rows {
            let names = names.0.iter().map(|name| text::fold(name));
            wanted.insert(id, names.filter(|name| name.len() <= LONGEST).collect());
        }
        if !new {
            let others = others(connection, ids, &mut wanted).await?;
            participant::Entity::delete_many()
                .filter(participant::Column::PackageId.is_in(others))
                .exec(connection)
                .await?;
        }
        let names: BTreeSet<(String, i64)> = wanted
            .into_iter()
            .flat_map(|(id, names)| names.into_iter().map(move |name| (name, id)))
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

/// Takes out of `wanted` the packages whose rows are right, and tells which have others.
async fn others(
    connection: &impl ConnectionTrait,
    ids: &[i64],
    wanted: &mut BTreeMap<i64, BTreeSet<String>>,
) -> Result<Vec<i64>, DbErr> {
    let mut known: HashMap<i64, BTreeSet<String>> = HashMap::new();
    let rows: Vec<(i64, String)> = participant::Entity::find()
        .select_only()
        .column(participant::Column::PackageId)
        .column(participant::Column::NameFolded)
        .filter(participant::Column::PackageId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    for (id, name) in rows {
        known.entry(id).or_default().insert(name);
    }
    wanted.retain(|id, names| known.get(id).map_or(!names.is_empty(), |known| known != names));
    let others = known.into_keys().filter(|id| wanted.contains_key(id)).collect();
    Ok(others)
}
