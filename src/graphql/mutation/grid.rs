use async_graphql::{ID, MaybeUndefined};
use entity::grid;

use super::input::{commands, given, inputs, revision};
use super::mutations;
use super::payload::payloads;
use crate::editing::commands::{
    CreateGrid, DeleteGrid, GridValues, LockGrid, UnlockGrid, UpdateGrid,
};

mutations! {
    /// Edits of grids.
    GridMutation {
        /// Adds a grid. Needs the role `EDITOR`.
        create_grid(CreateGridInput) -> CreateGridPayload;
        /// Changes what is said about a grid: what is left out stays as it is, null empties it.
        /// Needs the role `EDITOR`, or `MODERATOR` if the grid is locked.
        update_grid(UpdateGridInput) -> UpdateGridPayload;
        /// Deletes a grid, with its features and cells. Its packages stay. Needs the role
        /// `MODERATOR`.
        delete_grid(DeleteGridInput) -> DeleteGridPayload;
        /// Locks a grid: only moderators change it then, its features, its cells and which packages
        /// stand in it. Needs the role `MODERATOR`.
        lock_grid(LockGridInput) -> LockGridPayload;
        /// Unlocks a grid. Needs the role `MODERATOR`.
        unlock_grid(UnlockGridInput) -> UnlockGridPayload;
    }
}

payloads! {
    CreateGridPayload: grid, Grid, grid::Entity;
    UpdateGridPayload: grid, Grid, grid::Entity;
    DeleteGridPayload deletes deleted_id: grid, Grid, grid::Entity;
    LockGridPayload: grid, Grid, grid::Entity;
    UnlockGridPayload: grid, Grid, grid::Entity;
}

inputs! {
    /// A grid to add.
    CreateGridInput {
        /// The title, at most 100 characters. Example: `"Task queues"`
        title: String,
        /// The name in addresses: letters from a to z, digits, `_` and `-`, at most 50; made of the
        /// title, unless given. Example: `"task-queues"`
        slug: Option<String>,
        /// What the packages are compared for, at most 1,000 characters. Example: `"Work to be done later"`
        description: Option<String>,
        /// Whether it is shown on the home page. Example: `true`
        header: Option<bool>,
    }

    /// What to change of a grid: what is left out stays as it is.
    UpdateGridInput expects expected_revision {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        id: ID,
        /// The title, at most 100 characters. Example: `"Task queues"`
        title: MaybeUndefined<String>,
        /// The name in addresses. Example: `"task-queues"`
        slug: MaybeUndefined<String>,
        /// What the packages are compared for, at most 1,000 characters. Example: `"Work to be done later"`
        description: MaybeUndefined<String>,
        /// Whether it is shown on the home page. Example: `true`
        header: MaybeUndefined<bool>,
    }

    /// A grid to delete.
    DeleteGridInput expects expected_revision {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        id: ID,
    }

    /// A grid to lock.
    LockGridInput expects expected_revision {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        id: ID,
    }

    /// A grid to unlock.
    UnlockGridInput expects expected_revision {
        /// The grid: its global id. Example: `"R3JpZDo4NA"`
        id: ID,
    }
}

commands! {
    CreateGridInput => CreateGrid, |input, _reading| CreateGrid(GridValues {
        title: given(Some(input.title), Into::into),
        slug: given(input.slug, Into::into),
        description: given(input.description, Into::into),
        header: given(input.header, Into::into),
    });
    UpdateGridInput => UpdateGrid, |input, reading| UpdateGrid {
        id: reading.id::<grid::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
        values: GridValues {
            title: input.title.into(),
            slug: input.slug.into(),
            description: input.description.into(),
            header: input.header.into(),
        },
    };
    DeleteGridInput => DeleteGrid, |input, reading| DeleteGrid {
        id: reading.id::<grid::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
    LockGridInput => LockGrid, |input, reading| LockGrid {
        id: reading.id::<grid::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
    UnlockGridInput => UnlockGrid, |input, reading| UnlockGrid {
        id: reading.id::<grid::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
}
