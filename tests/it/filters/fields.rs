//! Each field of each filter, against what it means by the fields that are read.

use serde_json::{Value, json};

use super::{all, int, numbers, text};
use crate::support::{App, Backend, on_both};

type Test = fn(&Value) -> bool;

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
    ("repoForks: { lt: 200 }", |p| p["repoForks"].as_i64().is_some_and(|forks| forks < 200)),
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

on_both! {
    async fn each_field_of_packages(backend: Backend) {
        let app = App::generous(backend).await;
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
            ("categories", "packages: { every: { gridsCount: { gte: 0 } } }", 4),
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
}
