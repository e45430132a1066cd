//! What people want to know, in one request each.

use serde_json::{Value, json};

use super::{numbers, text};
use crate::support::files::{Files, package};
use crate::support::{App, Backend, on_both};

on_both! {
    /// All grids whose title has a word, with all their packages.
    async fn grids_by_title_with_their_packages(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ grids(filter: { title: { contains: \"wagtail\" } }) { nodes { title \
            packages(first: 100) { totalCount nodes { title } } } } }";
        let (data, statements) = app.counted(query).await;
        // The grids; their packages, and how many.
        assert_eq!(statements.len(), 3, "{statements:#?}");
        let packages = json!({ "totalCount": 2, "nodes": [{ "title": "wagtail" }, { "title": "Wagtail events" }] });
        assert_eq!(data["grids"]["nodes"], json!([{ "title": "Wagtail", "packages": packages }]));
        let query = query.replace("wagtail", "a");
        let (data, again) = app.counted(&query).await;
        assert!(data["grids"]["nodes"].as_array().unwrap().len() > 10);
        assert_eq!(again, statements, "however many grids");
    }

    /// The active packages of a grid that work with Python 3, by stars.
    async fn active_packages_of_a_grid_by_stars(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ grid(slug: \"apis\") { \
            packages(first: 100, filter: { isActive: true, supportsPython3: { eq: YES } }, \
            orderBy: [{ field: WATCHERS, direction: DESC }, { field: TITLE }]) { nodes { title repoWatchers } } \
            all: packages(first: 100) { nodes { title repoWatchers isActive supportsPython3 } } } }";
        let (data, statements) = app.counted(query).await;
        assert_eq!(statements.len(), 3, "{statements:#?}");
        let mut expected: Vec<Value> = data["grid"]["all"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|package| package["isActive"] == true && package["supportsPython3"] == "YES")
            .map(|package| json!({ "title": package["title"], "repoWatchers": package["repoWatchers"] }))
            .collect();
        assert!(expected.len() > 5, "{data:#}");
        expected.sort_by_key(|package| (-package["repoWatchers"].as_i64().unwrap_or(-1), text(&package["title"])));
        assert_eq!(data["grid"]["packages"]["nodes"], json!(expected));
    }

    /// What replaces a package, and what else it replaces.
    async fn what_replaces_a_package(backend: Backend) {
        let app = App::empty(backend).await;
        let packages = json!([
            package(1, json!({ "title": "Old", "replaced_by": 2 })),
            package(2, json!({ "title": "New" })),
            package(3, json!({ "title": "Older", "replaced_by": 2 })),
            package(4, json!({ "title": "Oldest", "replaced_by": 3 })),
        ]);
        Files::of_packages(packages).import(&app.database).await.unwrap();
        let query = "{ package(slug: \"package-1\") { status isActive replacedBy { title isActive \
            replaces(orderBy: { field: NUMBER, direction: DESC }) { totalCount nodes { title } } } } }";
        let (data, statements) = app.counted(query).await;
        // The package, what replaces it, what that replaces and how many.
        assert_eq!(statements.len(), 4, "{statements:#?}");
        assert_eq!(data["package"], json!({
            "status": "REPLACED", "isActive": false,
            "replacedBy": {
                "title": "New", "isActive": true,
                "replaces": { "totalCount": 2, "nodes": [{ "title": "Older" }, { "title": "Old" }] },
            },
        }));
        for (filter, found) in [
            ("{ replacedBy: { slug: { eq: \"package-2\" } } }", vec![1, 3]),
            ("{ replacedBy: {} }", vec![1, 3, 4]),
            ("{ not: { replacedBy: {} } }", vec![2]),
            ("{ replacedBy: { replacedBy: { isActive: true } } }", vec![4]),
            ("{ replacedBy: { isActive: false } }", vec![4]),
            ("{ replacedBy: { not: { isActive: false } } }", vec![1, 3]),
        ] {
            let mut numbers = numbers(&app, "packages", filter).await;
            numbers.sort_unstable();
            assert_eq!(numbers, found, "{filter}");
        }
    }
}
