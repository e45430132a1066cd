//! Methods, and the order in which things are checked.

use super::{JSON, NO_PACKAGE, NOT_ACCEPTABLE, NOT_FOUND, PAGE, ask, header_names, seen, shown};
use crate::support::{App, Backend, on_both};

on_both! {
    /// Unknown format, Accept, method, record.
    async fn the_order_of_checks(backend: Backend) {
        let app = App::sample(backend).await;
        let no_post = r#"{"detail":"Method \"POST\" not allowed."}"#;
        for (method, path, accept, status, body) in [
            ("POST", "/api/v4/packages/nobody/?format=xml", "image/png", 404, NOT_FOUND),
            ("POST", "/api/v4/packages/nobody.xml", "image/png", 404, NOT_FOUND),
            ("GET", "/api/v4/packages/nobody/?format=xml", "*/*", 404, NOT_FOUND),
            ("POST", "/api/v4/packages/nobody/", "image/png", 406, NOT_ACCEPTABLE),
            ("POST", "/api/v4/packages/nobody/?format=json", "text/html", 406, NOT_ACCEPTABLE),
            ("GET", "/api/v4/packages/nobody/", "image/png", 406, NOT_ACCEPTABLE),
            ("OPTIONS", "/api/v4/packages/nobody/", "image/png", 406, NOT_ACCEPTABLE),
            ("OPTIONS", "/api/v4/packages/?format=xml", "*/*", 404, NOT_FOUND),
            ("POST", "/api/v4/packages/nobody/", "*/*", 405, no_post),
            ("POST", "/api/v4/packages/nobody/?format=json", "*/*", 405, no_post),
            ("GET", "/api/v4/packages/nobody/", "*/*", 404, NO_PACKAGE),
            ("GET", "/api/v4/packages/nobody.json", "*/*", 404, NO_PACKAGE),
        ] {
            let answer = ask(&app, method, path, &[("accept", accept)]).await;
            assert_eq!(seen(&answer), (status, JSON, body), "{method} {path} {accept}");
            assert_eq!((answer.header("allow"), answer.header("vary")), ("GET, HEAD, OPTIONS", "Accept"));
        }
    }

    /// Its headers are GET's, its length included.
    async fn head(backend: Backend) {
        let app = App::sample(backend).await;
        for (path, accept) in [
            ("/api/v4/", "*/*"),
            ("/api/v4/packages/", "*/*"),
            ("/api/v4/packages/?limit=191", "*/*"),
            ("/api/v4/packages/683/", "*/*"),
            ("/api/v4/packages/683/", "text/html"),
            ("/api/v4/packages/683.json", "application/json; indent=4"),
            ("/api/v4/grids/84/", "*/*"),
            ("/api/v4/categories/4/", "*/*"),
            ("/api/v4/search/?q=storage", "*/*"),
            ("/api/v4/search/", "*/*"),
            ("/api/v4/packages/nobody/", "*/*"),
            ("/api/v4/packages/nobody/", "text/html"),
            ("/api/v4/packages/?format=xml", "*/*"),
            ("/api/v4/packages/", "image/png"),
            ("/api/v4/nope/", "*/*"),
        ] {
            let of_get = ask(&app, "GET", path, &[("accept", accept)]).await;
            let of_head = ask(&app, "HEAD", path, &[("accept", accept)]).await;
            assert_eq!(of_head.status, of_get.status, "{path}");
            assert!(of_head.body.is_empty() && !of_get.body.is_empty(), "{path}");
            assert_eq!(header_names(&of_head), header_names(&of_get), "{path}");
            for (name, value) in &of_get.headers {
                assert_eq!(of_head.header(name.as_str()), value, "{path} {name}");
            }
            let length: usize = of_get.header("content-length").parse().unwrap();
            assert_eq!(length, of_get.body.len(), "{path}");
        }
    }
}

