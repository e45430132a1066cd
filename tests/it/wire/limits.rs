//! Limits: each holds at its number, and not above; refusals read nothing.

use packgrid::config::{Config, Limits, Rate};
use serde_json::{Value, json};

use super::{code, code_of, configured, post};
use crate::support::{App, Backend, on_both};

on_both! {
    async fn at_the_limit_and_above(backend: Backend) {
        let limits = Limits {
            document_bytes: 200, tokens: 40, depth: 4, selections: 12, root_fields: 5, aliases: 3, directives: 2,
            variables_bytes: 50, value_depth: 3, brackets: 8, cost: 300, ..Limits::default()
        };
        let app = configured(backend, Config { limits, ..Config::default() }).await;
        let repeated = |times: usize, part: &str| format!("{{ {} }}", part.repeat(times));
        let cases: [(&str, String, Value, String, Value); 10] = [
            ("document_bytes", format!("{{ __typename }}{}", " ".repeat(186)), json!({}), format!("{{ __typename }}{}", " ".repeat(187)), json!({})),
            ("tokens", format!("{{__typename}}{}", "#x\n".repeat(30)), json!({}), "{a(b:[".to_owned() + &"1 ".repeat(36), json!({})),
            ("brackets", "{}".repeat(3), json!({}), "[".repeat(9), json!({})),
            ("depth", "{ package(slug: \"x\") { category { packages { totalCount } } } }".to_owned(), json!({}),
                "{ package(slug: \"x\") { category { packages { nodes { id } } } } }".to_owned(), json!({})),
            ("selections", "{ ...A ...A } fragment A on Query { ...B ...B } fragment B on Query { __typename }".to_owned(), json!({}),
                "{ ...A ...A ...A } fragment A on Query { ...B ...B } fragment B on Query { __typename }".to_owned(), json!({})),
            ("root_fields", repeated(5, "__typename "), json!({}), repeated(6, "__typename "), json!({})),
            ("aliases", "{ a: __typename b: __typename c: __typename }".to_owned(), json!({}), "{ a: __typename b: __typename c: __typename d: __typename }".to_owned(), json!({})),
            ("directives", "{ __typename @skip(if: false) @include(if: true) }".to_owned(), json!({}),
                "{ __typename @skip(if: false) @include(if: true) ... @include(if: true) { __typename } }".to_owned(), json!({})),
            ("variables_bytes", "query ($s: String!) { package(slug: $s) { id } }".to_owned(), json!({"s": "x".repeat(43)}),
                "query ($s: String!) { package(slug: $s) { id } }".to_owned(), json!({"s": "x".repeat(44)})),
            ("value_depth", "{ packages(filter: { not: { not: {} } }) { pageInfo { hasNextPage } } }".to_owned(), json!({}),
                "{ packages(filter: { not: { not: { not: {} } } }) { pageInfo { hasNextPage } } }".to_owned(), json!({})),
        ];
        for (limit, fine, fine_variables, over, over_variables) in cases {
            let answer = app.answer(&fine, fine_variables).await;
            assert_ne!(answer["errors"][0]["extensions"]["limit"], limit, "{fine}: {answer}");
            app.statements.take();
            let answer = app.answer(&over, over_variables).await;
            assert_eq!(answer["errors"][0]["extensions"]["limit"], limit, "{over}: {answer}");
            assert_eq!(code_of(&answer), "GRAPHQL_VALIDATION_FAILED");
            assert!(answer["errors"][0]["extensions"]["most"].is_number());
            assert_eq!(app.statements.take(), Vec::<String>::new());
        }
    }

    /// A page multiplies what is under it by its `first`, whoever says how much that is.
    async fn cost(backend: Backend) {
        let app = App::sample(backend).await;
        let deep = "{ packages(first: 100) { nodes { category { packages(first: 100) { nodes { category { packages(first: 100) { nodes { id } } } } } } } } }";
        app.statements.take();
        let answer = app.answer(deep, json!({})).await;
        assert_eq!(code_of(&answer), "COST_ESTIMATED_TOO_EXPENSIVE");
        assert_eq!(app.statements.take(), Vec::<String>::new());
        let asked = |query: &'static str, variables: Value| {
            let app = &app;
            async move {
                let body = json!({"query": query, "variables": variables, "extensions": {"cost": true}});
                let answer = post(app, &body.to_string(), &[]).await.json();
                let cost = &answer["extensions"]["cost"];
                (cost["asked"].as_u64().unwrap(), cost["used"].as_u64().unwrap())
            }
        };
        for (query, variables, expected) in [
            ("{ __typename }", json!({}), 1),
            ("{ packages(first: 7) { nodes { id } } }", json!({}), 20 + 10 + 7 * (2 + 1)),
            ("{ packages(last: 7) { edges { node { id slug } } } }", json!({}), 20 + 10 + 7 * (2 + 2 + 2)),
            ("{ packages { nodes { id } } }", json!({}), 20 + 10 + 20 * (2 + 1)),
            ("query ($n: Int) { packages(first: $n) { nodes { id } } }", json!({"n": 3}), 20 + 10 + 3 * (2 + 1)),
            ("query ($n: Int = 4) { packages(first: $n) { nodes { id } } }", json!({}), 20 + 10 + 4 * (2 + 1)),
            ("{ packages(first: 2) { ...F } } fragment F on PackageConnection { nodes { ...P } } fragment P on Package { id }", json!({}), 20 + 10 + 2 * (2 + 1)),
            ("{ packages(first: 2) { totalCount pageInfo { hasNextPage } } }", json!({}), 20 + 50 + 10 + 1 + (2 + 1)),
            ("{ nodes(ids: [\"UGFja2FnZTo2ODM\", \"UGFja2FnZTo2ODM\"]) { id } }", json!({}), 2 * (2 + 1)),
            ("{ packages(first: 1, filter: { title: { contains: \"a\" }, number: { in: [1, 2] } }) { totalCount } }", json!({}), 20 + 50 + 10 + 1 + 300 + 2 * 100),
            ("{ packages(first: 1, filter: { grids: { some: { title: { eq: \"a\" } } } }) { totalCount } }", json!({}), 20 + 50 + 10 + 1 + 300 + 5 * 2 * 100),
            ("query ($f: PackageFilter) { packages(filter: $f) { totalCount } }", json!({"f": {"or": [{"number": {"eq": 1}}, {"number": {"eq": 2}}]}}), 20 + 50 + 10 + 1 + 300 + 2 * 100),
        ] {
            let (asked, used) = asked(query, variables).await;
            assert_eq!(asked, expected, "{query}");
            assert!(used <= asked, "{query}: {used} of {asked}");
        }
        let (asked, used) = asked("{ package(slug: \"nothing\") { id title slug } }", json!({})).await;
        assert_eq!((asked, used), (5, 1));
    }

    async fn errors_and_answers(backend: Backend) {
        let limits = Limits { errors: 3, error_message_bytes: 60, answer_bytes: 2_000, ..Limits::default() };
        let app = configured(backend, Config { limits, ..Config::default() }).await;
        let answer = app.answer("{ a b c d e f }", json!({})).await;
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 3);
        assert!(errors[2]["message"].as_str().unwrap().contains("3 more errors"), "{answer}");
        let query = format!("{{ {} }}", "é".repeat(3) + &"x".repeat(5_000));
        let answer = post(&app, &json!({ "query": query }).to_string(), &[]).await;
        assert!(answer.body.len() < 300, "{}", answer.text());
        let answer = app.answer(&format!("{{ x{} }}", "y".repeat(5_000)), json!({})).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.len() <= 60 && message.contains("[…]"), "{message}");
        let answer = post(&app, r#"{"query":"{ packages(first: 100) { nodes { repoDescription } } }"}"#, &[]).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (200, "ANSWER_TOO_LARGE"));
        assert!(answer.json().get("data").is_none());
    }

    async fn introspection(backend: Backend) {
        let app = App::sample(backend).await;
        let circles = "{ __type(name: \"Query\") { fields { type { fields { type { fields { name } } } } } } }";
        assert_eq!(code_of(&app.answer(circles, json!({})).await), "GRAPHQL_VALIDATION_FAILED");
        app.data("{ __type(name: \"Query\") { fields { type { fields { type { name } } } } } }").await;
        let config = toml("[graphql]\nintrospection = false\ngraphiql = false\n");
        let app = configured(backend, config).await;
        for query in ["{ __schema { types { name } } }", "{ ...F } fragment F on Query { __type(name: \"A\") { name } }"] {
            let answer = app.answer(query, json!({})).await;
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains("switched off"), "{answer}");
        }
        app.data("{ __typename }").await;
        for path in ["/schema.graphql", "/graphiql", "/graphiql/", "/"] {
            assert_eq!(app.get(path).await.status, 404, "{path}");
        }
    }

    /// A client that has used up what it may is told when to come back; others are not.
    async fn rate(backend: Backend) {
        let mut config = toml("[rate]\nper_second = 10\nburst = 200\n[server]\ntrusted_proxies = [\"0.0.0.0\"]\n");
        config.limits = Limits::default();
        assert_eq!((config.rate.per_second, Rate::default().per_second), (10, 0));
        let app = configured(backend, config).await;
        let body = r#"{"query":"{ packages(first: 35) { nodes { title } } }","extensions":{"cost":true}}"#;
        let one = [("x-forwarded-for", "192.0.2.1")];
        let answer = post(&app, body, &one).await;
        assert_eq!(answer.json()["extensions"]["cost"], json!({"asked": 135, "used": 127, "left": 73}));
        for accept in ["application/json", "application/graphql-response+json"] {
            let answer = post(&app, body, &[one[0], ("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (429, "RATE_LIMITED"));
            let seconds: u64 = answer.header("retry-after").parse().unwrap();
            assert!((1..=7).contains(&seconds), "{seconds}");
        }
        assert_eq!(post(&app, body, &[("x-forwarded-for", "192.0.2.2")]).await.status, 200);
        let large = r#"{"query":"{ packages(first: 100) { nodes { title } } }"}"#;
        assert_eq!(code(&post(&app, large, &one).await), "COST_ESTIMATED_TOO_EXPENSIVE");
    }
}

/// Settings as an operator writes them.
fn toml(text: &str) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Config::load(Some(file.path()), []).unwrap()
}
