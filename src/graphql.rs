//! The GraphQL schema: types over rows, and what it takes to resolve them.

mod ahead;
mod arguments;
pub mod batching;
mod connection;
mod context;
mod definitions;
mod document;
mod errors;
mod facets;
mod feed;
mod filters;
mod ids;
mod json;
mod limits;
mod lists;
mod literals;
mod mutation;
mod nulls;
mod once;
mod operation;
mod orders;
mod outcome;
mod overlaps;
mod query;
mod scalars;
mod search;
mod selection;
mod service;
mod subscription;
mod table;
mod telling;
mod typename;
mod types;
mod variables;
mod written;

use async_graphql::{ValidationMode, Value};

use crate::config::Limits;

pub use context::RequestContext;
pub use errors::{ErrorCode, Failure, answer_too_large, broken, has_code, request_error};
pub use feed::Feed;
pub use limits::{Advice, too_expensive};
pub use mutation::Mutation;
pub use operation::Operation;
pub use outcome::Outcome;
pub use query::Query;
pub use service::{Answer, Event, Service, Subscribed};
pub use subscription::Subscription;

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema. It needs no database: what a request reads from comes with the request, see
/// [`RequestContext`].
pub fn schema() -> Schema {
    with(ValidationMode::Strict)
}

/// The same, for documents that were found valid before: they are not validated.
fn trusting_schema() -> Schema {
    with(ValidationMode::Fast)
}

fn with(validation: ValidationMode) -> Schema {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .validation_mode(validation)
        // What a setting lets through, `limits` has seen to; `typename` adds one.
        .limit_recursive_depth(Limits::DEEPEST + 1)
        .finish()
}

/// What introspection says of the schema.
const DESCRIPTION: &str =
    "A directory of reusable packages: their categories, and grids that compare them.";

/// What async-graphql says of every schema instead.
const LIBRARY_DESCRIPTION: &str = "A GraphQL Schema defines the capabilities of a GraphQL server. It \
    exposes all available types and directives on the server, as well as the entry points for query, \
    mutation, and subscription operations.";

/// Describes the schema in the answer to an operation that asks for it. async-graphql takes no
/// description of a schema, and its parser reads none, which is why the schema's text has none.
fn describe_schema(data: &mut Value) {
    let Value::Object(fields) = data else { return };
    for schema in fields.values_mut() {
        let Value::Object(schema) = schema else { continue };
        for value in schema.values_mut() {
            if matches!(value, Value::String(text) if text == LIBRARY_DESCRIPTION) {
                *value = Value::String(DESCRIPTION.to_owned());
            }
        }
    }
}

/// The schema as text, in the order of its declaration, with a newline at its end.
pub fn sdl(schema: &Schema) -> String {
    let options = async_graphql::SDLExportOptions::new()
        .prefer_single_line_descriptions()
        .include_specified_by()
        .use_space_ident();
    let mut text = schema.sdl_with_options(options);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
