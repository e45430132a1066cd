//! What a document may be, looked at before it is parsed, and again before it is validated: each in
//! linear time, and before any SQL.

mod introspection;
mod measure;
mod measures;
mod sizes;
#[cfg(test)]
mod tests;
mod text;

use async_graphql::{ServerError, Value, Variables};

use super::errors::{ErrorCode, request_error};
use crate::config::Limits;

pub use introspection::ceiling as introspection_ceiling;
pub use measure::measure;
pub use measures::Measures;
pub use text::check as check_text;

/// Why a document is not looked at any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has more of something than the setting with this name in `[limits]` allows.
    Over { limit: &'static str, most: u64 },
    /// It could cost more than it may.
    TooExpensive { asked: u64, most: u64, advice: Advice },
    /// It has a block string without an end.
    ///
    /// No such document is GraphQL. The parser must not see it: it takes `"""` without an end for
    /// an empty string and the beginning of another, so what is in strings for it is not what is in
    /// strings here; and it looks for the end from each `"""` anew, in quadratic time.
    EndlessString,
    /// It asks for fields of types of fields of types: a few such steps are more than there is in
    /// the whole schema.
    IntrospectionInCircles,
}

impl From<Refused> for ServerError {
    fn from(refused: Refused) -> Self {
        let (limit, most) = match refused {
            Refused::Over { limit, most } => (limit, most),
            Refused::TooExpensive { asked, most, advice } => {
                return too_expensive(asked, most, advice);
            }
            Refused::EndlessString => {
                return request_error(
                    ErrorCode::GraphqlParseFailed,
                    "Syntax error: a block string (\"\"\") has no end",
                );
            }
            Refused::IntrospectionInCircles => {
                let message = "Introspection must not ask for `fields`, `inputFields`, \
                               `interfaces` or `possibleTypes` more than twice within each other";
                return request_error(ErrorCode::GraphqlValidationFailed, message);
            }
        };
        let message = match limit {
            "document_bytes" => format!("The document has over {most} bytes"),
            "tokens" => format!("The document has over {most} names, values and signs"),
            "brackets" => format!("The document has over {most} brackets within brackets"),
            "depth" => format!("The document has over {most} fields within fields"),
            "value_depth" => {
                format!("An argument's value has over {most} brackets within brackets")
            }
            "variables_bytes" => format!("The variables have over {most} bytes"),
            "root_fields" => format!("The operation has over {most} fields at its root"),
            "aliases" | "directives" => {
                format!("The document has over {most} {limit}, with its fragments spelled out")
            }
            _ => format!(
                "The document has over {most} selections once its fragments and variables are \
                 spelled out"
            ),
        };
        let mut error = request_error(ErrorCode::GraphqlValidationFailed, message);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("limit", limit);
        extensions.set("most", Value::from(most));
        error
    }
}

/// How an operation could cost less, besides having fewer fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// By smaller pages: it has a list with pages.
    pub pages: bool,
    /// By simpler filters: it has one.
    pub filters: bool,
}

impl Advice {
    /// Either of the two.
    fn or(self, other: Self) -> Self {
        Self { pages: self.pages || other.pages, filters: self.filters || other.filters }
    }
}

/// That an operation could cost more than it may.
pub fn too_expensive(asked: u64, most: u64, advice: Advice) -> ServerError {
    let ways = match (advice.pages, advice.filters) {
        (true, true) => "smaller pages, for fewer fields, or by simpler filters",
        (true, false) => "smaller pages, or for fewer fields",
        (false, true) => "fewer fields, or by simpler filters",
        (false, false) => "fewer fields",
    };
    let message = format!("The operation could cost {asked}, and may cost {most}: ask for {ways}");
    let mut error = request_error(ErrorCode::CostTooHigh, message);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("cost", Value::from(asked));
    extensions.set("most", Value::from(most));
    error
}

/// Whether all variables together, as JSON, are short enough. (How deep they are, the document's
/// measures say.)
pub fn check_variables(variables: &Variables, limits: &Limits) -> Result<(), Refused> {
    let bytes = variables.iter().map(|(name, value)| name.len() as u64 + 4 + json_bytes(value));
    at_most("variables_bytes", bytes.sum(), limits.variables_bytes)
}

/// Bytes of a value as JSON, about.
fn json_bytes(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Boolean(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() as u64 + 2,
        Value::Enum(name) => name.len() as u64 + 2,
        Value::Binary(bytes) => bytes.len() as u64,
        Value::List(items) => 2 + items.iter().map(|item| json_bytes(item) + 1).sum::<u64>(),
        Value::Object(fields) => {
            let fields = fields.iter();
            2 + fields.map(|(name, value)| name.len() as u64 + 4 + json_bytes(value)).sum::<u64>()
        }
    }
}

/// An error, when `number` is over `most`.
pub fn at_most(limit: &'static str, number: u64, most: usize) -> Result<(), Refused> {
    let most = most as u64;
    if number > most { Err(Refused::Over { limit, most }) } else { Ok(()) }
}
