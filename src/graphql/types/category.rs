use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::category::{Column, Entity};

use super::{edited, made_here, read};
use crate::catalog::{CategoryGrids, CategoryHistory, CategoryPackages, Record};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::lists::lists;
use crate::graphql::scalars::{BigInt, DateTime};

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
    pub async fn title(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// The name in addresses, at most 50 characters; unique among categories.
    pub async fn slug(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Slug).await
    }

    /// What belongs here; may be blank.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Description).await
    }

    /// The title in the plural, at most 50 characters.
    async fn title_plural(&self, ctx: &Context<'_>) -> Result<String, Failure> {
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

    /// The directory's revision that last changed what is said here: what `expectedRevision` of an
    /// edit is compared with. Counts, and others' names, may change without it.
    async fn revision(&self, ctx: &Context<'_>) -> Result<BigInt, Failure> {
        read(ctx, &self.0, Column::Revision).await.map(BigInt)
    }

    /// Whether it was made here, and did not come from elsewhere.
    async fn is_made_here(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        made_here(read(ctx, &self.0, Column::SourceId).await)
    }

    /// The fields that editors have changed of what the directory's source says, as the history
    /// names them: the next import keeps them as they are. Empty of what was made here.
    async fn edited_fields(&self, ctx: &Context<'_>) -> Result<Vec<String>, Failure> {
        edited(read(ctx, &self.0, Column::Edited).await)
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
