//! Formats: by `?format=`, and by a suffix.

use super::{BASE, JSON, NOT_ACCEPTABLE, NOT_FOUND, PAGE, get, json_text, seen, shown};
use crate::support::{App, Backend, on_both};

on_both! {
    /// Which form an answer has, and what stands behind the id in its links.
    async fn forms_and_their_links(backend: Backend) {
        let app = App::sample(backend).await;
        for (address, content_type, end) in [
            ("/", JSON, "/"),
            ("/?x=1", JSON, "/"),
            ("/?Format=xml", JSON, "/"),
            ("/?format=json", JSON, "/?format=json"),
            ("/?format=api", PAGE, "/?format=api"),
            ("/?x=1&format=json&y=2", JSON, "/?format=json"),
            // An empty one asks for nothing, and is carried all the same.
            ("/?format=", JSON, "/?format="),
            ("/?format", JSON, "/?format="),
            // The last counts, and it alone goes into links.
            ("/?format=api&format=json", JSON, "/?format=json"),
            ("/?format=json&format=api", PAGE, "/?format=api"),
            ("/?format=xml&format=json", JSON, "/?format=json"),
            ("/?format=api&format=", JSON, "/?format="),
            // A suffix takes the slash's place in links, with a slash behind it or not.
            (".json", JSON, ".json"),
            (".json/", JSON, ".json"),
            (".api", PAGE, ".api"),
            (".api/", PAGE, ".api"),
            // It beats the other, which is then only carried, whatever it says.
            (".json?format=json", JSON, ".json?format=json"),
            (".json?format=api", JSON, ".json?format=api"),
            (".json?format=xml", JSON, ".json?format=xml"),
            (".json?format=a%20b/c", JSON, ".json?format=a+b%2Fc"),
            (".json?format=", JSON, ".json?format="),
            (".api?format=json", PAGE, ".api?format=json"),
            (".json?x=1", JSON, ".json"),
        ] {
            let links = [format!(r#""{BASE}/categories/4{end}""#), format!(r#""{BASE}/grids/84{end}""#)];
            for path in ["/api/v4/packages/683", "/api/v4/packages/django-queued-storage", "/api/v4/packages"] {
                // The oldest is on the last page.
                let page = if path.ends_with("packages") { "offset=190" } else { "" };
                let sign = if address.contains('?') { '&' } else { '?' };
                let path = if page.is_empty() { format!("{path}{address}") } else { format!("{path}{address}{sign}{page}") };
                let answer = get(&app, &path, &[]).await;
                assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, content_type), "{path}");
                let data = if content_type == PAGE { shown(answer.text()).1 } else { answer.text().to_owned() };
                for link in &links {
                    assert!(data.contains(link), "{path}: {link} in {data}");
                }
            }
            // Also grids link to packages so.
            let grid = get(&app, &format!("/api/v4/grids/84{address}"), &[]).await;
            let data = if content_type == PAGE { shown(grid.text()).1 } else { grid.text().to_owned() };
            assert!(data.contains(&format!(r#""{BASE}/packages/683{end}""#)), "{address}: {data}");
        }
    }
}

#[tokio::test]
async fn the_root_carries_the_format_too() {
    let app = App::empty(Backend::Sqlite).await;
    for (path, end) in [
        ("/api/v4/?format=json", "/?format=json"),
        ("/api/v4/?format=", "/?format="),
        ("/api/v4/.json", ".json"),
        ("/api/v4/.json/", ".json"),
        ("/api/v4/.json?format=xml", ".json?format=xml"),
    ] {
        let expected = format!(
            r#"{{"packages":"{BASE}/packages{end}","search":"{BASE}/search{end}","grids":"{BASE}/grids{end}","categories":"{BASE}/categories{end}"}}"#
        );
        assert_eq!(json_text(&app, path).await, expected, "{path}");
    }
    for path in ["/api/v4/.api", "/api/v4/?format=api"] {
        assert_eq!(get(&app, path, &[]).await.header("content-type"), PAGE);
    }
    assert_eq!(json_text(&app, "/api/v4/search.json?format=xml").await, "[]");
}

/// An unknown format is JSON's 404, before anything else is looked at.
#[tokio::test]
async fn unknown_formats() {
    let app = App::sample(Backend::Sqlite).await;
    for path in [
        "/api/v4",
        "/api/v4/packages",
        "/api/v4/packages/683",
        "/api/v4/packages/nobody",
        "/api/v4/grids",
        "/api/v4/categories/4",
        "/api/v4/search",
    ] {
        let root = if path == "/api/v4" { "/" } else { "" };
        for end in [
            "/?format=xml",
            "/?format=JSON",
            "/?format=Api",
            "/?format=json%20",
            "/?format=json&format=xml",
            "/?format=html",
            "/?format=%00",
        ] {
            for accept in ["*/*", "text/html", "image/png"] {
                let answer = get(&app, &format!("{path}{end}"), &[("accept", accept)]).await;
                assert_eq!(seen(&answer), (404, JSON, NOT_FOUND), "{path}{end}");
                assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
                assert_eq!(answer.header("vary"), "Accept");
            }
        }
        for end in [".xml", ".xml/", ".html", ".5", ".5/", ".jsonx", ".xml?format=json"] {
            let answer = get(&app, &format!("{path}{root}{end}"), &[]).await;
            assert_eq!(seen(&answer), (404, JSON, NOT_FOUND), "{path}{end}");
        }
    }
}

/// A format only narrows the choice: what is left must be welcome.
#[tokio::test]
async fn formats_beside_accept() {
    let app = App::sample(Backend::Sqlite).await;
    for (end, accept, expected) in [
        ("/?format=json", "text/html", None),
        ("/?format=json", "text/*", None),
        ("/?format=json", "text/html,*/*;q=0.8", Some(JSON)),
        ("/?format=json", super::BROWSER, Some(JSON)),
        ("/?format=api", "application/json", None),
        ("/?format=api", "application/*", None),
        ("/?format=api", "application/json, text/*", Some(PAGE)),
        ("/?format=api", "*/*", Some(PAGE)),
        ("/?format=", "text/html", Some(PAGE)),
        (".json", "text/html", None),
        (".json", super::BROWSER, Some(JSON)),
        (".api", "application/json", None),
        (".json?format=api", "text/html", None),
        (".json?format=api", "application/json", Some(JSON)),
    ] {
        let answer = get(&app, &format!("/api/v4/packages/683{end}"), &[("accept", accept)]).await;
        match expected {
            Some(content_type) => {
                assert_eq!(
                    (answer.status.as_u16(), answer.header("content-type")),
                    (200, content_type),
                    "{end} {accept}"
                );
            }
            None => assert_eq!(seen(&answer), (406, JSON, NOT_ACCEPTABLE), "{end} {accept}"),
        }
    }
}
