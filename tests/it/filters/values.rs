//! Values: null and variables, lists with nothing in them, texts that databases could mistake.

use serde_json::{Value, json};

use super::{all, numbers, refused};
use crate::support::files::{Files, package};
use crate::support::{App, Backend, on_both};

/// The titles of packages for which `title` is a filter of titles.
async fn titled(app: &App, filter: &str) -> Vec<String> {
    let filter = format!("orderBy: {{ field: NUMBER }}, filter: {{ title: {filter} }}");
    let found = all(app, "packages", &filter, "title").await;
    found.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    /// A filter that is null is as good as none; variables do as well as what is spelled out.
    async fn nulls_and_variables(backend: Backend) {
        let app = App::sample(backend).await;
        for arguments in [
            "filter: null",
            "orderBy: null",
            "orderBy: []",
            "filter: {}",
            "filter: { title: {}, repoWatchers: {}, pypiUrl: {}, grids: {} }",
            "filter: { and: [] }",
        ] {
            let data = app.data(&format!("{{ packages({arguments}) {{ totalCount }} }}")).await;
            assert_eq!(data["packages"]["totalCount"], 191, "{arguments}");
        }
        for (name, kind, value) in [
            ("{ title: { contains: $it } }", "String", json!("wagtail")),
            ("{ slug: { in: $it } }", "[String!]", json!(["wagtail", "wagtail-events"])),
            ("$it", "PackageFilter", json!({ "title": { "contains": "wagtail" }, "status": {} })),
            ("{ and: $it }", "[PackageFilter!]", json!([{ "title": { "contains": "wagtail" } }])),
            // A single value does for a list of one.
            ("{ or: $it }", "[PackageFilter!]", json!({ "title": { "contains": "wagtail" } })),
            ("{ title: { contains: \"wagtail\" }, modified: { gt: $it } }", "DateTime", json!("2000-01-01T00:00:00Z")),
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

    /// An explicit null is no condition that a filter has, and no query matches everything by one.
    async fn nulls_in_filters_are_refused(backend: Backend) {
        let app = App::sample(backend).await;
        let text = "`isNull: true` for unknown values";
        let cases = [
            ("license", "eq", text), ("license", "in", text), ("license", "contains", text), ("license", "lt", text),
            ("license", "ne", "`isNull: false` for known values"), ("license", "notIn", "`isNull: false` for known values"),
            ("repoWatchers", "gte", text), ("lastUpdated", "gt", text),
        ];
        for (field, operator, instead) in cases {
            let said = format!("`filter.{field}.{operator}` must not be null; use {instead}, or leave it out for no condition");
            let said = ("BAD_USER_INPUT".to_owned(), said);
            let of = match (field, operator) {
                ("license", "in" | "notIn") => "[String!]",
                ("license", _) => "String",
                ("repoWatchers", _) => "Int",
                _ => "DateTime",
            };
            let literal = format!("{{ packages(filter: {{ {field}: {{ {operator}: null }} }}) {{ totalCount }} }}");
            assert_eq!(refused(&app, &literal, Value::Null).await, said);
            let query = format!("query($it: {of}) {{ packages(filter: {{ {field}: {{ {operator}: $it }} }}) {{ totalCount }} }}");
            for _ in 0..2 {
                assert_eq!(refused(&app, &query, json!({ "it": null })).await, said);
            }
            let whole = "query($it: PackageFilter) { packages(filter: $it) { totalCount } }";
            assert_eq!(refused(&app, whole, json!({ "it": { field: { operator: null } } })).await, said);
            let default = query.replace(&format!("$it: {of}"), &format!("$it: {of} = null"));
            assert_eq!(refused(&app, &default, Value::Null).await, said);
            // A variable that is not provided leaves the condition out.
            let answer = app.answer(&query, Value::Null).await;
            assert_eq!(answer["data"]["packages"]["totalCount"], 191, "{query} {answer}");
        }
        for (filter, path, instead) in [
            ("license: null", "license", "use `{ isNull: true }` for unknown values, or "),
            ("title: { eq: null }", "title.eq", ""),
            ("title: null", "title", ""),
            ("isActive: null", "isActive", ""),
            ("participant: null", "participant", ""),
            ("and: null", "and", ""),
            ("not: null", "not", ""),
            ("or: [{ title: {} }, { slug: { startsWith: null } }]", "or.1.slug.startsWith", ""),
            ("pypiUrl: { isNull: null }", "pypiUrl.isNull", ""),
            ("grids: { some: null }", "grids.some", ""),
            ("grids: { none: { title: { eq: null } } }", "grids.none.title.eq", ""),
            ("replacedBy: { category: { title: { in: null } } }", "replacedBy.category.title.in", ""),
        ] {
            let query = format!("{{ packages(filter: {{ {filter} }}) {{ totalCount }} }}");
            let said = format!("`filter.{path}` must not be null; {instead}leave it out for no condition");
            assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), said));
        }
        // Wherever a filter stands.
        for query in [
            "{ search(query: \"admin\", filter: { license: { eq: null } }) { totalCount } }",
            "{ grid(slug: \"admin\") { ...on Grid { packages(filter: { license: { eq: null } }) { totalCount } } } }",
            "{ ...f } fragment f on Query { a: packages { nodes { grids { nodes { ...g } } } } } \
             fragment g on Grid { packages(filter: { license: { eq: null } }) { totalCount } }",
        ] {
            let (code, message) = refused(&app, query, Value::Null).await;
            assert_eq!(code, "BAD_USER_INPUT", "{message}");
            assert!(message.starts_with("`filter.license.eq` must not be null"), "{message}");
        }
        let (code, _) = refused(&app, "query($it: [String!]) { packages(filter: { license: { in: $it } }) { totalCount } }", json!({ "it": ["MIT", null] })).await;
        assert_eq!(code, "BAD_USER_INPUT");
        // The facet's value for no licence is found so.
        let data = app.data("{ packages { facets { licenses(first: 100) { license count } } } \
                             none: packages(filter: { license: { isNull: true } }) { totalCount } }").await;
        let facet = data["packages"]["facets"]["licenses"].as_array().unwrap();
        let none = facet.iter().find(|value| value["license"].is_null()).unwrap();
        assert_eq!(none["count"], data["none"]["totalCount"]);
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
