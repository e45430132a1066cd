//! What packgrid has beside version 4, by the same rules; and neither where it is switched off.

use packgrid::config::{Config, Rest};
use serde_json::json;

use super::{JSON, NOT_ACCEPTABLE, NOT_FOUND, PAGE, ask, get, json, json_text, seen, serving};
use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

const HERE: &str = "http://example.org/api/packgrid/v1";

const FACTS: &str = r#"{"id":1,"pypi_downloads":3000000000,"pypi_license":"MIT","pypi_requires_python":">=3.9","supports_python3":true,"date_deprecated":"2024-01-01T00:00:00Z","date_repo_archived":null,"replaced_by":2}"#;
const NO_FACTS: &str = r#"{"id":2,"pypi_downloads":null,"pypi_license":null,"pypi_requires_python":null,"supports_python3":null,"date_deprecated":null,"date_repo_archived":null,"replaced_by":null}"#;
const VERSION: &str = r#"{"id":7,"package":1,"number":"1.0","license":"BSD","requires_python":">=3.8","upload_time":"2024-02-03T04:05:06.7Z","development_status":"pre-alpha","supports_python3":false,"hidden":true}"#;
const FEATURE: &str = r#"{"id":3,"grid":84,"title":"Python","description":"Which"}"#;
const ELEMENT: &str = r#"{"id":9,"feature":3,"package":1,"text":"yes, since 4.2"}"#;

/// Links and times are as in files, so that another packgrid reads them as such.
fn files() -> Files {
    let facts = json!({
        "pypi_downloads": 3_000_000_000_i64, "pypi_license": "MIT", "pypi_requires_python": ">=3.9",
        "supports_python3": true, "date_deprecated": "2024-01-01T00:00:00Z", "replaced_by": 2,
    });
    let files = Files::new(
        json!([category(4, json!({}))]),
        json!([grid(84, json!({}))]),
        json!([package(1, facts), package(2, json!({"grids": []}))]),
    );
    files.write("versions.json", &format!("[{VERSION}]"));
    files.write("features.json", &format!("[{FEATURE}]"));
    files.write("elements.json", &format!("[{ELEMENT}]"));
    files
}

