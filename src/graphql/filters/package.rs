//! The filter of packages.

use async_graphql::InputObject;

use super::comparison::{
    DateTimeFilter, IntFilter, OptionalBigIntFilter, OptionalDateTimeFilter, OptionalIntFilter,
    OptionalTextFilter, PackageStatusFilter, PresenceFilter, SupportFilter, TextFilter,
};
use super::entities::{CategoryFilter, ElementListFilter, GridListFilter, ReleaseListFilter};
use super::{Budget, Conditions, FilterInput};
use crate::catalog::filter::{Filter, Test, Value, Way};
use crate::graphql::errors::Failure;
use crate::graphql::scalars::DateTime;

/// What holds for packages. All fields given have to hold; none may be null.
#[derive(InputObject)]
pub struct PackageFilter {
    /// All of these hold. Example: `[{ isActive: true }, { repoWatchers: { gte: 100 } }]`
    pub and: Option<Vec<PackageFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ title: { contains: "rest" } }, { repoDescription: { contains: "rest" } }]`
    pub or: Option<Vec<PackageFilter>>,
    /// This does not hold. Example: `{ license: { contains: "gpl" } }`
    pub not: Option<Box<PackageFilter>>,
    /// By the number that the REST API calls `id`. Example: `{ in: [683, 10001] }`
    pub number: Option<IntFilter>,
    /// By title. Example: `{ contains: "rest" }`
    pub title: Option<TextFilter>,
    /// By the name in addresses. Example: `{ startsWith: "django-" }`
    pub slug: Option<TextFilter>,
    /// By what the repository says of itself. Example: `{ contains: "thumbnails" }`
    pub repo_description: Option<TextFilter>,
    /// By the repository's address. Example: `{ startsWith: "https://gitlab.com/" }`
    pub repo_url: Option<OptionalTextFilter>,
    /// By whether there is a page on the package index. Example: `{ isNull: true }`
    pub pypi_url: Option<PresenceFilter>,
    /// By whether a newest release is known. Example: `{ isNull: false }`
    pub pypi_version: Option<PresenceFilter>,
    /// By whether there is documentation. Example: `{ isNull: false }`
    pub documentation_url: Option<PresenceFilter>,
    /// By `pypiLicense`. Example: `{ startsWith: "BSD" }`
    pub license: Option<OptionalTextFilter>,
    /// By whether it works with Python 3. Example: `{ eq: YES }`
    #[graphql(name = "supportsPython3")]
    pub supports_python3: Option<SupportFilter>,
    /// By status. Example: `{ in: [DEPRECATED, ARCHIVED] }`
    pub status: Option<PackageStatusFilter>,
    /// Whether it is neither deprecated nor archived nor replaced. Example: `true`
    pub is_active: Option<bool>,
    /// Somebody of this name has contributed; its case does not matter. Example: `"jezdez"`
    pub participant: Option<String>,
    /// The newest release is later than this: `lastReleased: { gt: … }` in short. Example: `"2026-01-01T00:00:00Z"`
    pub released_after: Option<DateTime>,
    /// By stars. Example: `{ gte: 1000 }`
    pub repo_watchers: Option<OptionalIntFilter>,
    /// By forks. Example: `{ gte: 100 }`
    pub repo_forks: Option<OptionalIntFilter>,
    /// By downloads from the package index. Example: `{ gte: "100000" }`
    pub pypi_downloads: Option<OptionalBigIntFilter>,
    /// By score. Example: `{ gt: 0 }`
    pub score: Option<OptionalIntFilter>,
    /// By commits in 52 weeks. Example: `{ gte: 52 }`
    #[graphql(name = "commitsTotal52")]
    pub commits_total52: Option<OptionalIntFilter>,
    /// By number of contributors. Example: `{ gt: 1 }`
    pub participants_count: Option<IntFilter>,
    /// By number of grids that it stands in. Example: `{ gte: 2 }`
    pub grids_count: Option<IntFilter>,
    /// By when it was added to the directory. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub created: Option<DateTimeFilter>,
    /// By when the entry was last changed. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub modified: Option<DateTimeFilter>,
    /// By the time of the last commit. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub last_updated: Option<OptionalDateTimeFilter>,
    /// By when the directory's source last asked the repository's host. Example: `{ isNull: true }`
    pub last_fetched: Option<OptionalDateTimeFilter>,
    /// By the time of the newest release. Example: `{ lt: "2020-01-01T00:00:00Z" }`
    pub last_released: Option<OptionalDateTimeFilter>,
    /// By the year (in UTC) of the newest release. Example: `{ gte: 2025 }`
    pub last_release_year: Option<OptionalIntFilter>,
    /// By its category. Example: `{ slug: { eq: "apps" } }`
    pub category: Option<Box<CategoryFilter>>,
    /// By the grids that it stands in. Example: `{ some: { slug: { eq: "forms" } } }`
    pub grids: Option<GridListFilter>,
    /// By its cells in the tables of grids. Example:
    /// `{ some: { feature: { title: { eq: "Typed" } }, verdict: { eq: YES } } }`
    pub elements: Option<ElementListFilter>,
    /// By its releases. Example: `{ some: { developmentStatus: { eq: STABLE } } }`
    pub releases: Option<ReleaseListFilter>,
    /// By the package that is to be used instead; `{}` for any at all. Example: `{ isActive: true }`
    pub replaced_by: Option<Box<PackageFilter>>,
}

impl FilterInput for PackageFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        let text = |text: &str| Value::Text(text.into());
        let active = self.is_active.map(|active| {
            let status = Filter::Column {
                name: "status",
                nullable: false,
                test: Test::Equal(text("active")),
            };
            if active { status } else { status.negated() }
        });
        let participant = match self.participant {
            None => None,
            Some(name) => {
                let test = Test::Equal(Value::Text(budget.folded(&name)?));
                let named = Filter::Column { name: "name_folded", nullable: false, test };
                let way = Way::Children { table: "participant", column: "package_id" };
                Some(Filter::Some(way, Box::new(named)))
            }
        };
        let released_after = self.released_after.map(|time| Filter::Column {
            name: "last_released",
            nullable: true,
            test: Test::Greater(Value::Int(time.0.0)),
        });
        let category = Way::Parent { column: "category_id", nullable: false, table: "category" };
        let replacement =
            Way::Parent { column: "replaced_by_id", nullable: true, table: "package" };
        let grids = Way::Paired {
            pairing: "grid_package",
            here: "package_id",
            there: "grid_id",
            table: "grid",
        };
        let places = Way::Children { table: "grid_package", column: "package_id" };
        let cells = Way::Children { table: "element", column: "grid_package_id" };
        let releases = Way::Children { table: "version", column: "package_id" };
        Conditions::of(budget)?
            .column("id", self.number)?
            .column("title_folded", self.title)?
            .column("slug_folded", self.slug)?
            .column("repo_description_folded", self.repo_description)?
            .column("repo_url_folded", self.repo_url)?
            .column("pypi_url", self.pypi_url)?
            .column("pypi_version", self.pypi_version)?
            .column("documentation_url", self.documentation_url)?
            .column("pypi_license_folded", self.license)?
            .column("supports_python3", self.supports_python3)?
            .column("status", self.status)?
            .also(active)?
            .also(participant)?
            .also(released_after)?
            .column("repo_watchers", self.repo_watchers)?
            .column("repo_forks", self.repo_forks)?
            .column("pypi_downloads", self.pypi_downloads)?
            .column("score", self.score)?
            .column("commits_total_52", self.commits_total52)?
            .column("participants_count", self.participants_count)?
            .column("grids_count", self.grids_count)?
            .column("created", self.created)?
            .column("modified", self.modified)?
            .column("last_updated", self.last_updated)?
            .column("last_fetched", self.last_fetched)?
            .column("last_released", self.last_released)?
            .column("last_release_year", self.last_release_year)?
            .parent([category], self.category)?
            .list([grids], self.grids)?
            .list([places, cells], self.elements)?
            .list([releases], self.releases)?
            .parent([replacement], self.replaced_by)?
            .logic(self.and, self.or, self.not)
    }
}
