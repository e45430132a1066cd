//! What is asked.

use serde_json::{Value, json};

/// What is asked again and again.
#[derive(Clone, Debug)]
pub struct Query {
    /// Also the floors' path.
    pub name: &'static str,
    pub document: &'static str,
    pub variables: Value,
}

impl Query {
    /// The request's body.
    pub fn body(&self) -> String {
        json!({ "query": self.document, "variables": self.variables }).to_string()
    }
}

/// Words of many packages and grids.
const WORDS: &str = "charts";

/// What is asked, of the most popular package and of the largest table.
pub fn all(package: &str, grid: &str) -> Vec<Query> {
    [
        ("package", PACKAGE, json!({ "slug": package })),
        ("packages", PACKAGES, json!({})),
        ("table", TABLE, json!({ "slug": grid })),
        ("categories", CATEGORIES, json!({})),
        ("search", SEARCH, json!({ "words": WORDS })),
    ]
    .map(|(name, document, variables)| Query { name, document, variables })
    .into()
}

/// Which package and which grid that is.
pub const SUBJECTS: &str = "{ \
    packages(first: 1, orderBy: [{ field: GRIDS, direction: DESC }]) { nodes { slug } } \
    grids(first: 1, filter: { featuresCount: { gte: 8 } }, \
    orderBy: [{ field: PACKAGES, direction: DESC }]) { nodes { slug } } }";

/// One package with its category and its grids.
const PACKAGE: &str = "query Package($slug: String!) { package(slug: $slug) { \
    title slug repoUrl repoDescription repoWatchers category { title slug } \
    grids { nodes { title slug } } } }";

/// 100 packages with their categories and grids.
const PACKAGES: &str = "{ packages(first: 100) { nodes { \
    title slug repoUrl repoDescription repoWatchers category { title slug } \
    grids { nodes { title slug } } } } }";

/// A grid's whole comparison table.
const TABLE: &str = "query Table($slug: String!) { grid(slug: $slug) { \
    title description features(first: 100) { nodes { title description } } \
    packages(first: 100) { edges { node { title slug } cells { text verdict } } } } }";

/// Four levels of lists.
const CATEGORIES: &str = "{ categories(first: 4) { nodes { title packages(first: 20) { nodes { \
    title slug grids(first: 5) { nodes { title slug packages(first: 5) { nodes { title slug } } } } \
    } } } } }";

/// Packages, grids and categories by words.
const SEARCH: &str = "query Search($words: String!) { search(query: $words, first: 20) { \
    totalCount nodes { __typename ... on Package { title slug repoDescription } \
    ... on Grid { title slug description } ... on Category { title slug } } } }";
