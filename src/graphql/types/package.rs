use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::Timestamp;
use entity::package::{Column, Entity};

use super::{Category, PackageOrigin, PackageStatus, Support, read, related};
use crate::catalog::{PackageGrids, PackageHistory, PackageReleases, PackageReplaces, Record};
use crate::graphql::errors::Failure;
use crate::graphql::ids;
use crate::graphql::lists::lists;
use crate::graphql::scalars::{BigInt, DateTime, Url};
use crate::graphql::written::Written;
use crate::rules::score;

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
    pub async fn number(&self) -> Result<i64, Failure> {
        Ok(self.0.id()?)
    }

    /// The title, at most 100 characters.
    pub async fn title(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Title).await
    }

    /// The name in addresses, at most 50 characters; unique among packages.
    pub async fn slug(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::Slug).await
    }

    /// The kind of thing that the package is.
    async fn category(&self, ctx: &Context<'_>) -> Result<Written<Category>, Failure> {
        Box::pin(async {
            let id = read(ctx, &self.0, Column::CategoryId).await?;
            related(ctx, id).await.map(Written::from)
        })
        .await
    }

    /// The repository; null when there is none.
    async fn repo_url(&self, ctx: &Context<'_>) -> Option<Result<Url, Failure>> {
        let text: Result<Arc<str>, _> = read(ctx, &self.0, Column::RepoUrl).await;
        text.map(Url::unless_blank).transpose()
    }

    /// What the repository says of itself, at most 500 characters; may be blank.
    async fn repo_description(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        read(ctx, &self.0, Column::RepoDescription).await
    }

    /// Stars of the repository; null if they are unknown, because the source has not asked the
    /// repository's host.
    async fn repo_watchers(&self, ctx: &Context<'_>) -> Option<Result<i32, Failure>> {
        read(ctx, &self.0, Column::RepoWatchers).await.transpose()
    }

    /// Forks of the repository; null if they are unknown, as `repoWatchers`.
    async fn repo_forks(&self, ctx: &Context<'_>) -> Option<Result<i32, Failure>> {
        read(ctx, &self.0, Column::RepoForks).await.transpose()
    }

    /// The page on the Python package index; null when the package is not there.
    async fn pypi_url(&self, ctx: &Context<'_>) -> Option<Result<Url, Failure>> {
        let text: Result<Arc<str>, _> = read(ctx, &self.0, Column::PypiUrl).await;
        text.map(Url::unless_blank).transpose()
    }

    /// The newest release on the package index, not always a semantic version; null when none is
    /// known.
    async fn pypi_version(&self, ctx: &Context<'_>) -> Option<Result<Arc<str>, Failure>> {
        super::unless_blank(read(ctx, &self.0, Column::PypiVersion).await)
    }

    /// Downloads from the package index, as the directory's source counts them; null when it does
    /// not.
    async fn pypi_downloads(&self, ctx: &Context<'_>) -> Option<Result<BigInt, Failure>> {
        let count: Result<Option<i64>, _> = read(ctx, &self.0, Column::PypiDownloads).await;
        count.transpose().map(|count| count.map(BigInt))
    }

    /// The licence as the package index states it, at most 200 characters; null when it states none.
    async fn pypi_license(&self, ctx: &Context<'_>) -> Option<Result<Arc<str>, Failure>> {
        super::unless_blank(read(ctx, &self.0, Column::PypiLicense).await)
    }

    /// The SPDX identifier of the licence, or the SPDX expression of several: `BSD-3-Clause`, `MIT OR
    /// Apache-2.0`. Null when the licence is unknown, ambiguous or not on SPDX's list.
    async fn license_spdx(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        super::spdx(read(ctx, &self.0, Column::PypiLicense).await)
    }

    /// Which Python the newest release asks for, in the words of PEP 440 (`>=3.9`); null when it
    /// asks for none.
    async fn pypi_requires_python(&self, ctx: &Context<'_>) -> Option<Result<Arc<str>, Failure>> {
        super::unless_blank(read(ctx, &self.0, Column::PypiRequiresPython).await)
    }

    /// Whether it works with Python 3.
    #[graphql(name = "supportsPython3")]
    async fn supports_python3(&self, ctx: &Context<'_>) -> Result<Support, Failure> {
        read(ctx, &self.0, Column::SupportsPython3).await
    }

    /// The documentation; null when none is known.
    async fn documentation_url(&self, ctx: &Context<'_>) -> Option<Result<Url, Failure>> {
        let text: Result<Option<Arc<str>>, _> = read(ctx, &self.0, Column::DocumentationUrl).await;
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

    /// Commits in those 52 weeks together; null when the repository's host does not tell.
    #[graphql(name = "commitsTotal52")]
    async fn commits_total52(&self, ctx: &Context<'_>) -> Option<Result<i32, Failure>> {
        read(ctx, &self.0, Column::CommitsTotal52).await.transpose()
    }

    /// Time of the newest release that was not withdrawn and is no pre-release, or of the newest
    /// pre-release if there is nothing else; null when none is known.
    async fn last_released(&self, ctx: &Context<'_>) -> Option<Result<DateTime, Failure>> {
        let time: Result<Option<Timestamp>, _> = read(ctx, &self.0, Column::LastReleased).await;
        time.transpose().map(|time| time.map(DateTime))
    }

    /// The year (in UTC) of that release; null when none is known.
    async fn last_release_year(&self, ctx: &Context<'_>) -> Option<Result<i32, Failure>> {
        read(ctx, &self.0, Column::LastReleaseYear).await.transpose()
    }

    /// Whether it is still to be used.
    async fn status(&self, ctx: &Context<'_>) -> Result<PackageStatus, Failure> {
        read(ctx, &self.0, Column::Status).await
    }

    /// Whether it is neither deprecated nor archived nor replaced.
    async fn is_active(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        let status: PackageStatus = read(ctx, &self.0, Column::Status).await?;
        Ok(status == PackageStatus::Active)
    }

    /// When it was declared deprecated; null when it was not.
    async fn date_deprecated(&self, ctx: &Context<'_>) -> Option<Result<DateTime, Failure>> {
        let time: Result<Option<Timestamp>, _> = read(ctx, &self.0, Column::DateDeprecated).await;
        time.transpose().map(|time| time.map(DateTime))
    }

    /// When its repository was archived; null when it was not.
    async fn date_repo_archived(&self, ctx: &Context<'_>) -> Option<Result<DateTime, Failure>> {
        let time: Result<Option<Timestamp>, _> = read(ctx, &self.0, Column::DateRepoArchived).await;
        time.transpose().map(|time| time.map(DateTime))
    }

    /// The package to use instead; null when there is none.
    async fn replaced_by(&self, ctx: &Context<'_>) -> Option<Result<Written<Package>, Failure>> {
        Box::pin(async {
            let id: Result<Option<i64>, _> = read(ctx, &self.0, Column::ReplacedById).await;
            match id {
                Ok(Some(id)) => Some(related(ctx, id).await.map(Written::from)),
                Ok(None) => None,
                Err(failure) => Some(Err(failure)),
            }
        })
        .await
    }

    /// What the package is worth: its stars, less what speaks against it; at least -500. It is of
    /// the last change of the package, or of the last day; null if its stars are unknown.
    async fn score(&self, ctx: &Context<'_>) -> Option<Result<i32, Failure>> {
        read(ctx, &self.0, Column::Score).await.transpose()
    }

    /// What the score is made of; null if the stars are unknown.
    async fn score_parts(&self, ctx: &Context<'_>) -> Option<Result<ScoreParts, Failure>> {
        let parts = async {
            let stars: Option<i32> = read(ctx, &self.0, Column::RepoWatchers).await?;
            let python3: Support = read(ctx, &self.0, Column::SupportsPython3).await?;
            let quarters = read(ctx, &self.0, Column::ScoreQuarters).await?;
            let python3 = python3 == Support::Yes;
            Ok(stars.map(|stars| ScoreParts(score::Facts { stars, quarters, python3 })))
        };
        Box::pin(parts).await.transpose()
    }

    /// In how many grids it stands.
    async fn grids_count(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::GridsCount).await
    }

    /// How many contributors the repository's host gives.
    async fn participants_count(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        read(ctx, &self.0, Column::ParticipantsCount).await
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

    #[graphql(flatten)]
    async fn origin(&self) -> PackageOrigin {
        PackageOrigin(Arc::clone(&self.0))
    }

    #[graphql(flatten)]
    async fn lists(&self) -> PackageLists {
        PackageLists(Arc::clone(&self.0))
    }
}

