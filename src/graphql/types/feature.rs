use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::feature::{Column, Entity};

use super::{Grid, read, related};
use crate::catalog::{FeatureElements, Record};
use crate::graphql::connection::{Connection, Elements, PageArguments, children};
use crate::graphql::errors::Failure;
use crate::graphql::ids;

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
    async fn title(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// What the cells say, at most 1,000 characters; may be blank.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Description).await
    }

    /// The grid whose packages are compared by this.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Grid, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::GridId).await?;
            related(ctx, id).await.map(Grid::from)
        })
        .await
    }

    /// The cells that somebody filled in, by their package's title.
    async fn elements(
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
    ) -> Result<Connection<Elements>, Failure> {
        let arguments = PageArguments { first, after, last, before };
        Box::pin(children(ctx, FeatureElements, self.0.id()?, arguments)).await
    }
}
