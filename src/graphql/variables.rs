//! Whether variables are what an operation declares, before anything runs: GraphQL's
//! `CoerceVariableValues`. async-graphql looks at a variable where it is used, if it is.

use async_graphql::parser::types::{BaseType, OperationDefinition, Type, VariableDefinition};
use async_graphql::{InputType, Pos, ScalarType, ServerError, Value, Variables};

use super::definitions::{Definitions, Input};
use super::errors::{ErrorCode, request_error};
use super::scalars::{BigInt, DateTime, Url};

/// Problems of a request's variables that are looked for, at most.
const MOST: usize = 20;

/// What is wrong with `variables` for `operation`, or with the defaults of those that are not given.
/// Those that it does not declare are ignored.
pub fn check(
    definitions: &Definitions,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Vec<ServerError> {
    let mut errors = Vec::new();
    for definition in &operation.variable_definitions {
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let mut check = Check {
            definitions,
            variable: &name.node,
            path: vec![name.node.to_string()],
            pos: definition.pos,
            what: "value",
            errors: &mut errors,
        };
        match (variables.get(&name.node), default_value) {
            (Some(value), _) => check.value(&var_type.node, value),
            (None, Some(default)) => {
                check.what = "default value";
                check.value(&var_type.node, &default.node);
            }
            (None, None) if !var_type.node.nullable => {
                let message = format!(
                    "Variable \"${}\" of required type \"{}\" was not provided",
                    name.node, var_type.node
                );
                check.report(message);
            }
            (None, None) => {}
        }
        if errors.len() >= MOST {
            break;
        }
    }
    errors
}

struct Check<'a> {
    definitions: &'a Definitions,
    variable: &'a str,
    path: Vec<String>,
    pos: Pos,
    /// What is looked at: a value, or a default value.
    what: &'static str,
    errors: &'a mut Vec<ServerError>,
}

impl Check<'_> {
    fn report(&mut self, message: String) {
        if self.errors.len() < MOST {
            let mut error = request_error(ErrorCode::BadUserInput, message);
            error.locations = vec![self.pos];
            self.errors.push(error);
        }
    }

    fn wrong(&mut self, value: &Value, why: &str) {
        let place = if self.path.len() > 1 {
            format!(" at \"{}\"", self.path.join("."))
        } else {
            String::new()
        };
        let value = shown(value);
        let Self { variable, what, .. } = self;
        let message =
            format!("Variable \"${variable}\" has the wrong {what} {value}{place}: {why}");
        self.report(message);
    }

    fn value(&mut self, of: &Type, value: &Value) {
        if *value == Value::Null {
            if !of.nullable {
                self.wrong(value, &format!("\"{of}\" is not null"));
            }
            return;
        }
        match &of.base {
            BaseType::List(item) => match value {
                Value::List(values) => {
                    for (index, value) in values.iter().enumerate() {
                        self.within(index.to_string(), item, value);
                        if self.errors.len() >= MOST {
                            return;
                        }
                    }
                }
                // One value stands for a list of it.
                value => self.value(item, value),
            },
            BaseType::Named(name) => self.named(name, value),
        }
    }

    fn within(&mut self, place: String, of: &Type, value: &Value) {
        self.path.push(place);
        self.value(of, value);
        self.path.pop();
    }

    fn named(&mut self, name: &str, value: &Value) {
        let definitions = self.definitions;
        match definitions.input(name) {
            // No input type: the validation says so.
            None => {}
            Some(Input::Scalar) => {
                if let Err(why) = scalar(name, value) {
                    self.wrong(value, &why);
                }
            }
            Some(Input::Enum(values)) => {
                let text = match value {
                    Value::String(text) => Some(text.as_str()),
                    Value::Enum(name) => Some(name.as_str()),
                    _ => None,
                };
                if !text.is_some_and(|text| values.contains(text)) {
                    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
                    values.sort_unstable();
                    self.wrong(value, &format!("\"{name}\" is one of {}", values.join(", ")));
                }
            }
            Some(Input::Object { fields, one_of }) => {
                let Value::Object(object) = value else {
                    self.wrong(value, &definitions.expected_object(name));
                    return;
                };
                if let Some(unknown) =
                    object.keys().find(|key| fields.iter().all(|field| field.name != key.as_str()))
                {
                    self.wrong(value, &format!("\"{name}\" has no field \"{unknown}\""));
                }
                if *one_of && (object.len() != 1 || object.values().any(|it| *it == Value::Null)) {
                    self.wrong(value, &format!("\"{name}\" takes exactly one of its fields"));
                }
                for field in fields {
                    match object.get(field.name.as_str()) {
                        Some(value) => self.within(field.name.clone(), &field.of, value),
                        None if field.default.is_none() && !field.of.nullable => {
                            let (of, field) = (&field.of, &field.name);
                            self.wrong(value, &format!("\"{field}\" of type \"{of}\" is missing"));
                        }
                        None => {}
                    }
                }
            }
        }
    }
}

/// What is wrong with a scalar's value.
pub(super) fn scalar(name: &str, value: &Value) -> Result<(), String> {
    fn ours<T: ScalarType + InputType>(name: &str, value: &Value) -> Result<(), String> {
        <T as InputType>::parse(Some(value.clone())).map(|_| ()).map_err(|error| {
            let said = error.into_server_error(Pos::default()).message;
            // What async-graphql says of a value of another kind names types of its own.
            match said.strip_prefix("Failed to parse ").and_then(|said| said.split_once(": ")) {
                Some((_, why)) => why.to_owned(),
                None => format!("\"{name}\" takes no such value"),
            }
        })
    }
    let fits = match name {
        "Int" => match value {
            Value::Number(number) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            _ => false,
        },
        "Float" => matches!(value, Value::Number(_)),
        "String" => matches!(value, Value::String(_)),
        "Boolean" => matches!(value, Value::Boolean(_)),
        "ID" => match value {
            Value::Number(number) => number.is_i64(),
            value => matches!(value, Value::String(_)),
        },
        "BigInt" => return ours::<BigInt>(name, value),
        "DateTime" => return ours::<DateTime>(name, value),
        "URL" => return ours::<Url>(name, value),
        _ => true,
    };
    let what = match name {
        "Int" => "\"Int\" is a whole number of 32 bits",
        "Float" => "\"Float\" is a number",
        "Boolean" => "\"Boolean\" is true or false",
        "ID" => "\"ID\" is a text or a whole number of 64 bits",
        _ => "\"String\" is a text",
    };
    if fits { Ok(()) } else { Err(what.to_owned()) }
}

/// A value, as far as it helps to find it.
pub(super) fn shown(value: &Value) -> String {
    const MOST_CHARACTERS: usize = 60;
    let text = match value {
        Value::List(_) => return "[…]".to_owned(),
        Value::Object(_) => return "{…}".to_owned(),
        Value::String(text) => text.as_str(),
        other => return other.to_string(),
    };
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("{text:?}"),
    }
}