on_both! {
    async fn lists_and_records(backend: Backend) {
        let app = serving(backend, &files()).await;
        for (list, records) in [
            // Newest first.
            ("facts", &[(2, NO_FACTS), (1, FACTS)][..]),
            ("versions", &[(7, VERSION)]),
            ("features", &[(3, FEATURE)]),
            ("elements", &[(9, ELEMENT)]),
        ] {
            let all = records.iter().map(|(_, record)| *record).collect::<Vec<_>>().join(",");
            let page = format!(r#"{{"count":{},"next":null,"previous":null,"results":[{all}]}}"#, records.len());
            for path in [format!("{list}/"), format!("{list}.json"), format!("{list}/?format=json")] {
                assert_eq!(json_text(&app, &format!("/api/packgrid/v1/{path}")).await, page);
            }
            for (id, record) in records {
                for name in [format!("{id}/"), format!("0{id}/"), format!("+{id}/"), format!("{id}.json")] {
                    assert_eq!(json_text(&app, &format!("/api/packgrid/v1/{list}/{name}")).await, *record);
                }
            }
            for (name, detail) in [
                ("package-1", "Not found."),
                ("-1", "No Record matches the given query."),
                ("12345", "No Record matches the given query."),
                ("99999999999999999999999", "No Record matches the given query."),
            ] {
                let record = match list {
                    "facts" => "Facts", "versions" => "Version", "features" => "Feature", _ => "Element",
                };
                let answer = get(&app, &format!("/api/packgrid/v1/{list}/{name}/"), &[]).await;
                let body = format!(r#"{{"detail":"{}"}}"#, detail.replace("Record", record));
                assert_eq!(seen(&answer), (404, JSON, &*body), "{list} {name}");
            }
        }
    }

    async fn the_same_rules(backend: Backend) {
        let app = App::sample(backend).await;
        for (list, count) in [("facts", 191), ("versions", 190), ("features", 217), ("elements", 1309)] {
            let path = format!("/api/packgrid/v1/{list}");
            let page = json(&app, &format!("{path}/")).await;
            assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(count), 20));
            assert_eq!(page["next"], format!("{HERE}/{list}/?limit=20&offset=20"));
            let page = json(&app, &format!("{path}.json?offset=7&limit=3&B=1&a")).await;
            assert_eq!(page["next"], format!("{HERE}/{list}.json?B=1&a=&limit=3&offset=10"));
            assert_eq!(page["previous"], format!("{HERE}/{list}.json?B=1&a=&limit=3&offset=4"));
            let all = json(&app, &format!("{path}/?limit=5000")).await;
            let ids: Vec<i64> = all["results"].as_array().unwrap().iter().map(|record| record["id"].as_i64().unwrap()).collect();
            assert_eq!(ids.len(), count);
            assert!(ids.is_sorted_by(|one, other| one > other), "{list}");

            let answer = ask(&app, "POST", &path, &[]).await;
            assert_eq!((answer.status.as_u16(), answer.header("location")), (301, &*format!("{path}/")));
            let answer = ask(&app, "POST", &format!("{path}/"), &[]).await;
            assert_eq!(seen(&answer), (405, JSON, r#"{"detail":"Method \"POST\" not allowed."}"#));
            let answer = get(&app, &format!("{path}/"), &[("accept", "image/png")]).await;
            assert_eq!(seen(&answer), (406, JSON, NOT_ACCEPTABLE));
            let answer = get(&app, &format!("{path}.xml"), &[]).await;
            assert_eq!(seen(&answer), (404, JSON, NOT_FOUND));
            let answer = get(&app, &format!("{path}/?limit=1"), &[("accept", "text/html")]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, PAGE));
            let options = ask(&app, "OPTIONS", &format!("{path}/nobody/"), &[]).await.json();
            assert!(options["name"].as_str().unwrap().ends_with(" Instance"), "{options}");
            let tag = get(&app, &format!("{path}/"), &[]).await.header("etag").to_owned();
            let answer = get(&app, &format!("{path}/"), &[("if-none-match", &tag)]).await;
            assert_eq!(answer.status, 304);

            let mut lists = Vec::new();
            for limit in [1, 20, 100, 5000] {
                app.statements.take();
                get(&app, &format!("{path}/?limit={limit}"), &[]).await;
                lists.push(app.statements.take());
            }
            assert!(lists.iter().all(|statements| *statements == lists[0]), "{lists:#?}");
        }
    }
}

#[tokio::test]
async fn the_roots_know_each_other() {
    let app = App::empty(Backend::Sqlite).await;
    let expected = format!(
        r#"{{"facts":"{HERE}/facts/","versions":"{HERE}/versions/","features":"{HERE}/features/","elements":"{HERE}/elements/"}}"#
    );
    assert_eq!(json_text(&app, "/api/packgrid/v1/").await, expected);
    let answer = get(&app, "/api/packgrid/v1", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (301, "/api/packgrid/v1/"));
    for path in ["/api/v4/", "/api/v4/.json"] {
        let answer = get(&app, path, &[]).await;
        let link = answer.header("link");
        assert!(link.starts_with("<../packgrid/v1/>; rel="), "{path}: {link}");
    }
    // Neither has the other's lists.
    for path in [
        "/api/v4/facts/",
        "/api/v4/versions/",
        "/api/packgrid/v1/packages/",
        "/api/packgrid/v1/search/",
        "/api/packgrid/v1/nope",
    ] {
        let answer = get(&app, path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, PAGE), "{path}");
    }
}

#[tokio::test]
async fn switched_off() {
    let config = Config { rest: Rest { enabled: false, ..Rest::default() }, ..Config::default() };
    let app = App::configured(TestDatabase::sample(Backend::Sqlite).await, config).await;
    for path in [
        "/api/v4",
        "/api/v4/",
        "/api/v4/packages/",
        "/api/v4/packages/683/",
        "/api/v4/search/?q=x",
        "/api/packgrid/v1",
        "/api/packgrid/v1/",
        "/api/packgrid/v1/versions/",
    ] {
        for method in ["GET", "OPTIONS", "POST"] {
            let answer = ask(&app, method, path, &[]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("location")),
                (404, ""),
                "{method} {path}"
            );
        }
    }
    assert_eq!(app.get("/healthz").await.status, 200);
}