#[tokio::test]
async fn others_are_not_allowed() {
    let app = App::sample(Backend::Sqlite).await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE", "PROPFIND"] {
        for path in [
            "/api/v4/",
            "/api/v4/packages/",
            "/api/v4/packages/683/",
            "/api/v4/packages/nobody/",
            "/api/v4/packages.json",
            "/api/v4/grids/84/",
            "/api/v4/categories/4/",
            "/api/v4/categories/x/",
            "/api/v4/search/?q=x",
            "/api/v4/search/",
        ] {
            let answer = ask(&app, method, path, &[]).await;
            let body = format!(r#"{{"detail":"Method \"{method}\" not allowed."}}"#);
            assert_eq!(seen(&answer), (405, JSON, &*body), "{path}");
            assert_eq!(
                (answer.header("allow"), answer.header("vary")),
                ("GET, HEAD, OPTIONS", "Accept")
            );
            // Where the suffix leaves JSON alone, a page is not to be had.
            let as_page = path.replace(".json", "/");
            let answer = ask(&app, method, &as_page, &[("accept", "text/html")]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-type")),
                (405, PAGE),
                "{path}"
            );
        }
    }
}

const PACKAGES: &str = "API endpoint that allows packages to be viewed or edited.";
const ROOT: &str = "The default basic root view for DefaultRouter";
/// As JSON has it.
const SEARCH: &str = r"Accepts a 'q' GET parameter.\n\nReturns SearchV3 (PostgreSQL FTS) results.";

const ROUTES: [(&str, &str, &str); 8] = [
    ("/api/v4/", "Api Root", ROOT),
    ("/api/v4/packages/", "Package List", PACKAGES),
    ("/api/v4/packages/683/", "Package Instance", PACKAGES),
    ("/api/v4/grids/", "Grid List", ""),
    ("/api/v4/grids/84/", "Grid Instance", ""),
    ("/api/v4/categories/", "Category List", ""),
    ("/api/v4/categories/4/", "Category Instance", ""),
    ("/api/v4/search/", "Search V3 List", SEARCH),
];

#[tokio::test]
async fn options_tell_what_a_route_is() {
    let app = App::sample(Backend::Sqlite).await;
    let more = [
        // Nothing is looked up.
        ("/api/v4/packages/nobody/", "Package Instance", PACKAGES),
        ("/api/v4/packages/%C2%B2/", "Package Instance", PACKAGES),
        ("/api/v4/grids/nobody/", "Grid Instance", ""),
        ("/api/v4/categories/nonsense/", "Category Instance", ""),
        ("/api/v4/.json", "Api Root", ROOT),
        ("/api/v4/packages.json", "Package List", PACKAGES),
        ("/api/v4/packages/683.json?format=xml", "Package Instance", PACKAGES),
        ("/api/v4/search/?q=x&format=json", "Search V3 List", SEARCH),
    ];
    app.statements.take();
    for (path, name, description) in ROUTES.into_iter().chain(more) {
        let answer = ask(&app, "OPTIONS", path, &[]).await;
        let body = format!(
            r#"{{"name":"{name}","description":"{description}","renders":["application/json","text/html"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]}}"#
        );
        assert_eq!(seen(&answer), (200, JSON, &*body), "{path}");
        assert_eq!(
            (answer.header("allow"), answer.header("vary")),
            ("GET, HEAD, OPTIONS", "Accept")
        );
    }
    assert_eq!(app.statements.take(), Vec::<String>::new());
}

#[tokio::test]
async fn options_as_a_page() {
    let app = App::sample(Backend::Sqlite).await;
    for (path, name, description) in ROUTES {
        let answer = ask(&app, "OPTIONS", path, &[("accept", "text/html")]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, PAGE), "{path}");
        let page = answer.text();
        assert!(page.contains(&format!("<title>{name}")), "{page}");
        assert!(page.contains(&format!("OPTIONS {path}")), "{page}");
        let (head, data) = shown(page);
        assert!(head.starts_with("HTTP 200 OK\n"), "{head}");
        let expected = format!(
            "{{\n    \"name\": \"{name}\",\n    \"description\": \"{description}\",\n    \"renders\": [\n        \"application/json\",\n        \"text/html\"\n    ],\n    \"parses\": [\n        \"application/json\",\n        \"application/x-www-form-urlencoded\",\n        \"multipart/form-data\"\n    ]\n}}"
        );
        assert_eq!(data, expected, "{path}");
    }
}
