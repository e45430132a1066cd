//! Values: null and variables, lists with nothing in them, texts that databases could mistake.

use serde_json::{Value, json};

use super::{all, numbers};
use crate::support::files::{Files, package};
use crate::support::{App, Backend, on_both};

/// The titles of packages for which `title` is a filter of titles.
async fn titled(app: &App, filter: &str) -> Vec<String> {
    let filter = format!("orderBy: {{ field: NUMBER }}, filter: {{ title: {filter} }}");
    let found = all(app, "packages", &filter, "title").await;
    found.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    /// Null is as good as left out; variables do as well as what is spelled out.
    async fn nulls_and_variables(backend: Backend) {
        let app = App::sample(backend).await;
        for arguments in [
            "filter: null",
            "orderBy: null",
            "orderBy: []",
            "filter: {}",
            "filter: { and: null, or: null, not: null, title: null, isActive: null, grids: null, releasedAfter: null }",
            "filter: { title: {}, repoWatchers: { gte: null, in: null }, pypiUrl: { isNull: null }, grids: { some: null } }",
            "filter: { and: [] }",
        ] {
            let data = app.data(&format!("{{ packages({arguments}) {{ totalCount }} }}")).await;
            assert_eq!(data["packages"]["totalCount"], 191, "{arguments}");
        }
        for (name, kind, value) in [
            ("{ title: { contains: $it } }", "String", json!("wagtail")),
            ("{ slug: { in: $it } }", "[String!]", json!(["wagtail", "wagtail-events"])),
            ("$it", "PackageFilter", json!({ "title": { "contains": "wagtail" }, "status": null })),
            ("{ and: $it }", "[PackageFilter!]", json!([{ "title": { "contains": "wagtail" } }])),
            // A single value does for a list of one.
            ("{ or: $it }", "[PackageFilter!]", json!({ "title": { "contains": "wagtail" } })),
            ("{ title: { contains: \"wagtail\" }, repoWatchers: { lt: $it } }", "Int", Value::Null),
            ("{ title: { contains: \"wagtail\" }, pypiDownloads: { ne: $it } }", "BigInt", json!("9007199254740993")),
            ("{ title: { contains: \"wagtail\" }, modified: { lt: $it } }", "DateTime", json!("2100-01-01T00:00:00+05:30")),
        ] {
            let query = format!("query($it: {kind}) {{ packages(filter: {name}) {{ totalCount }} }}");
            let answer = app.answer(&query, json!({ "it": value })).await;
            assert_eq!(answer["data"]["packages"]["totalCount"], 2, "{query}\n{answer}");
        }
        let query = "query($order: [PackageOrder!], $size: Int) { packages(first: $size, orderBy: $order) { nodes { slug } } }";
        let order = json!([{ "field": "WATCHERS", "direction": "DESC", "nulls": null }, { "field": "TITLE" }]);
        let answer = app.answer(query, json!({ "order": order, "size": 1 })).await;
        let most = app.data("{ packages(first: 1, orderBy: { field: WATCHERS, direction: DESC }) { nodes { slug } } }").await;
        assert_eq!(answer["data"], most);
    }

    /// An empty `in` finds nothing and an empty `notIn` everything; so do an empty `or` and `and`.
    async fn nothing_in_lists(backend: Backend) {
        let app = App::sample(backend).await;
        for (filter, count) in [
            ("{ title: { in: [] } }", 0),
            ("{ repoWatchers: { in: [] } }", 0),
            ("{ pypiDownloads: { in: [] } }", 0),
            ("{ lastUpdated: { in: [] } }", 0),
            ("{ status: { in: [] } }", 0),
            ("{ lastUpdated: { notIn: [] } }", 191),
            ("{ not: { lastUpdated: { in: [] } } }", 191),
            ("{ not: { title: { notIn: [] } } }", 0),
            ("{ or: [] }", 0),
            ("{ not: { or: [] } }", 191),
            ("{ and: [] }", 191),
            ("{ grids: { some: { or: [] } } }", 0),
            ("{ grids: { every: { or: [] }, some: {} } }", 0),
            ("{ grids: { none: { slug: { in: [] } } } }", 191),
        ] {
            assert_eq!(numbers(&app, "packages", filter).await.len(), count, "{filter}");
        }
    }

    /// What databases take for wildcards is taken literally, and letters are what readers see.
    async fn odd_texts(backend: Backend) {
        let app = App::empty(backend).await;
        let titles = [
            "100% off", "100 off", "a_b", "axb", "a\\b", "a\\\\b", "😀 smile", "😃 smile", "👩\u{200d}💻",
            "paypal", "pаypal", "STRASSE", "straße", "ﬁle", "file", "Ｗｉｄｅ", "e\u{301}te", "été",
            "it's \"quoted\"", "İstanbul", "",
        ];
        let packages: Vec<Value> = titles
            .into_iter()
            .zip(1..)
            .map(|(title, id)| package(id, json!({ "title": title })))
            .collect();
        Files::of_packages(json!(packages)).import(&app.database).await.unwrap();
        for (filter, found) in [
            ("{ contains: \"%\" }", vec!["100% off"]),
            ("{ contains: \"0%\" }", vec!["100% off"]),
            ("{ startsWith: \"1_0\" }", vec![]),
            ("{ startsWith: \"%\" }", vec![]),
            ("{ endsWith: \"% off\" }", vec!["100% off"]),
            ("{ endsWith: \"_\" }", vec![]),
            ("{ contains: \"_\" }", vec!["a_b"]),
            ("{ eq: \"a_b\" }", vec!["a_b"]),
            ("{ in: [\"a%b\", \"a_b\"] }", vec!["a_b"]),
            ("{ contains: \"\\\\\" }", vec!["a\\b", "a\\\\b"]),
            ("{ contains: \"\\\\\\\\\" }", vec!["a\\\\b"]),
            ("{ endsWith: \"\\\\b\" }", vec!["a\\b", "a\\\\b"]),
            ("{ contains: \"\\\\_\" }", vec![]),
            ("{ startsWith: \"😀\" }", vec!["😀 smile"]),
            ("{ contains: \"😃\" }", vec!["😃 smile"]),
            ("{ contains: \"💻\" }", vec!["👩\u{200d}💻"]),
            // Cyrillic letters look alike and are others.
            ("{ eq: \"PayPal\" }", vec!["paypal"]),
            ("{ startsWith: \"pа\" }", vec!["pаypal"]),
            ("{ eq: \"Straße\" }", vec!["STRASSE", "straße"]),
            ("{ endsWith: \"SSE\" }", vec!["STRASSE", "straße"]),
            ("{ eq: \"FILE\" }", vec!["ﬁle", "file"]),
            ("{ startsWith: \"ﬁ\" }", vec!["ﬁle", "file"]),
            ("{ eq: \"wide\" }", vec!["Ｗｉｄｅ"]),
            ("{ contains: \"ＩＤ\" }", vec!["Ｗｉｄｅ"]),
            ("{ startsWith: \"É\" }", vec!["e\u{301}te", "été"]),
            ("{ eq: \"ÉTE\" }", vec!["e\u{301}te"]),
            ("{ contains: \"'\" }", vec!["it's \"quoted\""]),
            ("{ contains: \"\\\"\" }", vec!["it's \"quoted\""]),
            ("{ contains: \"'; DROP TABLE package; --\" }", vec![]),
            ("{ startsWith: \"i\u{307}s\" }", vec!["İstanbul"]),
            ("{ eq: \"\" }", vec![""]),
            ("{ startsWith: \"\u{10FFFF}\" }", vec![]),
        ] {
            assert_eq!(titled(&app, filter).await, found, "{filter}");
        }
        for empty in ["contains", "startsWith", "endsWith"] {
            assert_eq!(titled(&app, &format!("{{ {empty}: \"\" }}")).await.len(), titles.len());
        }
        // Texts as long as they may be, and longer still when they are folded.
        for letter in ["\u{FDFA}", "%", "_", "\\\\", "😀"] {
            let text = letter.repeat(1000);
            for operator in ["contains", "startsWith", "endsWith", "eq"] {
                let found = titled(&app, &format!("{{ {operator}: \"{text}\" }}")).await;
                assert!(found.is_empty(), "{operator} {letter}");
            }
        }
    }
}
