//! Answers that are kept on the way.

use packgrid::config::{Config, Graphql};
use packgrid::exchange::{Options, import, sample};

use super::{address, configured, get, post};
use crate::support::{App, Backend, NOW, on_both};

const QUERY: &str = "{ packages(first: 100) { nodes { title repoDescription } } }";

async fn tag(app: &App, path: &str, headers: &[(&str, &str)]) -> String {
    let answer = get(app, path, headers).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("etag").to_owned()
}

on_both! {
    /// Each thing that an answer follows from is in its tag.
    async fn tags_tell_answers_apart(backend: Backend) {
        let app = App::sample(backend).await;
        let named = "query A($n: Int) { grids(first: $n) { totalCount } } query B { grids { totalCount } }";
        let mut seen = vec![];
        for (parameters, headers) in [
            (vec![("query", QUERY)], vec![]),
            (vec![("query", QUERY)], vec![("accept", "application/graphql-response+json")]),
            (vec![("query", QUERY)], vec![("accept-encoding", "br")]),
            (vec![("query", QUERY)], vec![("accept-encoding", "gzip")]),
            (vec![("query", "{ grids { totalCount } }")], vec![]),
            (vec![("query", "{ __typename }")], vec![]),
            (vec![("query", named), ("operationName", "A")], vec![]),
            (vec![("query", named), ("operationName", "B")], vec![]),
            (vec![("query", named), ("operationName", "A"), ("variables", r#"{"n":1}"#)], vec![]),
            (vec![("query", named), ("operationName", "A"), ("variables", r#"{"n":2}"#)], vec![]),
        ] {
            let path = address(&parameters);
            let found = tag(&app, &path, &headers).await;
            assert!(found.starts_with('"') && found.ends_with('"') && found.len() > 20, "{found}");
            assert_eq!(tag(&app, &path, &headers).await, found, "the same again");
            assert!(!seen.contains(&found), "{parameters:?} {headers:?}");
            seen.push(found);
        }
    }

    async fn not_modified_before_anything_runs(backend: Backend) {
        let app = App::sample(backend).await;
        let path = address(&[("query", QUERY)]);
        let plain = tag(&app, &path, &[]).await;
        let br = tag(&app, &path, &[("accept-encoding", "br")]).await;
        app.statements.take();
        for known in [plain.clone(), format!("W/{plain}"), format!("\"x\", {plain}")] {
            let answer = get(&app, &path, &[("if-none-match", &known)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, plain.as_str()), "{known}");
            assert_eq!(answer.header("cache-control"), "no-cache");
            assert!(answer.body.is_empty());
        }
        let answer = get(&app, &path, &[("if-none-match", &br), ("accept-encoding", "br")]).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, br.as_str()));
        assert_eq!(app.statements.take(), Vec::<String>::new(), "nothing was executed");
        // A form that the client can no longer read is no answer to it.
        let answer = get(&app, &path, &[("if-none-match", &br)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, plain.as_str()));
        assert_eq!(get(&app, &path, &[("if-none-match", "\"x\"")]).await.status, 200);
        // What does not fit the schema has no tag, and what fails on the way has none either.
        for query in ["{ nothing }", "{ packages(first: -1) { totalCount } __typename }"] {
            let answer = get(&app, &address(&[("query", query)]), &[]).await;
            assert_eq!((answer.header("etag"), answer.header("cache-control")), ("", "no-store"));
        }
        // What the answer says of the one who asks is not kept for others.
        let path = address(&[("query", QUERY), ("extensions", r#"{"cost":true}"#)]);
        let answer = get(&app, &path, &[]).await;
        assert_eq!((answer.header("etag"), answer.header("cache-control")), ("", "no-store"));
        assert!(answer.json()["extensions"]["cost"]["asked"].as_u64() >= answer.json()["extensions"]["cost"]["used"].as_u64());
        assert_eq!(post(&app, r#"{"query":"{ __typename }"}"#, &[]).await.header("etag"), "");
    }

    /// A change is seen by the next request; what reads nothing stays the same.
    async fn a_change_is_a_new_tag(backend: Backend) {
        let app = App::empty(backend).await;
        let path = address(&[("query", "{ grids { totalCount } }")]);
        let nothing = address(&[("query", "{ __typename }")]);
        let (before, always) = (tag(&app, &path, &[]).await, tag(&app, &nothing, &[]).await);
        import(&app.database, &sample(), Options::default(), NOW, &mut |_| {}).await.unwrap();
        let answer = get(&app, &path, &[("if-none-match", &before)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["data"]["grids"]["totalCount"], 31);
        assert_ne!(answer.header("etag"), before);
        assert_eq!(get(&app, &nothing, &[("if-none-match", &always)]).await.status, 304);
    }

    async fn how_long_is_a_setting(backend: Backend) {
        let graphql = Graphql { cache_control: "public, max-age=60".to_owned(), ..Graphql::default() };
        let app = configured(backend, Config { graphql, ..Config::default() }).await;
        let answer = get(&app, &address(&[("query", "{ grids { totalCount } }")]), &[]).await;
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
    }
}
