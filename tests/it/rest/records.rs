//! Records: their fields, in their order, and what they link to in which order.

use serde_json::{Value, json};

use super::{BASE, json, json_text, tiny};
use crate::support::files::{Files, category, grid, package};
use crate::support::{Backend, on_both};

/// The ids in links.
fn ids(links: &Value) -> Vec<i64> {
    let id = |link: &Value| {
        link.as_str().unwrap().trim_end_matches('/').rsplit('/').next().unwrap().parse().unwrap()
    };
    links.as_array().unwrap().iter().map(id).collect()
}

on_both! {
    async fn every_field_in_its_order(backend: Backend) {
        let app = tiny(
            backend,
            json!([category(2, json!({
                "title": "Frameworks", "slug": "frameworks", "description": "d", "title_plural": "Many", "show_pypi": false,
            }))]),
            json!([grid(84, json!({
                "title": "Files", "slug": "files", "description": "What\r\nit is", "is_locked": true, "header": true,
                "packages": [5],
            }))]),
            json!([package(5, json!({
                "category": 2, "grids": [84], "title": "T", "slug": "t", "last_updated": null,
                "last_fetched": "2026-07-01T00:00:00Z", "repo_url": "https://e.org/t", "pypi_version": "1.0",
                "created": "2020-01-01T00:00:00Z", "modified": "2020-01-01T00:00:00.25Z", "repo_forks": 3,
                "repo_description": "D", "pypi_url": "P", "documentation_url": "", "repo_watchers": 4,
                "commits_over_52": [1, 2], "participants": ["a", "b"],
                // Known besides, and not told.
                "pypi_downloads": 5, "pypi_license": "MIT",
            }))]),
        )
        .await;
        let package = format!(
            r#"{{"category":"{BASE}/categories/2/","grids":["{BASE}/grids/84/"],"id":5,"title":"T","slug":"t","last_updated":null,"last_fetched":"2026-06-30T20:00:00-04:00","repo_url":"https://e.org/t","pypi_version":"1.0","created":"2019-12-31T19:00:00-05:00","modified":"2019-12-31T19:00:00.250000-05:00","repo_forks":3,"repo_description":"D","pypi_url":"P","documentation_url":"","repo_watchers":4,"commits_over_52":[1,2],"participants":["a","b"]}}"#
        );
        let grid = format!(
            r#"{{"id":84,"title":"Files","slug":"files","description":"What\r\nit is","is_locked":true,"packages":["{BASE}/packages/5/"],"header":true,"created":"2011-03-10T05:21:44.892610-05:00","modified":"2011-03-10T05:21:44-05:00"}}"#
        );
        let category = r#"{"id":2,"title":"Frameworks","slug":"frameworks","description":"d","title_plural":"Many","show_pypi":false,"created":"2011-03-10T05:21:44.892610-05:00","modified":"2011-03-10T05:21:44-05:00"}"#;
        for (list, name, record) in [("packages", "t", &*package), ("grids", "files", &grid), ("categories", "2", category)] {
            assert_eq!(json_text(&app, &format!("/api/v4/{list}/{name}/")).await, record);
            let page = format!(r#"{{"count":1,"next":null,"previous":null,"results":[{record}]}}"#);
            assert_eq!(json_text(&app, &format!("/api/v4/{list}/")).await, page);
        }
    }

    /// A package's grids are in the order in which it was put into them, not by id or title; those
    /// that only a grid knows of come last.
    async fn grids_of_a_package(backend: Backend) {
        let grids = json!([
            grid(1, json!({"title": "c"})), grid(2, json!({"title": "b"})), grid(3, json!({"title": "a"})),
            grid(4, json!({"title": "0", "packages": [1]})),
        ]);
        let packages = json!([package(1, json!({"grids": [3, 1, 2]})), package(2, json!({"grids": [2, 3]}))]);
        let app = tiny(backend, json!([category(4, json!({}))]), grids, packages).await;
        let page = json(&app, "/api/v4/packages/").await;
        assert_eq!(ids(&page["results"][0]["grids"]), [2, 3]);
        assert_eq!(ids(&page["results"][1]["grids"]), [3, 1, 2, 4]);
        assert_eq!(ids(&json(&app, "/api/v4/packages/1/").await["grids"]), [3, 1, 2, 4]);
        // Another order, another answer.
        let grids = json!([grid(1, json!({})), grid(2, json!({})), grid(3, json!({})), grid(4, json!({}))]);
        let packages = json!([package(1, json!({"grids": [2, 4, 3, 1]})), package(2, json!({"grids": []}))]);
        let files = Files::new(json!([category(4, json!({}))]), grids, packages);
        files.import(&app.database).await.unwrap();
        assert_eq!(ids(&json(&app, "/api/v4/packages/1/").await["grids"]), [2, 4, 3, 1]);
    }

    /// A grid's packages are by title in code point order, whatever the database makes of letters.
    async fn packages_of_a_grid(backend: Backend) {
        let titles = ["zebra", "Zebra", "apple", "Äpfel", "_x", "1", " space", "😀", "\u{ff5e}", "apple pie", "-"];
        let packages: Vec<_> = (1..).zip(titles).map(|(id, title)| package(id, json!({"title": title}))).collect();
        let grids = json!([grid(84, json!({"packages": [3, 1, 2]})), grid(85, json!({}))]);
        let app = tiny(backend, json!([category(4, json!({}))]), grids, json!(packages)).await;
        // " space" "-" "1" "Zebra" "_x" "apple" "apple pie" "zebra" "Äpfel" "～" "😀"
        let expected = [7, 11, 6, 2, 5, 3, 10, 1, 4, 9, 8];
        assert_eq!(ids(&json(&app, "/api/v4/grids/84/").await["packages"]), expected);
        let page = json(&app, "/api/v4/grids/").await;
        assert_eq!(page["results"][0]["packages"], json!([]));
        assert_eq!(ids(&page["results"][1]["packages"]), expected);
    }
}
