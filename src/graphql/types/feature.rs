use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::feature::{Column, Entity};

use super::{FeatureOrigin, Grid, read, related};
use crate::catalog::{FeatureElements, FeatureHistory, Record};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::lists::lists;
use crate::graphql::written::Written;

/// A row of `feature` as clients see it.
pub struct Feature(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for Feature {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// A row of a grid's comparison table.
#[Object]
impl Feature {
    /// The global id: opaque, and the same for as long as the object exists.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The number of the row in the directory.
    async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// What is compared, at most 100 characters.
    async fn title(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// What the cells say, at most 1,000 characters; may be blank.
    async fn description(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Description).await
    }

    /// The grid whose packages are compared by this.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Written<Grid>, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::GridId).await?;
            related(ctx, id).await.map(Written::from)
        })
        .await
    }

    #[graphql(flatten)]
    async fn origin(&self) -> FeatureOrigin {
        FeatureOrigin(Arc::clone(&self.0))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> FeatureLists {
        FeatureLists(Arc::clone(&self.0))
    }
}

lists! {
    /// The lists of a feature.
    FeatureLists(Arc<Record<Entity>>) {
        /// The cells that somebody filled in, by their package's title unless `orderBy` says otherwise.
        fn elements -> Elements {
            filter: ElementFilter, "Only cells for which this holds. Example: `{ verdict: { eq: YES } }`",
            order_by: PackageOrder, "What to sort the cells' packages by, at most 5 keys; ties go by the cell's `number`. With the same order as `Grid.packages` the cells stand as its packages do. Example: `[{ field: WATCHERS, direction: DESC }]`",
            children(FeatureElements)
        }
        /// What was changed of it and its cells, the newest first unless `orderBy` says otherwise.
        fn history -> Changes {
            filter: ChangeFilter, "Only changes for which this holds. Example: `{ by: { eq: \"ci\" } }`",
            order_by: ChangeOrder, "What to sort by. Example: `[{ field: REVISION }]`",
            children(FeatureHistory)
        }
    }
}
