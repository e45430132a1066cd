//! Former slugs of packages, grids and categories, and what answers to them: what edits and imports
//! make of them.
//!
//! Whatever has another slug than before answers to the one it had, too. A slug in use goes before a
//! former one, so nobody's slug is taken by an alias; of several aliases the newest counts.

use std::collections::HashMap;

use entity::{Tracked, alias};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde_json::Value as Json;

use super::bulk::BOUND_VALUES;
use super::edit::Edit;
use super::history::RowChange;
use super::lookup::Named;
use super::values::{self, Values};
use crate::database::DatabaseError;

/// What an alias is called in the history.
pub const KIND: &str = "alias";

/// Aliases that one statement deletes: SQLite takes conditions of at most 1,000 terms.
const DELETED_AT_ONCE: usize = 100;

/// Aliases that one statement adds; each binds five values.
const ADDED_AT_ONCE: usize = BOUND_VALUES / 5;

/// What an alias was, if it was there, and what it is to be, if it is to be there.
pub type AliasChange = (Option<alias::Model>, Option<alias::Model>);

/// What tells aliases apart: kind, slug and former id.
type Key = (String, String, i64);

/// A row that has another slug than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    pub id: i64,
    pub was: String,
    pub is: String,
}

/// What becomes of aliases, as the history keeps it.
pub fn told(changes: &[AliasChange]) -> impl Iterator<Item = RowChange> {
    changes.iter().filter_map(|change| {
        let id = bearer(change)?.former_id;
        let (before, after) = change;
        let whole = |alias: &Option<alias::Model>| alias.as_ref().map(values::whole);
        Some(RowChange { kind: KIND.to_owned(), id, before: whole(before), after: whole(after) })
    })
}

/// Whether a row of the history is an alias that came of two packages becoming one.
pub fn is_of_merge(row: &RowChange) -> bool {
    let values = row.before.as_ref().or(row.after.as_ref());
    let target = values.and_then(|values| values.get("target_id").or(values.get("package_id")));
    row.kind == KIND && target.and_then(Json::as_i64) != Some(row.id)
}