/// What a package's score is made of.
pub struct ScoreParts(score::Facts);

/// What a package's score is made of: `stars` less `inactivity` less `python3`, cut off to a whole
/// number, and at least -500.
#[Object]
impl ScoreParts {
    /// Stars of the repository.
    async fn stars(&self) -> i32 {
        self.0.stars
    }

    /// Whole quarters of a year without a commit, when the score was last set; 1 when the time of the
    /// last commit is not known.
    async fn quarters(&self) -> i32 {
        self.0.quarters
    }

    /// What is lost for want of commits: a tenth of the stars for each quarter.
    async fn inactivity(&self) -> f64 {
        self.0.inactivity_tenths() as f64 / 10.0
    }

    /// What is lost when it is not known to work with Python 3: three tenths of the stars, at most
    /// 1,000.
    #[graphql(name = "python3")]
    async fn python3(&self) -> f64 {
        self.0.python3_tenths() as f64 / 10.0
    }
}

lists! {
    /// The lists of a package.
    PackageLists(Arc<Record<Entity>>) {
        /// The grids that compare this package with others, by title unless `orderBy` says otherwise.
        fn grids -> GridsOfPackage {
            filter: GridFilter, "Only grids for which this holds. Example: `{ title: { contains: \"wagtail\" } }`",
            order_by: GridOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: PACKAGES, direction: DESC }]`",
            children(PackageGrids)
        }
        /// The releases that are known, the newest first unless `orderBy` says otherwise; those that were
        /// withdrawn, too.
        fn releases -> Releases {
            filter: ReleaseFilter, "Only releases for which this holds. Example: `{ isHidden: false }`",
            order_by: ReleaseOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: RELEASED_AT, direction: DESC }]`",
            children(PackageReleases)
        }
        /// The packages that this one is to be used instead of, by title unless `orderBy` says otherwise.
        fn replaces -> Packages {
            filter: PackageFilter, "Only packages for which this holds. Example: `{ isActive: true, repoWatchers: { gte: 100 } }`",
            order_by: PackageOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: WATCHERS, direction: DESC }, { field: TITLE }]`",
            children(PackageReplaces)
        }
        /// What was changed of it, its releases, its places in grids and its cells, the newest first
        /// unless `orderBy` says otherwise; also of packages that were merged into it.
        fn history -> Changes {
            filter: ChangeFilter, "Only changes for which this holds. Example: `{ by: { eq: \"ci\" } }`",
            order_by: ChangeOrder, "What to sort by. Example: `[{ field: REVISION }]`",
            children(PackageHistory)
        }
    }
}
