use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::grid::{Column, Entity};

use super::{GridOrigin, read};
use crate::catalog::{GridFeatures, GridHistory, GridPackages, Record};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::lists::lists;
use crate::graphql::scalars::DateTime;

/// A row of `grid` as clients see it.
pub struct Grid(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for Grid {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// A comparison of packages that do the same job: packages across, features down, a cell for each
/// pair.
#[Object]
impl Grid {
    /// The global id: opaque, and the same for as long as the object exists.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The number that the REST API calls `id`.
    pub async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// The title, at most 100 characters.
    pub async fn title(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// The name in addresses, at most 50 characters; unique among grids.
    pub async fn slug(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Slug).await
    }

    /// What the packages are compared for, at most 1,000 characters; may be blank.
    async fn description(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Description).await
    }

    /// Whether only moderators may change the grid.
    async fn is_locked(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        read(ctx, &self.0, Column::IsLocked).await
    }

    /// Whether the grid is shown on the home page.
    async fn header(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        read(ctx, &self.0, Column::Header).await
    }

    /// How many packages stand in it.
    async fn packages_count(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::PackagesCount).await
    }

    /// How many features it compares.
    async fn features_count(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::FeaturesCount).await
    }

    /// When the grid was added to the directory.
    async fn created(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Created).await.map(DateTime)
    }

    /// When the entry was last changed.
    async fn modified(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Modified).await.map(DateTime)
    }

    #[graphql(flatten)]
    async fn origin(&self) -> GridOrigin {
        GridOrigin(Arc::clone(&self.0))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> GridLists {
        GridLists(Arc::clone(&self.0))
    }
}

lists! {
    /// The lists of a grid.
    GridLists(Arc<Record<Entity>>) {
        /// The packages that the grid compares, by title unless `orderBy` says otherwise.
        fn packages -> PackagesOfGrid {
            filter: PackageFilter, "Only packages for which this holds. Example: `{ isActive: true, repoWatchers: { gte: 100 } }`",
            order_by: PackageOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: WATCHERS, direction: DESC }, { field: TITLE }]`",
            children(GridPackages)
        }
        /// What the packages are compared by: the rows of the comparison table, in the order in which
        /// they were added unless `orderBy` says otherwise. An import takes at most 100.
        fn features -> Features {
            filter: FeatureFilter, "Only features for which this holds. Example: `{ title: { contains: \"python\" } }`",
            order_by: FeatureOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: TITLE }]`",
            children(GridFeatures)
        }
        /// What was changed of it, its packages, features and cells, the newest first unless `orderBy`
        /// says otherwise.
        fn history -> Changes {
            filter: ChangeFilter, "Only changes for which this holds. Example: `{ by: { eq: \"ci\" } }`",
            order_by: ChangeOrder, "What to sort by. Example: `[{ field: REVISION }]`",
            children(GridHistory)
        }
    }
}
