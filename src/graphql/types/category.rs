use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::category::{Column, Entity};

use super::{CategoryOrigin, read};
use crate::catalog::{CategoryGrids, CategoryHistory, CategoryPackages, Record};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::lists::lists;
use crate::graphql::scalars::DateTime;

/// A row of `category` as clients see it.
pub struct Category(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for Category {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// What kind of thing packages are: apps, frameworks, projects, something else.
#[Object]
impl Category {
    /// The global id: opaque, and the same for as long as the object exists.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The number that the REST API calls `id`.
    pub async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// The title in the singular, at most 50 characters.
    pub async fn title(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// The name in addresses, at most 50 characters; unique among categories.
    pub async fn slug(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Slug).await
    }

    /// What belongs here; may be blank.
    async fn description(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Description).await
    }

    /// The title in the plural, at most 50 characters.
    async fn title_plural(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::TitlePlural).await
    }

    /// Whether packages of this category are expected on the Python package index.
    async fn show_pypi(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        read(ctx, &self.0, Column::ShowPypi).await
    }

    /// How many packages it has.
    async fn packages_count(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::PackagesCount).await
    }

    /// When the category was added to the directory.
    async fn created(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Created).await.map(DateTime)
    }

    /// When the entry was last changed.
    async fn modified(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Modified).await.map(DateTime)
    }

    #[graphql(flatten)]
    async fn origin(&self) -> CategoryOrigin {
        CategoryOrigin(Arc::clone(&self.0))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> CategoryLists {
        CategoryLists(Arc::clone(&self.0))
    }
}

lists! {
    /// The lists of a category.
    CategoryLists(Arc<Record<Entity>>) {
        /// The packages of this category, by title unless `orderBy` says otherwise.
        fn packages -> Packages {
            filter: PackageFilter, "Only packages for which this holds. Example: `{ isActive: true, repoWatchers: { gte: 100 } }`",
            order_by: PackageOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: WATCHERS, direction: DESC }, { field: TITLE }]`",
            children(CategoryPackages)
        }
        /// The grids that hold at least one package of this category, by title unless `orderBy` says
        /// otherwise.
        fn grids -> Grids {
            filter: GridFilter, "Only grids for which this holds. Example: `{ title: { contains: \"wagtail\" } }`",
            order_by: GridOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: PACKAGES, direction: DESC }]`",
            children(CategoryGrids)
        }
        /// What was changed of it, the newest first unless `orderBy` says otherwise.
        fn history -> Changes {
            filter: ChangeFilter, "Only changes for which this holds. Example: `{ by: { eq: \"ci\" } }`",
            order_by: ChangeOrder, "What to sort by. Example: `[{ field: REVISION }]`",
            children(CategoryHistory)
        }
    }
}
