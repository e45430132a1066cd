use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use entity::element::{Column, Entity};

use super::{Feature, Package, read, related};
use crate::catalog::{PackageOfPairing, Record};
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
use crate::graphql::{ids, selection};
use crate::rules::verdict as rules;

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
    async fn text(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Text).await
    }

    /// What it means.
    async fn verdict(&self, ctx: &Context<'_>) -> Result<Verdict, Failure> {
        Ok(rules::read(&self.written(ctx).await?).verdict.into())
    }

    /// How strongly it says yes or no, 1 to 3 (`+++` is 3); 0 when it says neither.
    async fn strength(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        Ok(rules::read(&self.written(ctx).await?).strength)
    }

    /// What follows the yes or no (`since 4.2` in "yes, since 4.2"), or the text itself when it is
    /// neither; null when there is nothing.
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        let text = self.written(ctx).await;
        text.map(|text| rules::read(&text).remark.map(str::to_owned)).transpose()
    }

    /// The package that the cell is about.
    async fn package(&self, ctx: &Context<'_>) -> Result<Package, Failure> {
        Box::pin(async {
            let pairing = read(ctx, &self.0, Column::GridPackageId).await?;
            let columns = selection::columns(&ctx.field());
            let package = load(ctx, PackageOfPairing { pairing, columns }).await?;
            package.map(Package::from).ok_or_else(|| Failure::broken("a cell has no package"))
        })
        .await
    }

    /// The row of the table that the cell stands in.
    async fn feature(&self, ctx: &Context<'_>) -> Result<Feature, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::FeatureId).await?;
            related(ctx, id).await.map(Feature::from)
        })
        .await
    }
}

impl Element {
    async fn written(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Text).await
    }
}

/// What a cell says, in short.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
pub enum Verdict {
    /// The package has it: "yes", "good", "check", "+".
    Yes,
    /// The package does not have it: "no", "bad", "-".
    No,
    /// Something in words.
    Text,
    /// Nothing was written.
    Empty,
}

impl From<rules::Verdict> for Verdict {
    fn from(verdict: rules::Verdict) -> Self {
        match verdict {
            rules::Verdict::Yes => Self::Yes,
            rules::Verdict::No => Self::No,
            rules::Verdict::Text => Self::Text,
            rules::Verdict::Empty => Self::Empty,
        }
    }
}
