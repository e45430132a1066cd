//! Packages' places in grids.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{HERE, element, grid, grid_package, package};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::problem::{ProblemCode, Stop};

/// Packages that can be put into a grid, or taken out, at once.
pub const MOST_PACKAGES: usize = 100;

/// Puts packages into a grid; those that stand in it stay.
#[derive(Debug)]
pub struct AddPackages {
    pub grid: i64,
    pub packages: Vec<i64>,
}

/// Takes packages out of a grid, with their cells; those that do not stand in it stay out.
#[derive(Debug)]
pub struct RemovePackages {
    pub grid: i64,
    pub packages: Vec<i64>,
}

impl Command for AddPackages {
    const KIND: &'static str = "add_packages_to_grid";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let grid = edit.row::<grid::Entity>(self.grid, "gridId").await?;
        edit.about = Some(grid.id);
        edit.expect_open(&grid, "gridId");
        not_too_many(edit, self.packages.len())?;
        let there =
            edit.rows_where::<package::Entity>(package::Column::Id, self.packages.iter().copied());
        let there: HashSet<i64> = there.await?.into_iter().map(|row| row.id).collect();
        for (number, id) in self.packages.iter().enumerate() {
            if !there.contains(id) {
                let path = format!("packageIds.{number}");
                edit.problem(ProblemCode::NotFound, &path, "There is no such package");
            }
        }
        edit.all_right()?;
        let places = edit.rows_where::<grid_package::Entity>(
            grid_package::Column::PackageId,
            self.packages.iter().copied(),
        );
        // A grid comes last among a package's, in the order in which it was put into them.
        let mut next: HashMap<i64, i32> = HashMap::new();
        let mut standing = HashSet::new();
        for place in places.await? {
            let after = next.entry(place.package_id).or_default();
            *after = (*after).max(place.position.saturating_add(1));
            if place.grid_id == grid.id {
                standing.insert(place.package_id);
            }
        }
        for package_id in self.packages {
            if standing.insert(package_id) {
                let id = edit.new_id();
                edit.add::<grid_package::Entity>(grid_package::Model {
                    id,
                    grid_id: grid.id,
                    package_id,
                    position: next.get(&package_id).copied().unwrap_or_default(),
                    created: edit.now,
                    modified: edit.now,
                    source_id: Some(HERE),
                    revision: 0,
                });
            }
        }
        Ok(grid.id)
    }
}

impl Command for RemovePackages {
    const KIND: &'static str = "remove_packages_from_grid";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let grid = edit.row::<grid::Entity>(self.grid, "gridId").await?;
        edit.about = Some(grid.id);
        edit.expect_open(&grid, "gridId");
        not_too_many(edit, self.packages.len())?;
        edit.all_right()?;
        let places = grid_package::Entity::find()
            .filter(grid_package::Column::GridId.eq(grid.id))
            .filter(grid_package::Column::PackageId.is_in(self.packages));
        let places = places.all(&edit.transaction).await?;
        edit.remove_these_places(places).await?;
        Ok(grid.id)
    }
}

fn not_too_many(edit: &mut Edit, packages: usize) -> Result<(), Stop> {
    if packages > MOST_PACKAGES {
        let message = format!("These are more packages than can be named at once, {MOST_PACKAGES}");
        edit.problem(ProblemCode::TooLong, "packageIds", message);
        return Err(Stop::Problems);
    }
    Ok(())
}

impl Edit {
    /// Takes out the places in grids that have this id in this column, and the cells there.
    pub(in crate::editing) async fn remove_places(
        &mut self,
        column: grid_package::Column,
        id: i64,
    ) -> Result<(), Stop> {
        let places = self.rows_where::<grid_package::Entity>(column, [id]).await?;
        self.remove_these_places(places).await
    }

    /// Takes out these places in grids, and the cells there.
    pub(in crate::editing) async fn remove_these_places(
        &mut self,
        places: Vec<grid_package::Model>,
    ) -> Result<(), Stop> {
        for (_, cell) in self.cells_of(&places).await? {
            self.remove::<element::Entity>(cell);
        }
        for place in places {
            self.remove::<grid_package::Entity>(place);
        }
        Ok(())
    }

    /// The cells in these places, by feature and place.
    pub(in crate::editing) async fn cells_of(
        &self,
        places: &[grid_package::Model],
    ) -> Result<BTreeMap<(i64, i64), element::Model>, Stop> {
        let ids = places.iter().map(|place| place.id);
        let cells = self.rows_where::<element::Entity>(element::Column::GridPackageId, ids);
        let key = |cell: element::Model| ((cell.feature_id, cell.grid_package_id), cell);
        Ok(cells.await?.into_iter().map(key).collect())
    }
}
