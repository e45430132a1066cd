use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::element::{Column, Entity};

use super::{ElementOrigin, Feature, Package, Verdict, read, related};
use crate::catalog::{PackageOfPairing, Record};
use crate::graphql::context::{columns, load};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::written::Written;
use crate::rules::verdict;

/// A row of `element` as clients see it.
pub struct Element(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for Element {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// A cell of a grid's comparison table: what one package offers of one feature.
#[Object]
impl Element {
    /// The global id: opaque, and the same for as long as the object exists.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The number of the cell in the directory.
    async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// What was written, at most 1,000 characters.
    async fn text(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Text).await
    }

    /// What it means.
    async fn verdict(&self, ctx: &Context<'_>) -> Result<Verdict, Failure> {
        read(ctx, &self.0, Column::Verdict).await
    }

    /// How strongly it says yes or no, 1 to 3 (`+++` is 3); 0 when it says neither.
    async fn strength(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::Strength).await
    }

    /// What follows the yes or no (`since 4.2` in "yes, since 4.2"), or the text itself when it is
    /// neither; null when there is nothing.
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        read_verdict::remark(ctx, &self.0).await
    }

    /// The package that the cell is about.
    async fn package(&self, ctx: &Context<'_>) -> Result<Written<Package>, Failure> {
        Box::pin(async {
            let pairing = read(ctx, &self.0, Column::GridPackageId).await?;
            let columns = columns(ctx)?;
            let package = load(ctx, PackageOfPairing { pairing, columns }).await?;
            package.map(Written::from).ok_or_else(|| Failure::broken("a cell has no package"))
        })
        .await
    }

    /// The row of the table that the cell stands in.
    async fn feature(&self, ctx: &Context<'_>) -> Result<Written<Feature>, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::FeatureId).await?;
            related(ctx, id).await.map(Written::from)
        })
        .await
    }

    #[graphql(flatten)]
    async fn origin(&self) -> ElementOrigin {
        ElementOrigin(Arc::clone(&self.0))
    }
}

/// What follows from a cell's text alone.
pub mod read_verdict {
    use super::*;

    /// The remark; null when there is none.
    pub async fn remark(
        ctx: &Context<'_>,
        record: &Arc<Record<Entity>>,
    ) -> Option<Result<String, Failure>> {
        let text: Result<Arc<str>, Failure> = read(ctx, record, Column::Text).await;
        text.map(|text| verdict::read(&text).remark.map(str::to_owned)).transpose()
    }
}
