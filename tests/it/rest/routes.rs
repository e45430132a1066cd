//! Addresses: those that there are, with their slash and without it.

use super::{BASE, JSON, PAGE, ask, get, json_text};
use crate::support::{App, Backend};

const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"];

#[tokio::test]
async fn the_root_tells_where_the_lists_are() {
    let app = App::empty(Backend::Sqlite).await;
    let all = format!(
        r#"{{"packages":"{BASE}/packages/","search":"{BASE}/search/","grids":"{BASE}/grids/","categories":"{BASE}/categories/"}}"#
    );
    assert_eq!(json_text(&app, "/api/v4/").await, all);
    // Of the query only the format goes into the links.
    assert_eq!(json_text(&app, "/api/v4/?limit=3&x=y").await, all);
}

/// Without the slash every method is sent to the address with it, before anything is looked up or
/// negotiated.
#[tokio::test]
async fn a_missing_slash_is_added() {
    let app = App::sample(Backend::Sqlite).await;
    for (path, location) in [
        ("/api/v4", "/api/v4/"),
        ("/api/v4/packages", "/api/v4/packages/"),
        ("/api/v4/search", "/api/v4/search/"),
        ("/api/v4/grids", "/api/v4/grids/"),
        ("/api/v4/categories", "/api/v4/categories/"),
        ("/api/v4/packages/683", "/api/v4/packages/683/"),
        ("/api/v4/packages/no-such-package", "/api/v4/packages/no-such-package/"),
        ("/api/v4/packages/99999999", "/api/v4/packages/99999999/"),
        ("/api/v4/grids/84", "/api/v4/grids/84/"),
        ("/api/v4/categories/nonsense", "/api/v4/categories/nonsense/"),
        // The query is kept as it is, be it sensible or not.
        ("/api/v4/packages?limit=1&limit=2&flag", "/api/v4/packages/?limit=1&limit=2&flag"),
        ("/api/v4/search?q=a+b%20c%FF;d", "/api/v4/search/?q=a+b%20c%FF;d"),
        ("/api/v4/packages/683?format=xml", "/api/v4/packages/683/?format=xml"),
        ("/api/v4/packages/a%20b%C3%A9", "/api/v4/packages/a%20b%C3%A9/"),
    ] {
        for method in METHODS {
            for accept in ["*/*", "image/png"] {
                let answer = ask(&app, method, path, &[("accept", accept)]).await;
                assert_eq!(answer.status, 301, "{method} {path}");
                assert_eq!(answer.header("location"), location, "{method} {path}");
                assert!(answer.body.is_empty(), "{method} {path}");
                assert_eq!((answer.header("allow"), answer.header("etag")), ("", ""));
            }
        }
    }
}

/// A suffix takes the slash's place: with it, there is nothing to add.
#[tokio::test]
async fn suffixes_are_not_redirected() {
    let app = App::sample(Backend::Sqlite).await;
    for path in [
        "/api/v4/.json",
        "/api/v4/packages.json",
        "/api/v4/packages/683.json",
        "/api/v4/search.json",
    ] {
        for path in [path.to_owned(), format!("{path}/")] {
            let answer = get(&app, &path, &[]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-type")),
                (200, JSON),
                "{path}"
            );
        }
    }
}

/// What no route leads to has the site's page for that: nobody negotiates there.
#[tokio::test]
async fn what_is_no_address_has_the_sites_page() {
    let app = App::sample(Backend::Sqlite).await;
    for path in [
        "/api/v4/nope",
        "/api/v4/nope/",
        "/api/v4/nope.json",
        "/api/v4//",
        "/api/v4/packages//",
        "/api/v4/packages/683//",
        "/api/v4/packages/683/x/",
        "/api/v4/packages/683/x",
        "/api/v4/packages/.json",
        "/api/v4/Packages/",
        "/api/v4/PACKAGES",
        "/api/v4/package/",
        "/api/v4/search/x/",
        "/api/v4/search/x",
        "/api/v4/search/x.json",
        "/api/v4/categories/4/4/",
        // An escaped slash is a slash.
        "/api/v4/packages/a%2Fb/",
        "/api/v4/packages/%2F",
    ] {
        for (method, accept) in [
            ("GET", "*/*"),
            ("GET", JSON),
            ("GET", "image/png"),
            ("GET", ""),
            ("POST", JSON),
            ("OPTIONS", JSON),
        ] {
            for query in ["", "?format=json", "?format=xml"] {
                let path = format!("{path}{query}");
                let answer = ask(&app, method, &path, &[("accept", accept)]).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.header("content-type")),
                    (404, PAGE),
                    "{path}"
                );
                assert_eq!(answer.header("allow"), "", "{path}");
                assert!(answer.text().contains("<html"), "{path}");
            }
        }
    }
}

/// An escaped letter is the letter.
#[tokio::test]
async fn escapes_in_addresses_are_read() {
    let app = App::sample(Backend::Sqlite).await;
    let plain = json_text(&app, "/api/v4/packages/683/").await;
    for path in
        ["/api/v4/p%61ckages/683/", "/api/v4/packages/%36%38%33/", "/api/v4/packages%2F683%2f"]
    {
        assert_eq!(json_text(&app, path).await, plain, "{path}");
    }
}
