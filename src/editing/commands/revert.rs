//! Undoing what a change did.

use std::collections::HashSet;

use entity::{
    Tracked, category, change, change_subject, element, feature, grid, grid_package, package,
    version,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, PrimaryKeyTrait,
    QueryFilter, TryIntoModel,
};

use crate::auth::Role;
use crate::database::DatabaseError;
use crate::editing::edit::{Command, Edit, spoken};
use crate::editing::history::RowChange;
use crate::editing::plan::{Planned, Rows};
use crate::editing::problem::{ProblemCode, Stop};
use crate::editing::values::{self, Values};

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
        let right = right_to_undo(&change.kind);
        if edit.viewer.role < right {
            let message = format!("To undo this takes the role `{right}`");
            edit.problem(ProblemCode::Forbidden, "changeId", message);
        }
        let locked = change_subject::Entity::find()
            .filter(change_subject::Column::Revision.eq(change.revision))
            .filter(change_subject::Column::Kind.eq(<grid::Entity as Planned>::KIND));
        let grids = locked.all(&edit.transaction).await?.into_iter().map(|row| row.subject_id);
        for grid in edit.rows_where::<grid::Entity>(grid::Column::Id, grids).await? {
            edit.expect_open(&grid, "changeId");
        }
        edit.all_right(Some(change.id))?;

        macro_rules! undo {
            ($($entity:ident),*) => {$(
                undo::<$entity::Entity>(edit, &rows).await?;
            )*};
        }
        undo!(category, grid, package, grid_package, version, feature, element);
        depended_on(edit).await?;
        edit.all_right(Some(change.id))?;
        unique(edit).await?;
        edit.all_right(Some(change.id))?;
        edit.reverts = Some(change.revision);
        Ok(change.id)
    }
}

/// Who may undo a change of this kind: who may do the opposite.
fn right_to_undo(kind: &str) -> Role {
    match kind {
        kind if kind.ends_with("_category") => Role::Admin,
        "update_package"
        | "update_grid"
        | "update_feature"
        | "update_release"
        | "deprecate_package"
        | "undeprecate_package"
        | "set_cells"
        | "add_packages_to_grid"
        | "remove_packages_from_grid" => Role::Editor,
        _ => Role::Moderator,
    }
}

/// Undoes what became of rows of one table.
async fn undo<E>(edit: &mut Edit, changes: &[RowChange]) -> Result<(), Stop>
where
    E: Planned,
    E::Model: ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + TryIntoModel<E::Model>,
    <E::PrimaryKey as PrimaryKeyTrait>::ValueType: From<i64>,
{
    for change in changes.iter().filter(|change| change.kind == E::KIND) {
        let there = E::find_by_id(change.id).one(&edit.transaction).await?;
        match (&change.before, &change.after, there) {
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
    for what in needed {
        let message = format!("There are {what} now that would go with it");
        edit.problem(ProblemCode::Conflict, "changeId", message);
    }
    Ok(())
}

fn ids<E: Planned>(rows: &Rows<E>) -> Vec<i64> {
    rows.removed.iter().map(Tracked::id).collect()
}

/// Notes a conflict where something comes back whose place others have taken, or whose parent is
/// gone.
async fn unique(edit: &mut Edit) -> Result<(), Stop> {
    let mut taken = Vec::new();
    macro_rules! look {
        ($($entity:ident: $($column:ident = $field:ident),+;)*) => {$(
            let rows = <$entity::Entity as Planned>::rows(&mut edit.plan);
            let back = rows.added.iter().chain(rows.changed.iter().map(|(_, after)| after));
            let back: Vec<_> = back.cloned().collect();
            for row in back {
                let mut same = $entity::Entity::find().filter($entity::Column::Id.ne(row.id));
                $(same = same.filter($entity::Column::$column.eq(row.$field.clone()));)+
                if same.one(&edit.transaction).await?.is_some() {
                    taken.push(spoken(<$entity::Entity as Planned>::KIND));
                }
            }
        )*};
    }
    look! {
        category: Slug = slug;
        grid: Slug = slug;
        package: Slug = slug;
        grid_package: GridId = grid_id, PackageId = package_id;
        version: PackageId = package_id, Number = number;
        element: FeatureId = feature_id, GridPackageId = grid_package_id;
    }
    for package in edit.plan_of::<package::Entity>() {
        let url = package::Column::RepoUrl.eq(&*package.repo_url);
        let others = package::Entity::find().filter(package::Column::Id.ne(package.id)).filter(url);
        if !package.repo_url.is_empty() && others.one(&edit.transaction).await?.is_some() {
            taken.push("repository");
        }
    }
    for what in taken {
        let message = format!("Another {what} has taken its place");
        edit.problem(ProblemCode::Conflict, "changeId", message);
    }
    let mut orphaned = HashSet::new();
    macro_rules! parents {
        ($($child:ident: $column:ident, $parent:ident;)*) => {$(
            let back: HashSet<i64> =
                edit.plan_of::<$parent::Entity>().iter().map(|row| row.id).collect();
            let wanted: HashSet<i64> = edit.plan_of::<$child::Entity>()
                .iter().map(|row| row.$column).filter(|id| !back.contains(id)).collect();
            let found = edit.rows_where::<$parent::Entity>($parent::Column::Id, wanted.clone());
            if found.await?.len() < wanted.len() {
                orphaned.insert(spoken(<$parent::Entity as Planned>::KIND));
            }
        )*};
    }
    parents! {
        package: category_id, category;
        grid_package: grid_id, grid;
        grid_package: package_id, package;
        version: package_id, package;
        feature: grid_id, grid;
        element: feature_id, feature;
        element: grid_package_id, grid_package;
    }
    for what in orphaned {
        let message = format!("The {what} that it belongs to is gone");
        edit.problem(ProblemCode::Conflict, "changeId", message);
    }
    Ok(())
}
