//! What a document comes to once everything in it is spelled out.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as DocumentValue;

use super::DEEPEST;

/// Selections of all operations of a document with their fragments spelled out, at most. A page
/// needs some hundreds; this many are resolved in tens of milliseconds.
const MOST_SELECTIONS: usize = 10_000;

/// Bytes of arguments that weigh as much as a selection: all of a document's, with its variables
/// spelled out, are some ten megabytes at most.
const BYTES_OF_A_SELECTION: usize = 1024;

/// Bytes, about, that any value takes, whatever it holds.
const VALUE: usize = 32;

/// Whether `document` is too large once its fragments and `variables` are spelled out: 30 fragments
/// that each spread the next one twice are 2^30 selections in a kilobyte, and a text of a megabyte
/// may be named in a thousand places. A selection weighs as much more as its arguments are long.
/// Each fragment is counted once, so this takes time in proportion to the text.
pub fn too_large(document: &ExecutableDocument, variables: &Variables) -> bool {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    let operations = document.operations.iter().map(|(_, operation)| &operation.node);
    for definition in operations.flat_map(|operation| &operation.variable_definitions) {
        if let Some(default) = &definition.node.default_value {
            let size = sizes.entry(definition.node.name.node.as_str()).or_default();
            *size = (*size).max(const_size(&default.node));
        }
    }
    for (name, value) in variables.iter() {
        let size = sizes.entry(name.as_str()).or_default();
        *size = (*size).max(const_size(value));
    }
    let mut counter = Counter { document, sizes, fragments: HashMap::new() };
    let operations = document.operations.iter().map(|(_, operation)| operation);
    let mut total = operations.fold(0_usize, |total, operation| {
        let OperationDefinition { directives, selection_set, .. } = &operation.node;
        let inside = counter.selections(&selection_set.node, 0);
        total.saturating_add(inside).saturating_add(counter.directives(directives))
    });
    // Those that nothing spreads are validated, too.
    for name in document.fragments.keys() {
        if !counter.fragments.contains_key(name.as_str()) {
            total = total.saturating_add(counter.fragment(name, 0));
        }
    }
    total > MOST_SELECTIONS
}

/// Bytes, about, that a value takes in memory.
fn const_size(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::List(items) => items.iter().map(const_size).sum(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| name.len() + const_size(value)).sum()
            }
            _ => 0,
        }
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    /// How large each variable is.
    sizes: HashMap<&'a str, usize>,
    /// What is known of fragments; 0 for one that is being counted, so that a cycle has an end (the
    /// validation refuses it).
    fragments: HashMap<&'a str, usize>,
}

