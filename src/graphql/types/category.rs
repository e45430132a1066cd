use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::category::{Column, Entity};

use super::read;
use crate::catalog::{CategoryGrids, CategoryPackages, Record};
use crate::graphql::connection::{Connection, Grids, Packages, PageArguments, children};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
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
    async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// The title in the singular, at most 50 characters.
    async fn title(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// The name in addresses, at most 50 characters; unique among categories.
    async fn slug(&self, ctx: &Context<'_>) -> Result<String, Failure> {
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

    /// When the category was added to the directory.
    async fn created(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Created).await.map(DateTime)
    }

    /// When the entry was last changed.
    async fn modified(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Modified).await.map(DateTime)
    }

    /// The packages of this category, by title.
    async fn packages(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most this many entries from the beginning, 0 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after the one with this cursor.")] after: Option<String>,
        #[graphql(
            desc = "At most this many entries from the end, 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only entries before the one with this cursor.")] before: Option<String>,
    ) -> Result<Connection<Packages>, Failure> {
        let arguments = PageArguments { first, after, last, before };
        Box::pin(children(ctx, CategoryPackages, self.0.id()?, arguments)).await
    }

    /// The grids that hold at least one package of this category, by title.
    async fn grids(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most this many entries from the beginning, 0 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after the one with this cursor.")] after: Option<String>,
        #[graphql(
            desc = "At most this many entries from the end, 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only entries before the one with this cursor.")] before: Option<String>,
    ) -> Result<Connection<Grids>, Failure> {
        let arguments = PageArguments { first, after, last, before };
        Box::pin(children(ctx, CategoryGrids, self.0.id()?, arguments)).await
    }
}
