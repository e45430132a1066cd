//! Tags of answers, what is not in their headers, and how little is asked of the database.

use packgrid::config::{Config, Rate};
use serde_json::json;

use super::{JSON, ask, get, header_names, tiny};
use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

async fn few(backend: Backend) -> App {
    let packages = json!([package(1, json!({})), package(2, json!({}))]);
    tiny(backend, json!([category(4, json!({}))]), json!([grid(84, json!({}))]), packages).await
}

const PATHS: [&str; 6] = [
    "/api/v4/packages/",
    "/api/v4/packages/1/",
    "/api/v4/grids/",
    "/api/v4/grids/84/",
    "/api/v4/categories/",
    "/api/v4/categories/4/",
];

on_both! {
    async fn what_a_client_has_is_not_sent_again(backend: Backend) {
        let app = few(backend).await;
        for path in PATHS {
            let tag = get(&app, path, &[]).await.header("etag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "{path}: {tag}");
            assert_eq!(get(&app, path, &[]).await.header("etag"), tag, "{path}");
            for method in ["GET", "HEAD"] {
                for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
                    let answer = ask(&app, method, path, &[("if-none-match", &known)]).await;
                    assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, &*tag), "{path} {known}");
                    assert_eq!(answer.header("vary"), "Accept");
                    assert!(answer.body.is_empty(), "{path}");
                }
            }
            let answer = get(&app, path, &[("if-none-match", "\"x\"")]).await;
            assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, &*tag), "{path}");
            assert!(!answer.body.is_empty());
        }
    }

    /// After a change, be it of another record, everything is sent again.
    async fn a_change_is_a_new_tag(backend: Backend) {
        let app = few(backend).await;
        let mut tags = Vec::new();
        for path in PATHS {
            tags.push((path, get(&app, path, &[]).await.header("etag").to_owned()));
        }
        let packages = json!([package(1, json!({})), package(2, json!({"title": "Another"}))]);
        Files::of_packages(packages).import(&app.database).await.unwrap();
        for (path, tag) in tags {
            let answer = get(&app, path, &[("if-none-match", &tag)]).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_ne!(answer.header("etag"), tag, "{path}");
            assert!(!answer.body.is_empty(), "{path}");
        }
    }

    /// One address has many forms, and a host is in every link.
    async fn every_form_has_its_own(backend: Backend) {
        let app = few(backend).await;
        let mut seen = Vec::new();
        for (path, headers) in [
            ("/api/v4/packages/1/", vec![]),
            ("/api/v4/packages/2/", vec![]),
            ("/api/v4/packages/1/", vec![("accept", "text/html")]),
            ("/api/v4/packages/1/", vec![("accept", "application/json; indent=2")]),
            ("/api/v4/packages/1/", vec![("accept", "application/json; indent=4")]),
            ("/api/v4/packages/1/", vec![("host", "example.net")]),
            ("/api/v4/packages/1/", vec![("x-forwarded-proto", "https")]),
            ("/api/v4/packages/1/?format=json", vec![]),
            ("/api/v4/packages/1/?format=", vec![]),
            ("/api/v4/packages/1.json", vec![]),
            ("/api/v4/packages/", vec![]),
            ("/api/v4/packages/?limit=1", vec![]),
            ("/api/v4/packages/?limit=1&offset=1", vec![]),
        ] {
            let answer = get(&app, path, &headers).await;
            let tag = answer.header("etag").to_owned();
            assert!(!tag.is_empty() && !seen.contains(&tag), "{path} {headers:?}");
            seen.push(tag);
        }
        // The tag of the JSON is nothing to whom wants a page.
        let headers = [("accept", "text/html"), ("if-none-match", &*seen[0])];
        assert_eq!(get(&app, "/api/v4/packages/1/", &headers).await.status, 200);
    }

    /// Refusals have no tag: there is nothing to keep.
    async fn refusals_have_none(backend: Backend) {
        let app = few(backend).await;
        for (method, path, accept, status) in [
            ("GET", "/api/v4/packages/nobody/", "*/*", 404),
            ("GET", "/api/v4/packages/99/", "text/html", 404),
            ("GET", "/api/v4/packages/1/?format=xml", "*/*", 404),
            ("GET", "/api/v4/packages/1/", "image/png", 406),
            ("POST", "/api/v4/packages/1/", "*/*", 405),
            ("GET", "/api/v4/nope/", "*/*", 404),
        ] {
            for known in ["\"x\"", "*"] {
                let answer = ask(&app, method, path, &[("accept", accept), ("if-none-match", known)]).await;
                assert_eq!((answer.status.as_u16(), answer.header("etag")), (status, ""), "{path}");
            }
        }
    }

    /// Caches, other sites and compression are nothing that the original knew.
    async fn no_other_headers(backend: Backend) {
        let app = App::sample(backend).await;
        let headers = [("accept-encoding", "gzip, br, zstd, deflate"), ("origin", "https://example.net"), ("cookie", "a=b")];
        for (path, expected) in [
            ("/api/v4/packages/?limit=100", vec!["allow", "content-length", "content-type", "etag", "vary"]),
            ("/api/v4/grids/84/", vec!["allow", "content-length", "content-type", "etag", "vary"]),
            ("/api/v4/packages/nobody/", vec!["allow", "content-length", "content-type", "vary"]),
            ("/api/v4/search/?q=storage", vec!["allow", "content-length", "content-type", "vary"]),
            ("/api/v4/packages", vec!["content-length", "content-type", "location"]),
        ] {
            let answer = get(&app, path, &headers).await;
            assert_eq!(header_names(&answer), expected, "{path}");
        }
    }

    /// A page takes the same statements however long it is: nothing is looked up one by one, and no
    /// list of ids is sent.
    async fn as_many_statements_whatever_the_size(backend: Backend) {
        let app = App::sample(backend).await;
        for (list, id) in [("packages", "10190"), ("grids", "10030"), ("categories", "(4"), ("packages.json", "10100")] {
            let mut lists = Vec::new();
            for query in ["limit=1", "limit=20", "", "limit=100", "limit=191", "limit=100000", "limit=20&offset=100", "offset=1000"] {
                app.statements.take();
                let answer = get(&app, &format!("/api/v4/{list}?{query}").replace("s?", "s/?"), &[]).await;
                assert_eq!(answer.status, 200);
                let statements = app.statements.take();
                assert!(!statements.is_empty() && statements.len() <= 6, "{list}: {statements:#?}");
                for statement in &statements {
                    assert!(!statement.contains(id) && !statement.contains("683"), "{statement}");
                }
                lists.push(statements);
            }
            assert!(lists.iter().all(|statements| *statements == lists[0]), "{list}: {lists:#?}");
        }
        let mut lists = Vec::new();
        for name in ["683", "10190", "10001", "0683"] {
            app.statements.take();
            get(&app, &format!("/api/v4/packages/{name}/"), &[]).await;
            lists.push(app.statements.take());
        }
        assert!(lists.iter().all(|statements| *statements == lists[0] && !statements.is_empty()), "{lists:#?}");
    }
}

/// A client that has a rate pays for these answers as well, and is told as the original would tell.
#[tokio::test]
async fn a_rate_that_is_used_up() {
    let rate = Rate { per_second: 1, burst: 30 };
    let config = Config { rate, ..Config::default() };
    let app = App::configured(TestDatabase::sample(Backend::Sqlite).await, config).await;
    assert_eq!(get(&app, "/api/v4/packages/683/", &[]).await.status, 200);
    let answer = get(&app, "/api/v4/packages/683/", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (429, JSON));
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    let detail = format!("Request was throttled. Expected available in {seconds} seconds.");
    assert_eq!(answer.json(), json!({ "detail": detail }));
    // Nothing is read where the data does not matter.
    assert_eq!(get(&app, "/api/v4/", &[]).await.status, 200);

    // More than it may ever have at once; the work was done, so it counts.
    let rate = Rate { per_second: 1, burst: 30 };
    let config = Config { rate, ..Config::default() };
    let app = App::configured(TestDatabase::sample(Backend::Sqlite).await, config).await;
    let answer = get(&app, "/api/v4/packages/?limit=191", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, ""));
    let answer = get(&app, "/api/v4/packages/683/", &[]).await;
    assert_eq!(answer.status.as_u16(), 429);
}
