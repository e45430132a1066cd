//! The records as files have them and as the REST API serves them: its fields, in its order, and
//! after them what packgrid knows besides, which may be left out.
//!
//! What is read and what is written are the same types. They differ in how links and times are
//! spelled, so these are parameters: files have [`Link`] and [`Time`], the REST API addresses and
//! times of a zone.
//!
//! `features.json`, `elements.json` and `versions.json` are packgrid's own. A feature is `{"id",
//! "grid", "title", "description"}`, an element (a cell) `{"id", "feature", "package", "text"}`, a
//! version (a release) `{"id", "package", "number", …}`, where `grid`, `feature` and `package` are
//! links as everywhere else. In every place that takes a link a bare number does as well.

use entity::Timestamp;
use serde::de::{self, Deserializer, Unexpected};
use serde::{Deserialize, Serialize, Serializer};

pub use super::link::Link;

/// A package.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a package")]
pub struct Package<L = Link, T = Time> {
    pub category: L,
    pub grids: Vec<L>,
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub last_updated: Option<T>,
    pub last_fetched: Option<T>,
    pub repo_url: String,
    pub pypi_version: Option<String>,
    pub created: T,
    pub modified: T,
    pub repo_forks: i64,
    pub repo_description: String,
    pub pypi_url: String,
    pub documentation_url: Option<String>,
    pub repo_watchers: i64,
    pub commits_over_52: Vec<i32>,
    pub participants: Vec<String>,
    #[serde(flatten)]
    pub more: PackageFacts,
}

/// What the REST API does not tell of a package. What is left out stays as it is known; null says
/// that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct PackageFacts {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub pypi_downloads: Option<Option<i64>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub pypi_license: Option<Option<String>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub pypi_requires_python: Option<Option<String>>,
    /// Null: it is not known whether it does.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub supports_python3: Option<Option<bool>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub date_deprecated: Option<Option<Time>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub date_repo_archived: Option<Option<Time>>,
    /// The package to use instead.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<Option<Link>>,
}

/// What the REST API does not tell of one package, by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "what is known of a package")]
pub struct FactsOf {
    /// The package's.
    pub id: i64,
    #[serde(flatten)]
    pub more: PackageFacts,
}

/// A release of a package.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a version")]
pub struct Version {
    pub id: i64,
    pub package: Link,
    pub number: String,
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub requires_python: Option<String>,
    #[serde(default)]
    pub upload_time: Option<Time>,
    #[serde(default)]
    pub development_status: DevelopmentStatus,
    /// Null: it is not known whether it does.
    #[serde(default)]
    pub supports_python3: Option<bool>,
    /// Whether it was withdrawn.
    #[serde(default)]
    pub hidden: bool,
}

/// How far a release is, by the package index's classifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DevelopmentStatus {
    #[default]
    Unknown,
    Planning,
    PreAlpha,
    Alpha,
    Beta,
    Stable,
    Mature,
    Inactive,
}

/// A field that is there, be it null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A grid.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a grid")]
pub struct Grid<L = Link, T = Time> {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub description: String,
    pub is_locked: bool,
    pub packages: Vec<L>,
    pub header: bool,
    pub created: T,
    pub modified: T,
}

/// A category.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a category")]
pub struct Category<T = Time> {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub description: String,
    pub title_plural: String,
    pub show_pypi: bool,
    pub created: T,
    pub modified: T,
}

/// A row of a grid's comparison table.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a feature")]
pub struct Feature {
    pub id: i64,
    pub grid: Link,
    pub title: String,
    #[serde(default)]
    pub description: String,
}

/// A cell of a grid's comparison table.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of an element")]
pub struct Element {
    pub id: i64,
    pub feature: Link,
    pub package: Link,
    pub text: String,
}

/// A record, which has an id.
pub trait Record {
    fn id(&self) -> i64;
}

macro_rules! records {
    ($($record:ident),*) => {$(
        impl Record for $record {
            fn id(&self) -> i64 {
                self.id
            }
        }
    )*};
}
records!(Package, Version, Grid, Category, Feature, Element);

/// 0001-01-01T00:00:00Z. What comes before it has no year that both databases agree on.
const YEAR_1: Timestamp = Timestamp(-62_135_596_800_000_000);

/// A point in time, as RFC 3339 writes it, with any offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let wrong = |expected| de::Error::invalid_value(Unexpected::Str(&text), &expected);
        match text.parse::<Timestamp>() {
            // Nothing later than the year 9999 can be read at all.
            Ok(time) if time < YEAR_1 => Err(wrong("a time in the years 1 to 9999 (UTC)")),
            Ok(time) => Ok(Self(time)),
            Err(_) => Err(wrong("a time as RFC 3339 writes it, such as 2026-11-26T06:00:00Z")),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
