//! How large values are, with the variables in them spelled out.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Value, Variables};
use async_graphql_value::Value as DocumentValue;

use crate::graphql::definitions;

/// Bytes, about, that any value takes, whatever it holds.
const VALUE: u64 = 32;

/// How large a value is.
#[derive(Clone, Copy, Default)]
pub struct Size {
    /// Bytes that it takes in memory, about.
    pub bytes: u64,
    /// Brackets within brackets.
    pub depth: u64,
    /// Conditions, if it is a filter, each as many times as there may be rows to try it on for each
    /// that is filtered.
    pub tests: u64,
}

/// How large the variables of a document are, and what they are.
pub struct Sizes<'a> {
    /// By name; the larger one of a variable's value and its default.
    sizes: HashMap<&'a str, Size>,
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Value>,
}

impl<'a> Sizes<'a> {
    /// Those of all operations have a size, since all are validated; only those of `operation` have
    /// values, since no other is executed.
    pub fn new(
        document: &'a ExecutableDocument,
        operation: &OperationDefinition,
        variables: &'a Variables,
    ) -> Self {
        let mut sizes: HashMap<&str, Size> = HashMap::new();
        let mut defaults = HashMap::new();
        for (_, other) in document.operations.iter() {
            let is_executed = std::ptr::eq(&other.node, operation);
            for definition in &other.node.variable_definitions {
                if let Some(default) = &definition.node.default_value {
                    let name = definition.node.name.node.as_str();
                    let size = sizes.entry(name).or_default();
                    *size = size.max(const_size(&default.node));
                    if is_executed {
                        defaults.insert(name, &default.node);
                    }
                }
            }
        }
        for (name, value) in variables.iter() {
            let size = sizes.entry(name.as_str()).or_default();
            *size = size.max(const_size(value));
        }
        Self { sizes, variables, defaults }
    }

    /// The value of a variable.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.variables.get(name).or_else(|| self.defaults.get(name).copied())
    }

    /// Brackets within brackets of the deepest variable.
    pub fn deepest(&self) -> u64 {
        self.sizes.values().map(|size| size.depth).max().unwrap_or(0)
    }

    /// How large `value` is.
    pub fn of(&self, value: &DocumentValue) -> Size {
        match value {
            DocumentValue::Variable(name) => {
                let size = self.sizes.get(name.as_str()).copied().unwrap_or_default();
                Size { bytes: size.bytes.saturating_add(VALUE), ..size }
            }
            DocumentValue::String(text) => Size::plain(text.len()),
            DocumentValue::List(items) => Size::list(items.iter().map(|item| self.of(item))),
            DocumentValue::Object(fields) => {
                let fields = fields.iter();
                Size::around(fields.map(|(name, value)| self.of(value).with_name(name)))
            }
            _ => Size::plain(0),
        }
    }
}

impl Size {
    /// That of a value with these inside.
    fn around(inside: impl Iterator<Item = Self>) -> Self {
        inside.fold(Self { bytes: VALUE, depth: 1, tests: 0 }, |size, item| Self {
            bytes: size.bytes.saturating_add(item.bytes),
            depth: size.depth.max(item.depth.saturating_add(1)),
            tests: size.tests.saturating_add(item.tests),
        })
    }

    /// That of a list: of values, to be one of them is one condition; of filters, there are several.
    fn list(inside: impl Iterator<Item = Self>) -> Self {
        let mut only_plain = true;
        let size = Self::around(inside.inspect(|item| only_plain &= item.depth == 0));
        if only_plain { Self { tests: size.tests.min(1), ..size } } else { size }
    }

    fn plain(bytes: usize) -> Self {
        Self { bytes: VALUE.saturating_add(bytes as u64), depth: 0, tests: 1 }
    }

    fn with_name(self, name: &str) -> Self {
        let tests = match name {
            "some" | "every" | "none" => {
                self.tests.saturating_add(1).saturating_mul(definitions::RELATED)
            }
            _ => self.tests,
        };
        Self { bytes: self.bytes.saturating_add(name.len() as u64), tests, ..self }
    }

    fn max(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.max(other.bytes),
            depth: self.depth.max(other.depth),
            tests: self.tests.max(other.tests),
        }
    }
}

fn const_size(value: &Value) -> Size {
    match value {
        Value::String(text) => Size::plain(text.len()),
        Value::List(items) => Size::list(items.iter().map(const_size)),
        Value::Object(fields) => {
            Size::around(fields.iter().map(|(name, value)| const_size(value).with_name(name)))
        }
        _ => Size::plain(0),
    }
}
