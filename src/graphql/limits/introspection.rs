//! What introspection costs: a constant, as long as it asks for no more than tools do.
//!
//! It needs no database, and is the same for everybody, so whoever may use little must be able to
//! read the schema. Its size is bounded by the largest question that tools ask, twice: what asks for
//! more is no tool, and pays for each value like everything else.

use async_graphql::Variables;
use async_graphql::parser::parse_query;

use super::measure::introspected;
use crate::graphql::definitions::Definitions;

/// What the introspection of an operation costs.
pub const INTROSPECTION: u64 = 250;

/// How many times the question of tools it may be.
const TIMES: u64 = 2;

/// The question of graphql-js 17, which GraphiQL and graphql-codegen send, with all its options.
const QUESTION: &str = "query IntrospectionQuery { __schema { description \
    queryType { name kind } mutationType { name kind } subscriptionType { name kind } \
    types { ...FullType } directives { name description isRepeatable locations \
    args(includeDeprecated: true) { ...InputValue } } } } \
    fragment FullType on __Type { kind name description specifiedByURL isOneOf \
    fields(includeDeprecated: true) { name description args(includeDeprecated: true) \
    { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } \
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } \
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } \
    possibleTypes { ...TypeRef } } \
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue \
    isDeprecated deprecationReason } \
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType \
    { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name \
    ofType { kind name ofType { kind name } } } } } } } } } }";

/// Returns the values that an operation's introspection can ask for at the price of
/// [`INTROSPECTION`].
pub fn ceiling(definitions: &Definitions) -> u64 {
    let Ok(document) = parse_query(QUESTION) else { return 0 };
    let Some((_, operation)) = document.operations.iter().next() else { return 0 };
    let variables = Variables::default();
    introspected(definitions, &document, &operation.node, &variables).saturating_mul(TIMES)
}

/// Returns what introspection costs that can have so many values.
pub fn price(values: u64, ceiling: u64) -> u64 {
    match values {
        0 => 0,
        values if values <= ceiling => INTROSPECTION,
        values => values,
    }
}
