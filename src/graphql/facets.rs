//! Facets: how the packages of a list are distributed.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::arguments;
use super::connection::Whole;
use super::context::load;
use super::errors::Failure;
use super::scalars::BigInt;
use super::types::{Category, Grid, PackageStatus, Support, related};
use crate::catalog::{Bucket, CountBy, Facet, FromCell, MOST_BUCKETS, PackageScope, SumUp};

/// Values of a facet when `first` does not say otherwise.
const DEFAULT_SIZE: i32 = 10;

/// Values of a facet at most.
const MAX_SIZE: i32 = MOST_BUCKETS as i32;

/// What a list of packages tells besides its entries.
pub struct Faceted(Whole);

impl From<Whole> for Faceted {
    fn from(whole: Whole) -> Self {
        Self(whole)
    }
}

#[Object]
impl Faceted {
    /// How the packages of the whole list, on all pages, are distributed. Each of its fields is
    /// counted only when it is asked for.
    async fn facets(&self) -> PackageFacets {
        PackageFacets(self.0.clone())
    }
}

/// The facets of a list of packages.
pub struct PackageFacets(Whole);

impl PackageFacets {
    /// The facets of these packages.
    pub fn of(scope: PackageScope) -> Self {
        Self(Whole { scope: Some(scope), filter: None })
    }

    async fn buckets(&self, ctx: &Context<'_>, facet: Facet) -> Result<Arc<Vec<Bucket>>, Failure> {
        let Whole { scope, filter } = self.0.clone();
        let scope = scope.ok_or_else(|| Failure::broken("a list of no packages has facets"))?;
        Ok(load(ctx, CountBy { facet, scope, filter }).await?.unwrap_or_default())
    }

    /// The first buckets, each made into what the schema shows.
    async fn first<T>(
        &self,
        ctx: &Context<'_>,
        facet: Facet,
        first: Option<i32>,
        shown: impl Fn(&Bucket) -> Option<T>,
    ) -> Result<Vec<T>, Failure> {
        let size = arguments::first(first, DEFAULT_SIZE, MAX_SIZE).map_err(|f| f.at(ctx))?;
        let buckets = self.buckets(ctx, facet).await?;
        let shown = buckets.iter().take(size).map(shown);
        shown
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::broken("a facet has a value of another type").at(ctx))
    }
}

