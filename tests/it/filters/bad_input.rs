//! Filters that are too deep, too large, or of other types.

use serde_json::{Value, json};

use super::refused;
use crate::support::{App, Backend, on_both};

on_both! {
    async fn filters_that_cannot_be(backend: Backend) {
        let app = App::generous(backend).await;
        let nested = |times: usize| format!("{}{{}}{}", "{ not: ".repeat(times), " }".repeat(times));
        let many = |count: usize, item: &str| vec![item; count].join(", ");
        let long = "x".repeat(1001);
        let deep = "`filter` must not be over 12 filters deep";
        let large = "`filter` must not have over 200 conditions";
        let listing = "`filter` must not list over 1000 values in all";
        let numbers = many(1001, "1");
        for (filter, said) in [
            (nested(12), deep),
            (nested(30), deep),
            (format!("{{ and: [{}] }}", many(200, "{}")), large),
            (format!("{{ or: [{}] }}", many(100, "{ title: { eq: \"x\" } }")), large),
            (format!("{{ number: {{ in: [{numbers}] }} }}"), listing),
            (format!("{{ number: {{ in: [{0}] }}, score: {{ notIn: [{0}] }} }}", many(501, "1")), listing),
            (format!("{{ title: {{ contains: \"{long}\" }} }}"), "a text in `filter` must not be over 1000 characters"),
            (format!("{{ participant: \"{long}\" }}"), "a text in `filter` must not be over 1000 characters"),
            ("{ title: { eq: \"a\\u0000\" } }".to_owned(), "a text in `filter` must not contain U+0000"),
            ("{ category: { slug: { in: [\"\\u0000\"] } } }".to_owned(), "a text in `filter` must not contain U+0000"),
        ] {
            let query = format!("{{ packages(filter: {filter}) {{ totalCount }} }}");
            let answer = refused(&app, &query, Value::Null).await;
            assert_eq!(answer, ("BAD_USER_INPUT".to_owned(), said.to_owned()), "{}", &query[..query.len().min(200)]);
        }
        // Relations that lead through cells are as deep as others.
        let cells = |times: usize| format!("{}{{}}{}", "{ elements: { some: { package: ".repeat(times), " } } }".repeat(times));
        let query = format!("{{ packages(filter: {}) {{ totalCount }} }}", cells(6));
        assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), deep.to_owned()));
        app.data(&format!("{{ packages(filter: {}) {{ totalCount }} }}", cells(5))).await;
        // One character may be 33 bytes, folded.
        let query = "query ($texts: [String!]) { packages(filter: { title: { in: $texts } }) { totalCount } }";
        let texts = |count: usize| serde_json::json!({ "texts": vec!["\u{FDFA}".repeat(100); count] });
        let said = "the texts in `filter` must not be over 65536 bytes in all".to_owned();
        assert_eq!(refused(&app, query, texts(20)).await, ("BAD_USER_INPUT".to_owned(), said));
        assert_eq!(app.answer(query, texts(19)).await["data"]["packages"]["totalCount"], 0);
        let relation = "{ grids: { some: { packages: { every: ".repeat(6) + "{ grids: { none: {} } }" + &" } } } }".repeat(6);
        let answer = refused(&app, &format!("{{ packages(filter: {relation}) {{ totalCount }} }}"), Value::Null).await;
        assert_eq!(answer, ("BAD_USER_INPUT".to_owned(), deep.to_owned()));
        // As much as there may be is not too much.
        for filter in [
            nested(11),
            format!("{{ and: [{}] }}", many(199, "{}")),
            format!("{{ number: {{ in: [{}] }} }}", many(1000, "1")),
            format!("{{ title: {{ ne: \"{}\" }} }}", &long[1..]),
            "{ grids: { some: { packages: { every: ".repeat(5) + "{ grids: { none: {} } }" + &" } } } }".repeat(5),
        ] {
            app.data(&format!("{{ packages(filter: {filter}) {{ totalCount }} }}")).await;
        }
        // Deeper still they are not even read, be they in the document, in variables or half and half.
        let deeper = "An argument's value has over 32 brackets within brackets";
        let deeper = ("GRAPHQL_VALIDATION_FAILED".to_owned(), deeper.to_owned());
        for depth in [33, 50, 59] {
            let query = format!("{{ packages(filter: {}) {{ totalCount }} }}", nested(depth));
            assert_eq!(refused(&app, &query, Value::Null).await, deeper);
        }
        let variable = |depth: usize| {
            let filter = (0..depth).fold(json!({}), |filter, _| json!({ "not": filter }));
            json!({ "it": filter })
        };
        for (literal, depth) in [(0, 32), (0, 100), (20, 20)] {
            let query = format!(
                "query($it: PackageFilter) {{ packages(filter: {}) {{ totalCount }} }}",
                nested(literal).replace("{}", "$it")
            );
            assert_eq!(refused(&app, &query, variable(depth)).await, deeper, "{literal} {depth}");
        }
        let query = "query($it: PackageFilter) { packages(filter: $it) { totalCount } }";
        let answer = refused(&app, query, variable(25)).await;
        assert_eq!(answer, ("BAD_USER_INPUT".to_owned(), deep.to_owned()));
        let body = format!(
            "{{\"query\": \"{query}\", \"variables\": {{\"it\": {}{{}}{}}}}}",
            "{\"not\": ".repeat(5000), "}".repeat(5000)
        );
        assert_eq!(app.post(body).await.json()["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    }

    async fn values_of_other_types(backend: Backend) {
        let app = App::sample(backend).await;
        for (filter, code) in [
            ("{ nothing: true }", "GRAPHQL_VALIDATION_FAILED"),
            // A scalar where an object should be is not found by the validation.
            ("{ title: \"x\" }", "BAD_USER_INPUT"),
            ("{ title: { like: \"x\" } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ title: { eq: 1 } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { gte: \"1\" } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { in: [1, null] } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ status: { eq: GONE } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ isActive: 1 }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ gridsCount: { isNull: true } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ repoWatchers: { gte: 3000000000 } }", "BAD_USER_INPUT"),
            ("{ created: { gte: \"yesterday\" } }", "BAD_USER_INPUT"),
            ("{ releasedAfter: \"2026-02-30T00:00:00Z\" }", "BAD_USER_INPUT"),
            ("{ pypiDownloads: { gte: \"9223372036854775808\" } }", "BAD_USER_INPUT"),
            ("{ pypiDownloads: { gte: 1.5 } }", "BAD_USER_INPUT"),
        ] {
            let query = format!("{{ packages(filter: {filter}) {{ totalCount }} }}");
            let (found, message) = refused(&app, &query, Value::Null).await;
            assert_eq!(found, code, "{query}: {message}");
            assert!(!message.is_empty(), "{query}");
        }
    }
}
