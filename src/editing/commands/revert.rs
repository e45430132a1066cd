//! Undoing what a change did.

mod room;

use std::collections::HashSet;

use entity::{
    Tracked, category, change, change_subject, element, feature, grid, grid_package, package,
    version,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    TryIntoModel,
};

use crate::auth::Role;
use crate::database::DatabaseError;
use crate::editing::aliases::{self, AliasChange};
use crate::editing::edit::{Command, Edit, spoken};
use crate::editing::history::RowChange;
use crate::editing::plan::{Planned, Rows};
use crate::editing::problem::{ProblemCode, Stop};
use crate::editing::values::{self, Values};

/// Kinds of things that changes are about.
const SUBJECTS: [&str; 5] = [
    <category::Entity as Planned>::KIND,
    <grid::Entity as Planned>::KIND,
    <package::Entity as Planned>::KIND,
    <version::Entity as Planned>::KIND,
    <feature::Entity as Planned>::KIND,
];

/// Undoes a change, if nothing newer stands in the way.
#[derive(Debug)]
pub struct Revert {
    /// The id of its row.
    pub change: i64,
}

impl Command for Revert {
    const KIND: &'static str = "revert";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let found = change::Entity::find_by_id(self.change);
        let Some(change) = found.one(&edit.transaction).await? else {
            let message = "The history has no such change";
            return edit.stop(ProblemCode::NotFound, "changeId", message);
        };
        let Some(rows) = change.rows else {
            let message = "Of this change the history has only counts, so it cannot be undone";
            return edit.stop(ProblemCode::Invalid, "changeId", message);
        };
        let rows: Vec<RowChange> = serde_json::from_str(&rows)
            .map_err(|error| DatabaseError::UnexpectedValue(format!("history: {error}")))?;
        edit.about = Some(change.id);
        let right = right_to_undo(&rows);
        if edit.viewer.role < right {
            let message = format!("To undo this takes the role `{right}`");
            edit.problem(ProblemCode::Forbidden, "changeId", message);
        }
        // What the change was about, its opposite is about.
        let of = change_subject::Column::Revision.eq(change.revision);
        let subjects = change_subject::Entity::find().filter(of).all(&edit.transaction).await?;
        let known = subjects.iter().filter_map(|row| {
            SUBJECTS.iter().find(|kind| **kind == row.kind).map(|kind| (*kind, row.subject_id))
        });
        let known: Vec<_> = known.collect();
        let grids = known.iter().filter(|(kind, _)| *kind == <grid::Entity as Planned>::KIND);
        let grids: Vec<i64> = grids.map(|(_, id)| *id).collect();
        edit.plan.subjects.extend(known);
        for grid in edit.rows_where::<grid::Entity>(grid::Column::Id, grids).await? {
            edit.expect_open(&grid, "changeId");
        }
        edit.all_right()?;

        macro_rules! undo {
            ($($entity:ident),*) => {$(
                undo::<$entity::Entity>(edit, &rows).await?;
            )*};
        }
        undo!(category, grid, package, grid_package, version, feature, element);
        aliases::undo(edit, &rows).await?;
        depended_on(edit).await?;
        edit.all_right()?;
        room::look(edit, change.revision).await?;
        edit.all_right()?;
        edit.reverts = Some(change.revision);
        Ok(change.id)
    }
}

/// Who may undo what became of these rows: who may do the opposite. The rows tell, and not the kind
/// of the change, since of undoing, and of undoing that, all are of one kind.
fn right_to_undo(rows: &[RowChange]) -> Role {
    /// What only moderators delete, and bring back.
    const WHOLE: [&str; 4] = [
        <grid::Entity as Planned>::KIND,
        <package::Entity as Planned>::KIND,
        <version::Entity as Planned>::KIND,
        <feature::Entity as Planned>::KIND,
    ];
    let right = |row: &RowChange| {
        let comes_or_goes = row.before.is_none() || row.after.is_none();
        let locks = row.before.as_ref().is_some_and(|before| before.contains_key("is_locked"));
        match &*row.kind {
            <category::Entity as Planned>::KIND => Role::Admin,
            aliases::KIND if aliases::is_of_merge(row) => Role::Moderator,
            aliases::KIND => Role::Editor,
            kind if comes_or_goes && WHOLE.contains(&kind) => Role::Moderator,
            _ if locks => Role::Moderator,
            _ => Role::Editor,
        }
    };
    rows.iter().map(right).max().unwrap_or(Role::Editor)
}

