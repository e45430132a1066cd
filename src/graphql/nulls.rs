//! Explicit nulls in filters, which are refused: a filter without the condition would match
//! everything, where the client asks for what is unknown.

use std::collections::HashSet;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Pos, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::definitions::{Definitions, Field, Input, InputField, Output};
use super::errors::{ErrorCode, request_error};

/// Nulls that are reported, at most.
const MOST: usize = 20;

/// The explicit nulls in the filters of `operation`, as errors. A variable that is not provided and
/// has no default leaves its condition out; the argument `filter` itself may be null.
///
/// The walk goes a call deeper for each selection set and each bracket, which the limits bound.
pub fn check(
    definitions: &Definitions,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Vec<ServerError> {
    let mut check = Check {
        definitions,
        document,
        operation,
        variables,
        visited: HashSet::new(),
        path: Vec::new(),
        pos: Pos::default(),
        errors: Vec::new(),
    };
    let root = definitions.root(operation.ty);
    check.selections(&operation.selection_set.node, root);
    check.errors
}

/// Whether `value` is null or has a null in it.
pub fn has_null(value: &ConstValue) -> bool {
    match value {
        ConstValue::Null => true,
        ConstValue::List(items) => items.iter().any(has_null),
        ConstValue::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

struct Check<'a> {
    definitions: &'a Definitions,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// Fragments that are walked already.
    visited: HashSet<&'a str>,
    path: Vec<String>,
    /// Where the field begins whose filter is looked at.
    pos: Pos,
    errors: Vec<ServerError>,
}

impl<'a> Check<'a> {
    fn selections(&mut self, set: &'a SelectionSet, of: Option<&'a Output>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let definition = of.and_then(|of| of.field(&field.node.name.node));
                    let filter = field.node.get_argument("filter");
                    if let Some((filter, name)) = filter.zip(definition.and_then(Field::filter)) {
                        self.pos = item.pos;
                        self.path.push("filter".to_owned());
                        if !self.is_null(&filter.node) {
                            self.named(&name, &filter.node);
                        }
                        self.path.pop();
                    }
                    let inner =
                        definition.and_then(|definition| self.definitions.output(&definition.of));
                    self.selections(&field.node.selection_set.node, inner);
                }
                Selection::InlineFragment(fragment) => {
                    let of = match &fragment.node.type_condition {
                        Some(condition) => self.definitions.output(&condition.node.on.node),
                        None => of,
                    };
                    self.selections(&fragment.node.selection_set.node, of);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some((name, fragment)) = self.document.fragments.get_key_value(name)
                        && self.visited.insert(name)
                    {
                        let of =
                            self.definitions.output(&fragment.node.type_condition.node.on.node);
                        self.selections(&fragment.node.selection_set.node, of);
                    }
                }
            }
        }
    }

    /// The value of a variable, or its default; `None` if it is not provided.
    fn variable(&self, name: &str) -> Option<&'a ConstValue> {
        let definitions = &self.operation.variable_definitions;
        let default = || {
            let definition = definitions.iter().find(|it| it.node.name.node == name)?;
            definition.node.default_value.as_ref().map(|default| &default.node)
        };
        self.variables.get(name).or_else(default)
    }

    fn is_null(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Variable(name) => self.variable(name) == Some(&ConstValue::Null),
            _ => false,
        }
    }

    /// Looks at a value of a filter's field that is not null.
    fn value(&mut self, of: &Type, value: &Value) {
        match (&of.base, value) {
            (BaseType::List(item), Value::List(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.path.push(index.to_string());
                    // Null in a list of what is not null is found by the validation.
                    if !self.is_null(value) {
                        self.value(item, value);
                    }
                    self.path.pop();
                }
            }
            (BaseType::List(item), value) => self.value(item, value),
            (BaseType::Named(name), value) => self.named(name, value),
        }
    }

    fn named(&mut self, name: &str, value: &Value) {
        let value = match value {
            Value::Variable(variable) => match self.variable(variable) {
                Some(value) if has_null(value) => &value.clone().into_value(),
                _ => return,
            },
            value => value,
        };
        if let Value::List(_) = value {
            // The value of a variable, in place of a list that was spelled out.
            let of = Type { base: BaseType::Named(async_graphql::Name::new(name)), nullable: true };
            let list = Type { base: BaseType::List(Box::new(of)), nullable: true };
            return self.value(&list, value);
        }
        let definitions = self.definitions;
        let (Some(Input::Object { fields, .. }), Value::Object(object)) =
            (definitions.input(name), value)
        else {
            return;
        };
        for field in fields {
            let Some(value) = object.get(field.name.as_str()) else {
                continue;
            };
            self.path.push(field.name.clone());
            if self.is_null(value) {
                let instead = match field.name.as_str() {
                    "ne" | "notIn" if takes_null(fields) => {
                        Some("`isNull: false` for known values")
                    }
                    "isNull" => None,
                    _ if takes_null(fields) => Some("`isNull: true` for unknown values"),
                    _ => self
                        .takes_null(&field.of)
                        .then_some("`{ isNull: true }` for unknown values"),
                };
                self.report(instead);
            } else {
                self.value(&field.of, value);
            }
            self.path.pop();
        }
    }

    /// Whether a field of this type is a comparison that has `isNull`.
    fn takes_null(&self, of: &Type) -> bool {
        match &of.base {
            BaseType::Named(name) => match self.definitions.input(name) {
                Some(Input::Object { fields, .. }) => takes_null(fields),
                _ => false,
            },
            BaseType::List(_) => false,
        }
    }

    fn report(&mut self, instead: Option<&str>) {
        if self.errors.len() >= MOST {
            return;
        }
        let path = self.path.join(".");
        let instead = instead.map(|instead| format!("use {instead}, or ")).unwrap_or_default();
        let message = format!("`{path}` must not be null; {instead}leave it out for no condition");
        let mut error = request_error(ErrorCode::BadUserInput, message);
        error.locations = vec![self.pos];
        self.errors.push(error);
    }
}

fn takes_null(fields: &[InputField]) -> bool {
    fields.iter().any(|field| field.name == "isNull")
}
