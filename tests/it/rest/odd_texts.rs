//! Texts that are hard to write: they are data, and come out as they went in.

use serde_json::json;

use super::{get, json_text, shown, tiny};
use crate::support::files::{category, grid, package};
use crate::support::{App, Backend, on_both};

async fn of(backend: Backend, changes: serde_json::Value) -> App {
    let packages = json!([package(1, changes)]);
    tiny(backend, json!([category(4, json!({}))]), json!([grid(84, json!({}))]), packages).await
}

on_both! {
    async fn utf8_and_what_is_escaped(backend: Backend) {
        let app = of(backend, json!({
            "title": "Ünï ☃ 日本 😀 \u{feff}\u{200b}\u{e000}",
            "repo_description": "\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f} \" \\ / \u{7f}\u{80}\u{9f} <>&'",
            "participants": ["a\u{2028}b\u{2029}c", "\u{2027}\u{202a}"],
        })).await;
        let text = json_text(&app, "/api/v4/packages/1/").await;
        assert!(text.contains("\"title\":\"Ünï ☃ 日本 😀 \u{feff}\u{200b}\u{e000}\""), "{text}");
        // What JSON must escape, in its shortest form, and nothing else.
        let escaped = concat!(r#""repo_description":"\u0001\b\t\n\u000b\f\r\u001f \" \\ / "#, "\u{7f}\u{80}\u{9f} <>&'\"");
        assert!(text.contains(escaped), "{text}");
        // Lines end with these two in JavaScript, so they are escaped, and their neighbours are not.
        assert!(text.contains(concat!(r#""participants":["a\u2028b\u2029c",""#, "\u{2027}\u{202a}\"]")), "{text}");
        let list = json_text(&app, "/api/v4/packages/").await;
        assert!(list.ends_with(&format!("[{text}]}}")), "{list}");
        let indented = get(&app, "/api/v4/packages/1/", &[("accept", "*/*; indent=1")]).await;
        assert!(indented.text().contains(r#""a\u2028b\u2029c""#), "{}", indented.text());
    }

    /// A page shows the JSON that others get.
    async fn on_a_page(backend: Backend) {
        let app = of(backend, json!({
            "title": "é \u{1} \" \\\" \\", "repo_description": "[{,:\n}] \\u0041",
        })).await;
        let page = get(&app, "/api/v4/packages/1/", &[("accept", "text/html")]).await;
        let plain = get(&app, "/api/v4/packages/1/", &[("accept", "*/*; indent=4")]).await;
        assert_eq!(shown(page.text()).1, plain.text());
    }

    async fn ends_of_lines_on_a_page(backend: Backend) {
        let app = of(backend, json!({ "participants": ["a\u{2028}b\u{2029}c"] })).await;
        let page = get(&app, "/api/v4/packages/1/", &[("accept", "text/html")]).await;
        assert!(shown(page.text()).1.contains(r#""a\u2028b\u2029c""#), "{}", shown(page.text()).1);
    }

    /// What real records are like: nothing of it is tidied up.
    async fn kept_as_they_came(backend: Backend) {
        let app = of(backend, json!({
            "title": " Title with a space ", "slug": "x".repeat(50),
            "repo_description": "line\r\nline \r\n:gear: `code` \"quoted\" ",
            "repo_url": "https://GitHub.com/Some/Repo/", "pypi_version": "0.1.1-pre1",
            "pypi_url": "", "participants": ["123", "dependabot[bot]", "Some One", "Some One", ""],
        })).await;
        let text = json_text(&app, "/api/v4/packages/1/").await;
        for part in [
            r#""title":" Title with a space ""#,
            r#""repo_description":"line\r\nline \r\n:gear: `code` \"quoted\" ""#,
            r#""repo_url":"https://GitHub.com/Some/Repo/""#,
            r#""pypi_version":"0.1.1-pre1""#,
            r#""pypi_url":"""#,
            r#""participants":["123","dependabot[bot]","Some One","Some One",""]"#,
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    async fn null_and_empty_are_two_things(backend: Backend) {
        for (field, values) in [
            ("documentation_url", vec![json!(null), json!(""), json!("https://example.org/")]),
            ("pypi_version", vec![json!(null), json!(""), json!("1.4-16")]),
            ("last_updated", vec![json!(null)]),
            ("last_fetched", vec![json!(null)]),
            ("commits_over_52", vec![json!([]), json!([3])]),
            ("participants", vec![json!([]), json!(["one"])]),
            ("grids", vec![json!([])]),
            ("repo_url", vec![json!("")]),
            ("repo_description", vec![json!("")]),
            ("repo_watchers", vec![json!(0), json!(2_147_483_647)]),
        ] {
            for value in values {
                let app = of(backend, json!({ field: value })).await;
                let text = json_text(&app, "/api/v4/packages/1/").await;
                assert!(text.contains(&format!(",\"{field}\":{value}")), "{field}: {value} in {text}");
            }
        }
    }
}
