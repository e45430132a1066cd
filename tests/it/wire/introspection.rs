//! Introspection is for everybody: its price is a constant, and what tools ask is within all limits.

use packgrid::config::{Config, Limits};
use serde_json::{Value, json};

use super::{code_of, configured, post};
use crate::support::{App, Backend, on_both};

/// What graphql-js 16 and 17, GraphiQL and graphql-codegen send, with all options on and off.
fn questions() -> Vec<String> {
    let mut questions = Vec::new();
    for (all, depth) in [(true, 9), (true, 7), (false, 9), (false, 7)] {
        let if_all = |text: &'static str| if all { text } else { "" };
        let deprecated = if_all("(includeDeprecated: true)");
        let mut of_type = String::new();
        for _ in 0..depth {
            of_type = format!("ofType {{ kind name {of_type} }}");
        }
        questions.push(format!(
            "query IntrospectionQuery {{ __schema {{ {description} \
             queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }} \
             types {{ ...FullType }} \
             directives {{ name {description} {repeatable} locations \
             args{deprecated} {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name {description} {specified} {one_of} \
             fields(includeDeprecated: true) {{ name {description} args{deprecated} {{ ...InputValue }} \
             type {{ ...TypeRef }} isDeprecated deprecationReason }} \
             inputFields{deprecated} {{ ...InputValue }} interfaces {{ ...TypeRef }} \
             enumValues(includeDeprecated: true) {{ name {description} isDeprecated deprecationReason }} \
             possibleTypes {{ ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ name {description} type {{ ...TypeRef }} \
             defaultValue {input} }} \
             fragment TypeRef on __Type {{ kind name {of_type} }}",
            description = if_all("description"),
            repeatable = if_all("isRepeatable"),
            specified = if_all("specifiedByURL"),
            one_of = if_all("isOneOf"),
            input = if_all("isDeprecated deprecationReason"),
        ));
    }
    questions
}

fn poor(burst: u64, cost: u64) -> Config {
    let mut config = Config { limits: Limits { cost, ..Limits::default() }, ..Config::default() };
    config.rate.per_second = 1;
    config.rate.burst = burst;
    // Kept answers cost less.
    config.cache.response_bytes = 0;
    config
}

on_both! {
    async fn what_tools_ask_is_within_a_low_limit_and_rate(backend: Backend) {
        let app = configured(backend, poor(1_000, 1)).await;
        for question in questions() {
            let request = json!({ "query": question, "extensions": { "cost": true } });
            let answer = post(&app, &request.to_string(), &[]).await.json();
            assert_eq!(answer["errors"], Value::Null, "{question}");
            let cost = &answer["extensions"]["cost"];
            assert_eq!((&cost["asked"], &cost["used"]), (&json!(250), &json!(250)));
            assert!(answer["data"]["__schema"]["types"].as_array().unwrap().len() > 50);
        }
        let answer = app.answer(&questions()[0], json!({})).await;
        assert_eq!(code_of(&answer), "RATE_LIMITED", "it is no free work");
    }

    async fn more_than_tools_ask_pays_for_its_values(backend: Backend) {
        let app = App::sample(backend).await;
        let types = "types { name fields { name args { name type { name } } type { name kind } } }";
        let many: String = (0..40).map(|n| format!("a{n}: __schema {{ {types} }} ")).collect();
        let answer = app.answer(&format!("{{ {many} }}"), json!({})).await;
        assert_eq!(code_of(&answer), "COST_ESTIMATED_TOO_EXPENSIVE");
        let nested: String = (0..40).map(|n| format!("a{n}: {types} ")).collect();
        let answer = app.answer(&format!("{{ __schema {{ {nested} }} }}"), json!({})).await;
        assert_eq!(code_of(&answer), "COST_ESTIMATED_TOO_EXPENSIVE");
    }

    async fn advice_is_about_what_the_operation_has(backend: Backend) {
        let app = configured(backend, Config { limits: Limits { cost: 10, ..Limits::default() }, ..Config::default() }).await;
        let advice = async |query: &str| {
            let answer = app.answer(query, json!({})).await;
            assert_eq!(code_of(&answer), "COST_ESTIMATED_TOO_EXPENSIVE", "{answer}");
            let message = answer["errors"][0]["message"].as_str().unwrap().to_owned();
            message.split(": ask for ").nth(1).unwrap().to_owned()
        };
        let fields: String = (0..20).map(|n| format!("a{n}: title ")).collect();
        assert_eq!(advice(&format!("{{ package(slug: \"x\") {{ {fields} }} }}")).await, "fewer fields");
        let page = "{ packages(first: 100) { nodes { title } } }";
        assert_eq!(advice(page).await, "smaller pages, or for fewer fields");
        let filtered = "{ packages(filter: { title: { eq: \"x\" } }) { totalCount } }";
        assert_eq!(advice(filtered).await, "smaller pages, for fewer fields, or by simpler filters");
    }

    async fn the_schema_has_a_description_of_its_own(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "{ __schema { description } again: __schema { text: description } \
                     __type(name: \"__Schema\") { description } }";
        let data = app.data(query).await;
        let ours = "A directory of reusable packages: their categories, and grids that compare them.";
        assert_eq!(data["__schema"], json!({ "description": ours }));
        assert_eq!(data["again"], json!({ "text": ours }));
        assert!(data["__type"]["description"].as_str().unwrap().starts_with("A GraphQL Schema"), "{data}");
    }
}
