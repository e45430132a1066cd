//! Filters and orders by example: each field once, the questions that people have, bad input.

use serde_json::{Value, json};

use crate::support::files::{Files, package};
use crate::support::{App, Backend, on_both};

type Test = fn(&Value) -> bool;

fn text(value: &Value) -> String {
    packgrid::rules::text::fold(value.as_str().unwrap_or_default())
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or(i64::MIN)
}

fn any(list: &Value, test: Test) -> bool {
    list["nodes"].as_array().unwrap().iter().any(test)
}

/// Each field of `PackageFilter` but the combinations, and what it means by the fields of packages.
const PACKAGES: [(&str, Test); 34] = [
    ("number: { in: [683, 10001, 4711] }", |p| [683, 10001].contains(&int(&p["number"]))),
    ("title: { contains: \"REST\" }", |p| text(&p["title"]).contains("rest")),
    ("slug: { startsWith: \"Django-\" }", |p| text(&p["slug"]).starts_with("django-")),
    ("repoDescription: { endsWith: \"ADMIN.\" }", |p| {
        text(&p["repoDescription"]).ends_with("admin.")
    }),
    ("repoUrl: { startsWith: \"https://gitlab.com/\" }", |p| {
        text(&p["repoUrl"]).starts_with("https://gitlab.com/")
    }),
    ("repoUrl: { isNull: true }", |p| p["repoUrl"].is_null()),
    ("pypiUrl: { isNull: false }", |p| !p["pypiUrl"].is_null()),
    ("pypiVersion: { isNull: false }", |p| !p["pypiVersion"].is_null()),
    ("documentationUrl: { isNull: true }", |p| p["documentationUrl"].is_null()),
    ("license: { startsWith: \"bsd\" }", |p| text(&p["pypiLicense"]).starts_with("bsd")),
    ("license: { ne: \"mit license\" }", |p| text(&p["pypiLicense"]) != "mit license"),
    ("license: { isNull: true }", |p| p["pypiLicense"].is_null()),
    ("supportsPython3: { eq: UNKNOWN }", |p| p["supportsPython3"] == "UNKNOWN"),
    ("status: { in: [ARCHIVED, REPLACED] }", |p| {
        p["status"] == "ARCHIVED" || p["status"] == "REPLACED"
    }),
    ("isActive: false", |p| p["status"] != "ACTIVE"),
    ("participant: \"JEZDEZ\"", |p| {
        p["participants"].as_array().unwrap().contains(&json!("jezdez"))
    }),
    ("releasedAfter: \"2026-06-01T00:00:00Z\"", |p| {
        p["lastReleased"].as_str() > Some("2026-06-01T00:00:00Z")
    }),
    ("repoWatchers: { gte: 1000 }", |p| int(&p["repoWatchers"]) >= 1000),
    ("repoForks: { lt: 10 }", |p| int(&p["repoForks"]) < 10),
    ("pypiDownloads: { isNull: true }", |p| p["pypiDownloads"].is_null()),
    ("score: { gt: 0 }", |p| int(&p["score"]) > 0),
    ("commitsTotal52: { lte: 5 }", |p| {
        !p["commitsTotal52"].is_null() && int(&p["commitsTotal52"]) <= 5
    }),
    ("participantsCount: { gt: 1 }", |p| int(&p["participantsCount"]) > 1),
    ("gridsCount: { eq: 1 }", |p| int(&p["gridsCount"]) == 1),
    ("created: { lt: \"2012-01-01T00:00:00+01:00\" }", |p| p["created"].as_str() < Some("2012")),
    ("modified: { gte: \"2026-11-14T00:00:00Z\" }", |p| {
        p["modified"].as_str() >= Some("2026-11-14T00:00:00Z")
    }),
    ("lastUpdated: { eq: \"2021-10-27T05:12:05-04:00\" }", |p| {
        p["lastUpdated"] == "2021-10-27T09:12:05Z"
    }),
    ("lastFetched: { isNull: false }", |p| !p["lastFetched"].is_null()),
    ("lastReleased: { isNull: true }", |p| p["lastReleased"].is_null()),
    ("lastReleaseYear: { notIn: [2026, 2025] }", |p| {
        ![2026, 2025].contains(&int(&p["lastReleaseYear"]))
    }),
    ("category: { slug: { eq: \"frameworks\" } }", |p| p["category"]["slug"] == "frameworks"),
    ("grids: { some: { title: { eq: \"admin\" } } }", |p| {
        any(&p["grids"], |grid| grid["title"] == "Admin")
    }),
    ("releases: { some: { developmentStatus: { eq: BETA } } }", |p| {
        any(&p["releases"], |r| r["developmentStatus"] == "BETA")
    }),
    ("replacedBy: {}", |p| !p["replacedBy"].is_null()),
];

