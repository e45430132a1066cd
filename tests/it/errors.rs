//! Bad input: each gets a clear answer with a code from the closed list.

use serde_json::{Value, json};

use crate::support::{App, Backend, on_both};

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

fn message(answer: &Value) -> &str {
    answer["errors"][0]["message"].as_str().unwrap_or_default()
}

on_both! {
    async fn pages_that_cannot_be(backend: Backend) {
        let app = App::sample(backend).await;
        let cursor = |kind: &str| format!("{{ {kind}(first: 1) {{ pageInfo {{ endCursor }} }} }}");
        let grids = app.data(&cursor("grids")).await;
        let grids = grids["grids"]["pageInfo"]["endCursor"].as_str().unwrap();
        let cut = &grids[..grids.len() - 3];
        for (arguments, said) in [
            ("first: -1", "`first` must not be negative"),
            ("last: -1", "`last` must not be negative"),
            ("first: 101", "`first` must not be over 100"),
            ("last: 2147483647", "`last` must not be over 100"),
            ("first: 1, last: 1", "`first` and `last` cannot be used together"),
            ("after: \"garbled!\"", "`after` cannot be used: it is not a cursor"),
            ("before: \"\"", "`before` cannot be used: it is not a cursor"),
            (&format!("after: \"{cut}\""), "`after` cannot be used: it is not a cursor"),
            (&format!("after: \"{grids}\""), "it is a cursor of another list or order"),
            (&format!("last: 3, before: \"{grids}\""), "it is a cursor of another list or order"),
        ] {
            for field in ["packages", "category(slug: \"apps\") { packages"] {
                let (open, close) = (field, if field.contains('{') { "}" } else { "" });
                let query = format!("{{ {open}({arguments}) {{ nodes {{ id }} }} {close} }}");
                let answer = app.answer(&query, Value::Null).await;
                assert_eq!(code(&answer), "BAD_USER_INPUT", "{query}\n{answer}");
                assert!(message(&answer).contains(said), "{query}\n{answer}");
            }
        }
        for arguments in ["first: 0", "first: 100", "last: 0", "last: 100", "first: null, last: 2"] {
            app.data(&format!("{{ packages({arguments}) {{ nodes {{ id }} }} }}")).await;
        }
    }

    /// Who forgets the braces is told what belongs into them.
    async fn what_to_write_instead(backend: Backend) {
        let app = App::sample(backend).await;
        for (arguments, said) in [
            ("filter: { title: \"django\" }", "such as { eq: … }"),
            ("filter: { status: ARCHIVED }", "such as { eq: … }"),
            ("orderBy: [WATCHERS]", "such as { field: …, direction: DESC }"),
            ("filter: { created: { gte: \"2026-01-01\" } }", "such as 2026-01-31T12:00:00Z"),
        ] {
            let answer = app.answer(&format!("{{ packages({arguments}) {{ totalCount }} }}"), Value::Null).await;
            assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
            assert!(message(&answer).contains(said), "{answer}");
        }
        let query = "query($title: String) { packages(filter: { title: $title }) { totalCount } }";
        let answer = app.answer(query, json!({ "title": "django" })).await;
        assert!(message(&answer).contains("such as { eq: … }"), "{answer}");
    }

    /// A literal that is out of range, or that a scalar does not take, names its argument and type.
    async fn wrong_literals_name_the_argument_and_the_type(backend: Backend) {
        let app = App::sample(backend).await;
        for (query, said) in [
            ("{ packages(first: 99999999999) { totalCount } }", "Argument \"first\" of \"packages\" has the wrong value 99999999999: \"Int\" is a whole number of 32 bits"),
            ("{ packages(last: -2147483649) { totalCount } }", "Argument \"last\" of \"packages\""),
            ("{ packages(first: 18446744073709551615) { totalCount } }", "Argument \"first\" of \"packages\""),
            ("{ packages(filter: { number: { in: [1, 99999999999] } }) { totalCount } }", "Argument \"filter.number.in.1\" of \"packages\""),
            ("{ packages(filter: { created: { gte: \"soon\" } }) { totalCount } }", "Argument \"filter.created.gte\" of \"packages\""),
            ("{ grids { nodes { ...G } } } fragment G on Grid { packages(first: 99999999999) { totalCount } }", "Argument \"first\" of \"packages\""),
        ] {
            let answer = app.answer(query, Value::Null).await;
            assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
            assert!(message(&answer).starts_with(said), "{query}\n{answer}");
            let place = &answer["errors"][0]["locations"][0];
            assert!(place["column"].as_u64().unwrap() > 3, "{answer}");
        }
        let answer = app.answer("{ packages(filter: { supportsPython3: { eq: \"YES\" } }) { totalCount } }", Value::Null).await;
        assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED", "{answer}");
        assert!(message(&answer).contains("\"filter.supportsPython3.eq\"") && message(&answer).contains("without quotes"), "{answer}");
        for (arguments, said) in [
            ("filter: { title: 5 }", "Argument \"filter.title\" of \"packages\" has the wrong value 5: \"TextFilter\" is an object, such as { eq: … }"),
            ("filter: { or: [5] }", "Argument \"filter.or.0\" of \"packages\""),
            ("filter: { grids: 5 }", "Argument \"filter.grids\" of \"packages\" has the wrong value 5: \"GridListFilter\" is an object, such as { some: { … } }"),
            ("filter: { title: [{ eq: \"x\" }] }", "Argument \"filter.title\" of \"packages\" has the wrong value […]"),
            ("orderBy: 5", "Argument \"orderBy\" of \"packages\""),
        ] {
            let answer = app.answer(&format!("{{ packages({arguments}) {{ totalCount }} }}"), Value::Null).await;
            assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
            assert!(message(&answer).starts_with(said), "{answer}");
        }
        // Of another kind they are found by the validation, which names them, too.
        let answer = app.answer("{ packages(first: \"x\") { totalCount } }", Value::Null).await;
        assert!(message(&answer).contains("first") && message(&answer).contains("Int"), "{answer}");
    }

    /// Also beside a variable, and whether or not that has a value.
    async fn an_unknown_field_of_an_object_is_refused(backend: Backend) {
        let app = App::sample(backend).await;
        for (declared, field) in [
            ("$a: String = \"x\"", "packages(filter: { nope: { eq: $a } }) { totalCount }"),
            ("$a: String", "packages(filter: { title: { eq: $a, nope: 1 } }) { totalCount }"),
            ("$a: String", "packageBy(key: { slug: \"celery\", nope: $a }) { id }"),
            ("$a: PackageFilter", "packages(filter: { nope: {}, and: [$a] }) { totalCount }"),
        ] {
            let answer = app.answer(&format!("query({declared}) {{ {field} }}"), Value::Null).await;
            assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED", "{field}: {answer}");
            assert!(message(&answer).contains("has no field \"nope\""), "{field}: {answer}");
        }
        let edit = "mutation($a: String) { updatePackage(input: { id: \"x\", titel: $a }) { revision } }";
        let answer = app.answer(edit, Value::Null).await;
        assert!(message(&answer).contains("\"UpdatePackageInput\" has no field \"titel\""), "{answer}");
    }

    /// As a value that was sent is.
    async fn a_wrong_default_names_the_variable(backend: Backend) {
        let app = App::sample(backend).await;
        for (variable, argument, said) in [
            ("$a: Int = 2147483648", "first: $a", "Variable \"$a\" has the wrong default value 2147483648: \"Int\" is a whole number of 32 bits"),
            ("$a: PackageFilter = { number: { in: [1, 2147483648] } }", "filter: $a", "Variable \"$a\" has the wrong default value 2147483648 at \"a.number.in.1\""),
            ("$a: DateTime = \"x\"", "filter: { created: { gte: $a } }", "Variable \"$a\" has the wrong default value \"x\""),
        ] {
            let query = format!("query({variable}) {{ packages({argument}) {{ totalCount }} }}");
            let answer = app.answer(&query, Value::Null).await;
            assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
            assert!(message(&answer).starts_with(said), "{answer}");
        }
        let query = "query($a: Int = 2147483648) { packages(first: $a) { totalCount } }";
        assert_eq!(app.answer(query, json!({ "a": 1 })).await["data"]["packages"]["totalCount"], 191);
    }

    /// The path leads to the field, also below lists, which async-graphql cuts off.
    async fn paths_lead_to_the_field(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ packages(first: 2) { nodes { slug it: grids(first: -1) { totalCount } } } }";
        let answer = app.answer(query, Value::Null).await;
        assert_eq!(answer["errors"][0]["path"], json!(["packages", "nodes", 0, "it"]), "{answer}");
        use sea_orm::ConnectionTrait;
        let connection = app.test_database.connect().await;
        connection.execute_unprepared("DROP TABLE element").await.unwrap();
        let query = "{ grid(slug: \"admin\") { features { nodes { elements { nodes { id } } } } } }";
        let answer = app.answer(query, Value::Null).await;
        assert_eq!(
            answer["errors"][0]["path"],
            json!(["grid", "features", "nodes", 0, "elements"]),
            "{answer}"
        );
    }

    /// No parser and no walk goes as deep as a thread's stack.
    async fn brackets_within_brackets(backend: Backend) {
        let app = App::sample(backend).await;
        for depth in [101, 500, 2_000, 7_500, 100_000] {
            for (open, close) in [("[", "]"), ("{a:", "}"), ("{a", "}")] {
                let nested = format!("{}{}", open.repeat(depth), close.repeat(depth));
                for query in [format!("{{ packages(first: {nested}) {{ id }} }}"), nested] {
                    let answer = app.answer(&query, Value::Null).await;
                    assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED", "{open} {depth}");
                }
            }
        }
        // What the parser takes for brackets, though it looks like a string.
        let many = |count| format!("{}{}", "[".repeat(count), "]".repeat(count));
        for query in [
            format!("{{package(slug:[\"\"\"x\"{}]){{slug}}}}", many(3_000)),
            format!("query($a:[Int]=[\"\"\"x\"{}]){{__typename}}", many(3_000)),
            format!("{{package(slug:[\"{}y\"])}}", "x\\\"\"\"\"\"".repeat(5_000)),
        ] {
            assert_eq!(code(&app.answer(&query, Value::Null).await), "GRAPHQL_PARSE_FAILED");
        }
        let mut bomb = "{ ...f0 } fragment f30 on Query { __typename }".to_owned();
        for level in 0..30 {
            let next = level + 1;
            bomb.push_str(&format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}"));
        }
        assert_eq!(code(&app.answer(&bomb, Value::Null).await), "GRAPHQL_VALIDATION_FAILED");
        let answer = app.answer("{ packages(first: ) { nodes { id } } }", Value::Null).await;
        assert!(message(&answer).starts_with("Syntax error: expected"), "{answer}");
        assert!(!message(&answer).contains('\n'), "{answer}");
        let answer = app.answer("{ packages { nodes { id } } } }", Value::Null).await;
        let words = "Syntax error: expected the end or a query, mutation, subscription or fragment";
        assert_eq!(message(&answer), words);
    }

    async fn ids_that_cannot_be(backend: Backend) {
        let app = App::sample(backend).await;
        // What an id names may not exist: null. What is no id is an error, of this field alone.
        let answer = app.answer("{ node(id: \"UGFja2FnZTo5OTk5OTk\") { id } }", Value::Null).await;
        assert_eq!(answer, json!({"data": {"node": null}}));
        for id in [
            "", "x", "683", "UGFja2FnZTo", "UGFja2FnZTorMQ", "UGFja2FnZTowMQ", "UGFja2FnZTotMQ",
            "Tm90aGluZzox", "UGFja2FnZTo5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "\u{1f600}", "UGFja2FnZTo2ODM=",
        ] {
            let variables = json!({ "id": id });
            let answer = app
                .answer("query ($id: ID!) { node(id: $id) { id } __typename }", variables.clone())
                .await;
            assert_eq!(code(&answer), "BAD_USER_INPUT", "{id}: {answer}");
            assert_eq!(answer["data"], json!({"node": null, "__typename": "Query"}), "{id}");
            let answer = app
                .answer(
                    "query ($id: ID!) { nodes(ids: [\"UGFja2FnZTo2ODM\", $id, \"UGFja2FnZTo5OTk\"]) { id } }",
                    variables,
                )
                .await;
            assert_eq!(answer["data"]["nodes"], json!([{"id": "UGFja2FnZTo2ODM"}, null, null]));
            assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
            assert_eq!(answer["errors"][0]["path"], json!(["nodes", 1]), "{answer}");
        }
        let many = vec!["UGFja2FnZTo2ODM"; 101];
        let answer = app
            .answer("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": many }))
            .await;
        assert_eq!(code(&answer), "BAD_USER_INPUT");
    }

    async fn names_of_nothing(backend: Backend) {
        let app = App::sample(backend).await;
        for field in [
            "package(slug: \"nothing\")",
            "package(slug: \"\")",
            "package(slug: \"Django-Hijack\")",
            "package(slug: \"a\\u0000b\")",
            "package(slug: \"' OR 1=1 --\")",
            "package(slug: \"%\")",
            "category(slug: \"nothing\")",
            "grid(slug: \"nothing\")",
            "packageBy(key: { number: 1 })",
            "packageBy(key: { number: -1 })",
            "packageBy(key: { repoUrl: \"\" })",
            "packageBy(key: { repoUrl: \"javascript:alert(1)\" })",
            "packageBy(key: { pypiName: \"\" })",
            "packageBy(key: { pypiName: \"no-such-thing\" })",
        ] {
            let data = app.data(&format!("{{ it: {field} {{ id }} }}")).await;
            assert_eq!(data, json!({"it": null}), "{field}");
        }
    }

    async fn documents_that_do_not_fit(backend: Backend) {
        let app = App::sample(backend).await;
        for (query, variables, expected) in [
            (" ", json!(null), "GRAPHQL_PARSE_FAILED"),
            ("{", json!(null), "GRAPHQL_PARSE_FAILED"),
            ("{ packages(first: ) { id } }", json!(null), "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ packages }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ packages { nodes { nothing } } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ package { id } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ package(slug: 1) { id } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ packages(first: \"1\") { nodes { id } } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ packages(number: 1) { nodes { id } } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ packageBy(key: {}) { id } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("{ packageBy(key: { number: 1, slug: \"x\" }) { id } }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("query ($n: Int!) { packages(first: $n) { nodes { id } } }", json!({"n": "x"}), "BAD_USER_INPUT"),
            ("query ($n: Int!) { packages(first: $n) { nothing } }", json!({"n": "x"}), "GRAPHQL_VALIDATION_FAILED"),
            ("query A { __typename } query B { __typename }", json!(null), "OPERATION_RESOLUTION_FAILURE"),
            ("mutation { nothing }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { __typename }", json!(null), "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let answer = app.answer(query, variables).await;
            assert_eq!(code(&answer), expected, "{query}\n{answer}");
            assert!(answer.get("data").is_none(), "{query}\n{answer}");
        }
    }

    /// A field that cannot be read, and may not be null, nulls its parent and nothing else.
    async fn a_broken_field_is_masked(backend: Backend) {
        let app = App::sample(backend).await;
        let connection = app.test_database.connect().await;
        use sea_orm::ConnectionTrait;
        connection.execute_unprepared("UPDATE package SET participants = 'x' WHERE id = 683").await.unwrap();
        let answer = app
            .answer(
                "{ package(slug: \"django-queued-storage\") { participants } grid(slug: \"admin\") { title } }",
                Value::Null,
            )
            .await;
        assert_eq!(answer["data"], json!({"package": null, "grid": {"title": "Admin"}}));
        assert_eq!(code(&answer), "INTERNAL_SERVER_ERROR");
        assert_eq!(message(&answer), "Internal server error");
        assert_eq!(answer["errors"][0]["path"], json!(["package", "participants"]));
        assert!(answer["errors"][0]["extensions"]["requestId"].is_string());
        let text = answer.to_string();
        assert!(!text.contains("Text(") && !text.contains("Cell"), "no internals: {text}");
    }

    async fn a_database_that_is_gone_is_our_fault(backend: Backend) {
        let app = App::sample(backend).await;
        let connection = app.test_database.connect().await;
        use sea_orm::ConnectionTrait;
        connection.execute_unprepared("DROP TABLE element").await.unwrap();
        let query = "{ grid(slug: \"admin\") { title features { nodes { elements { nodes { id } } } } } }";
        let answer = app.answer(query, Value::Null).await;
        assert_eq!(code(&answer), "INTERNAL_SERVER_ERROR");
        assert!(!answer.to_string().contains("element\\\""), "{answer}");
        app.data("{ grid(slug: \"admin\") { title } }").await;
    }
}

/// Each nullable field, when it cannot be read, is null by itself, and what is beside it stays.
/// (Only SQLite lets a column hold something of another type.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_nullable_field_is_null_alone() {
    use sea_orm::ConnectionTrait;
    let app = App::sample(Backend::Sqlite).await;
    let connection = app.test_database.connect().await;
    let introspection =
        "{ __schema { types { name fields { name args { name } type { kind } } } } }";
    let schema = app.data(introspection).await;
    let types = schema["__schema"]["types"].as_array().unwrap();
    let mut broken = 0;
    for (name, table, parent) in [
        ("Package", "package", "package(slug: \"django-queued-storage\")"),
        ("Category", "category", "category(slug: \"apps\")"),
        ("Grid", "grid", "grid(slug: \"admin\")"),
        ("Feature", "feature", "node(id: \"RmVhdHVyZToxMDAwMQ\") { ... on Feature"),
        ("Element", "element", "node(id: \"RWxlbWVudDoxMDAwMQ\") { ... on Element"),
        ("Release", "version", "node(id: \"UmVsZWFzZToxMDAwMQ\") { ... on Release"),
    ] {
        let fields = types.iter().find(|kind| kind["name"] == name).unwrap()["fields"].as_array();
        for field in fields.unwrap().iter().filter(|field| field["type"]["kind"] != "NON_NULL") {
            let field = field["name"].as_str().unwrap();
            let column = match field {
                "remark" => "text".to_owned(),
                "commitsTotal52" => "commits_total_52".to_owned(),
                "replacedBy" => "replaced_by_id".to_owned(),
                "releasedAt" => "upload_time".to_owned(),
                "scoreParts" => "repo_watchers".to_owned(),
                "licenseSpdx" if name == "Release" => "license".to_owned(),
                "licenseSpdx" => "pypi_license".to_owned(),
                _ => field.chars().fold(String::new(), |mut column, c| {
                    if c.is_uppercase() {
                        column.push('_');
                    }
                    column.extend(c.to_lowercase());
                    column
                }),
            };
            connection.execute_unprepared("PRAGMA ignore_check_constraints = ON").await.unwrap();
            connection.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
            let update = format!("UPDATE {table} SET {column} = x'ff' || id");
            connection.execute_unprepared(&update).await.unwrap();
            let close = if parent.contains('{') { "} }" } else { "}" };
            let below = match field {
                "replacedBy" => "{ id }",
                "scoreParts" => "{ stars }",
                _ => "",
            };
            let query = format!("{{ it: {parent} {{ id {field} {below} }} {close}");
            let answer = app.answer(&query, Value::Null).await;
            assert!(answer["data"]["it"]["id"].is_string(), "{query}\n{answer}");
            assert_eq!(answer["data"]["it"][field], Value::Null, "{query}\n{answer}");
            assert_eq!(code(&answer), "INTERNAL_SERVER_ERROR", "{query}\n{answer}");
            assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
            assert_eq!(answer["errors"][0]["path"], json!(["it", field]), "{answer}");
            broken += 1;
        }
    }
    assert_eq!(broken, 25, "every nullable field there is");
}
