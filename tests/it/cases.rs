//! Queries on the sample directory with their recorded answers: a file each in `tests/cases`.
//!
//! Variables stand in a file of the same name that ends in `.json`. A new case's answer is recorded
//! by `cargo insta review`, or by running the tests with `INSTA_UPDATE=always`. Both databases have
//! to give the recorded one.

use serde_json::Value;

use crate::support::{App, Backend, on_both};

on_both! {
    async fn recorded(backend: Backend) {
        let app = App::sample(backend).await;
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            insta::glob!("../cases", "*.graphql", |path| {
                let query = std::fs::read_to_string(path).unwrap();
                let variables = std::fs::read_to_string(path.with_extension("json"))
                    .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
                let answer = runtime.block_on(app.answer(&query, variables));
                let answer = serde_json::to_string_pretty(&answer).unwrap();
                insta::with_settings!({ snapshot_path => "../cases/answers", prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!("case", answer);
                });
            });
        })
        .await
        .unwrap();
    }
}
