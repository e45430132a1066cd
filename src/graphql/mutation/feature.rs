use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{feature, grid, package};

use super::input::{Reading, commands, given, inputs, revision};
use super::mutations;
use super::payload::payloads;
use crate::editing::commands::{
    Cell, CreateFeature, DeleteFeature, MOST_CELLS, SetCells, UpdateFeature,
};
use crate::graphql::scalars::BigInt;

mutations! {
    /// Edits of comparison tables.
    FeatureMutation {
        /// Adds a feature to a grid: a row of its comparison table, of which there are at most 100.
        /// Needs the role `EDITOR`, or `MODERATOR` if the grid is locked.
        create_feature(CreateFeatureInput) -> CreateFeaturePayload;
        /// Changes what is said about a feature: what is left out stays as it is, null empties it.
        /// Needs the role `EDITOR`, or `MODERATOR` if the grid is locked.
        update_feature(UpdateFeatureInput) -> UpdateFeaturePayload;
        /// Deletes a feature, with its cells. Needs the role `MODERATOR`.
        delete_feature(DeleteFeatureInput) -> DeleteFeaturePayload;
        /// Sets cells of a grid's comparison table: one, a row, a column, or many; all of them, or
        /// none if anything is wrong with one. Needs the role `EDITOR`, or `MODERATOR` if the grid is
        /// locked.
        set_cells(SetCellsInput) -> SetCellsPayload;
    }
}

payloads! {
    CreateFeaturePayload: feature, Feature, feature::Entity;
    UpdateFeaturePayload: feature, Feature, feature::Entity;
    DeleteFeaturePayload deletes deleted_id: feature, Feature, feature::Entity;
    SetCellsPayload: grid, Grid, grid::Entity;
}

inputs! {
    /// A feature to add.
    CreateFeatureInput {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        grid_id: ID,
        /// The title, at most 100 characters. Example: `"Typed"`
        title: String,
        /// What is compared, at most 1,000 characters. Example: `"Has type annotations"`
        description: Option<String>,
    }

    /// What to change of a feature: what is left out stays as it is.
    UpdateFeatureInput expects expected_revision {
        /// The feature: its global id. Example: `"RmVhdHVyZToxMDAwMQ"`
        id: ID,
        /// The title, at most 100 characters. Example: `"Typed"`
        title: MaybeUndefined<String>,
        /// What is compared, at most 1,000 characters. Example: `"Has type annotations"`
        description: MaybeUndefined<String>,
    }

    /// A feature to delete.
    DeleteFeatureInput expects expected_revision {
        /// The feature: its global id. Example: `"RmVhdHVyZToxMDAwMQ"`
        id: ID,
    }

    /// Cells to set.
    SetCellsInput {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        grid_id: ID,
        /// The cells, at most 2,000. Example:
        /// `[{ featureId: "RmVhdHVyZToxMDAwMQ", packageId: "UGFja2FnZTo2ODM", text: "yes" }]`
        cells: Vec<CellInput>,
    }
}

/// What a cell is to say.
#[derive(InputObject)]
pub struct CellInput {
    /// The feature, one of the grid's: its global id. Example: `"RmVhdHVyZToxMDAwMQ"`
    feature_id: ID,
    /// The package, which stands in the grid: its global id. Example: `"UGFja2FnZTo2ODM"`
    package_id: ID,
    /// What it says, at most 1,000 characters; null empties it. Example: `"yes, since 4.2"`
    text: Option<String>,
    /// The `revision` that the cell was at when it was read; 0 if there was none. If somebody has
    /// set it since, the error `CONFLICT` says so and nothing is written (`FUTURE_REVISION` if it is
    /// above the directory's revision). Example: `"42"`
    expected_revision: Option<BigInt>,
}

fn cells(cells: Vec<CellInput>, reading: &mut Reading) -> Vec<Cell> {
    let mut read = |(number, cell): (usize, CellInput)| {
        let at = |field: &str| format!("cells.{number}.{field}");
        Cell {
            feature: reading.id::<feature::Entity>(&at("featureId"), &cell.feature_id),
            package: reading.id::<package::Entity>(&at("packageId"), &cell.package_id),
            text: cell.text,
            expected: revision(cell.expected_revision),
        }
    };
    // Of those that are too many one is enough.
    cells.into_iter().take(MOST_CELLS + 1).enumerate().map(&mut read).collect()
}

commands! {
    CreateFeatureInput => CreateFeature, |input, reading| CreateFeature {
        grid: reading.id::<grid::Entity>("gridId", &input.grid_id),
        title: Some(Some(input.title)),
        description: given(input.description, Into::into),
    };
    UpdateFeatureInput => UpdateFeature, |input, reading| UpdateFeature {
        id: reading.id::<feature::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
        title: input.title.into(),
        description: input.description.into(),
    };
    DeleteFeatureInput => DeleteFeature, |input, reading| DeleteFeature {
        id: reading.id::<feature::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
    SetCellsInput => SetCells, |input, reading| SetCells {
        grid: reading.id::<grid::Entity>("gridId", &input.grid_id),
        cells: cells(input.cells, reading),
    };
}
