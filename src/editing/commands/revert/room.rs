//! Whether there is room for what comes back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::{category, element, feature, grid, grid_package, package, version};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::database::DatabaseError;
use crate::editing::MAX_FEATURES;
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
        ($($entity:ident: $column:ident = $field:ident $(, $other:ident)?;)*) => {$(
            let back = edit.plan_of::<$entity::Entity>();
            let wanted: HashSet<_> = back.iter().map(|row| row.$field.clone()).collect();
            let there = edit.rows_where::<$entity::Entity>($entity::Column::$column, wanted).await?;
            let mut bearers: HashMap<_, HashSet<i64>> = HashMap::new();
            for row in there {
                bearers.entry((row.$field, $(row.$other)?)).or_default().insert(row.id);
            }
            let is_taken = back.into_iter().any(|row| {
                let ids = bearers.get(&(row.$field, $(row.$other)?));
                ids.is_some_and(|ids| ids.iter().any(|id| *id != row.id))
            });
            if is_taken {
                taken.insert(spoken(<$entity::Entity as Planned>::KIND));
            }
        )*};
    }
    look! {
        category: Slug = slug;
        grid: Slug = slug;
        package: Slug = slug;
        grid_package: GridId = grid_id, package_id;
        version: PackageId = package_id, number;
        element: FeatureId = feature_id, grid_package_id;
    }
    let urls: HashMap<String, i64> = edit
        .plan_of::<package::Entity>()
        .into_iter()
        .filter(|row| !row.repo_url.is_empty())
        .map(|row| (row.repo_url, row.id))
        .collect();
    let same =
        edit.rows_where::<package::Entity>(package::Column::RepoUrl, urls.keys().cloned()).await?;
    if same.iter().any(|row| urls.get(&row.repo_url) != Some(&row.id)) {
        taken.insert("repository");
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

/// The names of packages that others have been given since. What two packages had before, as a source
/// may bring them, they can have again.
async fn names(edit: &mut Edit, since: i64) -> Result<BTreeSet<&'static str>, DatabaseError> {
    let mut taken = BTreeSet::new();
    let rows = <package::Entity as Planned>::rows(&mut edit.plan);
    let added = rows.added.iter().map(|row| (None, row.clone()));
    let changed = rows.changed.iter().map(|(before, after)| (Some(before.clone()), after.clone()));
    let back: Vec<_> = added.chain(changed).collect();
    // Who has the names that come back, or are given to rows that had others.
    let (key_of, name_of): (Text, Text) = (|row| &row.repo_key, |row| &row.pypi_name);
    for (column, what, of) in [
        (package::Column::RepoKey, "repository", key_of),
        (package::Column::PypiName, "name on the package index", name_of),
    ] {
        let wanted: HashMap<&str, i64> = back
            .iter()
            .filter(|(before, row)| {
                !of(row).is_empty() && before.as_ref().is_none_or(|before| of(before) != of(row))
            })
            .map(|(_, row)| (of(row), row.id))
            .collect();
        let others = edit.rows_where::<package::Entity>(column, wanted.keys().copied()).await?;
        if others.iter().any(|row| row.revision > since && wanted.get(of(row)) != Some(&row.id)) {
            taken.insert(what);
        }
    }
    Ok(taken)
}

/// A text that a package has.
type Text = fn(&package::Model) -> &str;

/// Notes a conflict where what a package was replaced by is gone, or has come to be replaced by it.
async fn replacements(edit: &mut Edit) -> Result<(), Stop> {
    let planned: HashMap<i64, Option<i64>> =
        edit.plan_of::<package::Entity>().iter().map(|row| (row.id, row.replaced_by_id)).collect();
    let rows = <package::Entity as Planned>::rows(&mut edit.plan);
    let changed = rows.changed.iter().filter(|(a, b)| a.replaced_by_id != b.replaced_by_id);
    let starts: Vec<i64> =
        rows.added.iter().chain(changed.map(|(_, after)| after)).map(|row| row.id).collect();
    // Who is replaced by whom, as far as whoever starts there comes: one statement a step.
    let mut heirs: HashMap<i64, Option<i64>> = planned.clone();
    loop {
        let unknown: HashSet<i64> =
            heirs.values().flatten().copied().filter(|id| !heirs.contains_key(id)).collect();
        if unknown.is_empty() {
            break;
        }
        let rows = edit.rows_by_id::<package::Entity>(unknown.iter().copied()).await?;
        if rows.len() < unknown.len() {
            let message = "The package that it was replaced by is gone";
            edit.problem(ProblemCode::Conflict, "changeId", message);
            return Ok(());
        }
        heirs.extend(rows.into_iter().map(|(id, row)| (id, row.replaced_by_id)));
    }
    for start in starts {
        let (mut next, mut seen, mut is_only_ours) = (start, HashSet::new(), true);
        while seen.insert(next) {
            is_only_ours &= planned.contains_key(&next);
            match heirs.get(&next).copied().flatten() {
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