const PACKAGE: &str = "number title slug repoDescription repoUrl pypiUrl pypiVersion documentationUrl \
    pypiLicense supportsPython3 status participants lastReleased repoWatchers repoForks pypiDownloads \
    score commitsTotal52 participantsCount gridsCount created modified lastUpdated lastFetched \
    lastReleaseYear category { slug } grids { nodes { title } } replacedBy { number } \
    releases { nodes { developmentStatus } }";

/// All entries of a list that may have up to 200.
async fn all(app: &App, list: &str, arguments: &str, selection: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let query = format!(
            "{{ {list}(first: 100{after}, {arguments}) {{ totalCount nodes {{ {selection} }} \
             pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let mut data = app.data(&query).await;
        found.append(data[list]["nodes"].as_array_mut().unwrap());
        if data[list]["pageInfo"]["hasNextPage"] == false {
            assert_eq!(data[list]["totalCount"], found.len(), "{query}");
            return found;
        }
        after = format!(", after: {}", data[list]["pageInfo"]["endCursor"]);
    }
}

async fn numbers(app: &App, list: &str, filter: &str) -> Vec<i64> {
    let found = all(app, list, &format!("filter: {filter}"), "number").await;
    found.iter().map(|node| int(&node["number"])).collect()
}

/// The titles of packages for which `title` is a filter of titles.
async fn titled(app: &App, filter: &str) -> Vec<String> {
    let filter = format!("orderBy: {{ field: NUMBER }}, filter: {{ title: {filter} }}");
    let found = all(app, "packages", &filter, "title").await;
    found.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

/// What became of a bad query: its error's code and message.
async fn refused(app: &App, query: &str, variables: Value) -> (String, String) {
    let answer = app.answer(query, variables).await;
    let error = &answer["errors"][0];
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (said(&error["extensions"]["code"]), said(&error["message"]))
}

on_both! {
    async fn each_field_of_packages(backend: Backend) {
        let app = App::sample(backend).await;
        let packages = all(&app, "packages", "", PACKAGE).await;
        assert_eq!(packages.len(), 191);
        for (filter, test) in PACKAGES {
            let holding = packages.iter().filter(|package| test(package));
            let expected: Vec<i64> = holding.map(|package| int(&package["number"])).collect();
            assert_eq!(numbers(&app, "packages", &format!("{{ {filter} }}")).await, expected, "{filter}");
            // And its opposite.
            let others = packages.iter().filter(|package| !test(package));
            let others: Vec<i64> = others.map(|package| int(&package["number"])).collect();
            let not = format!("{{ not: {{ {filter} }} }}");
            assert_eq!(numbers(&app, "packages", &not).await, others, "{not}");
        }
        let and = "{ and: [{ repoWatchers: { gte: 1000 } }, { or: [{ title: { contains: \"rest\" } }, \
                   { title: { contains: \"admin\" } }] }], not: { slug: { eq: \"djangorestframework\" } } }";
        assert_eq!(numbers(&app, "packages", and).await.len(), packages.iter().filter(|p| {
            let title = text(&p["title"]);
            int(&p["repoWatchers"]) >= 1000 && p["slug"] != "djangorestframework"
                && (title.contains("rest") || title.contains("admin"))
        }).count());
        // By what a grid's table says of them.
        let typed = "elements: { some: { feature: { title: { eq: \"Typed\" } }, verdict: { eq: YES } } }";
        let tables = app
            .data("{ grids(first: 100) { nodes { packages(first: 100) { edges { node { number } \
                   cells { feature { title } verdict } } } } } }")
            .await;
        let mut expected: Vec<i64> = tables["grids"]["nodes"].as_array().unwrap().iter()
            .flat_map(|grid| grid["packages"]["edges"].as_array().unwrap())
            .filter(|edge| edge["cells"].as_array().unwrap().iter().any(|cell| cell["feature"]["title"] == "Typed" && cell["verdict"] == "YES"))
            .map(|edge| int(&edge["node"]["number"]))
            .collect();
        expected.sort_unstable();
        expected.dedup();
        let mut found = numbers(&app, "packages", &format!("{{ {typed} }}")).await;
        found.sort_unstable();
        assert_eq!(found, expected);
        assert!(found.len() > 5, "{found:?}");
        // Every field is among them.
        let schema = app.data("{ __type(name: \"PackageFilter\") { inputFields { name } } }").await;
        for field in schema["__type"]["inputFields"].as_array().unwrap() {
            let name = format!("{}:", field["name"].as_str().unwrap());
            let there = PACKAGES.iter().any(|(filter, _)| filter.starts_with(&name));
            assert!(there || and.contains(&name) || typed.starts_with(&name), "{name}");
        }
    }

    async fn each_field_of_others(backend: Backend) {
        let app = App::sample(backend).await;
        for (list, filter, count) in [
            ("grids", "number: { lt: 100 }", 1),
            ("grids", "title: { contains: \"WAGTAIL\" }", 1),
            ("grids", "slug: { in: [\"apis\", \"forms\"] }", 2),
            ("grids", "description: { contains: \"thumbnails\" }", 1),
            ("grids", "isLocked: true", 0),
            ("grids", "header: true", 6),
            ("grids", "packagesCount: { gte: 10 }", 7),
            ("grids", "featuresCount: { eq: 0 }", 0),
            ("grids", "created: { gt: \"2100-01-01T00:00:00Z\" }", 0),
            ("grids", "modified: { lte: \"2100-01-01T00:00:00Z\" }", 31),
            ("grids", "packages: { some: { slug: { eq: \"wagtail\" } } }", 2),
            ("grids", "features: { none: {} }", 0),
            // Each counts once, however many features and packages it has.
            ("grids", "features: { some: { grid: { header: false } } }", 25),
            ("grids", "features: { some: {} }, packages: { some: { isActive: true } }", 31),
            ("grids", "and: [{ header: true }, { not: { or: [{ slug: { eq: \"apis\" } }] } }]", 5),
            ("categories", "number: { ne: 1 }", 3),
            ("categories", "title: { eq: \"app\" }", 1),
            ("categories", "slug: { notIn: [\"apps\"] }", 3),
            ("categories", "description: { contains: \"django\" }", 1),
            ("categories", "showPypi: false", 1),
            ("categories", "packagesCount: { gt: 20 }", 1),
            ("categories", "packages: { every: { repoWatchers: { gte: 0 } } }", 4),
            ("categories", "or: [{ slug: { eq: \"apps\" } }, { and: [] }], not: {}", 0),
        ] {
            let found = numbers(&app, list, &format!("{{ {filter} }}")).await;
            assert_eq!(found.len(), count, "{list} {filter}");
        }
        for (list, count) in [
            ("features(first: 0, filter: { title: { contains: \"licence\" } })", 1),
            ("features(first: 0, filter: { number: { gt: 0 }, not: { description: { eq: \"x\" } } })", 7),
            ("features(first: 0, filter: { or: [{ and: [{ grid: { slug: { eq: \"admin\" } } }] }] })", 7),
            ("features(first: 0, filter: { grid: { slug: { ne: \"admin\" } } })", 0),
        ] {
            let data = app.data(&format!("{{ grid(slug: \"admin\") {{ list: {list} {{ totalCount }} }} }}")).await;
            assert_eq!(data["grid"]["list"]["totalCount"], count, "{list}");
        }
        for filter in [
            "version: { eq: \"3.8.0\" }",
            "license: { eq: \"MIT license\" }",
            "releasedAt: { gte: \"2026-10-10T22:11:26.144453Z\", lt: \"2026-10-10T22:11:26.144454Z\" }",
            "developmentStatus: { in: [STABLE] }",
            "supportsPython3: { ne: NO }",
            "isHidden: false",
            "and: [{ or: [{ isHidden: false }] }], not: { license: { isNull: true } }",
        ] {
            for (filter, count) in [(format!("{{ {filter} }}"), 1), (format!("{{ not: {{ {filter} }} }}"), 0)] {
                let query = format!("{{ package(slug: \"django-hijack\") {{ releases(filter: {filter}) {{ totalCount }} }} }}");
                assert_eq!(app.data(&query).await["package"]["releases"]["totalCount"], count, "{filter}");
            }
        }
        for filter in [
            "text: { contains: \"MIT\" }",
            "verdict: { eq: TEXT }, strength: { eq: 0 }",
            "package: { slug: { eq: \"django-hijack\" } }",
            "or: [{ and: [{ verdict: { ne: EMPTY } }] }], not: { verdict: { eq: YES } }",
        ] {
            let query = format!(
                "{{ grid(slug: \"admin\") {{ features(first: 1, filter: {{ title: {{ eq: \"licence\" }} }}) \
                 {{ nodes {{ elements(filter: {{ {filter} }}) {{ nodes {{ text package {{ slug }} }} }} }} }} }} }}"
            );
            let data = app.data(&query).await;
            let elements = &data["grid"]["features"]["nodes"][0]["elements"]["nodes"];
            assert!(elements.to_string().contains("django-hijack"), "{filter}: {data}");
        }
    }

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

on_both! {
    async fn filters_that_cannot_be(backend: Backend) {
        let app = App::sample(backend).await;
        let nested = |times: usize| format!("{}{{}}{}", "{ not: ".repeat(times), " }".repeat(times));
        let many = |count: usize, item: &str| vec![item; count].join(", ");
        let long = "x".repeat(1001);
        let deep = "`filter` must not be over 12 filters deep";
        let large = "`filter` must not have over 200 conditions";
        let listing = "`filter` must not list over 1000 values in all";
        let numbers = many(1001, "1");
        for (filter, said) in [
            (nested(12), deep),
            (nested(30), deep),
            (format!("{{ and: [{}] }}", many(200, "{}")), large),
            (format!("{{ or: [{}] }}", many(100, "{ title: { eq: \"x\" } }")), large),
            (format!("{{ number: {{ in: [{numbers}] }} }}"), listing),
            (format!("{{ number: {{ in: [{0}] }}, score: {{ notIn: [{0}] }} }}", many(501, "1")), listing),
            (format!("{{ title: {{ contains: \"{long}\" }} }}"), "a text in `filter` must not be over 1000 characters"),
            (format!("{{ participant: \"{long}\" }}"), "a text in `filter` must not be over 1000 characters"),
            ("{ title: { eq: \"a\\u0000\" } }".to_owned(), "a text in `filter` must not contain U+0000"),
            ("{ category: { slug: { in: [\"\\u0000\"] } } }".to_owned(), "a text in `filter` must not contain U+0000"),
        ] {
            let query = format!("{{ packages(filter: {filter}) {{ totalCount }} }}");
            let answer = refused(&app, &query, Value::Null).await;
            assert_eq!(answer, ("BAD_USER_INPUT".to_owned(), said.to_owned()), "{}", &query[..query.len().min(200)]);
        }
        // Relations that lead through cells are as deep as others.
        let cells = |times: usize| format!("{}{{}}{}", "{ elements: { some: { package: ".repeat(times), " } } }".repeat(times));
        let query = format!("{{ packages(filter: {}) {{ totalCount }} }}", cells(6));
        assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), deep.to_owned()));
        app.data(&format!("{{ packages(filter: {}) {{ totalCount }} }}", cells(5))).await;
        // One character may be 33 bytes, folded.
        let query = "query ($texts: [String!]) { packages(filter: { title: { in: $texts } }) { totalCount } }";
        let texts = |count: usize| serde_json::json!({ "texts": vec!["\u{FDFA}".repeat(100); count] });
        let said = "the texts in `filter` must not be over 65536 bytes in all".to_owned();
        assert_eq!(refused(&app, query, texts(20)).await, ("BAD_USER_INPUT".to_owned(), said));
        assert_eq!(app.answer(query, texts(19)).await["data"]["packages"]["totalCount"], 0);
        let relation = "{ grids: { some: { packages: { every: ".repeat(6) + "{ grids: { none: {} } }" + &" } } } }".repeat(6);
        let answer = refused(&app, &format!("{{ packages(filter: {relation}) {{ totalCount }} }}"), Value::Null).await;
        assert_eq!(answer, ("BAD_USER_INPUT".to_owned(), deep.to_owned()));
        // As much as there may be is not too much.
        for filter in [
            nested(11),
            format!("{{ and: [{}] }}", many(199, "{}")),
            format!("{{ number: {{ in: [{}] }} }}", many(1000, "1")),
            format!("{{ title: {{ ne: \"{}\" }} }}", &long[1..]),
            "{ grids: { some: { packages: { every: ".repeat(5) + "{ grids: { none: {} } }" + &" } } } }".repeat(5),
        ] {
            app.data(&format!("{{ packages(filter: {filter}) {{ totalCount }} }}")).await;
        }
        // Deeper still they are not even read, be they in the document, in variables or half and half.
        let deeper = "An argument's value has too many brackets within brackets";
        let deeper = ("GRAPHQL_VALIDATION_FAILED".to_owned(), deeper.to_owned());
        for depth in [33, 60, 90] {
            let query = format!("{{ packages(filter: {}) {{ totalCount }} }}", nested(depth));
            assert_eq!(refused(&app, &query, Value::Null).await, deeper);
        }
        let variable = |depth: usize| {
            let filter = (0..depth).fold(json!({}), |filter, _| json!({ "not": filter }));
            json!({ "it": filter })
        };
        for (literal, depth) in [(0, 32), (0, 100), (20, 20)] {
            let query = format!(
                "query($it: PackageFilter) {{ packages(filter: {}) {{ totalCount }} }}",
                nested(literal).replace("{}", "$it")
            );
            assert_eq!(refused(&app, &query, variable(depth)).await, deeper, "{literal} {depth}");
        }
        let query = "query($it: PackageFilter) { packages(filter: $it) { totalCount } }";
        let answer = refused(&app, query, variable(25)).await;
        assert_eq!(answer, ("BAD_USER_INPUT".to_owned(), deep.to_owned()));
        let body = format!(
            "{{\"query\": \"{query}\", \"variables\": {{\"it\": {}{{}}{}}}}}",
            "{\"not\": ".repeat(5000), "}".repeat(5000)
        );
        assert_eq!(app.post(body).await.json()["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    }

    async fn values_of_other_types(backend: Backend) {
        let app = App::sample(backend).await;
        for (filter, code) in [
            ("{ nothing: true }", "GRAPHQL_VALIDATION_FAILED"),
            // A scalar where an object should be is not found by the validation.
            ("{ title: \"x\" }", "BAD_USER_INPUT"),
            ("{ title: { like: \"x\" } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ title: { eq: 1 } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { gte: \"1\" } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { in: [1, null] } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ status: { eq: GONE } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ isActive: 1 }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { isNull: true } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { gte: 3000000000 } }", "BAD_USER_INPUT"),
            ("{ created: { gte: \"yesterday\" } }", "BAD_USER_INPUT"),
            ("{ releasedAfter: \"2026-02-30T00:00:00Z\" }", "BAD_USER_INPUT"),
            ("{ pypiDownloads: { gte: \"9223372036854775808\" } }", "BAD_USER_INPUT"),
            ("{ pypiDownloads: { gte: 1.5 } }", "BAD_USER_INPUT"),
        ] {
            let query = format!("{{ packages(filter: {filter}) {{ totalCount }} }}");
            let (found, message) = refused(&app, &query, Value::Null).await;
            assert_eq!(found, code, "{query}: {message}");
            assert!(!message.is_empty(), "{query}");
        }
    }

    /// A cursor is of one list in one order.
    async fn orders_and_cursors(backend: Backend) {
        let app = App::sample(backend).await;
        let orders = [
            "",
            ", orderBy: { field: TITLE }",
            ", orderBy: { field: WATCHERS }",
            ", orderBy: { field: WATCHERS, direction: DESC }",
            ", orderBy: { field: LAST_RELEASE }",
            ", orderBy: { field: LAST_RELEASE, nulls: FIRST }",
            ", orderBy: [{ field: LAST_RELEASE }, { field: SCORE }]",
            ", orderBy: { field: NUMBER }",
        ];
        let mut cursors = Vec::new();
        for order in orders {
            let data = app.data(&format!("{{ packages(first: 2{order}) {{ pageInfo {{ endCursor }} }} }}")).await;
            cursors.push(data["packages"]["pageInfo"]["endCursor"].to_string());
        }
        for order in orders {
            for (other, cursor) in orders.iter().zip(&cursors) {
                for argument in ["after", "before"] {
                    let query = format!("{{ packages(first: 1, {argument}: {cursor}{order}) {{ totalCount }} }}");
                    if *other == order {
                        app.data(&query).await;
                        continue;
                    }
                    let said = format!("`{argument}` cannot be used: it is a cursor of another list or order");
                    assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), said), "{query}");
                }
            }
        }
        // What nulls are told to do decides nothing where there are none, and "last" is what they do.
        let cursor = &cursors[4];
        app.data(&format!("{{ packages(after: {cursor}, orderBy: {{ field: LAST_RELEASE, nulls: LAST }}) {{ totalCount }} }}")).await;
        let cursor = &cursors[2];
        app.data(&format!("{{ packages(after: {cursor}, orderBy: {{ field: WATCHERS, nulls: FIRST }}) {{ totalCount }} }}")).await;
        let keys = ["{ field: TITLE }"; 6].join(", ");
        let query = format!("{{ packages(orderBy: [{keys}]) {{ totalCount }} }}");
        let said = "`orderBy` must not have over 5 keys".to_owned();
        assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), said));
        for order in ["{ field: NOTHING }", "{}", "{ field: TITLE, direction: UP }", "{ field: TITLE, direction: null }"] {
            let query = format!("{{ packages(orderBy: {order}) {{ totalCount }} }}");
            assert_eq!(refused(&app, &query, Value::Null).await.0, "GRAPHQL_VALIDATION_FAILED", "{query}");
        }
    }

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
        expected.sort_by_key(|package| (-int(&package["repoWatchers"]), text(&package["title"])));
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
