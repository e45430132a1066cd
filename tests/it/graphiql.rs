//! GraphiQL: what is served. A browser drives it in `tests/browser`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use crate::support::{Answer, App, Backend, on_both};

async fn get(app: &App, path: &str, accept_encoding: &str) -> Answer {
    let request = Request::get(path).header("accept-encoding", accept_encoding);
    app.send(request.body(Body::empty()).unwrap()).await
}

/// The default tabs, with their variables.
fn tabs() -> Vec<(String, String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/graphiql/src/tabs");
    let mut tabs: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "graphql"))
        .map(|path| {
            let query = std::fs::read_to_string(&path).unwrap();
            let variables = std::fs::read_to_string(path.with_extension("json"))
                .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
            (path.display().to_string(), query, variables)
        })
        .collect();
    tabs.sort_by(|one, other| one.0.cmp(&other.0));
    tabs
}

on_both! {
    async fn every_default_tab_answers(backend: Backend) {
        let app = App::sample(backend).await;
        assert_eq!(tabs().len(), 9);
        for (name, query, variables) in tabs() {
            let answer = app.answer(&query, variables).await;
            assert!(answer.get("errors").is_none(), "{name}: {answer:#}");
            // The stars of many packages are unknown.
            let text = answer.to_string().replace("\"repoWatchers\":null", "");
            assert!(!text.contains(":null,\"") || name.contains("repository") || name.contains("facts"), "{name}: {answer:#}");
        }
    }

    /// Its assets' addresses are relative to `/graphiql`, so the page works nowhere else.
    async fn other_names_of_the_page_lead_to_it(backend: Backend) {
        let app = App::sample(backend).await;
        for path in ["/graphiql/", "/graphiql/index.html"] {
            let answer = get(&app, &format!("{path}?query=%7B__typename%7D"), "identity").await;
            assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{path}");
            assert_eq!(answer.header("location"), "../graphiql?query=%7B__typename%7D", "{path}");
        }
    }

    async fn everything_is_served_from_here(backend: Backend) {
        let app = App::sample(backend).await;
        let files = include_str!("../../graphiql/dist/files.txt");
        assert!(files.lines().count() > 5);
        for file in files.lines() {
            for coding in ["br", "gzip", ""] {
                let path = if file == "index.html" { "/graphiql".to_owned() } else { format!("/graphiql/{file}") };
                let answer = get(&app, &path, coding).await;
                assert_eq!(answer.status, StatusCode::OK, "{path} {coding}");
                assert_eq!(answer.header("content-encoding"), coding);
                assert_eq!(answer.header("vary"), "Accept-Encoding");
                assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
                assert_ne!(answer.header("content-type"), "application/octet-stream", "{path}");
                let immutable = answer.header("cache-control").contains("immutable");
                assert_eq!(immutable, file.starts_with("assets/"), "{path}");
            }
        }
        let page = get(&app, "/graphiql", "").await;
        let text = page.text();
        assert!(text.contains("packgrid") && !text.contains("http://") && !text.contains("https://"));
        // The page is served below any path of a proxy's, so nothing begins at the root of the host.
        let links: Vec<_> = ["href=\"", "src=\""].iter().flat_map(|of| text.split(of).skip(1)).collect();
        assert!(links.len() > 2 && links.iter().all(|link| link.starts_with("graphiql/assets/")), "{text}");
        for file in files.lines().filter(|file| file.ends_with(".js") || file.ends_with(".css")) {
            let answer = get(&app, &format!("/graphiql/{file}"), "").await;
            let text = String::from_utf8_lossy(&answer.body);
            for root in ["\"/graphql", "`/graphql", "/graphiql/assets", "(/assets"] {
                assert!(!text.contains(root), "{file} has {root}");
            }
        }
        for missing in ["/graphiql/nothing.js", "/graphiql/../Cargo.toml", "/graphiql/assets/"] {
            assert_eq!(get(&app, missing, "br").await.status, StatusCode::NOT_FOUND, "{missing}");
        }
        for (accept, coding) in [
            ("br;q=0, gzip", "gzip"), ("gzip, br;q=0.5", "gzip"), ("gzip, deflate, br, zstd", "br"),
        ] {
            assert_eq!(get(&app, "/graphiql", accept).await.header("content-encoding"), coding);
        }
    }
}