/// Undoes what became of rows of one table.
async fn undo<E>(edit: &mut Edit, changes: &[RowChange]) -> Result<(), Stop>
where
    E: Planned,
    E::Model: ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + TryIntoModel<E::Model>,
{
    let changes = || changes.iter().filter(|change| change.kind == E::KIND);
    let mut there = edit.rows_by_id::<E>(changes().map(|change| change.id)).await?;
    for change in changes() {
        match (&change.before, &change.after, there.remove(&change.id)) {
            (Some(before), None, None) => {
                edit.add::<E>(values::row::<E>(&with_id(before, change.id))?);
            }
            (None, Some(after), Some(row)) if values::has(&row, after)? => {
                edit.remove::<E>(row);
            }
            (Some(before), Some(after), Some(row)) if values::has(&row, after)? => {
                let mut old = row.clone();
                values::set(&mut old, before)?;
                edit.put_back::<E>(row, old, before);
            }
            _ => {
                let message = format!(
                    "The {} {} is not any more what this change made of it",
                    spoken(E::KIND),
                    change.id
                );
                edit.problem(ProblemCode::Conflict, "changeId", message);
            }
        }
    }
    Ok(())
}

fn with_id(values: &Values, id: i64) -> Values {
    let mut values = values.clone();
    values.insert("id".to_owned(), id.into());
    values
}

/// Notes a conflict where something is to go that rows depend on which came later.
async fn depended_on(edit: &mut Edit) -> Result<(), Stop> {
    let mut needed: HashSet<&'static str> = HashSet::new();
    macro_rules! look {
        ($($parent:ident: $child:ident, $column:ident, $word:literal;)*) => {$(
            let going: Vec<i64> = ids(<$parent::Entity as Planned>::rows(&mut edit.plan));
            if !going.is_empty() {
                let rows = <$child::Entity as Planned>::rows(&mut edit.plan);
                let mut gone: HashSet<i64> = ids(rows).into_iter().collect();
                gone.extend(rows.changed.iter().map(|(before, _)| before.id()));
                let column = $child::Column::$column;
                for row in edit.rows_where::<$child::Entity>(column, going).await? {
                    if !gone.contains(&row.id) {
                        needed.insert($word);
                    }
                }
            }
        )*};
    }
    look! {
        category: package, CategoryId, "packages";
        grid: grid_package, GridId, "packages in the grid";
        grid: feature, GridId, "features of the grid";
        package: grid_package, PackageId, "places in grids";
        package: version, PackageId, "releases";
        package: package, ReplacedById, "packages that it replaces";
        feature: element, FeatureId, "cells";
        grid_package: element, GridPackageId, "cells";
    }
    let going = ids(<package::Entity as Planned>::rows(&mut edit.plan));
    for alias in edit.aliases_to::<package::Entity>(going).await? {
        let is_planned =
            |(before, _): &AliasChange| before.as_ref().is_some_and(|planned| *planned == alias);
        // What it was called itself goes with it.
        if alias.former_id != alias.target_id && !edit.plan.aliases.iter().any(is_planned) {
            needed.insert("packages that were merged into it");
        }
    }
    for what in needed {
        let message = format!("There are {what} now that would go with it");
        edit.problem(ProblemCode::Conflict, "changeId", message);
    }
    Ok(())
}

fn ids<E: Planned>(rows: &Rows<E>) -> Vec<i64> {
    rows.removed.iter().map(Tracked::id).collect()
}
