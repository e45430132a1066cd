//! Cells of a grid's comparison table.

use std::collections::{HashMap, HashSet};

use entity::{HERE, JsonList, Verdict, element, feature, grid, grid_package, package};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::input::Lines;
use crate::editing::plan::Planned;
use crate::editing::problem::{ProblemCode, Stop};

/// Cells that can be set at once: a table of 100 features and 20 packages.
pub const MOST_CELLS: usize = 2_000;

/// What a cell is to say.
#[derive(Clone, Debug)]
pub struct Cell {
    pub feature: i64,
    pub package: i64,
    /// Null and blank empty it.
    pub text: Option<String>,
    /// The revision that the cell is to have been changed by last; 0 for one that was never set.
    pub expected: Option<i64>,
}

/// Sets cells of one grid: all of them, or none.
#[derive(Debug)]
pub struct SetCells {
    pub grid: i64,
    pub cells: Vec<Cell>,
}

impl Command for SetCells {
    const KIND: &'static str = "set_cells";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let grid = edit.row::<grid::Entity>(self.grid, "gridId").await?;
        edit.about = Some(grid.id);
        edit.expect_open(&grid, "gridId");
        if self.cells.len() > MOST_CELLS {
            let message = format!("These are more cells than can be set at once, {MOST_CELLS}");
            edit.problem(ProblemCode::TooLong, "cells", message);
            return Err(Stop::Problems);
        }
        let of_grid = feature::Column::GridId;
        let features = edit.rows_where::<feature::Entity>(of_grid, [grid.id]).await?;
        let features: HashSet<i64> = features.into_iter().map(|row| row.id).collect();
        let packages: HashSet<i64> = self.cells.iter().map(|cell| cell.package).collect();
        let places = grid_package::Entity::find()
            .filter(grid_package::Column::GridId.eq(grid.id))
            .filter(grid_package::Column::PackageId.is_in(packages));
        let places = places.all(&edit.transaction).await?;
        let mut there = edit.cells_of(&places).await?;
        let places: HashMap<i64, i64> =
            places.into_iter().map(|place| (place.package_id, place.id)).collect();

        let mut set = HashSet::new();
        for (number, cell) in self.cells.into_iter().enumerate() {
            let at = |field: &str| format!("cells.{number}.{field}");
            // What is stored may be in another form than what editors type, and stays if it is sent
            // as it is.
            let stored = places
                .get(&cell.package)
                .and_then(|place| there.get(&(cell.feature, *place)).map(|row| row.text.as_str()));
            let text = match cell.text {
                Some(text) if stored == Some(text.as_str()) => Some(text),
                text => edit.text(&at("text"), Some(text), 1_000, Lines::Many),
            };
            if !features.contains(&cell.feature) {
                let message = "The grid has no such feature";
                edit.problem(ProblemCode::NotFound, &at("featureId"), message);
            }
            let Some(place) = places.get(&cell.package) else {
                let message = "No such package stands in the grid";
                edit.problem(ProblemCode::NotFound, &at("packageId"), message);
                continue;
            };
            if !set.insert((cell.feature, *place)) {
                let message = "The cell is set twice";
                edit.problem(ProblemCode::Invalid, &format!("cells.{number}"), message);
                continue;
            }
            let text = text.unwrap_or_default();
            let package = (package::Entity::KIND, cell.package);
            let before = there.remove(&(cell.feature, *place));
            let revision = before.as_ref().map_or(0, |row| row.revision);
            edit.expect(cell.expected, revision, &at("expectedRevision"));
            match before {
                Some(before) if before.text == text => {}
                Some(before) => {
                    edit.plan.subjects.insert(package);
                    let after = element::Model { text, ..before.clone() };
                    edit.change::<element::Entity>(before, after);
                }
                // Nothing where nothing was is no cell.
                None if text.is_empty() => {}
                None => {
                    edit.plan.subjects.insert(package);
                    let id = edit.new_id();
                    edit.add::<element::Entity>(element::Model {
                        id,
                        feature_id: cell.feature,
                        grid_package_id: *place,
                        text,
                        text_folded: String::new(),
                        verdict: Verdict::default(),
                        strength: 0,
                        source_id: Some(HERE),
                        revision: 0,
                        edited: JsonList::default(),
                    });
                }
            }
        }
        edit.all_right()?;
        edit.plan.subjects.insert((grid::Entity::KIND, grid.id));
        Ok(grid.id)
    }
}
