//! What `Accept` says.

use super::{BASE, BROWSER, JSON, NOT_ACCEPTABLE, PAGE, ask, get, seen};
use crate::support::{App, Backend};

#[tokio::test]
async fn the_most_specific_range_wins() {
    let app = App::sample(Backend::Sqlite).await;
    let paths = [
        "/api/v4/",
        "/api/v4/packages/",
        "/api/v4/packages/683/",
        "/api/v4/categories/4/",
        "/api/v4/search/?q=x",
    ];
    for (accept, expected) in [
        (None, JSON),
        (Some("*/*"), JSON),
        (Some("application/json"), JSON),
        (Some("application/*"), JSON),
        (Some("text/html"), PAGE),
        (Some("text/*"), PAGE),
        // At equal rank it is JSON, however little it is wanted.
        (Some("text/html,application/json"), JSON),
        (Some("text/html,application/json;q=0.9"), JSON),
        (Some("text/html,application/json;q=0"), JSON),
        (Some("text/*, application/*;q=0.1"), JSON),
        (Some("application/json;q=0"), JSON),
        (Some("*/*;q=0"), JSON),
        // A type before a range of them, both before everything.
        (Some("*/*, text/html"), PAGE),
        (Some("*/*, text/html;q=0"), PAGE),
        (Some("*/*, text/*"), PAGE),
        (Some("application/*, text/html"), PAGE),
        (Some("text/*, application/json"), JSON),
        (Some("text/html,*/*;q=0.8"), PAGE),
        (Some(BROWSER), PAGE),
        // Parameters make it more specific; a quality is none.
        (Some("application/json, text/html;level=1"), PAGE),
        (Some("application/json;indent=2, text/html"), JSON),
        (Some("application/json, text/html;q=1"), JSON),
        // What is not known does not matter.
        (Some("image/png, text/html"), PAGE),
        (Some("nonsense, */*"), JSON),
        (Some("*, text/html"), PAGE),
    ] {
        for path in paths {
            let headers: Vec<_> = accept.iter().map(|accept| ("accept", *accept)).collect();
            let answer = get(&app, path, &headers).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-type")),
                (200, expected),
                "{accept:?} {path}"
            );
            assert_eq!(answer.header("vary"), "Accept");
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_satisfied() {
    let app = App::sample(Backend::Sqlite).await;
    for accept in [
        "",
        " ",
        "*",
        "nonsense",
        "/",
        "json",
        "image/png",
        "application/xml",
        "application/jsonx",
        "text/plain;q=1",
    ] {
        for path in [
            "/api/v4/",
            "/api/v4/packages/",
            "/api/v4/packages/683/",
            "/api/v4/packages/nobody/",
            "/api/v4/search/",
        ] {
            let answer = get(&app, path, &[("accept", accept)]).await;
            assert_eq!(seen(&answer), (406, JSON, NOT_ACCEPTABLE), "{accept:?} {path}");
            assert_eq!(
                (answer.header("allow"), answer.header("vary")),
                ("GET, HEAD, OPTIONS", "Accept")
            );
        }
    }
}

/// A parameter of what is accepted spreads the JSON out, by at most 8 a level.
#[tokio::test]
async fn indented() {
    let app = App::empty(Backend::Sqlite).await;
    let lists = ["packages", "search", "grids", "categories"];
    for (accept, width) in [
        ("application/json; indent=4", 4),
        ("application/json;indent=1", 1),
        ("application/json; indent=8", 8),
        ("application/json; indent=9", 8),
        ("application/json; indent=1000000", 8),
        ("*/*; indent=2", 2),
        ("application/*; indent=3", 3),
        ("text/html, application/json; indent=4; q=0.1", 4),
        ("application/json", 0),
        ("application/json; indent=0", 0),
        ("application/json; indent=-1", 0),
        ("application/json; indent=", 0),
        ("application/json; indent=x", 0),
        ("application/json; indent=4.0", 0),
        ("application/json; q=0.4", 0),
    ] {
        let answer = get(&app, "/api/v4/", &[("accept", accept)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, JSON),
            "{accept}"
        );
        let (line, colon) = match width {
            0 => (String::new(), ":"),
            width => (format!("\n{}", " ".repeat(width)), ": "),
        };
        let links =
            lists.map(|list| format!("{line}\"{list}\"{colon}\"{BASE}/{list}/\"")).join(",");
        let end = if width == 0 { "" } else { "\n" };
        assert_eq!(answer.text(), format!("{{{links}{end}}}"), "{accept}");
    }
    // Lists in lists, and those that are empty; refusals and OPTIONS alike.
    let indent = [("accept", "application/json; indent=2")];
    let answer = get(&app, "/api/v4/packages/", &indent).await;
    let nothing =
        "{\n  \"count\": 0,\n  \"next\": null,\n  \"previous\": null,\n  \"results\": []\n}";
    assert_eq!(answer.text(), nothing);
    let answer = get(&app, "/api/v4/packages/1/", &indent).await;
    let refusal = "{\n  \"detail\": \"No Package matches the given query.\"\n}";
    assert_eq!(answer.text(), refusal);
    let answer = ask(&app, "OPTIONS", "/api/v4/grids/", &indent).await;
    assert!(answer.text().starts_with(
        "{\n  \"name\": \"Grid List\",\n  \"description\": \"\",\n  \"renders\": [\n    \"app"
    ));
    let answer = get(&app, "/api/v4/search/", &indent).await;
    assert_eq!(answer.text(), "[]");
}
