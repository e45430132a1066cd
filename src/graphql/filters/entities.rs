//! The filters of each type of entity.

use async_graphql::InputObject;

use super::comparison::{
    DateTimeFilter, DevelopmentStatusFilter, IntFilter, OptionalBigIntFilter,
    OptionalDateTimeFilter, OptionalIntFilter, OptionalTextFilter, PackageStatusFilter,
    PresenceFilter, SupportFilter, TextFilter, VerdictFilter, folded,
};
use super::{Budget, Conditions, FilterInput, Listed};
use crate::catalog::filter::{Filter, Test, Value, Way};
use crate::graphql::errors::Failure;
use crate::graphql::scalars::DateTime;

/// What holds for packages. All fields given have to hold; null is as good as left out.
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
    /// By licence, as the package index states it. Example: `{ startsWith: "BSD" }`
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
    /// The newest release is later than this. Example: `"2026-01-01T00:00:00Z"`
    pub released_after: Option<DateTime>,
    /// By stars. Example: `{ gte: 1000 }`
    pub repo_watchers: Option<IntFilter>,
    /// By forks. Example: `{ gte: 100 }`
    pub repo_forks: Option<IntFilter>,
    /// By downloads from the package index. Example: `{ gte: "100000" }`
    pub pypi_downloads: Option<OptionalBigIntFilter>,
    /// By score. Example: `{ gt: 0 }`
    pub score: Option<IntFilter>,
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
    /// By its releases. Example: `{ some: { developmentStatus: { eq: STABLE } } }`
    pub releases: Option<ReleaseListFilter>,
    /// By the package that is to be used instead. Example: `{ isActive: true }`
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
                let test = Test::Equal(Value::Text(folded(&name)?));
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
            .parent(category, self.category)?
            .list(grids, self.grids.map(Listed::from))?
            .list(releases, self.releases.map(Listed::from))?
            .parent(replacement, self.replaced_by)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for grids. All fields given have to hold; null is as good as left out.
#[derive(InputObject)]
pub struct GridFilter {
    /// All of these hold. Example: `[{ header: true }, { isLocked: false }]`
    pub and: Option<Vec<GridFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ header: true }, { packagesCount: { gte: 10 } }]`
    pub or: Option<Vec<GridFilter>>,
    /// This does not hold. Example: `{ title: { contains: "wagtail" } }`
    pub not: Option<Box<GridFilter>>,
    /// By the number that the REST API calls `id`. Example: `{ eq: 84 }`
    pub number: Option<IntFilter>,
    /// By title. Example: `{ contains: "wagtail" }`
    pub title: Option<TextFilter>,
    /// By the name in addresses. Example: `{ eq: "task-queues" }`
    pub slug: Option<TextFilter>,
    /// By what the packages are compared for. Example: `{ contains: "thumbnails" }`
    pub description: Option<TextFilter>,
    /// Whether only moderators may change it. Example: `false`
    pub is_locked: Option<bool>,
    /// Whether it is shown on the home page. Example: `true`
    pub header: Option<bool>,
    /// By number of packages. Example: `{ gte: 5 }`
    pub packages_count: Option<IntFilter>,
    /// By number of features. Example: `{ gt: 0 }`
    pub features_count: Option<IntFilter>,
    /// By when it was added to the directory. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub created: Option<DateTimeFilter>,
    /// By when the entry was last changed. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub modified: Option<DateTimeFilter>,
    /// By the packages that stand in it. Example: `{ some: { slug: { eq: "celery" } } }`
    pub packages: Option<PackageListFilter>,
    /// By the features that it compares. Example: `{ some: { title: { contains: "typed" } } }`
    pub features: Option<FeatureListFilter>,
}

impl FilterInput for GridFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        let flag = |flag: Option<bool>| flag.map(|flag| Test::Equal(Value::Bool(flag)));
        let packages = Way::Paired {
            pairing: "grid_package",
            here: "grid_id",
            there: "package_id",
            table: "package",
        };
        let features = Way::Children { table: "feature", column: "grid_id" };
        Conditions::of(budget)?
            .column("id", self.number)?
            .column("title_folded", self.title)?
            .column("slug_folded", self.slug)?
            .column("description_folded", self.description)?
            .test("is_locked", flag(self.is_locked))?
            .test("header", flag(self.header))?
            .column("packages_count", self.packages_count)?
            .column("features_count", self.features_count)?
            .column("created", self.created)?
            .column("modified", self.modified)?
            .list(packages, self.packages.map(Listed::from))?
            .list(features, self.features.map(Listed::from))?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for categories. All fields given have to hold; null is as good as left out.
#[derive(InputObject)]
pub struct CategoryFilter {
    /// All of these hold. Example: `[{ showPypi: true }, { packagesCount: { gt: 0 } }]`
    pub and: Option<Vec<CategoryFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ slug: { eq: "apps" } }, { slug: { eq: "other" } }]`
    pub or: Option<Vec<CategoryFilter>>,
    /// This does not hold. Example: `{ slug: { eq: "projects" } }`
    pub not: Option<Box<CategoryFilter>>,
    /// By the number that the REST API calls `id`. Example: `{ eq: 1 }`
    pub number: Option<IntFilter>,
    /// By title in the singular. Example: `{ eq: "App" }`
    pub title: Option<TextFilter>,
    /// By the name in addresses. Example: `{ eq: "apps" }`
    pub slug: Option<TextFilter>,
    /// By what belongs there. Example: `{ contains: "site" }`
    pub description: Option<TextFilter>,
    /// Whether its packages are expected on the package index. Example: `true`
    pub show_pypi: Option<bool>,
    /// By number of packages. Example: `{ gt: 0 }`
    pub packages_count: Option<IntFilter>,
    /// By its packages. Example: `{ some: { repoWatchers: { gte: 10000 } } }`
    pub packages: Option<PackageListFilter>,
}