/// How packages are distributed: the values that they have in some respect, the most frequent
/// first, each with the number of packages that have it.
#[Object]
impl PackageFacets {
    /// By category.
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many values, 0 to 100; 10 unless given. Example: `5`")]
        first: Option<i32>,
    ) -> Result<Vec<CategoryFacet>, Failure> {
        let shown = |bucket: &Bucket| {
            Some(CategoryFacet { id: i64::from_cell(&bucket.value)?, count: bucket.count })
        };
        Box::pin(self.first(ctx, Facet::Category, first, shown)).await
    }

    /// By grid; a package that stands in several counts in each.
    async fn grids(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many values, 0 to 100; 10 unless given. Example: `5`")]
        first: Option<i32>,
    ) -> Result<Vec<GridFacet>, Failure> {
        let shown = |bucket: &Bucket| {
            Some(GridFacet { id: i64::from_cell(&bucket.value)?, count: bucket.count })
        };
        Box::pin(self.first(ctx, Facet::Grid, first, shown)).await
    }

    /// By licence, as the package index states it; whatever its case, it is one licence.
    async fn licenses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many values, 0 to 100; 10 unless given. Example: `5`")]
        first: Option<i32>,
    ) -> Result<Vec<LicenseFacet>, Failure> {
        let shown = |bucket: &Bucket| {
            // Several spellings of blank are none.
            let license: Option<String> = match bucket.value {
                crate::database::Cell::Null => None,
                _ => Option::from_cell(&bucket.label)?,
            };
            Some(LicenseFacet { license, count: bucket.count })
        };
        Box::pin(self.first(ctx, Facet::License, first, shown)).await
    }

    /// By whether they work with Python 3.
    #[graphql(name = "supportsPython3")]
    async fn supports_python3(&self, ctx: &Context<'_>) -> Result<Vec<SupportFacet>, Failure> {
        let shown = |bucket: &Bucket| {
            Some(SupportFacet { support: Support::from_cell(&bucket.value)?, count: bucket.count })
        };
        Box::pin(self.first(ctx, Facet::Python3, None, shown)).await
    }

    /// By status.
    async fn statuses(&self, ctx: &Context<'_>) -> Result<Vec<StatusFacet>, Failure> {
        let shown = |bucket: &Bucket| {
            let status = PackageStatus::from_cell(&bucket.value)?;
            Some(StatusFacet { status, count: bucket.count })
        };
        Box::pin(self.first(ctx, Facet::Status, None, shown)).await
    }

    /// By the year (in UTC) of the newest release.
    async fn release_years(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many values, 0 to 100; 10 unless given. Example: `5`")]
        first: Option<i32>,
    ) -> Result<Vec<ReleaseYearFacet>, Failure> {
        let shown = |bucket: &Bucket| {
            Some(ReleaseYearFacet { year: Option::from_cell(&bucket.value)?, count: bucket.count })
        };
        Box::pin(self.first(ctx, Facet::ReleaseYear, first, shown)).await
    }

    /// Sums over all of them.
    async fn totals(&self, ctx: &Context<'_>) -> Result<PackageTotals, Failure> {
        Box::pin(async {
            let Whole { scope, filter } = self.0.clone();
            let scope = scope.ok_or_else(|| Failure::broken("a list of no packages has sums"))?;
            let totals = load(ctx, SumUp { scope, filter }).await?.unwrap_or_default();
            Ok(PackageTotals {
                packages: totals.packages,
                active: totals.active,
                watchers: BigInt(totals.watchers),
                forks: BigInt(totals.forks),
                downloads: BigInt(totals.downloads),
            })
        })
        .await
    }
}

/// The packages of a category.
pub struct CategoryFacet {
    id: i64,
    count: i64,
}

/// The packages of one category.
#[Object]
impl CategoryFacet {
    /// The category.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category, Failure> {
        Box::pin(async { related(ctx, self.id).await.map(Category::from) }).await
    }

    /// How many packages there are.
    async fn count(&self) -> i64 {
        self.count
    }
}

/// The packages of a grid.
pub struct GridFacet {
    id: i64,
    count: i64,
}

/// The packages that stand in one grid.
#[Object]
impl GridFacet {
    /// The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Grid, Failure> {
        Box::pin(async { related(ctx, self.id).await.map(Grid::from) }).await
    }

    /// How many packages there are.
    async fn count(&self) -> i64 {
        self.count
    }
}

/// The packages of one licence.
#[derive(SimpleObject)]
pub struct LicenseFacet {
    /// The licence, as the package index states it; null for those of which it states none, which
    /// `filter: { license: { isNull: true } }` finds.
    license: Option<String>,
    /// How many packages there are.
    count: i64,
}

/// The packages that support Python 3, or do not, or may.
#[derive(SimpleObject)]
pub struct SupportFacet {
    /// Whether they do.
    support: Support,
    /// How many packages there are.
    count: i64,
}

/// The packages of one status.
#[derive(SimpleObject)]
pub struct StatusFacet {
    /// The status.
    status: PackageStatus,
    /// How many packages there are.
    count: i64,
}

/// The packages that were last released in one year.
#[derive(SimpleObject)]
pub struct ReleaseYearFacet {
    /// The year; null for those of which no release is known, which
    /// `filter: { lastReleaseYear: { isNull: true } }` finds.
    year: Option<i32>,
    /// How many packages there are.
    count: i64,
}

/// Sums over packages.
#[derive(SimpleObject)]
pub struct PackageTotals {
    /// How many packages there are.
    packages: i64,
    /// How many of them are active.
    active: i64,
    /// Stars, where they are known.
    watchers: BigInt,
    /// Forks, where they are known.
    forks: BigInt,
    /// Downloads from the package index, where they are known.
    downloads: BigInt,
}
