//! Orders, and cursors of others.

use serde_json::Value;

use super::refused;
use crate::support::{App, Backend, on_both};

on_both! {
    /// A cursor is of one list in one order.
    async fn orders_and_cursors(backend: Backend) {
        let app = App::sample(backend).await;
        let orders = [
            "",
            ", orderBy: { field: TITLE }",
            ", orderBy: { field: WATCHERS }",
            ", orderBy: { field: WATCHERS, direction: DESC }",
            ", orderBy: { field: LAST_RELEASE }",
            ", orderBy: { field: LAST_RELEASE, nulls: FIRST }",
            ", orderBy: [{ field: LAST_RELEASE }, { field: SCORE }]",
            ", orderBy: { field: NUMBER }",
        ];
        let mut cursors = Vec::new();
        for order in orders {
            let data = app.data(&format!("{{ packages(first: 2{order}) {{ pageInfo {{ endCursor }} }} }}")).await;
            cursors.push(data["packages"]["pageInfo"]["endCursor"].to_string());
        }
        for order in orders {
            for (other, cursor) in orders.iter().zip(&cursors) {
                for argument in ["after", "before"] {
                    let query = format!("{{ packages(first: 1, {argument}: {cursor}{order}) {{ totalCount }} }}");
                    if *other == order {
                        app.data(&query).await;
                        continue;
                    }
                    let said = format!("`{argument}` cannot be used: it is a cursor of another list or order");
                    assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), said), "{query}");
                }
            }
        }
        // What nulls are told to do decides nothing where there are none, and "last" is what they do.
        let cursor = &cursors[4];
        app.data(&format!("{{ packages(after: {cursor}, orderBy: {{ field: LAST_RELEASE, nulls: LAST }}) {{ totalCount }} }}")).await;
        let cursor = &cursors[7];
        app.data(&format!("{{ packages(after: {cursor}, orderBy: {{ field: NUMBER, nulls: FIRST }}) {{ totalCount }} }}")).await;
        let keys = ["{ field: TITLE }"; 6].join(", ");
        let query = format!("{{ packages(orderBy: [{keys}]) {{ totalCount }} }}");
        let said = "`orderBy` must not have over 5 keys".to_owned();
        assert_eq!(refused(&app, &query, Value::Null).await, ("BAD_USER_INPUT".to_owned(), said));
        for order in ["{ field: NOTHING }", "{}", "{ field: TITLE, direction: UP }", "{ field: TITLE, direction: null }"] {
            let query = format!("{{ packages(orderBy: {order}) {{ totalCount }} }}");
            assert_eq!(refused(&app, &query, Value::Null).await.0, "GRAPHQL_VALIDATION_FAILED", "{query}");
        }
    }
}
