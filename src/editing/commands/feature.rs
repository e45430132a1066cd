//! Features: the rows of a grid's comparison table.

use entity::{HERE, JsonList, element, feature, grid, grid_package, package};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::auth::Role;
use crate::editing::MAX_FEATURES;
use crate::editing::edit::{Command, Edit};
use crate::editing::input::{Lines, Patch, unless_stored};
use crate::editing::plan::Planned;
use crate::editing::problem::{ProblemCode, Stop};

/// Adds a feature to a grid.
#[derive(Debug)]
pub struct CreateFeature {
    pub grid: i64,
    pub title: Patch<String>,
    pub description: Patch<String>,
}

/// Changes what is said about a feature.
#[derive(Debug)]
pub struct UpdateFeature {
    pub id: i64,
    pub expected: Option<i64>,
    pub title: Patch<String>,
    pub description: Patch<String>,
}

/// Deletes a feature, with its cells.
#[derive(Debug)]
pub struct DeleteFeature {
    pub id: i64,
    pub expected: Option<i64>,
}

impl Command for CreateFeature {
    const KIND: &'static str = "create_feature";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let grid = edit.row::<grid::Entity>(self.grid, "gridId").await?;
        edit.expect_open(&grid, "gridId");
        let of = feature::Column::GridId.eq(grid.id);
        let there = feature::Entity::find().filter(of).count(&edit.transaction).await?;
        if there >= MAX_FEATURES as u64 {
            let message = format!("The grid has {there} features; the most are {MAX_FEATURES}");
            edit.problem(ProblemCode::TooLong, "gridId", message);
        }
        let mut row = feature::Model {
            id: 0,
            grid_id: grid.id,
            title: String::new(),
            title_folded: String::new(),
            description: String::new(),
            description_folded: String::new(),
            source_id: Some(HERE),
            revision: 0,
            edited: JsonList::default(),
        };
        fill(edit, &mut row, self.title, self.description);
        edit.all_right()?;
        row.id = edit.new_id();
        let id = row.id;
        edit.add::<feature::Entity>(row);
        Ok(id)
    }
}

impl Command for UpdateFeature {
    const KIND: &'static str = "update_feature";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<feature::Entity>(self.id, self.expected).await?;
        let grid = edit.row::<grid::Entity>(before.grid_id, "id").await?;
        edit.expect_open(&grid, "id");
        let mut after = before.clone();
        let title = unless_stored(self.title, &before.title);
        let description = unless_stored(self.description, &before.description);
        fill(edit, &mut after, title, description);
        edit.all_right()?;
        edit.change::<feature::Entity>(before, after);
        Ok(self.id)
    }
}

impl Command for DeleteFeature {
    const KIND: &'static str = "delete_feature";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let row = edit.current::<feature::Entity>(self.id, self.expected).await?;
        edit.all_right()?;
        let cells = edit.rows_where::<element::Entity>(element::Column::FeatureId, [self.id]);
        let cells = cells.await?;
        let places = cells.iter().map(|cell| cell.grid_package_id);
        for place in edit.rows_by_id::<grid_package::Entity>(places).await?.into_values() {
            edit.plan.subjects.insert((package::Entity::KIND, place.package_id));
        }
        for cell in cells {
            edit.remove::<element::Entity>(cell);
        }
        edit.remove::<feature::Entity>(row);
        Ok(self.id)
    }
}

fn fill(
    edit: &mut Edit,
    row: &mut feature::Model,
    title: Patch<String>,
    description: Patch<String>,
) {
    if let Some(title) = edit.needed("title", title, 100) {
        row.title = title;
    }
    if let Some(text) = edit.text("description", description, 1_000, Lines::Many) {
        row.description = text;
    }
}
