use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::Timestamp;
use entity::package::{Column, Entity};

use super::{Category, read, related};
use crate::catalog::{PackageGrids, Record};
use crate::graphql::connection::{Connection, GridsOfPackage, PageArguments, children};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::scalars::{DateTime, Url};

/// A row of `package` as clients see it.
pub struct Package(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for Package {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// A reusable package: a repository, usually released on the Python package index.
#[Object]
impl Package {
    /// The global id: opaque, and the same for as long as the object exists.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The number that the REST API calls `id`.
    async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// The title, at most 100 characters.
    async fn title(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// The name in addresses, at most 50 characters; unique among packages.
    async fn slug(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::Slug).await
    }

    /// The kind of thing that the package is.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::CategoryId).await?;
            related(ctx, id).await.map(Category::from)
        })
        .await
    }

    /// The grids that compare this package with others, by title.
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
    ) -> Result<Connection<GridsOfPackage>, Failure> {
        let arguments = PageArguments { first, after, last, before };
        Box::pin(children(ctx, PackageGrids, self.0.id()?, arguments)).await
    }

    /// The repository; null when there is none.
    async fn repo_url(&self, ctx: &Context<'_>) -> Option<Result<Url, Failure>> {
        let text: Result<String, _> = read(ctx, &self.0, Column::RepoUrl).await;
        text.map(Url::unless_blank).transpose()
    }

    /// What the repository says of itself, at most 500 characters; may be blank.
    async fn repo_description(&self, ctx: &Context<'_>) -> Result<String, Failure> {
        read(ctx, &self.0, Column::RepoDescription).await
    }

    /// Stars of the repository.
    async fn repo_watchers(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::RepoWatchers).await
    }

    /// Forks of the repository.
    async fn repo_forks(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::RepoForks).await
    }

    /// The page on the Python package index; null when the package is not there.
    async fn pypi_url(&self, ctx: &Context<'_>) -> Option<Result<Url, Failure>> {
        let text: Result<String, _> = read(ctx, &self.0, Column::PypiUrl).await;
        text.map(Url::unless_blank).transpose()
    }

    /// The newest release on the package index, not always a semantic version; null when none is
    /// known.
    async fn pypi_version(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        let text: Result<Option<String>, _> = read(ctx, &self.0, Column::PypiVersion).await;
        text.map(|text| text.filter(|text| !text.is_empty())).transpose()
    }

    /// The documentation; null when none is known.
    async fn documentation_url(&self, ctx: &Context<'_>) -> Option<Result<Url, Failure>> {
        let text: Result<Option<String>, _> = read(ctx, &self.0, Column::DocumentationUrl).await;
        text.map(|text| text.and_then(Url::unless_blank)).transpose()
    }

    /// Time of the last commit; null when it is not known.
    async fn last_updated(&self, ctx: &Context<'_>) -> Option<Result<DateTime, Failure>> {
        let time: Result<Option<Timestamp>, _> = read(ctx, &self.0, Column::LastUpdated).await;
        time.transpose().map(|time| time.map(DateTime))
    }

    /// When the directory's source last asked the repository's host; null when it never did.
    async fn last_fetched(&self, ctx: &Context<'_>) -> Option<Result<DateTime, Failure>> {
        let time: Result<Option<Timestamp>, _> = read(ctx, &self.0, Column::LastFetched).await;
        time.transpose().map(|time| time.map(DateTime))
    }

    /// Commits in each of 52 weeks, oldest first; empty when the repository's host does not tell.
    #[graphql(name = "commitsOver52")]
    async fn commits_over52(&self, ctx: &Context<'_>) -> Result<Vec<i32>, Failure> {
        read(ctx, &self.0, Column::CommitsOver52).await
    }

    /// Names of the contributors, in order of contribution, as the repository's host gives them.
    async fn participants(&self, ctx: &Context<'_>) -> Result<Vec<String>, Failure> {
        read(ctx, &self.0, Column::Participants).await
    }

    /// When the package was added to the directory.
    async fn created(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Created).await.map(DateTime)
    }

    /// When the entry was last changed.
    async fn modified(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        read(ctx, &self.0, Column::Modified).await.map(DateTime)
    }
}
