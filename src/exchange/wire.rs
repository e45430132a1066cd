//! The records as they are written in files: the fields of the REST API, in its order.
//!
//! `features.json` and `elements.json` are packgrid's own. A feature is `{"id", "grid", "title",
//! "description"}` and an element (a cell) `{"id", "feature", "package", "text"}`, where `grid`,
//! `feature` and `package` are links as everywhere else. In every place that takes a link a bare
//! number does as well.

use entity::Timestamp;
use serde::de::{self, Deserializer, Unexpected};
use serde::{Deserialize, Serialize, Serializer};

use super::link::Link;

/// A package.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a package")]
pub struct Package {
    pub category: Link,
    pub grids: Vec<Link>,
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub last_updated: Option<Time>,
    pub last_fetched: Option<Time>,
    pub repo_url: String,
    pub pypi_version: Option<String>,
    pub created: Time,
    pub modified: Time,
    pub repo_forks: i64,
    pub repo_description: String,
    pub pypi_url: String,
    pub documentation_url: Option<String>,
    pub repo_watchers: i64,
    pub commits_over_52: Vec<i32>,
    pub participants: Vec<String>,
}

/// A grid.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a grid")]
pub struct Grid {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub description: String,
    pub is_locked: bool,
    pub packages: Vec<Link>,
    pub header: bool,
    pub created: Time,
    pub modified: Time,
}

/// A category.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(expecting = "the record of a category")]
pub struct Category {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub description: String,
    pub title_plural: String,
    pub show_pypi: bool,
    pub created: Time,
    pub modified: Time,
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

/// A point in time, as RFC 3339 writes it, with any offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            de::Error::invalid_value(Unexpected::Str(&text), &"a time as RFC 3339 writes it")
        })
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
