//! Former slugs of packages, and who answers to them: what an edit makes of them.

use std::collections::HashMap;

use entity::package_alias;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

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
    changes.iter().filter_map(|change| {
        let id = bearer(change)?.former_id;
        let (before, after) = change;
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
    let slugs: Vec<&str> =
        changes.iter().filter_map(|change| Some(&*bearer(change)?.slug)).collect();
    if slugs.is_empty() {
        return Ok(());
    }
    let those = package_alias::Column::Slug.is_in(slugs);
    package_alias::Entity::delete_many().filter(those).exec(connection).await?;
    let there: Vec<_> = changes.iter().filter_map(|(_, after)| after.clone()).collect();
    if !there.is_empty() {
        let rows = there.into_iter().map(|alias| alias.into_active_model().reset_all());
        package_alias::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The alias of a change, as it was or will be.
fn bearer((before, after): &AliasChange) -> Option<&package_alias::Model> {
    before.as_ref().or(after.as_ref())
}

/// Plans the opposite of what became of aliases, where nobody has decided otherwise since.
///
/// # Errors
/// What the database says.
pub async fn undo(edit: &mut Edit, changes: &[RowChange]) -> Result<(), DatabaseError> {
    let read = |values: &Option<values::Values>| {
        values.as_ref().map(values::row::<package_alias::Entity>).transpose()
    };
    let changes = changes.iter().filter(|change| change.kind == KIND);
    let changes = changes.map(|change| Ok((read(&change.before)?, read(&change.after)?)));
    let changes = changes.collect::<Result<Vec<AliasChange>, DatabaseError>>()?;
    let slugs = changes.iter().filter_map(|change| Some(bearer(change)?.slug.clone()));
    let mut there = edit.aliases_of(slugs).await?;
    for change in changes {
        let there = bearer(&change).and_then(|alias| there.remove(&alias.slug));
        let (before, after) = change;
        let leads_to =
            |alias: &Option<package_alias::Model>| alias.as_ref().map(|it| it.package_id);
        // Who comes back answers to their name themselves, whoever has come to do it meanwhile.
        if before.is_none() || leads_to(&there) == leads_to(&after) {
            edit.plan.aliases.push((there, before));
        }
    }
    Ok(())
}

impl Edit {
    /// Of these slugs those that lead to a package of another name.
    pub(super) async fn aliases_of(
        &self,
        slugs: impl IntoIterator<Item = String> + Send,
    ) -> Result<HashMap<String, package_alias::Model>, DatabaseError> {
        let slugs: Vec<String> = slugs.into_iter().collect();
        let rows =
            self.rows_where::<package_alias::Entity>(package_alias::Column::Slug, slugs).await?;
        Ok(rows.into_iter().map(|alias| (alias.slug.clone(), alias)).collect())
    }
}
