//! Categories.

use entity::{HERE, JsonList, category, package};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::input::{Lines, Patch, slug_for, unless_stored};
use crate::editing::problem::{ProblemCode, Stop};

/// What can be said about a category.
#[derive(Clone, Debug, Default)]
pub struct CategoryValues {
    pub title: Patch<String>,
    pub slug: Patch<String>,
    pub description: Patch<String>,
    pub title_plural: Patch<String>,
    pub show_pypi: Patch<bool>,
}

/// Adds a category.
#[derive(Debug)]
pub struct CreateCategory(pub CategoryValues);

/// Changes what is said about a category.
#[derive(Debug)]
pub struct UpdateCategory {
    pub id: i64,
    pub expected: Option<i64>,
    pub values: CategoryValues,
}

/// Deletes a category that no package has.
#[derive(Debug)]
pub struct DeleteCategory {
    pub id: i64,
    pub expected: Option<i64>,
}

impl CategoryValues {
    /// Without the values that equal those of `row`, which they leave as they are.
    fn unless_stored(self, row: &category::Model) -> Self {
        Self {
            title: unless_stored(self.title, &row.title),
            slug: unless_stored(self.slug, &row.slug),
            description: unless_stored(self.description, &row.description),
            title_plural: unless_stored(self.title_plural, &row.title_plural),
            show_pypi: unless_stored(self.show_pypi, &row.show_pypi),
        }
    }
}

impl Command for CreateCategory {
    const KIND: &'static str = "create_category";
    const RIGHT: Role = Role::Admin;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let mut values = self.0;
        let title = values.title.clone().flatten();
        values.slug = values.slug.or_else(|| slug_for(title.as_deref()));
        let is_as_in_the_singular = values.title_plural.is_none();
        let mut row = category::Model {
            id: 0,
            title: String::new(),
            title_folded: String::new(),
            slug: String::new(),
            slug_folded: String::new(),
            description: String::new(),
            description_folded: String::new(),
            title_plural: String::new(),
            show_pypi: true,
            packages_count: 0,
            created: edit.now,
            modified: edit.now,
            source_id: Some(HERE),
            revision: 0,
            edited: JsonList::default(),
        };
        fill(edit, &mut row, values).await?;
        if is_as_in_the_singular {
            row.title_plural.clone_from(&row.title);
        }
        edit.all_right()?;
        row.id = edit.new_id();
        let id = row.id;
        edit.add::<category::Entity>(row);
        Ok(id)
    }
}

impl Command for UpdateCategory {
    const KIND: &'static str = "update_category";
    const RIGHT: Role = Role::Admin;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<category::Entity>(self.id, self.expected).await?;
        let mut after = before.clone();
        fill(edit, &mut after, self.values.unless_stored(&before)).await?;
        edit.all_right()?;
        edit.change::<category::Entity>(before, after);
        Ok(self.id)
    }
}

impl Command for DeleteCategory {
    const KIND: &'static str = "delete_category";
    const RIGHT: Role = Role::Admin;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let row = edit.current::<category::Entity>(self.id, self.expected).await?;
        let of = package::Column::CategoryId.eq(self.id);
        let packages = package::Entity::find().filter(of).count(&edit.transaction).await?;
        if packages > 0 {
            let message = format!(
                "The category \"{}\" has {packages} packages; give them another one first",
                row.slug
            );
            edit.problem(ProblemCode::InUse, "id", message);
        }
        edit.all_right()?;
        edit.remove::<category::Entity>(row);
        Ok(self.id)
    }
}

async fn fill(
    edit: &mut Edit,
    row: &mut category::Model,
    values: CategoryValues,
) -> Result<(), Stop> {
    if let Some(title) = edit.needed("title", values.title, 50) {
        row.title = title;
    }
    if let Some(slug) = edit.slug("slug", values.slug)
        && slug != row.slug
    {
        let column = category::Column::Slug;
        edit.is_free::<category::Entity>(row.id, column, &slug, ("slug", "slug")).await?;
        row.slug = slug;
    }
    if let Some(text) = edit.text("description", values.description, 10_000, Lines::Many) {
        row.description = text;
    }
    if let Some(title) = edit.needed("titlePlural", values.title_plural, 50) {
        row.title_plural = title;
    }
    if let Some(show) = edit.not_null("showPypi", values.show_pypi) {
        row.show_pypi = show;
    }
    Ok(())
}
