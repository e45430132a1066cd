//! The old search.

use packgrid::clock;
use serde_json::{Value, json};

use super::{JSON, get, json, json_text, serving, tiny};
use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, on_both};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Slugs of the hits of `query`, in their order.
async fn slugs(app: &App, query: &str) -> Vec<String> {
    let hits = json(app, &format!("/api/v4/search/?q={query}")).await;
    hits.as_array().unwrap().iter().map(|hit| hit["slug"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    /// Every field in its order, of a package and of a grid; and only here short codes are emoji.
    async fn hits(backend: Backend) {
        let files = Files::new(
            json!([category(4, json!({"title": "Other"}))]),
            json!([grid(84, json!({
                "title": "Queues :gear:", "slug": "queues", "description": ":gear: all", "packages": [1],
            }))]),
            json!([package(1, json!({
                "title": "django-widget :rocket:", "slug": "django-widget", "repo_description": ":gear: tool",
                "repo_watchers": 100, "repo_forks": 7, "participants": ["Some One", "b", "Some One"],
                "last_updated": null, "created": "2020-01-01T00:00:00Z", "modified": "2020-07-01T00:00:00.5Z",
                "pypi_downloads": 5_000, "supports_python3": true,
            }))]),
        );
        files.write("versions.json", &json!([{"id": 1, "package": 1, "number": "1", "upload_time": "2001-01-01T00:00:00Z"}]).to_string());
        let app = serving(backend, &files).await;
        // 20 for not deprecated and for a description each, 5 for downloads, 7 for forks, 20 for
        // stars: 72 · 100/160. The score: 100 less a tenth for the unknown commit.
        let package = concat!(
            r#"[{"description":"⚙️ tool","title":"django-widget 🚀","title_no_prefix":"django-widget :rocket:","#,
            r#""slug_no_prefix":"django-widget","clean_title":"django-widget :rocket:","absolute_url":"/packages/p/django-widget/","#,
            r#""created":"2019-12-31T19:00:00-05:00","modified":"2020-06-30T20:00:00.500000-04:00","weight":45,"item_type":"package","#,
            r#""slug":"django-widget","category":"Other","repo_watchers":100,"repo_forks":7,"pypi_downloads":5000,"score":90,"usage":0,"#,
            r#""participants":"Some One,b,Some One","last_committed":null,"last_released":"2000-12-31T19:00:00-05:00"}]"#,
        );
        assert_eq!(json_text(&app, "/api/v4/search/?q=widget").await, package);
        let text = json_text(&app, "/api/v4/search/?q=queues").await;
        let (before, after) = text.split_once(r#""weight":"#).unwrap();
        let (weight, after) = after.split_once(',').unwrap();
        assert!((0..=100).contains(&weight.parse::<i64>().unwrap()), "{weight}");
        assert_eq!(before, concat!(
            r#"[{"description":"⚙️ all","title":"Queues ⚙️","title_no_prefix":"Queues :gear:","slug_no_prefix":"queues","#,
            r#""clean_title":"Queues :gear:","absolute_url":"/grids/g/queues/","created":"2011-03-10T05:21:44.892610-05:00","#,
            r#""modified":"2011-03-10T05:21:44-05:00","#,
        ));
        assert_eq!(after, concat!(
            r#""item_type":"grid","slug":"queues","category":"","repo_watchers":0,"repo_forks":0,"pypi_downloads":0,"score":0,"#,
            r#""usage":0,"participants":"","last_committed":null,"last_released":null}]"#,
        ));
        // Elsewhere short codes stay.
        let record = json(&app, "/api/v4/packages/1/").await;
        assert_eq!((&record["title"], &record["repo_description"]), (&json!("django-widget :rocket:"), &json!(":gear: tool")));
        let record = json(&app, "/api/v4/grids/84/").await;
        assert_eq!((&record["title"], &record["description"]), (&json!("Queues :gear:"), &json!(":gear: all")));
    }

    /// 20 points for each thing, of 160; each case is a multiple of 8.
    async fn weights(backend: Backend) {
        let ago = |days: i64| Value::from(entity::Timestamp(clock::now().0 - days * DAY).to_string());
        let none = json!({
            "repo_description": "", "repo_watchers": 0, "repo_forks": 0, "last_updated": null,
            "date_deprecated": "2020-01-01T00:00:00Z", "pypi_downloads": null,
        });
        let cases = [
            (json!({}), None, 0),
            (json!({"date_deprecated": null, "repo_description": "x"}), None, 25),
            (json!({"repo_watchers": 8}), None, 5),
            (json!({"repo_watchers": 20, "repo_forks": 20}), None, 25),
            // Each counts for at most 20.
            (json!({"repo_watchers": 30_000, "repo_forks": 40_000}), None, 25),
            (json!({"repo_forks": 16}), None, 10),
            (json!({"pypi_downloads": 8_999}), None, 5),
            (json!({"pypi_downloads": 999}), None, 0),
            (json!({"pypi_downloads": 900_000_000, "repo_forks": 4}), None, 15),
            (json!({"last_updated": ago(89), "repo_forks": 4}), None, 15),
            (json!({"last_updated": ago(91), "repo_forks": 6}), None, 10),
            (json!({"last_updated": ago(181), "repo_forks": 6}), None, 10),
            (json!({"last_updated": ago(183), "repo_forks": 3}), None, 5),
            (json!({"last_updated": ago(364), "repo_forks": 3}), None, 5),
            (json!({"last_updated": ago(366), "repo_forks": 8}), None, 5),
            (json!({"repo_forks": 4}), Some(ago(364)), 15),
            (json!({"repo_forks": 8}), Some(ago(366)), 5),
        ];
        let mut packages = Vec::new();
        let mut versions = Vec::new();
        for (id, (changes, release, _)) in (1..).zip(&cases) {
            let mut record = package(id, none.clone());
            for (field, value) in changes.as_object().unwrap() {
                record[field] = value.clone();
            }
            record["title"] = json!(format!("weighty{id}x"));
            packages.push(record);
            if let Some(release) = release {
                versions.push(json!({"id": id, "package": id, "number": "1", "upload_time": release}));
            }
        }
        let files = Files::of_packages(json!(packages));
        files.write("versions.json", &json!(versions).to_string());
        let app = serving(backend, &files).await;
        for (id, (changes, release, weight)) in (1..).zip(&cases) {
            let hits = json(&app, &format!("/api/v4/search/?q=weighty{id}x")).await;
            let hit = hits.as_array().unwrap().iter().find(|hit| hit["slug"] == format!("package-{id}")).unwrap();
            assert_eq!(hit["weight"], *weight, "{changes} {release:?}");
        }
    }

    async fn at_most_twenty(backend: Backend) {
        let app = App::sample(backend).await;
        let all = json_text(&app, "/api/v4/search/?q=django").await;
        let hits: Value = serde_json::from_str(&all).unwrap();
        assert_eq!(hits.as_array().unwrap().len(), 20);
        // Nothing turns its pages.
        for more in ["limit=3", "offset=5", "limit=100&offset=19", "page=2", "limit=x", "format=json", "format="] {
            assert_eq!(json_text(&app, &format!("/api/v4/search/?q=django&{more}")).await, all, "{more}");
        }
        assert_eq!(json_text(&app, "/api/v4/search.json?q=django").await, all);
        // Of several the last counts.
        assert_eq!(json_text(&app, "/api/v4/search/?q=storage&q=django").await, all);
        assert_eq!(json_text(&app, "/api/v4/search/?q=django&q=").await, "[]");
    }

    async fn nothing_finds_nothing(backend: Backend) {
        let app = App::sample(backend).await;
        for query in ["", "?", "?q", "?q=", "?q=+", "?q=%20%09%0A", "?Q=django", "?q=zzzzqqqqxxxx", "?q=%22%22", "?q=-django", "?q=%00"] {
            assert_eq!(json_text(&app, &format!("/api/v4/search/{query}")).await, "[]", "{query}");
        }
    }

    async fn too_much(backend: Backend) {
        let app = App::sample(backend).await;
        for query in ["x".repeat(1_001), "x+".repeat(501), "%E2%82%AC".repeat(1_001)] {
            let answer = get(&app, &format!("/api/v4/search/?q={query}"), &[]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, JSON));
            let answer = answer.json();
            assert!(answer["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{answer}");
            assert_eq!(answer.as_object().unwrap().len(), 1);
        }
        assert_eq!(json_text(&app, &format!("/api/v4/search/?q={}", "x".repeat(1_000))).await, "[]");
    }

    /// Words, quotes, `-` and `or`, the beginning of a word, and what looks alike.
    async fn what_is_found(backend: Backend) {
        let named = |id: i64, title: &str, description: &str| {
            package(id, json!({"title": title, "slug": title.to_lowercase(), "repo_description": description, "participants": [], "grids": []}))
        };
        let app = tiny(
            backend,
            json!([category(4, json!({"title": "Kind"}))]),
            json!([grid(84, json!({"title": "Thumbnails", "slug": "thumbnails"}))]),
            json!([
                named(1, "kangaroo", "Jumps over the fence"),
                named(2, "platypus", "Swims under the bridge"),
                named(3, "wombat", "Digs under the fence"),
            ]),
        )
        .await;
        for (query, expected) in [
            ("fence", vec!["kangaroo", "wombat"]),
            ("Under+fence", vec!["wombat"]),
            ("%22the+fence%22", vec!["kangaroo", "wombat"]),
            ("%22the+bridge%22", vec!["platypus"]),
            ("%22fence+the%22", vec![]),
            ("fence+-digs", vec!["kangaroo"]),
            ("kangaroo+or+wombat", vec!["kangaroo", "wombat"]),
            // English: another form of the word.
            ("jumping", vec!["kangaroo"]),
            ("kang", vec!["kangaroo"]),
            ("plat", vec!["platypus"]),
            ("kangoroo", vec!["kangaroo"]),
            ("thumbnail", vec!["thumbnails"]),
            ("PLATYPUS", vec!["platypus"]),
        ] {
            let mut found = slugs(&app, query).await;
            found.sort_unstable();
            assert_eq!(found, expected, "{query}");
        }
    }

    /// Of two that fit alike the weightier is first; of two as weighty the first by title.
    async fn the_order_of_hits(backend: Backend) {
        let named = |id: i64, title: &str, forks: i64| {
            package(id, json!({"title": title, "slug": title.to_lowercase(), "repo_description": "About ferrets", "repo_forks": forks, "participants": [], "grids": [], "repo_url": format!("https://e.org/{id}")}))
        };
        let packages = json!([named(1, "Delta", 0), named(2, "Bravo", 0), named(3, "Charlie", 0), named(4, "Alpha", 0), named(5, "Zulus", 20)]);
        let app = tiny(backend, json!([category(4, json!({}))]), json!([]), packages).await;
        assert_eq!(slugs(&app, "ferrets").await, ["zulus", "alpha", "bravo", "charlie", "delta"]);
    }
}