impl FilterInput for CategoryFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        let packages = Way::Children { table: "package", column: "category_id" };
        let show_pypi = self.show_pypi.map(|show| Test::Equal(Value::Bool(show)));
        Conditions::of(budget)?
            .column("id", self.number)?
            .column("title_folded", self.title)?
            .column("slug_folded", self.slug)?
            .column("description_folded", self.description)?
            .test("show_pypi", show_pypi)?
            .column("packages_count", self.packages_count)?
            .list(packages, self.packages.map(Listed::from))?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for features. All fields given have to hold; null is as good as left out.
#[derive(InputObject)]
pub struct FeatureFilter {
    /// All of these hold. Example: `[{ title: { contains: "python" } }]`
    pub and: Option<Vec<FeatureFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ title: { eq: "Licence" } }, { title: { eq: "Typed" } }]`
    pub or: Option<Vec<FeatureFilter>>,
    /// This does not hold. Example: `{ title: { eq: "Licence" } }`
    pub not: Option<Box<FeatureFilter>>,
    /// By number. Example: `{ eq: 10001 }`
    pub number: Option<IntFilter>,
    /// By title. Example: `{ contains: "python" }`
    pub title: Option<TextFilter>,
    /// By description. Example: `{ contains: "classifiers" }`
    pub description: Option<TextFilter>,
    /// By the grid that it stands in. Example: `{ slug: { eq: "forms" } }`
    pub grid: Option<Box<GridFilter>>,
}

impl FilterInput for FeatureFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        let grid = Way::Parent { column: "grid_id", nullable: false, table: "grid" };
        Conditions::of(budget)?
            .column("id", self.number)?
            .column("title_folded", self.title)?
            .column("description_folded", self.description)?
            .parent(grid, self.grid)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for cells. All fields given have to hold; null is as good as left out.
#[derive(InputObject)]
pub struct ElementFilter {
    /// All of these hold. Example: `[{ verdict: { eq: YES } }, { strength: { gt: 1 } }]`
    pub and: Option<Vec<ElementFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ verdict: { eq: YES } }, { text: { contains: "3.14" } }]`
    pub or: Option<Vec<ElementFilter>>,
    /// This does not hold. Example: `{ verdict: { eq: EMPTY } }`
    pub not: Option<Box<ElementFilter>>,
    /// By what was written. Example: `{ contains: "3.14" }`
    pub text: Option<TextFilter>,
    /// By what it means. Example: `{ eq: YES }`
    pub verdict: Option<VerdictFilter>,
    /// By how strongly it says yes or no. Example: `{ gte: 2 }`
    pub strength: Option<IntFilter>,
    /// By the package that the cell is about. Example: `{ isActive: true }`
    pub package: Option<Box<PackageFilter>>,
}

