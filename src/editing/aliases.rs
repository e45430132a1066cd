//! Former slugs of packages, and who answers to them: what an edit makes of them.

use entity::package_alias;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};

use super::edit::Edit;
use super::history::RowChange;
use super::values;
use crate::database::DatabaseError;

/// What an alias is called in the history.
pub const KIND: &str = "alias";

/// What an alias was, if it was there, and what it is to be, if it is to be there.
pub type AliasChange = (Option<package_alias::Model>, Option<package_alias::Model>);

/// What becomes of aliases, as the history keeps it.
pub fn told(changes: &[AliasChange]) -> impl Iterator<Item = RowChange> {
    changes.iter().filter_map(|(before, after)| {
        let id = before.as_ref().or(after.as_ref())?.former_id;
        let whole = |alias: &Option<package_alias::Model>| alias.as_ref().map(values::whole);
        Some(RowChange { kind: KIND.to_owned(), id, before: whole(before), after: whole(after) })
    })
}

/// Writes what becomes of aliases, once the packages are there that they lead to.
///
/// # Errors
/// What the database says.
pub async fn write(
    connection: &impl ConnectionTrait,
    changes: &[AliasChange],
) -> Result<(), DatabaseError> {
    for change in changes {
        match change {
            (_, Some(alias)) => {
                let there = package_alias::Entity::find_by_id(alias.slug.clone());
                let alias = alias.clone().into_active_model().reset_all();
                if there.one(connection).await?.is_some() {
                    alias.update(connection).await?;
                } else {
                    alias.insert(connection).await?;
                }
            }
            (Some(alias), None) => {
                package_alias::Entity::delete_by_id(alias.slug.clone()).exec(connection).await?;
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// Plans the opposite of what became of aliases, where nobody has decided otherwise since.
///
/// # Errors
/// What the database says.
pub async fn undo(edit: &mut Edit, changes: &[RowChange]) -> Result<(), DatabaseError> {
    for change in changes.iter().filter(|change| change.kind == KIND) {
        let read = |values: &Option<values::Values>| {
            values.as_ref().map(values::row::<package_alias::Entity>).transpose()
        };
        let (before, after) = (read(&change.before)?, read(&change.after)?);
        let Some(slug) = before.as_ref().or(after.as_ref()).map(|alias| alias.slug.clone()) else {
            continue;
        };
        let there = package_alias::Entity::find_by_id(slug).one(&edit.transaction).await?;
        let leads_to =
            |alias: &Option<package_alias::Model>| alias.as_ref().map(|it| it.package_id);
        // Who comes back answers to their name themselves, whoever has come to do it meanwhile.
        if before.is_none() || leads_to(&there) == leads_to(&after) {
            edit.plan.aliases.push((there, before));
        }
    }
    Ok(())
}