/// Writes what becomes of aliases.
///
/// # Errors
/// What the database says.
pub async fn write(
    connection: &impl ConnectionTrait,
    changes: &[AliasChange],
) -> Result<(), DatabaseError> {
    let there: Vec<&alias::Model> =
        changes.iter().filter_map(|(before, _)| before.as_ref()).collect();
    for there in there.chunks(DELETED_AT_ONCE) {
        let those = there.iter().fold(Condition::any(), |those, alias| {
            let is_it = alias::Column::Kind
                .eq(&*alias.kind)
                .and(alias::Column::Slug.eq(&*alias.slug))
                .and(alias::Column::FormerId.eq(alias.former_id));
            those.add(is_it)
        });
        alias::Entity::delete_many().filter(those).exec(connection).await?;
    }
    let new: Vec<_> = changes.iter().filter_map(|(_, after)| after.clone()).collect();
    for new in new.chunks(ADDED_AT_ONCE) {
        let rows = new.iter().map(|alias| alias.clone().into_active_model().reset_all());
        alias::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// What becomes of aliases at `revision` since rows of `E` have other slugs: the former ones lead to
/// them, and those that they have are no former ones.
///
/// # Errors
/// What the database says.
pub async fn of_renamed<E: Named>(
    connection: &impl ConnectionTrait,
    renamed: &[Renamed],
    revision: i64,
) -> Result<Vec<AliasChange>, DatabaseError> {
    let ids = renamed.iter().map(|row| row.id);
    let there = those::<E>(connection, alias::Column::FormerId, ids).await?;
    let mut there: HashMap<Key, alias::Model> =
        there.into_iter().map(|alias| (key(&alias), alias)).collect();
    let mut changes = Vec::new();
    for Renamed { id, was, is } in renamed {
        let former = alias::Model {
            kind: E::KIND.to_owned(),
            slug: was.clone(),
            former_id: *id,
            target_id: *id,
            since: revision,
        };
        changes.push((there.remove(&key(&former)), Some(former)));
        let had_before = there.remove(&(E::KIND.to_owned(), is.clone(), *id));
        changes.extend(had_before.map(|alias| (Some(alias), None)));
    }
    Ok(changes)
}

/// Deletes the aliases that lead to rows of `E` that are gone.
///
/// # Errors
/// What the database says.
pub async fn forget<E: Named>(
    connection: &impl ConnectionTrait,
    gone: &[i64],
) -> Result<(), DatabaseError> {
    for gone in gone.chunks(BOUND_VALUES - 1) {
        let those = alias::Column::TargetId.is_in(gone.iter().copied());
        let those = alias::Column::Kind.eq(E::KIND).and(those);
        alias::Entity::delete_many().filter(those).exec(connection).await?;
    }
    Ok(())
}

/// The aliases of rows of `E` that have one of these ids in this column.
async fn those<E: Named>(
    connection: &impl ConnectionTrait,
    column: alias::Column,
    ids: impl Iterator<Item = i64>,
) -> Result<Vec<alias::Model>, DatabaseError> {
    let ids: Vec<i64> = ids.collect();
    let mut found = Vec::new();
    for ids in ids.chunks(BOUND_VALUES - 1) {
        let those = alias::Column::Kind.eq(E::KIND).and(column.is_in(ids.iter().copied()));
        found.extend(alias::Entity::find().filter(those).all(connection).await?);
    }
    Ok(found)
}

fn key(alias: &alias::Model) -> Key {
    (alias.kind.clone(), alias.slug.clone(), alias.former_id)
}

/// The alias of a change, as it was or will be.
fn bearer((before, after): &AliasChange) -> Option<&alias::Model> {
    before.as_ref().or(after.as_ref())
}

/// Plans the opposite of what became of aliases, where nobody has decided otherwise since.
///
/// # Errors
/// What the database says.
pub async fn undo(edit: &mut Edit, changes: &[RowChange]) -> Result<(), DatabaseError> {
    let changes = changes.iter().filter(|change| change.kind == KIND);
    let changes = changes.map(|change| Ok((read(&change.before)?, read(&change.after)?)));
    let changes = changes.collect::<Result<Vec<AliasChange>, DatabaseError>>()?;
    for change in changes {
        let there = match bearer(&change).map(key) {
            Some(key) => alias::Entity::find_by_id(key).one(&edit.transaction).await?,
            None => None,
        };
        let (before, after) = change;
        let leads_to = |alias: &Option<alias::Model>| alias.as_ref().map(|it| it.target_id);
        // Who comes back answers to their name themselves, whoever has come to do it meanwhile.
        if before.is_none() || leads_to(&there) == leads_to(&after) {
            edit.plan.aliases.push((there, before));
        }
    }
    Ok(())
}

/// The alias that the history tells of.
fn read(values: &Option<Values>) -> Result<Option<alias::Model>, DatabaseError> {
    let Some(mut values) = values.clone() else {
        return Ok(None);
    };
    // As it was called when only packages had any.
    if let Some(package) = values.remove("package_id") {
        values.insert("target_id".to_owned(), package);
        values.insert("kind".to_owned(), "package".into());
    }
    values::row::<alias::Entity>(&values).map(Some)
}

impl Edit {
    /// Plans what follows for aliases from the slugs that rows of `E` are given, and from rows that
    /// go: what leads to them goes along, unless the plan has it lead to others.
    pub(super) async fn plan_aliases<E: Named>(&mut self) -> Result<(), DatabaseError> {
        let rows = E::rows(&mut self.plan);
        let slug = |row: &E::Model| E::names(row).0.to_owned();
        let renamed = rows.changed.iter().map(|(before, after)| {
            let (id, was, is) = (after.id(), slug(before), slug(after));
            Renamed { id, was, is }
        });
        let renamed: Vec<Renamed> = renamed.filter(|row| row.was != row.is).collect();
        let gone: Vec<i64> = rows.removed.iter().map(Tracked::id).collect();
        let mut changes = of_renamed::<E>(&self.transaction, &renamed, self.revision).await?;
        let planned = |changes: &[AliasChange], alias: &alias::Model| {
            changes.iter().filter_map(bearer).any(|other| key(other) == key(alias))
        };
        self.plan
            .aliases
            .retain(|change| bearer(change).is_some_and(|alias| !planned(&changes, alias)));
        for alias in self.aliases_to::<E>(gone).await? {
            if !planned(&changes, &alias) && !planned(&self.plan.aliases, &alias) {
                changes.push((Some(alias), None));
            }
        }
        self.plan.aliases.append(&mut changes);
        Ok(())
    }

    /// The aliases that lead to rows of `E` with these ids.
    pub(super) async fn aliases_to<E: Named>(
        &self,
        ids: impl IntoIterator<Item = i64>,
    ) -> Result<Vec<alias::Model>, DatabaseError> {
        those::<E>(&self.transaction, alias::Column::TargetId, ids.into_iter()).await
    }
}
