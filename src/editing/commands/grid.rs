//! Grids.

use entity::{HERE, JsonList, feature, grid, grid_package};

use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::input::{Lines, Patch, slug_for, unless_stored};
use crate::editing::problem::Stop;

/// What editors can say about a grid.
#[derive(Clone, Debug, Default)]
pub struct GridValues {
    pub title: Patch<String>,
    pub slug: Patch<String>,
    pub description: Patch<String>,
    pub header: Patch<bool>,
}

/// Adds a grid.
#[derive(Debug)]
pub struct CreateGrid(pub GridValues);

/// Changes what is said about a grid.
#[derive(Debug)]
pub struct UpdateGrid {
    pub id: i64,
    pub expected: Option<i64>,
    pub values: GridValues,
}

/// Deletes a grid, with its features and cells. Its packages stay.
#[derive(Debug)]
pub struct DeleteGrid {
    pub id: i64,
    pub expected: Option<i64>,
}

/// Locks a grid.
#[derive(Debug)]
pub struct LockGrid {
    pub id: i64,
    pub expected: Option<i64>,
}

/// Unlocks a grid.
#[derive(Debug)]
pub struct UnlockGrid {
    pub id: i64,
    pub expected: Option<i64>,
}

impl GridValues {
    /// Without the values that equal those of `row`, which they leave as they are.
    fn unless_stored(self, row: &grid::Model) -> Self {
        Self {
            title: unless_stored(self.title, &row.title),
            slug: unless_stored(self.slug, &row.slug),
            description: unless_stored(self.description, &row.description),
            header: unless_stored(self.header, &row.header),
        }
    }
}

impl Command for CreateGrid {
    const KIND: &'static str = "create_grid";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let mut values = self.0;
        let title = values.title.clone().flatten();
        values.slug = values.slug.or_else(|| slug_for(title.as_deref()));
        let mut row = grid::Model {
            id: 0,
            title: String::new(),
            title_folded: String::new(),
            slug: String::new(),
            slug_folded: String::new(),
            description: String::new(),
            description_folded: String::new(),
            is_locked: false,
            header: false,
            packages_count: 0,
            features_count: 0,
            created: edit.now,
            modified: edit.now,
            source_id: Some(HERE),
            revision: 0,
            edited: JsonList::default(),
        };
        fill(edit, &mut row, values).await?;
        edit.all_right()?;
        row.id = edit.new_id();
        let id = row.id;
        edit.add::<grid::Entity>(row);
        Ok(id)
    }
}

impl Command for UpdateGrid {
    const KIND: &'static str = "update_grid";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<grid::Entity>(self.id, self.expected).await?;
        edit.expect_open(&before, "id");
        let mut after = before.clone();
        fill(edit, &mut after, self.values.unless_stored(&before)).await?;
        edit.all_right()?;
        edit.change::<grid::Entity>(before, after);
        Ok(self.id)
    }
}

impl Command for DeleteGrid {
    const KIND: &'static str = "delete_grid";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let row = edit.current::<grid::Entity>(self.id, self.expected).await?;
        edit.all_right()?;
        edit.remove_places(grid_package::Column::GridId, self.id).await?;
        let features = edit.rows_where::<feature::Entity>(feature::Column::GridId, [self.id]);
        for feature in features.await? {
            edit.remove::<feature::Entity>(feature);
        }
        edit.remove::<grid::Entity>(row);
        Ok(self.id)
    }
}

impl Command for LockGrid {
    const KIND: &'static str = "lock_grid";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        set_locked(edit, self.id, self.expected, true).await
    }
}

impl Command for UnlockGrid {
    const KIND: &'static str = "unlock_grid";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        set_locked(edit, self.id, self.expected, false).await
    }
}

async fn set_locked(
    edit: &mut Edit,
    id: i64,
    expected: Option<i64>,
    is_locked: bool,
) -> Result<i64, Stop> {
    let before = edit.current::<grid::Entity>(id, expected).await?;
    edit.all_right()?;
    let after = grid::Model { is_locked, ..before.clone() };
    edit.change::<grid::Entity>(before, after);
    Ok(id)
}

async fn fill(edit: &mut Edit, row: &mut grid::Model, values: GridValues) -> Result<(), Stop> {
    if let Some(title) = edit.needed("title", values.title, 100) {
        row.title = title;
    }
    if let Some(slug) = edit.slug("slug", values.slug)
        && slug != row.slug
    {
        edit.is_free::<grid::Entity>(row.id, grid::Column::Slug, &slug, ("slug", "slug")).await?;
        row.slug = slug;
    }
    if let Some(text) = edit.text("description", values.description, 1_000, Lines::Many) {
        row.description = text;
    }
    if let Some(header) = edit.not_null("header", values.header) {
        row.header = header;
    }
    Ok(())
}
