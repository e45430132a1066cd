//! What is found before anything runs, and the form of answers.

use axum::http::StatusCode;
use packgrid::config::{Config, Limits};
use serde_json::json;

use super::{address, code, code_of, configured, get, post};
use crate::support::websocket::Client;
use crate::support::{App, Backend, Served, anew, on_both};

on_both! {
    /// A variable that is not what the operation declares is refused, used or not.
    async fn variables_are_what_is_declared(backend: Backend) {
        let app = App::sample(backend).await;
        let statements = |app: &App| app.statements.take().len();
        statements(&app);
        let packages = |argument: &str| format!("packages({argument}: $v) {{ totalCount }}");
        let filtered = |filter: &str| format!("packages(filter: {filter}) {{ totalCount }}");
        let (first, by, filter) = (packages("first"), packages("orderBy"), packages("filter"));
        let key = "packageBy(key: $v) { id }".to_owned();
        let kinds = "search(query: \"x\", kinds: $v) { totalCount }".to_owned();
        for (of, used, value, said) in [
            ("Int", first.clone(), json!("1"), "is a whole number of 32 bits"),
            ("Int", first.clone(), json!(2_147_483_648_i64), "is a whole number of 32 bits"),
            ("Int", first.clone(), json!(1.5), "is a whole number of 32 bits"),
            ("Int", first.clone(), json!(true), "is a whole number of 32 bits"),
            ("Int!", first.clone(), json!(null), "\"Int!\" is not null"),
            ("String!", "package(slug: $v) { id }".to_owned(), json!(1), "is a text"),
            ("Boolean!", "grids { totalCount @include(if: $v) }".to_owned(), json!(0), "is true or false"),
            ("ID!", "node(id: $v) { id }".to_owned(), json!(1.5), "is a text or a whole number"),
            ("[Int!]", filtered("{ number: { in: $v } }"), json!([1, null]), "null at \"v.1\": \"Int!\" is not null"),
            ("[SearchKind!]", kinds.clone(), json!("X"), "is one of CATEGORY, GRID, PACKAGE"),
            ("[SearchKind!]", kinds, json!(["GRID", 1]), "at \"v.1\": \"SearchKind\" is one of"),
            ("[PackageOrder!]", by.clone(), json!("TITLE"), "is an object"),
            ("[PackageOrder!]", by.clone(), json!({}), "\"field\" of type \"PackageOrderField!\" is missing"),
            ("[PackageOrder!]", by.clone(), json!({"field": "TITLE", "way": 1}), "has no field \"way\""),
            ("[PackageOrder!]", by, json!([{"field": "TITLE", "direction": "UP"}]), "at \"v.0.direction\""),
            ("PackageFilter", filter, json!({"and": [{"title": {"eq": 1}}]}), "at \"v.and.0.title.eq\""),
            ("PackageKey!", key.clone(), json!({}), "takes exactly one of its fields"),
            ("PackageKey!", key.clone(), json!({"slug": "a", "number": 1}), "takes exactly one of its fields"),
            ("PackageKey!", key, json!({"slug": null}), "takes exactly one of its fields"),
            ("DateTime", filtered("{ created: { gte: $v } }"), json!("yesterday"), "such as 2026-01-31T12:00:00Z"),
            ("DateTime", filtered("{ created: { gte: $v } }"), json!(1), "takes no such value"),
            ("BigInt", filtered("{ pypiDownloads: { gte: $v } }"), json!("x"), "it is not a whole number of 64 bits"),
        ] {
            let query = format!("query ($v: {of}) {{ {used} }}");
            let answer = app.answer(&query, json!({ "v": value })).await;
            assert_eq!(code_of(&answer), "BAD_USER_INPUT", "{query} {value}: {answer}");
            let message = answer["errors"][0]["message"].as_str().unwrap();
            assert!(message.starts_with("Variable \"$v\" has the wrong value"), "{message}");
            assert!(message.contains(said), "{of} {value}: {message}");
            assert!(answer.get("data").is_none());
        }
        assert_eq!(statements(&app), 0, "nothing was read");
        // These are fine; one value stands for a list of it.
        for (query, variables) in [
            ("query ($n: Int = 2) { packages(first: $n) { nodes { id } } }", json!({})),
            ("query ($n: Int = 2) { packages(first: $n) { nodes { id } } }", json!({"n": null})),
            ("query ($o: [PackageOrder!]) { packages(orderBy: $o) { totalCount } }", json!({"o": {"field": "TITLE"}})),
            ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", json!({"i": "UGFja2FnZTo2ODM"})),
            ("query ($f: PackageFilter) { packages(filter: $f) { totalCount } }", json!({"f": {"pypiDownloads": {"gt": 5}}})),
            ("{ __typename }", json!({"nobody": "asked"})),
        ] {
            let answer = app.answer(query, variables.clone()).await;
            assert!(answer.get("errors").is_none(), "{query} {variables}: {answer}");
        }
    }

    /// The order of keys is the order asked for, fragments and fields that meet again included.
    async fn keys_come_in_the_order_asked_for(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ z: __typename package(slug: \"django-import-export\") { title ...F slug } a: __typename \
             package(slug: \"django-import-export\") { number title } ...Q } \
             fragment F on Package { slug ... on Node { id } } \
             fragment Q on Query { grids(first: 1) { totalCount nodes { title ... on Grid { slug title } __typename } } z: __typename m: __typename }";
        let answer = post(&app, &json!({ "query": query }).to_string(), &[]).await;
        let text = answer.text();
        let keys: Vec<&str> = text.split('"').filter(|part| {
            ["z", "package", "title", "slug", "id", "number", "a", "grids", "totalCount", "nodes", "__typename", "m"].contains(part)
        }).collect();
        assert_eq!(keys, [
            "z", "package", "title", "slug", "id", "number", "a", "grids", "totalCount", "nodes", "title", "slug", "__typename", "m",
        ], "{text}");
    }

    /// Fields that share a place in the answer have to be the same, however they came there.
    async fn what_is_merged(backend: Backend) {
        let app = App::sample(backend).await;
        let node = |inside: &str| format!("{{ node(id: \"UGFja2FnZTo2ODM\") {{ {inside} }} }}");
        for fine in [
            "{ grids(first: 1) { totalCount } grids(first: 1) { nodes { title } } }".to_owned(),
            "{ grids { nodes { packages(first: 1, filter: { number: { eq: 1 } }) { totalCount } } } ...A } \
             fragment A on Query { grids { nodes { packages(filter: { number: { eq: 1 } }, first: 1) { nodes { id } } } } }".to_owned(),
            node("... on Package { a: title } ... on Grid { a: slug }"),
            node("... on Package { category { a: title } } ... on Grid { packages { totalCount } } id"),
            node("id ... on Package { id } ... on Node { id }"),
        ] {
            app.data(&fine).await;
        }
        for (conflict, name) in [
            ("{ a: grids { totalCount } a: packages { totalCount } }".to_owned(), "a"),
            ("{ grids(first: 1) { totalCount } grids(first: 2) { totalCount } }".to_owned(), "grids"),
            ("{ grids { nodes { packages(first: 1) { totalCount } } } ...A } \
              fragment A on Query { grids { nodes { packages(first: 2) { totalCount } } } }".to_owned(), "packages"),
            ("query ($n: Int, $m: Int) { grids { nodes { ...A packages(first: $n) { totalCount } } } } \
              fragment A on Grid { ... { packages(first: $m) { totalCount } } }".to_owned(), "packages"),
            ("{ grids { nodes { title } } grids { nodes { title: slug } } }".to_owned(), "title"),
            (node("a: id ... on Package { a: title }"), "a"),
            (node("... on Package { category { a: title } } ... { ... on Package { category { a: slug } } }"), "a"),
        ] {
            let answer = app.answer(&conflict, json!({})).await;
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{conflict}: {answer}");
            let start = format!("Fields \"{name}\" conflict because");
            assert!(error["message"].as_str().unwrap().starts_with(&start), "{conflict}: {answer}");
            assert_eq!(error["locations"].as_array().unwrap().len(), 2);
        }
    }

    /// A document is validated once. What is wrong with its variables is said as it was before.
    async fn wrong_variables_of_valid_documents(backend: Backend) {
        let app = App::sample(backend).await;
        let by = |declared: &str, key: &str| {
            format!("query ({declared}) {{ packageBy(key: {key}) {{ title }} }}")
        };
        let ask = async |document: &str, variables: &serde_json::Value| {
            let name = document.starts_with("query A").then_some("A");
            let body = json!({"query": document, "variables": variables, "operationName": name});
            post(&app, &body.to_string(), &[]).await.json()
        };
        let list = "query ($n: Int, $o: [PackageOrder!], $f: PackageFilter) { \
                    packages(first: $n, orderBy: $o, filter: $f) { nodes { title } } }";
        let known = json!({"k": {"slug": "django-hijack"}});
        let slug = json!({"s": "django-hijack"});
        let node = "query ($id: ID!) { node(id: $id) { ...N } } fragment N on Node { id }";
        let paged = "query A($n: Int) { ...P } query B { packages(first: 1) { totalCount } } \
                     fragment P on Query { packages(first: $n) { nodes { title } } }";
        let skipping = "query ($x: Boolean) { grids @include(if: [$x]) { totalCount } \
                        categories { totalCount } }";
        for (document, good, bad) in [
            (node.to_owned(), json!({"id": "UGFja2FnZTo2ODM"}), vec![
                json!({}), json!({"id": null}), json!({"id": 9_223_372_036_854_775_808_u64}),
                json!({"id": 1.5}), json!({"id": "nonsense"}),
            ]),
            (skipping.to_owned(), json!({}), vec![json!({"x": true}), json!({"x": null}), json!({"x": 1})]),
            (paged.to_owned(), json!({"n": 1}), vec![json!({"n": "x"}), json!({"n": null}), json!({"n": -1})]),
            (list.to_owned(), json!({"n": 2}), vec![
                json!({"n": "x"}), json!({"n": 101}), json!({"n": null}), json!({"n": 1.5}),
                json!({"o": [{"field": "NOPE"}]}), json!({"o": [{}]}), json!({"o": null, "n": 1}),
                json!({"o": [{"field": "TITLE", "direction": null}]}),
                json!({"f": {"created": {"gte": "yesterday"}}}), json!({"f": {"nope": 1}}),
                json!({"f": {"and": [null]}}),
            ]),
            (by("$k: PackageKey!", "$k"), known, vec![
                json!({}), json!({"k": null}), json!({"k": {}}), json!({"k": {"slug": null}}),
                json!({"k": {"slug": "a", "number": 1}}), json!({"k": {"number": "x"}}),
            ]),
            (by("$s: String!", "{ slug: $s }"), slug.clone(), vec![json!({}), json!({"s": null}), json!({"s": 1})]),
            (by("$s: String", "{ slug: $s }"), slug.clone(), vec![json!({}), json!({"s": null})]),
            (by("$s: String, $n: Int", "{ slug: $s, number: $n }"), slug, vec![
                json!({}), json!({"n": 1}), json!({"s": "a", "n": 1}), json!({"s": null, "n": 1}),
            ]),
        ] {
            let mut answers = Vec::new();
            for is_known in [false, true] {
                if is_known {
                    ask(&document, &good).await;
                    ask(&document, &good).await;
                }
                for variables in &bad {
                    let document = if is_known { document.clone() } else { anew(&document) };
                    let mut answer = ask(&document, variables).await;
                    if let Some(errors) = answer["errors"].as_array_mut() {
                        for error in errors {
                            error["extensions"]["requestId"].take();
                        }
                    }
                    answers.push(answer);
                }
            }
            let (before, after) = answers.split_at(bad.len());
            for ((before, after), variables) in before.iter().zip(after).zip(&bad) {
                assert_eq!(before, after, "{document} {variables}");
            }
        }
    }

    /// Directives of `__typename` are as good as any.
    async fn directives_of_typename(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "query ($yes: Boolean!) { a: __typename @include(if: $yes) __typename @skip(if: $yes) grids { totalCount } }";
        let answer = app.answer(query, json!({"yes": true})).await;
        assert_eq!(answer, json!({"data": {"a": "Query", "grids": {"totalCount": 31}}}));
        for wrong in ["@unknown", "@skip", "@skip(if: 1)", "@skip(if: $no)", "@skip(if: true) @skip(if: true)"] {
            let answer = app.answer(&format!("{{ __typename {wrong} }}"), json!({})).await;
            assert_eq!(code_of(&answer), "GRAPHQL_VALIDATION_FAILED", "{wrong}: {answer}");
        }
    }

    /// Apollo Client and GraphiQL send an empty name where the operation has none.
    async fn an_empty_operation_name_is_absent_on_every_transport(backend: Backend) {
        let limits = Limits { batch: 3, ..Limits::default() };
        let config = Config { limits, ..Config::default() };
        let served = Served::start(backend, config.clone()).await;
        let app = configured(backend, config).await;
        let data = json!({"data": {"__typename": "Query"}});
        let mut client = Client::ready(&served).await;
        for query in ["{ __typename }", "query A { __typename }"] {
            let request = json!({"query": query, "operationName": ""});
            assert_eq!(post(&app, &request.to_string(), &[]).await.json(), data);
            // A request that is not read in the usual way.
            let unusual = json!({"query": query, "operationName": "", "variables": null, "id": null, "x": []});
            assert_eq!(post(&app, &unusual.to_string(), &[]).await.json(), data);
            let path = address(&[("query", query), ("operationName", "")]);
            assert_eq!(get(&app, &path, &[]).await.json(), data);
            assert_eq!(post(&app, &json!([request, request]).to_string(), &[]).await.json(), json!([data, data]));
            let events = post(&app, &request.to_string(), &[("accept", "text/event-stream")]).await;
            assert!(events.text().starts_with(&format!("event: next\ndata: {data}\n")), "{}", events.text());
            client.send(json!({"type": "subscribe", "id": "1", "payload": request})).await;
            assert_eq!(client.next().await["payload"], data);
            assert_eq!(client.next().await["type"], "complete");
        }
        // Of several operations none is chosen by it.
        let request = json!({"query": "query A { __typename } query B { __typename }", "operationName": ""});
        assert_eq!(code(&post(&app, &request.to_string(), &[]).await), "OPERATION_RESOLUTION_FAILURE");
        client.send(json!({"type": "subscribe", "id": "1", "payload": request})).await;
        assert_eq!(client.next().await["payload"][0]["extensions"]["code"], "OPERATION_RESOLUTION_FAILURE");
    }

    async fn batches(backend: Backend) {
        let app = App::sample(backend).await;
        let one = json!({"query": "{ __typename }"});
        let answer = post(&app, &json!([one]).to_string(), &[]).await;
        assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
        let limits = Limits { batch: 3, ..Limits::default() };
        let app = configured(backend, Config { limits, ..Config::default() }).await;
        let batch = json!([one, {"query": "{ nothing }"}, {"query": "{ grids { totalCount } }"}]);
        let answer = post(&app, &batch.to_string(), &[]).await;
        assert_eq!(answer.status, StatusCode::OK);
        let answers = answer.json();
        assert_eq!(answers[0], json!({"data": {"__typename": "Query"}}));
        assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
        assert!(answers[1].get("data").is_none());
        assert_eq!(answers[2]["data"]["grids"]["totalCount"], 31);
        assert_eq!(post(&app, &one.to_string(), &[]).await.json(), answers[0], "one is still one");
        for body in [json!([]), json!([one, one, one, one]), json!([one, 1]), json!([[one]])] {
            let answer = post(&app, &body.to_string(), &[]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        }
    }
}