impl<'a> Counter<'a> {
    /// Selections that arguments weigh as much as.
    fn arguments<'b>(
        &self,
        arguments: impl Iterator<Item = &'b (Positioned<Name>, Positioned<DocumentValue>)>,
    ) -> usize {
        let sizes = arguments.map(|(_, value)| self.size(&value.node));
        sizes.fold(0, usize::saturating_add) / BYTES_OF_A_SELECTION
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> usize {
        self.arguments(directives.iter().flat_map(|directive| &directive.node.arguments))
    }

    fn size(&self, value: &DocumentValue) -> usize {
        VALUE.saturating_add(match value {
            DocumentValue::Variable(name) => self.sizes.get(name.as_str()).copied().unwrap_or(0),
            DocumentValue::String(text) => text.len(),
            DocumentValue::List(items) => {
                items.iter().fold(0, |size: usize, item| size.saturating_add(self.size(item)))
            }
            DocumentValue::Object(fields) => fields.iter().fold(0, |size: usize, (name, value)| {
                size.saturating_add(name.len()).saturating_add(self.size(value))
            }),
            _ => 0,
        })
    }

    fn selections(&mut self, set: &'a SelectionSet, depth: usize) -> usize {
        // A chain of fragments can be as long as the document.
        if depth > 2 * DEEPEST {
            return usize::MAX;
        }
        set.items.iter().fold(0, |total: usize, item| {
            let inside = match &item.node {
                Selection::Field(field) => self
                    .selections(&field.node.selection_set.node, depth + 1)
                    .saturating_add(self.arguments(field.node.arguments.iter())),
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node, depth + 1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, depth + 1)
                }
            };
            let directives = self.directives(item.node.directives());
            total.saturating_add(1).saturating_add(inside).saturating_add(directives)
        })
    }

    fn fragment(&mut self, name: &str, depth: usize) -> usize {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else {
            return 0;
        };
        if let Some(known) = self.fragments.get(name.as_str()) {
            return *known;
        }
        self.fragments.insert(name, 0);
        let selections = self
            .selections(&fragment.node.selection_set.node, depth)
            .saturating_add(self.directives(&fragment.node.directives));
        self.fragments.insert(name, selections);
        selections
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;
    use async_graphql::parser::parse_query;

    use super::too_large;

    /// Wherever a variable is named, its value is copied.
    #[test]
    fn variables_are_counted_wherever_they_are_named() {
        let variables =
            Variables::from_json(serde_json::json!({ "s": "x".repeat(100_000), "n": 1 }));
        let document = |names: usize, variable: &str| {
            let names = format!("${variable},").repeat(names);
            parse_query(format!("query($s: String, $n: Int) {{ a(b: {{ c: [{names}] }}) }}"))
                .unwrap()
        };
        for (names, variable, large) in
            [(1, "s", false), (100, "s", false), (103, "s", true), (10_000, "n", false)]
        {
            assert_eq!(
                too_large(&document(names, variable), &variables),
                large,
                "{names} {variable}"
            );
        }
        let default = format!(
            "query($s: String = \"{}\") {{ {} }}",
            "x".repeat(100_000),
            "a(b: $s) ".repeat(103)
        );
        assert!(too_large(&parse_query(default).unwrap(), &Variables::default()));
        let directives = |times: usize| "@x(b: $s) ".repeat(times);
        for (before, after) in [
            ("query($s: String) { a ", " }"),
            ("query($s: String) { ... ", " { a } }"),
            ("query($s: String) { ...f ", " } fragment f on A { a }"),
            ("query($s: String) { ...f } fragment f on A ", " { a }"),
            ("query($s: String) { a } fragment unused on A ", " { a }"),
            ("query($s: String) { a } fragment unused on A { a ", " }"),
            ("query($s: String) ", " { a }"),
        ] {
            for (times, large) in [(100, false), (103, true)] {
                let document = parse_query(format!("{before}{}{after}", directives(times)));
                assert_eq!(too_large(&document.unwrap(), &variables), large, "{before} {times}");
            }
        }
    }

    fn doubling(levels: usize, leaf: &str) -> String {
        let mut text = "{ ...f0 }".to_owned();
        for level in 0..levels {
            let next = level + 1;
            text.push_str(&format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}"));
        }
        text + &format!(" fragment f{levels} on Query {{ {leaf} }}")
    }

    #[test]
    fn fragments_are_counted_spelled_out() {
        for (text, large) in [
            (doubling(3, "__typename"), false),
            (doubling(11, "__typename"), false),
            (doubling(12, "__typename"), true),
            (doubling(30, "__typename"), true),
            (doubling(63, "a b c"), true),
            (
                "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a x }".to_owned(),
                false,
            ),
            ("{ ...nothing }".to_owned(), false),
            (format!("{{ {} }}", "a ".repeat(10_000)), false),
            (format!("{{ {} }}", "a ".repeat(10_001)), true),
            ((0..100).map(|n| format!("query q{n} {{ {} }}", "a ".repeat(101))).collect(), true),
        ] {
            assert_eq!(
                too_large(&parse_query(&text).unwrap(), &Variables::default()),
                large,
                "{}",
                &text[..60.min(text.len())]
            );
        }
        let mut chain = "{ ...f0 }".to_owned();
        for level in 0..20_000 {
            chain.push_str(&format!(" fragment f{level} on Query {{ ...f{} }}", level + 1));
        }
        assert!(
            too_large(&parse_query(&chain).unwrap(), &Variables::default()),
            "a chain is not walked by the stack"
        );
    }
}
