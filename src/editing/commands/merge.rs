//! Two packages that are one.

use std::collections::{HashMap, HashSet};

use entity::{HERE, alias, element, grid_package, package, version};

use super::package::leads_to;
use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::plan::Planned;
use crate::editing::problem::{ProblemCode, Stop};

/// Makes two packages one: `into` takes over the places in grids, the cells, the releases and the
/// slug of `from`, where it has none of its own, and `from` is gone.
#[derive(Debug)]
pub struct MergePackages {
    pub from: i64,
    pub into: i64,
    /// The revisions that they are to have been changed by last.
    pub expected_from: Option<i64>,
    pub expected_into: Option<i64>,
}

impl Command for MergePackages {
    const KIND: &'static str = "merge_packages";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let from = edit.find::<package::Entity>(self.from, "packageId").await?;
        let into = edit.row::<package::Entity>(self.into, "intoId").await?;
        edit.about = Some(into.id);
        let Some(from) = from else {
            return Err(Stop::Problems);
        };
        if from.id == into.id {
            let message = "A package cannot be merged with itself";
            edit.problem(ProblemCode::Invalid, "intoId", message);
        }
        // That the one is replaced by the other is over; that it is by way of a third goes round.
        if into.replaced_by_id != Some(from.id)
            && from.id != into.id
            && leads_to(edit, into.clone(), from.id).await?
        {
            let message = format!(
                "\"{}\" is replaced by \"{}\" by way of others, and would be by itself; take that \
                 back first",
                into.slug, from.slug
            );
            edit.problem(ProblemCode::Cycle, "intoId", message);
        }
        edit.expect(self.expected_from, from.revision, "expectedRevision");
        edit.expect(self.expected_into, into.revision, "expectedIntoRevision");
        edit.all_right()?;
        places(edit, from.id, into.id).await?;
        releases(edit, from.id, into.id).await?;
        // What was replaced by the one is by the other; neither by itself.
        let replaced = edit.rows_where::<package::Entity>(package::Column::ReplacedById, [from.id]);
        for other in replaced.await? {
            if other.id != from.id {
                let heir = (other.id != into.id).then_some(into.id);
                let after = package::Model { replaced_by_id: heir, ..other.clone() };
                edit.change::<package::Entity>(other, after);
            }
        }
        for alias in edit.aliases_to::<package::Entity>([from.id]).await? {
            let after = alias::Model { target_id: into.id, ..alias.clone() };
            edit.plan.aliases.push((Some(alias), Some(after)));
        }
        let alias = alias::Model {
            kind: package::Entity::KIND.to_owned(),
            slug: from.slug.clone(),
            former_id: from.id,
            target_id: into.id,
            since: edit.revision,
        };
        edit.plan.aliases.push((None, Some(alias)));
        edit.plan.subjects.insert(("package", into.id));
        edit.remove::<package::Entity>(from);
        Ok(into.id)
    }
}

/// Where the other package does not stand, it takes the place; where it does, it takes the cells
/// that it has nothing in.
async fn places(edit: &mut Edit, from: i64, into: i64) -> Result<(), Stop> {
    let column = grid_package::Column::PackageId;
    let own = edit.rows_where::<grid_package::Entity>(column, [into]).await?;
    let mut others = edit.rows_where::<grid_package::Entity>(column, [from]).await?;
    others.sort_unstable_by_key(|place| place.position);
    let mut cells = edit.cells_of(&own).await?;
    let mut next = own.iter().map(|place| place.position.saturating_add(1)).max().unwrap_or(0);
    let own: HashMap<i64, i64> = own.iter().map(|place| (place.grid_id, place.id)).collect();
    let moved: Vec<_> = others.iter().filter(|it| own.contains_key(&it.grid_id)).cloned().collect();
    for ((feature, place), cell) in edit.cells_of(&moved).await? {
        let grid = moved.iter().find(|it| it.id == place).map(|it| it.grid_id);
        let Some(there) = grid.and_then(|grid| own.get(&grid)) else {
            continue;
        };
        match cells.remove(&(feature, *there)) {
            Some(empty) if empty.text.is_empty() && !cell.text.is_empty() => {
                let after = element::Model { text: cell.text.clone(), ..empty.clone() };
                edit.change::<element::Entity>(empty, after);
                edit.remove::<element::Entity>(cell);
            }
            Some(_) => edit.remove::<element::Entity>(cell),
            None => {
                let source_id = Some(HERE);
                let after = element::Model { grid_package_id: *there, source_id, ..cell.clone() };
                edit.change::<element::Entity>(cell, after);
            }
        }
    }
    for place in others {
        if own.contains_key(&place.grid_id) {
            edit.remove::<grid_package::Entity>(place);
            continue;
        }
        // No source knows of it.
        let (package_id, source_id) = (into, Some(HERE));
        let after = grid_package::Model { package_id, source_id, position: next, ..place.clone() };
        next = next.saturating_add(1);
        edit.take_out("pairing", place.grid_id, from, place.source_id);
        edit.change::<grid_package::Entity>(place, after);
    }
    Ok(())
}

/// The releases that the other package has none of that number of.
async fn releases(edit: &mut Edit, from: i64, into: i64) -> Result<(), Stop> {
    let column = version::Column::PackageId;
    let own = edit.rows_where::<version::Entity>(column, [into]).await?;
    let mut own: HashSet<String> = own.into_iter().map(|release| release.number).collect();
    for release in edit.rows_where::<version::Entity>(column, [from]).await? {
        if own.insert(release.number.clone()) {
            let after =
                version::Model { package_id: into, source_id: Some(HERE), ..release.clone() };
            edit.take_out("version", release.id, 0, release.source_id);
            edit.change::<version::Entity>(release, after);
        } else {
            edit.remove::<version::Entity>(release);
        }
    }
    Ok(())
}
