use async_graphql::{ID, MaybeUndefined};
use entity::category;

use super::input::{commands, given, inputs, revision};
use super::mutations;
use super::payload::payloads;
use crate::editing::commands::{CategoryValues, CreateCategory, DeleteCategory, UpdateCategory};

mutations! {
    /// Edits of categories.
    CategoryMutation {
        /// Adds a category. Needs the role `ADMIN`.
        create_category(CreateCategoryInput) -> CreateCategoryPayload;
        /// Changes what is said about a category: what is left out stays as it is, null empties it.
        /// Needs the role `ADMIN`.
        update_category(UpdateCategoryInput) -> UpdateCategoryPayload;
        /// Deletes a category that no package has. Needs the role `ADMIN`.
        delete_category(DeleteCategoryInput) -> DeleteCategoryPayload;
    }
}

payloads! {
    CreateCategoryPayload: category, Category, category::Entity;
    UpdateCategoryPayload: category, Category, category::Entity;
    DeleteCategoryPayload deletes deleted_id: category, Category, category::Entity;
}

inputs! {
    /// A category to add.
    CreateCategoryInput {
        /// The title in the singular, at most 50 characters. Example: `"App"`
        title: String,
        /// The title in the plural, at most 50 characters; as in the singular, unless given. Example:
        /// `"Apps"`
        title_plural: Option<String>,
        /// The name in addresses: letters from a to z, digits, `_` and `-`, at most 50; made of the
        /// title, unless given. Example: `"apps"`
        slug: Option<String>,
        /// What belongs there. Example: `"Small components to build projects with"`
        description: Option<String>,
        /// Whether its packages are expected on the package index, which they are unless this says
        /// otherwise. Example: `true`
        show_pypi: Option<bool>,
    }

    /// What to change of a category: what is left out stays as it is.
    UpdateCategoryInput expects expected_revision {
        /// The category: its global id. Example: `"Q2F0ZWdvcnk6MQ"`
        id: ID,
        /// The title in the singular, at most 50 characters. Example: `"App"`
        title: MaybeUndefined<String>,
        /// The title in the plural, at most 50 characters. Example: `"Apps"`
        title_plural: MaybeUndefined<String>,
        /// The name in addresses. Example: `"apps"`
        slug: MaybeUndefined<String>,
        /// What belongs there. Example: `"Small components to build projects with"`
        description: MaybeUndefined<String>,
        /// Whether its packages are expected on the package index. Example: `true`
        show_pypi: MaybeUndefined<bool>,
    }

    /// A category to delete.
    DeleteCategoryInput expects expected_revision {
        /// The category: its global id. Example: `"Q2F0ZWdvcnk6MQ"`
        id: ID,
    }
}

commands! {
    CreateCategoryInput => CreateCategory, |input, _reading| CreateCategory(CategoryValues {
        title: Some(Some(input.title)),
        slug: given(input.slug, Into::into),
        description: given(input.description, Into::into),
        title_plural: given(input.title_plural, Into::into),
        show_pypi: given(input.show_pypi, Into::into),
    });
    UpdateCategoryInput => UpdateCategory, |input, reading| UpdateCategory {
        id: reading.id::<category::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
        values: CategoryValues {
            title: input.title.into(),
            slug: input.slug.into(),
            description: input.description.into(),
            title_plural: input.title_plural.into(),
            show_pypi: input.show_pypi.into(),
        },
    };
    DeleteCategoryInput => DeleteCategory, |input, reading| DeleteCategory {
        id: reading.id::<category::Entity>("id", &input.id),
        expected: revision(input.expected_revision),
    };
}
