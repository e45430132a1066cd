//! Pages for people.

use serde_json::json;

use super::{BASE, PAGE, ask, get, shown, tiny, without_tags};
use crate::support::files::{category, grid, package};
use crate::support::{App, Backend, on_both};

const HTML: [(&str, &str); 1] = [("accept", "text/html")];

on_both! {
    /// A page has the status that the JSON would have, and shows it.
    async fn statuses_and_titles(backend: Backend) {
        let app = App::sample(backend).await;
        let long = format!("/api/v4/search/?q={}", "x".repeat(1001));
        for (method, path, status, meaning, title) in [
            ("GET", "/api/v4/", 200, "OK", "Api Root"),
            ("GET", "/api/v4/packages/?limit=2", 200, "OK", "Package List"),
            ("GET", "/api/v4/packages/683/", 200, "OK", "Package Instance"),
            ("GET", "/api/v4/grids/", 200, "OK", "Grid List"),
            ("GET", "/api/v4/grids/84/", 200, "OK", "Grid Instance"),
            ("GET", "/api/v4/categories/", 200, "OK", "Category List"),
            ("GET", "/api/v4/categories/4/", 200, "OK", "Category Instance"),
            ("GET", "/api/v4/search/?q=storage", 200, "OK", "Search V3 List"),
            ("GET", "/api/v4/search/", 200, "OK", "Search V3 List"),
            ("GET", "/api/v4/packages/nobody/", 404, "Not Found", "Package Instance"),
            ("GET", "/api/v4/categories/nobody/", 404, "Not Found", "Category Instance"),
            ("DELETE", "/api/v4/packages/683/", 405, "Method Not Allowed", "Package Instance"),
            ("POST", "/api/v4/", 405, "Method Not Allowed", "Api Root"),
            ("OPTIONS", "/api/v4/packages/nobody/", 200, "OK", "Package Instance"),
            ("GET", &long, 400, "Bad Request", "Search V3 List"),
        ] {
            let answer = ask(&app, method, path, &HTML).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, PAGE), "{path}");
            assert_eq!((answer.header("allow"), answer.header("vary")), ("GET, HEAD, OPTIONS", "Accept"));
            let page = answer.text();
            assert!(page.contains(&format!("<title>{title}")), "{path}: {page}");
            assert!(without_tags(page).contains(&format!("{method} {path}")), "{path}: {page}");
            let (head, data) = shown(page);
            let expected = format!("HTTP {status} {meaning}\nAllow: GET, HEAD, OPTIONS\nContent-Type: application/json\nVary: Accept");
            assert_eq!(head, expected, "{path}");
            // It is the JSON that others get, spread out.
            let plain = ask(&app, method, path, &[("accept", "application/json; indent=4")]).await;
            assert_eq!(plain.status, answer.status);
            assert_eq!(data, plain.text(), "{path}");
        }
    }

    /// Links have the format only if the request had it, be they in the data or around it.
    async fn links(backend: Backend) {
        let app = App::sample(backend).await;
        for path in ["/api/v4/", "/api/v4/packages/?limit=1&offset=5", "/api/v4/packages/683/", "/api/v4/grids/84/"] {
            let plain = get(&app, path, &HTML).await;
            assert!(!plain.text().contains("format="), "{path}: {}", plain.text());
            let sign = if path.contains('?') { '&' } else { '?' };
            let with_format = get(&app, &format!("{path}{sign}format=api"), &HTML).await;
            let page = with_format.text();
            for link in page.split("href=\"").skip(1) {
                let link = link.split('"').next().unwrap();
                assert!(!link.contains("/api/v4/") || link.contains("format=api"), "{path}: {link}");
            }
        }
        let page = get(&app, "/api/v4/packages/?limit=1&offset=5&format=api", &HTML).await;
        for link in ["limit=1&amp;offset=6", "limit=1&amp;offset=4"] {
            assert!(page.text().contains(&format!("href=\"{BASE}/packages/?format=api&amp;{link}\"")), "{link}");
        }
        let root = get(&app, "/api/v4/", &HTML).await;
        for list in ["packages", "search", "grids", "categories"] {
            assert!(root.text().contains(&format!("<a href=\"{BASE}/{list}/\"")), "{list}");
        }
    }

    /// Nobody's text becomes a part of the page, wherever it stands.
    async fn texts_are_not_markup(backend: Backend) {
        let nasty = r#"</pre><script>alert("1")</script>&lt;b&gt; ' <!-- "#;
        let image = r#""><img src=x onerror=alert(1)>"#;
        let address = r#"https://example.com/"onmouseover="alert(1)"#;
        let app = tiny(
            backend,
            json!([category(4, json!({"title": nasty.get(..50), "description": nasty}))]),
            json!([grid(84, json!({"title": nasty, "description": image}))]),
            json!([package(1, json!({
                "title": nasty, "repo_description": image, "documentation_url": "javascript:alert(1)",
                "pypi_url": address, "repo_url": "https://example.com/<script>?a=b&c='d'",
                "participants": [nasty, "JavaScript:alert(2)", "data:text/html,x", "http://[<b>", " https://example.com/"],
            }))]),
        )
        .await;
        for path in [
            "/api/v4/packages/", "/api/v4/packages/1/", "/api/v4/grids/84/", "/api/v4/categories/4/",
            "/api/v4/search/?q=script",
            // What was asked is shown, too.
            "/api/v4/packages/%3Cpre%3E/",
            "/api/v4/packages/%22%3E%3Cscript%3Ealert(1)%3C%5Cscript%3E/",
            "/api/v4/packages/?limit=1&offset=1&a=%22%3E%3Cscript%3E&'%3E='",
            "/api/v4/packages/?format=api&x='onmouseover='",
        ] {
            let answer = get(&app, path, &HTML).await;
            let page = answer.text();
            for markup in ["<script", "<img", "<!-- ", "\"onmouseover", "'onmouseover", "href=\"javascript", "href=\"JavaScript", "href=\"data", "href=\" "] {
                assert!(!page.contains(markup), "{path}: {markup} in {page}");
            }
            // One end, and it is ours.
            assert_eq!(page.matches("</pre>").count(), page.matches("<pre").count(), "{path}");
            let plain = get(&app, path, &[("accept", "*/*; indent=4")]).await;
            if !path.contains("format=api") {
                assert_eq!(shown(page).1, plain.text(), "{path}");
            }
            // A page brings no scripts, and none that slipped in would run.
            assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        }
        let page = get(&app, "/api/v4/packages/1/", &HTML).await;
        let link = "https://example.com/&lt;script&gt;?a=b&amp;c=&#x27;d&#x27;";
        assert!(page.text().contains(&format!("<a href=\"{link}\"")), "{}", page.text());
    }
}
