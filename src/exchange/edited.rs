//! What editors have changed here of what comes in. It is laid over the incoming rows before anything
//! is found out about them: slugs, repositories and places are looked at as they will be.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use entity::{HERE, Tracked, category, element, feature, grid, package, version};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter};

use super::placed::Placed;
use crate::database::DatabaseError;
use crate::editing::{self, Planned};

/// The rows that editors have changed, by their ids.
#[derive(Default)]
pub(super) struct Edited {
    pub categories: HashMap<i64, category::Model>,
    pub grids: HashMap<i64, grid::Model>,
    pub packages: HashMap<i64, package::Model>,
    pub versions: HashMap<i64, version::Model>,
    pub features: HashMap<i64, feature::Model>,
    pub elements: HashMap<i64, element::Model>,
    /// Packages to which editors gave their repository, by it: their ids and slugs.
    repositories: HashMap<String, (i64, String)>,
}

impl Edited {
    /// Reads them from the database. Where records do not come from a source but from files, rows
    /// that were made here may be among them, and all that these say is editors'.
    pub async fn read(
        connection: &impl ConnectionTrait,
        foreign: bool,
    ) -> Result<Self, DatabaseError> {
        let mut edited = Self::default();
        macro_rules! read {
            ($($entity:ident: $rows:ident;)*) => {$(
                let mut which = Condition::any().add($entity::Column::Edited.ne("[]"));
                if !foreign {
                    which = which.add($entity::Column::SourceId.eq(HERE));
                }
                let rows = $entity::Entity::find().filter(which).all(connection).await?;
                edited.$rows = rows.into_iter().map(|row| (row.id, row)).collect();
            )*};
        }
        read! {
            category: categories;
            grid: grids;
            package: packages;
            version: versions;
            feature: features;
            element: elements;
        }
        for row in edited.packages.values() {
            if has_edited(row, "repo_url") && !row.repo_key.is_empty() {
                edited.repositories.insert(row.repo_key.clone(), (row.id, row.slug.clone()));
            }
        }
        Ok(edited)
    }

    /// The category that editors have given a package.
    pub fn category_of(&self, package: i64) -> Option<i64> {
        let row = self.packages.get(&package)?;
        (is_ours(row) || has_edited(row, "category_id")).then_some(row.category_id)
    }

    /// The package with another id that editors have given this repository.
    pub fn with_repository(&self, key: &str, id: i64) -> Option<&str> {
        let found = self.repositories.get(key).filter(|(other, _)| *other != id);
        found.map(|(_, slug)| slug.as_str())
    }
}

fn is_ours(row: &impl Tracked) -> bool {
    row.source_id() == Some(HERE)
}

fn has_edited(row: &impl Tracked, column: &str) -> bool {
    row.edited().iter().any(|edited| edited == column)
}

/// Lays what editors have changed over the rows with the same ids. Returns how many values would
/// have been other ones.
pub(super) fn overlay<E: Planned>(
    rows: &mut [Placed<E::Model>],
    edited: &HashMap<i64, E::Model>,
    now: entity::Timestamp,
) -> usize
where
    E::Model: ModelTrait<Entity = E>,
{
    let theirs = rows.iter_mut().filter_map(|(row, _)| edited.get(&row.id()).map(|it| (row, it)));
    theirs.map(|(row, there)| editing::keep_edits::<E>(row, there, now)).sum()
}

/// A row that editors have changed, and that is what it is by its place.
pub(super) struct There<P> {
    pub place: P,
    /// Whether editors gave it its place, so that it is known by its id.
    is_placed: bool,
    is_ours: bool,
    /// What it is called, for people.
    pub name: String,
}

impl<P> There<P> {
    /// Of a row whose place is in this column.
    pub fn of(row: &impl Tracked, place: P, column: &str, name: String) -> Self {
        let is_ours = is_ours(row);
        Self { place, is_placed: is_ours || has_edited(row, column), is_ours, name }
    }
}

/// Whose edits each of these rows takes over, given by their ids and places, and which of them cannot
/// come in beside rows that editors have changed, and why.
///
/// A release or a cell is what it is by its place: when its source gives it another id, what editors
/// have said of it goes along. Only where editors gave it its place it is known by its id.
pub(super) fn heirs<P: Eq + Hash>(
    rows: &[(i64, P)],
    edited: &HashMap<i64, There<P>>,
) -> (HashMap<i64, i64>, Vec<(usize, String)>) {
    let ids: HashSet<i64> = rows.iter().map(|(id, _)| *id).collect();
    // To what was made here others give way; no record takes it over.
    let by_place: HashMap<&P, (i64, &There<P>)> = edited
        .iter()
        .filter(|(_, there)| !there.is_ours)
        .map(|(id, there)| (&there.place, (*id, there)))
        .collect();
    let is_placed = |id: &i64| edited.get(id).is_some_and(|there| there.is_placed);
    let mut heirs = HashMap::new();
    for (id, place) in rows {
        if is_placed(id) {
            heirs.insert(*id, *id);
        } else if let Some((other, there)) = by_place.get(place)
            && !(there.is_placed && ids.contains(other))
        {
            heirs.insert(*id, *other);
        }
    }
    let taken: HashSet<i64> = heirs.values().copied().collect();
    let mut wrong = Vec::new();
    for (index, (id, place)) in rows.iter().enumerate() {
        if let Some((other, there)) = by_place.get(place).filter(|_| !is_placed(id))
            && heirs.get(id) != Some(other)
        {
            let name = &there.name;
            wrong.push((index, format!("{name} is that of id {other}, to which editors gave it")));
        } else if let Some(there) = edited.get(id).filter(|_| !taken.contains(id)) {
            let name = &there.name;
            wrong.push((index, format!("its id is that of {name} here, which editors changed")));
        }
    }
    (heirs, wrong)
}
