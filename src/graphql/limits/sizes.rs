//! How large values are, with the variables in them spelled out.

use std::collections::HashMap;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Value, Variables};
use async_graphql_value::Value as DocumentValue;

/// Bytes, about, that any value takes, whatever it holds.
const VALUE: u64 = 32;

/// How large a value is.
#[derive(Clone, Copy, Default)]
pub struct Size {
    /// Bytes that it takes in memory, about.
    pub bytes: u64,
    /// Brackets within brackets.
    pub depth: u64,
}

/// How large the variables of a document are, and what they are.
pub struct Sizes<'a> {
    /// By name; the larger one of a variable's value and its default.
    sizes: HashMap<&'a str, Size>,
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Value>,
}

impl<'a> Sizes<'a> {
    pub fn new(document: &'a ExecutableDocument, variables: &'a Variables) -> Self {
        let mut sizes: HashMap<&str, Size> = HashMap::new();
        let mut defaults = HashMap::new();
        let operations = document.operations.iter().map(|(_, operation)| &operation.node);
        for definition in operations.flat_map(|operation| &operation.variable_definitions) {
            if let Some(default) = &definition.node.default_value {
                let name = definition.node.name.node.as_str();
                let size = sizes.entry(name).or_default();
                *size = size.max(const_size(&default.node));
                defaults.insert(name, &default.node);
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
            DocumentValue::List(items) => Size::around(items.iter().map(|item| self.of(item))),
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
        inside.fold(Self { bytes: VALUE, depth: 1 }, |size, item| Self {
            bytes: size.bytes.saturating_add(item.bytes),
            depth: size.depth.max(item.depth.saturating_add(1)),
        })
    }

    fn plain(bytes: usize) -> Self {
        Self { bytes: VALUE.saturating_add(bytes as u64), depth: 0 }
    }

    fn with_name(self, name: &str) -> Self {
        Self { bytes: self.bytes.saturating_add(name.len() as u64), ..self }
    }

    fn max(self, other: Self) -> Self {
        Self { bytes: self.bytes.max(other.bytes), depth: self.depth.max(other.depth) }
    }
}

fn const_size(value: &Value) -> Size {
    match value {
        Value::String(text) => Size::plain(text.len()),
        Value::List(items) => Size::around(items.iter().map(const_size)),
        Value::Object(fields) => {
            Size::around(fields.iter().map(|(name, value)| const_size(value).with_name(name)))
        }
        _ => Size::plain(0),
    }
}
