//! Documents as they are parsed, and those that are kept so.

use std::sync::{Arc, OnceLock};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
    VariableDefinition,
};
use async_graphql::{Name, Positioned, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;
use foldhash::quality::RandomState;
use moka::sync::Cache;

use super::errors::{self, ErrorCode};
use super::{nulls, typename};

/// Bytes of documents that are kept, about. Parsing one and comparing its selections is a fourth of
/// the CPU of a small query.
const KEPT: u64 = 8 * 1024 * 1024;

/// Bytes that a document takes for each byte of its text, at most (short names, deep down).
const FOR_A_BYTE: usize = 64;

/// A document that is GraphQL.
pub struct Document {
    /// As it was sent.
    pub sent: ExecutableDocument,
    /// As it is executed; see [`typename`].
    wrapped: ExecutableDocument,
    /// Whether what it selects of an object may stand in two places, as `overlaps` has found; null
    /// before that.
    merges: OnceLock<bool>,
    /// Set once it was executed, and so was found valid.
    valid: OnceLock<()>,
    /// Whether a variable stands within a list or an object that the document spells out.
    nests_variables: bool,
    /// Whether an argument or a variable's default has a null in it.
    spells_null: bool,
}

/// Documents that were found right, but for variables and for what they cost with them; those used
/// least go first.
pub struct Documents(Cache<String, Arc<Document>, RandomState>);

impl Default for Documents {
    fn default() -> Self {
        let weight = |text: &String, _: &Arc<Document>| {
            u32::try_from(text.len().saturating_mul(FOR_A_BYTE)).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().max_capacity(KEPT).weigher(weight);
        Self(cache.build_with_hasher(RandomState::default()))
    }
}

impl Documents {
    /// The document with this text; null when it is not kept.
    pub fn get(&self, text: &str) -> Option<Arc<Document>> {
        self.0.get(text)
    }

    /// Keeps a document.
    pub fn keep(&self, text: &str, document: &Arc<Document>) {
        self.0.insert(text.to_owned(), Arc::clone(document));
    }
}

impl Document {
    /// Parses a text, which has brackets in few others.
    ///
    /// # Errors
    /// When it is no GraphQL.
    pub fn new(text: &str) -> Result<Self, ServerError> {
        let sent = parse(text)?;
        let mut wrapped = sent.clone();
        typename::wrap(&mut wrapped);
        Ok(Self {
            nests_variables: any_value(&sent, &within),
            spells_null: any_value(&sent, &spells_null) || defaults_to_null(&sent),
            sent,
            wrapped,
            merges: OnceLock::new(),
            valid: OnceLock::new(),
        })
    }

    /// As it is executed, for one request.
    pub fn executed(&self) -> ExecutableDocument {
        self.wrapped.clone()
    }

    /// Notes whether what it selects of an object may stand in two places.
    pub fn set_merges(&self, merges: bool) {
        self.merges.get_or_init(|| merges);
    }

    /// Whether what it selects of an object may stand in two places.
    pub fn merges(&self) -> bool {
        // Who has not looked does not know.
        self.merges.get() != Some(&false)
    }

    /// Notes that it was executed.
    pub fn set_valid(&self) {
        self.valid.get_or_init(|| ());
    }

    /// Whether the validation has nothing to say with these `variables`, which are what `operation`
    /// declares. It depends on them only where they are null, and where they are part of a value.
    pub fn is_valid(&self, operation: &OperationDefinition, variables: &Variables) -> bool {
        let is_null = |definition: &Positioned<VariableDefinition>| {
            variables.get(&definition.node.name.node) == Some(&ConstValue::Null)
        };
        self.valid.get().is_some()
            && !self.nests_variables
            && !operation.variable_definitions.iter().any(is_null)
    }

    /// Whether an argument may be null, or have a null in it, with these `variables`.
    pub fn may_have_null(&self, variables: &Variables) -> bool {
        self.spells_null || variables.values().any(nulls::has_null)
    }

    /// The operation to execute: GraphQL's `GetOperation`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn operation(&self, name: Option<&str>) -> Result<&OperationDefinition, String> {
        let operation = match (&self.sent.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) => {
                let mut all = operations.values();
                match (all.next(), all.next()) {
                    (Some(operation), None) => Some(operation),
                    _ => {
                        let message =
                            "The document has several operations; `operationName` says which";
                        return Err(message.to_owned());
                    }
                }
            }
        };
        operation.map(|operation| &operation.node).ok_or_else(|| {
            let name: String = name.unwrap_or_default().chars().take(60).collect();
            format!("The document has no operation called \"{name}\"")
        })
    }
}

/// Whether `found` holds for the value of any argument of a field or a directive.
///
/// It goes a call deeper for each selection set within another, and for each bracket of a value, of
/// which the document has few.
fn any_value(document: &ExecutableDocument, found: &impl Fn(&Value) -> bool) -> bool {
    let mut operations = document.operations.iter();
    operations.any(|(_, operation)| in_selections(&operation.node.selection_set.node, found))
        || document.fragments.values().any(|it| in_selections(&it.node.selection_set.node, found))
}

fn in_selections(set: &SelectionSet, found: &impl Fn(&Value) -> bool) -> bool {
    let nested = |arguments: &[(Positioned<Name>, Positioned<Value>)]| {
        arguments.iter().any(|(_, value)| found(&value.node))
    };
    set.items.iter().any(|item| {
        let mut directives = item.node.directives().iter();
        directives.any(|directive| nested(&directive.node.arguments))
            || match &item.node {
                Selection::Field(field) => {
                    nested(&field.node.arguments)
                        || in_selections(&field.node.selection_set.node, found)
                }
                Selection::InlineFragment(fragment) => {
                    in_selections(&fragment.node.selection_set.node, found)
                }
                Selection::FragmentSpread(_) => false,
            }
    })
}

fn spells_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) => items.iter().any(spells_null),
        Value::Object(fields) => fields.values().any(spells_null),
        _ => false,
    }
}

fn defaults_to_null(document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter();
    operations.any(|(_, operation)| {
        let mut definitions = operation.node.variable_definitions.iter();
        definitions.any(|definition| {
            let default = definition.node.default_value.as_ref();
            default.is_some_and(|default| nulls::has_null(&default.node))
        })
    })
}

/// Whether a variable stands within a list or an object.
fn within(value: &Value) -> bool {
    let is_or_has = |value: &Value| matches!(value, Value::Variable(_)) || within(value);
    match value {
        Value::List(items) => items.iter().any(is_or_has),
        Value::Object(fields) => fields.values().any(is_or_has),
        _ => false,
    }
}

fn parse(query: &str) -> Result<ExecutableDocument, ServerError> {
    parse_query(query).map_err(|error| {
        let mut error = ServerError::from(error);
        // The parser draws the line that it means, which may be the whole document.
        if let Some((_, said)) = error.message.rsplit_once("  = ") {
            // In the words of its grammar, which nobody else knows.
            let said = said
                .replace("EOI", "the end")
                .replace("executable_definition", "a query, mutation, subscription or fragment")
                .replace('_', " ");
            error.message = format!("Syntax error: {}", said.trim_end());
        }
        errors::set_code(&mut error, ErrorCode::GraphqlParseFailed);
        error
    })
}
