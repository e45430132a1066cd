use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::Timestamp;
use entity::version::{Column, Entity};

use super::{DevelopmentStatus, Package, ReleaseOrigin, Support, read, related};
use crate::catalog::{Record, ReleaseHistory};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::lists::lists;
use crate::graphql::scalars::DateTime;
use crate::graphql::written::Written;

/// A row of `version` as clients see it.
pub struct Release(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for Release {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// A version of a package that was published.
#[Object]
impl Release {
    /// The global id: opaque, and the same for as long as the object exists.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The number of the release in the directory.
    async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// The version, at most 100 characters, not always a semantic one: `4.2.1`.
    async fn version(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Number).await
    }

    /// When it was published; null when that is not known.
    async fn released_at(&self, ctx: &Context<'_>) -> Option<Result<DateTime, Failure>> {
        let time: Result<Option<Timestamp>, _> = read(ctx, &self.0, Column::UploadTime).await;
        time.transpose().map(|time| time.map(DateTime))
    }

    /// The licence as the package index states it, at most 200 characters; null when it states none.
    async fn license(&self, ctx: &Context<'_>) -> Option<Result<Arc<str>, Failure>> {
        super::unless_blank(read(ctx, &self.0, Column::License).await)
    }

    /// The SPDX identifier of the licence, or the SPDX expression of several: `BSD-3-Clause`, `MIT OR
    /// Apache-2.0`. Null when the licence is unknown, ambiguous or not on SPDX's list.
    async fn license_spdx(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        super::spdx(read(ctx, &self.0, Column::License).await)
    }

    /// Which Python it asks for, in the words of PEP 440 (`>=3.9`); null when it asks for none.
    async fn requires_python(&self, ctx: &Context<'_>) -> Option<Result<Arc<str>, Failure>> {
        super::unless_blank(read(ctx, &self.0, Column::RequiresPython).await)
    }

    /// How far it is, as its authors say.
    async fn development_status(&self, ctx: &Context<'_>) -> Result<DevelopmentStatus, Failure> {
        read(ctx, &self.0, Column::DevelopmentStatus).await
    }

    /// Whether it works with Python 3.
    #[graphql(name = "supportsPython3")]
    async fn supports_python3(&self, ctx: &Context<'_>) -> Result<Support, Failure> {
        read(ctx, &self.0, Column::SupportsPython3).await
    }

    /// Whether it was withdrawn.
    async fn is_hidden(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        read(ctx, &self.0, Column::Hidden).await
    }

    /// True if the version is that of a pre-release or a development release by PEP 440 (`2.0b1`,
    /// `2.0.dev1`); false if it is no version by PEP 440.
    async fn is_prerelease(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        read(ctx, &self.0, Column::Prerelease).await
    }

    /// The package that was released.
    async fn package(&self, ctx: &Context<'_>) -> Result<Written<Package>, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::PackageId).await?;
            related(ctx, id).await.map(Written::from)
        })
        .await
    }

    #[graphql(flatten)]
    async fn origin(&self) -> ReleaseOrigin {
        ReleaseOrigin(Arc::clone(&self.0))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> ReleaseLists {
        ReleaseLists(Arc::clone(&self.0))
    }
}

lists! {
    /// The lists of a release.
    ReleaseLists(Arc<Record<Entity>>) {
        /// What was changed of it, the newest first unless `orderBy` says otherwise.
        fn history -> Changes {
            filter: ChangeFilter, "Only changes for which this holds. Example: `{ by: { eq: \"ci\" } }`",
            order_by: ChangeOrder, "What to sort by. Example: `[{ field: REVISION }]`",
            children(ReleaseHistory)
        }
    }
}
