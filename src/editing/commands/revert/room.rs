//! Whether there is room for what comes back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::{category, element, feature, grid, grid_package, package, version};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::ids;
use crate::database::DatabaseError;
use crate::editing::MAX_FEATURES;
use crate::editing::aliases::AliasChange;
use crate::editing::edit::{Edit, spoken};
use crate::editing::plan::Planned;
use crate::editing::problem::{ProblemCode, Stop};

/// Notes a conflict where what is planned has no room, as things are by now; `since` is the revision
/// of the change that is undone.
pub(super) async fn look(edit: &mut Edit, since: i64) -> Result<(), Stop> {
    unique(edit, since).await?;
    replacements(edit).await?;
    features(edit).await
}

/// Notes a conflict where something comes back whose place others have taken, or whose parent is
/// gone.
async fn unique(edit: &mut Edit, since: i64) -> Result<(), Stop> {
    let mut taken = names(edit, since).await?;
    macro_rules! look {
        ($($entity:ident: $($column:ident = $field:ident),+;)*) => {$(
            let rows = <$entity::Entity as Planned>::rows(&mut edit.plan);
            let back = rows.added.iter().chain(rows.changed.iter().map(|(_, after)| after));
            let back: Vec<_> = back.cloned().collect();
            for row in back {
                let mut same = $entity::Entity::find().filter($entity::Column::Id.ne(row.id));
                $(same = same.filter($entity::Column::$column.eq(row.$field.clone()));)+
                if same.one(&edit.transaction).await?.is_some() {
                    taken.insert(spoken(<$entity::Entity as Planned>::KIND));
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
            taken.insert("repository");
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

/// The names of packages that others have been given since, and the slugs that lead to others. What
/// two packages had before, as a source may bring them, they can have again.
async fn names(edit: &mut Edit, since: i64) -> Result<BTreeSet<&'static str>, DatabaseError> {
    let mut taken = BTreeSet::new();
    let rows = <package::Entity as Planned>::rows(&mut edit.plan);
    let added = rows.added.iter().map(|row| (None, row.clone()));
    let changed = rows.changed.iter().map(|(before, after)| (Some(before.clone()), after.clone()));
    let back: Vec<_> = added.chain(changed).collect();
    let going: HashSet<i64> = ids(rows).into_iter().collect();
    let aliases = edit.plan.aliases.clone();
    for (before, row) in back {
        for (column, what, name, had) in [
            (
                package::Column::RepoKey,
                "repository",
                &row.repo_key,
                before.as_ref().map(|it| &it.repo_key),
            ),
            (
                package::Column::PypiName,
                "name on the package index",
                &row.pypi_name,
                before.as_ref().map(|it| &it.pypi_name),
            ),
        ] {
            if name.is_empty() || had == Some(name) {
                continue;
            }
            let others = package::Entity::find()
                .filter(package::Column::Id.ne(row.id))
                .filter(package::Column::Revision.gt(since))
                .filter(column.eq(name));
            if others.one(&edit.transaction).await?.is_some() {
                taken.insert(what);
            }
        }
        let gives_up = |(alias, after): &AliasChange| {
            after.is_none() && alias.as_ref().is_some_and(|alias| alias.slug == row.slug)
        };
        if before.is_none_or(|before| before.slug != row.slug)
            && !aliases.iter().any(gives_up)
            && edit.alias(&row.slug).await?.is_some()
        {
            taken.insert("slug");
        }
    }
    for (before, after) in aliases {
        let Some(alias) = after else {
            continue;
        };
        let same = package::Column::Slug.eq(&*alias.slug);
        let bearer = package::Entity::find().filter(same).one(&edit.transaction).await?;
        let is_borne = bearer.is_some_and(|bearer| !going.contains(&bearer.id));
        if is_borne || (before.is_none() && edit.alias(&alias.slug).await?.is_some()) {
            taken.insert("slug");
        }
    }
    Ok(taken)
}

/// Notes a conflict where what a package was replaced by is gone, or has come to be replaced by it.
async fn replacements(edit: &mut Edit) -> Result<(), Stop> {
    let planned: HashMap<i64, Option<i64>> =
        edit.plan_of::<package::Entity>().iter().map(|row| (row.id, row.replaced_by_id)).collect();
    let rows = <package::Entity as Planned>::rows(&mut edit.plan);
    let changed = rows.changed.iter().filter(|(a, b)| a.replaced_by_id != b.replaced_by_id);
    let starts: Vec<i64> =
        rows.added.iter().chain(changed.map(|(_, after)| after)).map(|row| row.id).collect();
    for start in starts {
        let (mut next, mut seen, mut is_only_ours) = (start, HashSet::new(), true);
        while seen.insert(next) {
            let heir = match planned.get(&next) {
                Some(heir) => *heir,
                None => {
                    is_only_ours = false;
                    let row = package::Entity::find_by_id(next).one(&edit.transaction).await?;
                    if row.is_none() {
                        let message = "The package that it was replaced by is gone";
                        edit.problem(ProblemCode::Conflict, "changeId", message);
                    }
                    row.and_then(|row| row.replaced_by_id)
                }
            };
            match heir {
                // What went round in circles before, as a source may have it, can do so again.
                Some(heir) if heir == start && !is_only_ours => {
                    let message = "A package would be replaced by itself in the end";
                    edit.problem(ProblemCode::Conflict, "changeId", message);
                    return Ok(());
                }
                Some(heir) => next = heir,
                None => break,
            }
        }
    }
    Ok(())
}

/// Notes a conflict where a grid would have more features than it may.
async fn features(edit: &mut Edit) -> Result<(), Stop> {
    let mut back: BTreeMap<i64, u64> = BTreeMap::new();
    for row in &<feature::Entity as Planned>::rows(&mut edit.plan).added {
        *back.entry(row.grid_id).or_default() += 1;
    }
    for (grid, more) in back {
        let of = feature::Column::GridId.eq(grid);
        let there = feature::Entity::find().filter(of).count(&edit.transaction).await?;
        if there + more > MAX_FEATURES as u64 {
            let message =
                format!("The grid has {there} features by now; the most are {MAX_FEATURES}");
            edit.problem(ProblemCode::Conflict, "changeId", message);
        }
    }
    Ok(())
}
