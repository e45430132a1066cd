//! What the fuzz targets do with bytes, and what must not come of it. The tests do the same with the
//! corpus (`tests/it/wire/fuzz.rs`).

#![allow(dead_code, reason = "each target is one of them")]

use std::sync::OnceLock;

use async_graphql::{Request, Variables};
use axum::body::Body;
use http_body_util::BodyExt;
use packgrid::config::{Config, Editing, Graphql, Limits};
use packgrid::database::Database;
use packgrid::exchange::{Options, import, sample};
use packgrid::graphql::Service;
use packgrid::http::Site;
use serde_json::Value;
use tower::ServiceExt;

/// What separates a document from its variables.
const VARIABLES: &str = "\n---\n";

/// Codes of errors that are nobody's but ours.
const OURS: [&str; 3] = ["INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"];

/// Looks at a document, after which variables may come as JSON.
///
/// # Panics
/// When something is found that is not an answer.
pub fn document(data: &[u8]) {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (document, variables) = text.split_once(VARIABLES).unwrap_or((text, "{}"));
    let variables = serde_json::from_str(variables).map(Variables::from_json).unwrap_or_default();
    let service = SERVICE
        .get_or_init(|| Service::new(&Graphql::default(), Editing::default(), Limits::default()));
    let request = Request::new(document).variables(variables);
    let Err(errors) = runtime().block_on(service.prepare(request)) else {
        return;
    };
    assert!(!errors.is_empty(), "it was refused for nothing");
    for error in errors {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code")).cloned();
        let code = code.and_then(|code| code.into_json().ok());
        look_at_code(code.as_ref());
    }
}

/// Has a request answered: its method and address in the first line, then its headers, and after an
/// empty line its body.
///
/// # Panics
/// When the answer is not one.
pub fn handler(data: &[u8]) {
    let end = data.windows(2).position(|two| two == b"\n\n");
    let (head, body) = end.map_or((data, &[][..]), |end| (&data[..end], &data[end + 2..]));
    let Ok(head) = std::str::from_utf8(head) else {
        return;
    };
    let mut lines = head.lines();
    let (method, address) = lines.next().unwrap_or_default().split_once(' ').unwrap_or_default();
    let mut request = axum::http::Request::builder().method(method).uri(address);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
    }
    // What HTTP does not let through does not get this far.
    let Ok(request) = request.body(Body::from(body.to_vec())) else {
        return;
    };
    let router = site().router.clone();
    let answered = async {
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let of = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let kind = of("content-type").unwrap_or_default().to_owned();
        // A stream has no end.
        let body = match kind.as_str() {
            kind if kind.starts_with("text/event-stream") => Vec::new(),
            _ if of("content-encoding").is_some() => Vec::new(),
            _ => body.collect().await.unwrap().to_bytes().to_vec(),
        };
        (parts.status, kind, body)
    };
    let (status, kind, body) = runtime().block_on(answered);
    assert!(!status.is_server_error(), "{status}: {}", String::from_utf8_lossy(&body));
    if kind.contains("json") && !body.is_empty() {
        let answer: Value = serde_json::from_slice(&body).unwrap();
        for error in answer["errors"].as_array().into_iter().flatten() {
            assert!(error["message"].is_string(), "{error}");
            look_at_code(error["extensions"].get("code"));
        }
    }
}

fn look_at_code(code: Option<&Value>) {
    let code = code.and_then(Value::as_str).unwrap_or_default();
    assert!(!code.is_empty() && !OURS.contains(&code), "the code of an error is {code:?}");
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap())
}

/// The sample directory, served.
fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        let url = format!("sqlite:{}", folder.join("packgrid.db").display());
        let settings = packgrid::config::Database { url, ..Default::default() };
        runtime().block_on(async {
            let database = Database::open(&settings).await.unwrap();
            let now = packgrid::clock::now();
            packgrid::editing::upkeep::bring_up(&database, now).await.unwrap();
            import(&database, &sample(), Options::default(), now, &mut |_| {}).await.unwrap();
            let limits = Limits { batch: 3, ..Limits::default() };
            Site::new(database, Config { limits, ..Config::default() }).unwrap()
        })
    })
}
