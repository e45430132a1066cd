//! Whether numbers and texts that a document spells out are within what their scalars take.
//!
//! async-graphql looks at the kind of a literal when it validates, and at the value itself only when
//! the field is resolved; its error names neither the argument nor the value then.

use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Pos, ServerError, Value as ConstValue};
use async_graphql_value::Value;

use super::definitions::{Definitions, Input, InputField, Output};
use super::errors::{ErrorCode, request_error};
use super::variables::{scalar, shown};

/// Problems that are looked for, at most.
const MOST: usize = 20;

/// Returns what is wrong with literals in `document`, which is no deeper than limits allow. What the
/// validation finds by itself, as a text for a number, is left to it.
pub fn check(definitions: &Definitions, document: &ExecutableDocument) -> Vec<ServerError> {
    let mut check = Check { definitions, errors: Vec::new() };
    for (_, operation) in document.operations.iter() {
        check.selections(&operation.node.selection_set.node, definitions.root(operation.node.ty));
    }
    for fragment in document.fragments.values() {
        let of = definitions.output(&fragment.node.type_condition.node.on.node);
        check.selections(&fragment.node.selection_set.node, of);
    }
    check.errors
}

struct Check<'a> {
    definitions: &'a Definitions,
    errors: Vec<ServerError>,
}

/// Where a literal stands, for the message: `first` of `packages`, and the way into its value.
struct Place<'a> {
    field: &'a str,
    path: Vec<String>,
    pos: Pos,
}

impl Check<'_> {
    fn selections(&mut self, set: &SelectionSet, of: Option<&Output>) {
        for item in &set.items {
            if self.errors.len() >= MOST {
                return;
            }
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let definition = of.and_then(|of| of.field(&field.name.node));
                    for (name, value) in &field.arguments {
                        let known = |known: &&InputField| known.name == name.node.as_str();
                        let argument = definition.and_then(|it| it.arguments.iter().find(known));
                        let Some(argument) = argument else { continue };
                        let path = vec![name.node.to_string()];
                        let mut place = Place { field: &field.name.node, path, pos: value.pos };
                        self.value(&argument.of, &value.node, &mut place);
                    }
                    let inner = definition.and_then(|it| self.definitions.output(&it.of));
                    self.selections(&field.selection_set.node, inner);
                }
                Selection::InlineFragment(fragment) => {
                    let of = match &fragment.node.type_condition {
                        Some(condition) => self.definitions.output(&condition.node.on.node),
                        None => of,
                    };
                    self.selections(&fragment.node.selection_set.node, of);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn value(&mut self, of: &Type, value: &Value, place: &mut Place<'_>) {
        match (&of.base, value) {
            (BaseType::List(item), Value::List(values)) => {
                for (index, value) in values.iter().enumerate() {
                    place.path.push(index.to_string());
                    self.value(item, value, place);
                    place.path.pop();
                }
            }
            // One value stands for a list of it.
            (BaseType::List(item), value) => self.value(item, value, place),
            (BaseType::Named(name), value) => self.named(name, value, place),
        }
    }

    fn named(&mut self, name: &str, value: &Value, place: &mut Place<'_>) {
        match (self.definitions.input(name), value) {
            (Some(Input::Object { fields, .. }), Value::Object(object)) => {
                let is_known = |name: &str| fields.iter().any(|field| field.name == name);
                // Where a variable stands in the object, the validation does not look.
                if let Some(unknown) = object.keys().find(|key| !is_known(key)) {
                    let why = format!("\"{name}\" has no field \"{unknown}\"");
                    self.report(ErrorCode::GraphqlValidationFailed, "{…}", &why, place);
                }
                for field in fields {
                    if let Some(value) = object.get(field.name.as_str()) {
                        place.path.push(field.name.clone());
                        self.value(&field.of, value, place);
                        place.path.pop();
                    }
                }
            }
            // The validation takes any value but an object for an object.
            (Some(Input::Object { .. }), value)
                if !matches!(value, Value::Null | Value::Variable(_)) =>
            {
                let shown = value.clone().into_const().map_or("[…]".to_owned(), |it| shown(&it));
                let why = self.definitions.expected_object(name);
                self.report(ErrorCode::BadUserInput, &shown, &why, place);
            }
            (Some(Input::Scalar), Value::Number(_) | Value::String(_))
                if is_looked_at(name, value) =>
            {
                let Some(value) = value.clone().into_const() else { return };
                if let Err(why) = scalar(name, &value) {
                    self.report(ErrorCode::BadUserInput, &shown(&value), &why, place);
                }
            }
            // As a variable's value it would be one.
            (Some(Input::Enum(_)), Value::String(text)) => {
                let value = shown(&ConstValue::String(text.clone()));
                let why = format!("\"{name}\" is an enum, which is written without quotes");
                self.report(ErrorCode::GraphqlValidationFailed, &value, &why, place);
            }
            _ => {}
        }
    }

    fn report(&mut self, code: ErrorCode, value: &str, why: &str, place: &Place<'_>) {
        if self.errors.len() < MOST {
            let argument = place.path.join(".");
            let message = format!(
                "Argument \"{argument}\" of \"{}\" has the wrong value {value}: {why}",
                place.field
            );
            let mut error = request_error(code, message);
            error.locations = vec![place.pos];
            self.errors.push(error);
        }
    }
}

/// Whether the validation takes a literal of this kind for the scalar, whatever its value.
fn is_looked_at(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("Int" | "ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("BigInt" | "DateTime" | "URL", _) => true,
        _ => false,
    }
}
