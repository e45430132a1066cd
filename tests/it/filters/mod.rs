//! Filters and orders by example: each field once, the questions that people have, bad input.

mod bad_input;
mod fields;
mod orders;
mod questions;
mod values;

use serde_json::Value;

use crate::support::App;

fn text(value: &Value) -> String {
    packgrid::rules::text::fold(value.as_str().unwrap_or_default())
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or(i64::MIN)
}

/// All entries of a list that may have up to 200.
async fn all(app: &App, list: &str, arguments: &str, selection: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let query = format!(
            "{{ {list}(first: 100{after}, {arguments}) {{ totalCount nodes {{ {selection} }} \
             pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let mut data = app.data(&query).await;
        found.append(data[list]["nodes"].as_array_mut().unwrap());
        if data[list]["pageInfo"]["hasNextPage"] == false {
            assert_eq!(data[list]["totalCount"], found.len(), "{query}");
            return found;
        }
        after = format!(", after: {}", data[list]["pageInfo"]["endCursor"]);
    }
}

async fn numbers(app: &App, list: &str, filter: &str) -> Vec<i64> {
    let found = all(app, list, &format!("filter: {filter}"), "number").await;
    found.iter().map(|node| int(&node["number"])).collect()
}

/// What became of a bad query: its error's code and message.
async fn refused(app: &App, query: &str, variables: Value) -> (String, String) {
    let answer = app.answer(query, variables).await;
    let error = &answer["errors"][0];
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (said(&error["extensions"]["code"]), said(&error["message"]))
}