impl FilterInput for ElementFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        let pairing =
            Way::Parent { column: "grid_package_id", nullable: false, table: "grid_package" };
        let package = Way::Parent { column: "package_id", nullable: false, table: "package" };
        let of_package = match self.package {
            None => None,
            Some(filter) => {
                let filter = Filter::Some(package, Box::new(filter.compile(budget)?));
                Some(Filter::Some(pairing, Box::new(filter)))
            }
        };
        Conditions::of(budget)?
            .column("text_folded", self.text)?
            .column("verdict", self.verdict)?
            .column("strength", self.strength)?
            .also(of_package)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for releases. All fields given have to hold; null is as good as left out.
#[derive(InputObject)]
pub struct ReleaseFilter {
    /// All of these hold. Example: `[{ isHidden: false }, { developmentStatus: { eq: STABLE } }]`
    pub and: Option<Vec<ReleaseFilter>>,
    /// At least one of these holds; of none, nothing does. Example: `[{ version: { startsWith: "4." } }, { version: { startsWith: "5." } }]`
    pub or: Option<Vec<ReleaseFilter>>,
    /// This does not hold. Example: `{ isHidden: true }`
    pub not: Option<Box<ReleaseFilter>>,
    /// By version. Example: `{ startsWith: "4." }`
    pub version: Option<TextFilter>,
    /// By licence. Example: `{ eq: "MIT" }`
    pub license: Option<OptionalTextFilter>,
    /// By when it was released. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub released_at: Option<OptionalDateTimeFilter>,
    /// By how far it is. Example: `{ eq: STABLE }`
    pub development_status: Option<DevelopmentStatusFilter>,
    /// By whether it works with Python 3. Example: `{ eq: YES }`
    #[graphql(name = "supportsPython3")]
    pub supports_python3: Option<SupportFilter>,
    /// Whether it was withdrawn. Example: `false`
    pub is_hidden: Option<bool>,
}

impl FilterInput for ReleaseFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        Conditions::of(budget)?
            .column("number_folded", self.version)?
            .column("license_folded", self.license)?
            .column("upload_time", self.released_at)?
            .column("development_status", self.development_status)?
            .column("supports_python3", self.supports_python3)?
            .test("hidden", self.is_hidden.map(|hidden| Test::Equal(Value::Bool(hidden))))?
            .logic(self.and, self.or, self.not)
    }
}

macro_rules! lists {
    ($($(#[$meta:meta])* $name:ident of $filter:ident;)*) => {$(
        $(#[$meta])*
        #[derive(InputObject)]
        pub struct $name {
            /// There is at least one for which this holds; `{}` holds for each.
            pub some: Option<Box<$filter>>,
            /// There is none for which this does not hold. Holds where there is none at all, too.
            pub every: Option<Box<$filter>>,
            /// There is none for which this holds; `{}` holds for each.
            pub none: Option<Box<$filter>>,
        }

        impl From<$name> for Listed<$filter> {
            fn from(list: $name) -> Self {
                Self { some: list.some, every: list.every, none: list.none }
            }
        }
    )*};
}
lists! {
    /// What holds for the packages of something. All fields given have to hold. Example:
    /// `{ some: { isActive: true } }`
    PackageListFilter of PackageFilter;
    /// What holds for the grids of something. All fields given have to hold. Example:
    /// `{ none: { header: true } }`
    GridListFilter of GridFilter;
    /// What holds for the features of a grid. All fields given have to hold. Example:
    /// `{ some: { title: { eq: "Licence" } } }`
    FeatureListFilter of FeatureFilter;
    /// What holds for the releases of a package. All fields given have to hold. Example:
    /// `{ some: { isHidden: false } }`
    ReleaseListFilter of ReleaseFilter;
}
