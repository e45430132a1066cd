//! The REST API, version 4: what its clients rely on, as the original answers them. Expected values
//! are spelled out; those of record 683 come from the original itself.

mod accept;
mod beyond;
mod caching;
mod formats;
mod links;
mod lookup;
mod methods;
mod odd_texts;
mod pages;
mod paging;
mod record;
mod records;
mod routes;
mod search;
mod times;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::support::files::Files;
use crate::support::{Answer, App, Backend};

/// Where the lists are for those who ask `example.org`, as [`ask`] does.
const BASE: &str = "http://example.org/api/v4";

const JSON: &str = "application/json";
const PAGE: &str = "text/html; charset=utf-8";

/// What a browser accepts.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

const NOT_FOUND: &str = r#"{"detail":"Not found."}"#;
const NOT_ACCEPTABLE: &str = r#"{"detail":"Could not satisfy the request Accept header."}"#;
const NO_PACKAGE: &str = r#"{"detail":"No Package matches the given query."}"#;
const NO_GRID: &str = r#"{"detail":"No Grid matches the given query."}"#;
const NO_CATEGORY: &str = r#"{"detail":"No Category matches the given query."}"#;

/// Sends a request with these headers; its host is `example.org` unless they say otherwise.
async fn ask(app: &App, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if headers.iter().all(|(name, _)| *name != "host") {
        request = request.header("host", "example.org");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(app, "GET", path, headers).await
}

/// The text of a JSON answer that is as it should be.
async fn json_text(app: &App, path: &str) -> String {
    let answer = get(app, path, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JSON), "{path}");
    answer.text().to_owned()
}

async fn json(app: &App, path: &str) -> Value {
    serde_json::from_str(&json_text(app, path).await).unwrap()
}

/// Serves these few records.
async fn tiny(backend: Backend, categories: Value, grids: Value, packages: Value) -> App {
    serving(backend, &Files::new(categories, grids, packages)).await
}

/// Serves what is in these files.
async fn serving(backend: Backend, files: &Files) -> App {
    let app = App::empty(backend).await;
    files.import(&app.database).await.unwrap();
    app
}

/// Status, type and body.
fn seen(answer: &Answer) -> (u16, &str, &str) {
    (answer.status.as_u16(), answer.header("content-type"), answer.text())
}

/// The names of an answer's headers.
fn header_names(answer: &Answer) -> Vec<&str> {
    let mut names: Vec<&str> = answer.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    names
}

/// The answer that a page shows: what stands before the data, and the data.
fn shown(page: &str) -> (String, String) {
    let pre = page.rfind("<pre").unwrap();
    let end = page[pre..].find("</pre>").unwrap() + pre;
    let text = without_tags(&page[pre..end]);
    let (head, data) = text.split_once("\n\n").unwrap();
    (head.to_owned(), data.to_owned())
}

/// What is to be read of HTML.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        rest = &rest[rest[start..].find('>').unwrap() + start + 1..];
    }
    text.push_str(rest);
    for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'")] {
        text = text.replace(entity, c);
    }
    text.replace("&#39;", "'").replace("&amp;", "&")
}
