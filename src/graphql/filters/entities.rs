//! The filters of each type of entity but packages.

use async_graphql::InputObject;

use super::comparison::{
    DateTimeFilter, DevelopmentStatusFilter, IntFilter, OptionalDateTimeFilter, OptionalTextFilter,
    SupportFilter, TextFilter, VerdictFilter,
};
use super::package::PackageFilter;
use super::{Budget, Conditions, FilterInput, Listed};
use crate::catalog::filter::{Filter, Test, Value, Way};
use crate::graphql::errors::Failure;

/// What holds for grids. All fields given have to hold; none may be null.
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
            .list([packages], self.packages)?
            .list([features], self.features)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for categories. All fields given have to hold; none may be null.
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
    /// By when it was added to the directory. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub created: Option<DateTimeFilter>,
    /// By when the entry was last changed. Example: `{ gte: "2026-01-01T00:00:00Z" }`
    pub modified: Option<DateTimeFilter>,
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
            .column("created", self.created)?
            .column("modified", self.modified)?
            .list([packages], self.packages)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for features. All fields given have to hold; none may be null.
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
            .parent([grid], self.grid)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for cells. All fields given have to hold; none may be null.
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
    /// By the row of the table that it stands in. Example: `{ title: { eq: "Typed" } }`
    pub feature: Option<Box<FeatureFilter>>,
    /// By the package that the cell is about. Example: `{ isActive: true }`
    pub package: Option<Box<PackageFilter>>,
}

impl FilterInput for ElementFilter {
    fn compile(self, budget: &mut Budget) -> Result<Filter, Failure> {
        let feature = Way::Parent { column: "feature_id", nullable: false, table: "feature" };
        let pairing =
            Way::Parent { column: "grid_package_id", nullable: false, table: "grid_package" };
        let package = Way::Parent { column: "package_id", nullable: false, table: "package" };
        Conditions::of(budget)?
            .column("text_folded", self.text)?
            .column("verdict", self.verdict)?
            .column("strength", self.strength)?
            .parent([feature], self.feature)?
            .parent([pairing, package], self.package)?
            .logic(self.and, self.or, self.not)
    }
}

/// What holds for releases. All fields given have to hold; none may be null.
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
    /// Whether it is a pre-release or a development release. Example: `false`
    pub is_prerelease: Option<bool>,
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
            .test("prerelease", self.is_prerelease.map(|is| Test::Equal(Value::Bool(is))))?
            .logic(self.and, self.or, self.not)
    }
}

macro_rules! lists {
    ($($(#[$meta:meta])* $name:ident of $filter:ident;)*) => {$(
        $(#[$meta])*
        #[derive(InputObject)]
        pub struct $name {
            /// There is at least one for which this holds. Example, for any at all: `{}`
            pub some: Option<Box<$filter>>,
            /// There is none for which this does not hold. Holds where there is none at all, too. Example,
            /// for any at all: `{}`
            pub every: Option<Box<$filter>>,
            /// There is none for which this holds. Example, for none at all: `{}`
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
    /// What holds for the cells of something. All fields given have to hold. Example:
    /// `{ some: { verdict: { eq: YES } } }`
    ElementListFilter of ElementFilter;
    /// What holds for the releases of a package. All fields given have to hold. Example:
    /// `{ some: { isHidden: false } }`
    ReleaseListFilter of ReleaseFilter;
}
