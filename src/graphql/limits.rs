//! What a document may be, looked at before it is parsed, and again before it is validated.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Value, Variables};

/// Brackets within brackets, at most. GraphiQL's introspection has 13; the parser, and whatever
/// walks the document after it, goes one call deeper for each, and a thread's stack ends.
const DEEPEST: usize = 100;

/// Brackets within brackets of a value, at most, and of a variable inside it. A filter as deep as
/// filters may be has 25; whatever reads one goes a call deeper for each, in frames of tens of
/// kilobytes where nothing is optimised.
const DEEPEST_VALUE: usize = 32;

/// Selections of all operations of a document with their fragments spelled out, at most. A page
/// needs some hundreds; this many are resolved in tens of milliseconds.
const MOST_SELECTIONS: usize = 10_000;

/// Why a document is not looked at any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has too many brackets within each other.
    TooDeep,
    /// It has a block string without an end.
    ///
    /// No such document is GraphQL. The parser must not see it: it takes `"""` without an end for
    /// an empty string and the beginning of another, so what is in strings for it is not what is in
    /// strings here; and it looks for the end from each `"""` anew, in quadratic time.
    EndlessString,
}

/// Looks at the brackets of `document`, in linear time and without a stack. Those in strings and
/// comments are none. What else is no GraphQL is for the parser to say.
pub fn check_text(document: &str) -> Result<(), Refused> {
    let mut depth: usize = 0;
    for bracket in Brackets(document.as_bytes()) {
        match bracket? {
            b'{' | b'[' | b'(' => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
        if depth > DEEPEST {
            return Err(Refused::TooDeep);
        }
    }
    Ok(())
}

/// Whether a value could be too deep to be read, one in `document` with a variable deep inside it.
pub fn values_too_deep(document: &str, variables: &Variables) -> bool {
    fn depth(value: &Value) -> usize {
        match value {
            Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
    let in_variables = variables.values().map(depth).max().unwrap_or(0);
    // Parentheses stand around values, and in no others.
    let (mut open, mut in_document): (Option<usize>, usize) = (None, 0);
    for bracket in Brackets(document.as_bytes()).flatten() {
        open = match (bracket, open) {
            (b'(', _) => Some(0),
            (b')', _) => None,
            (b'{' | b'[', Some(depth)) => Some(depth + 1),
            (_, depth) => depth.map(|depth| depth.saturating_sub(1)),
        };
        in_document = in_document.max(open.unwrap_or(0));
    }
    in_document + in_variables > DEEPEST_VALUE
}

/// The brackets of a document, in their order.
struct Brackets<'a>(&'a [u8]);

impl Iterator for Brackets<'_> {
    type Item = Result<u8, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((byte, after)) = self.0.split_first() {
            self.0 = match byte {
                b'#' => after_line(after),
                b'"' => match after.strip_prefix(b"\"\"") {
                    Some(block) => match after_block_string(block) {
                        Some(after) => after,
                        None => {
                            self.0 = &[];
                            return Some(Err(Refused::EndlessString));
                        }
                    },
                    None => after_string(after),
                },
                _ => after,
            };
            if matches!(byte, b'{' | b'[' | b'(' | b'}' | b']' | b')') {
                return Some(Ok(*byte));
            }
        }
        None
    }
}

/// Whether `document` is too large once its fragments are spelled out: 30 fragments that each
/// spread the next one twice are 2^30 selections in a kilobyte. Each fragment is counted once, so
/// this takes time in proportion to the text.
pub fn too_large(document: &ExecutableDocument) -> bool {
    let mut counter = Counter { document, fragments: HashMap::new() };
    let operations = document.operations.iter().map(|(_, operation)| operation);
    let total = operations.fold(0_usize, |total, operation| {
        total.saturating_add(counter.selections(&operation.node.selection_set.node, 0))
    });
    total > MOST_SELECTIONS
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    /// What is known of fragments; 0 for one that is being counted, so that a cycle has an end (the
    /// validation refuses it).
    fragments: HashMap<&'a str, usize>,
}

impl<'a> Counter<'a> {
    fn selections(&mut self, set: &'a SelectionSet, depth: usize) -> usize {
        // A chain of fragments can be as long as the document.
        if depth > 2 * DEEPEST {
            return usize::MAX;
        }
        set.items.iter().fold(0, |total: usize, item| {
            total.saturating_add(match &item.node {
                Selection::Field(field) => {
                    self.selections(&field.node.selection_set.node, depth + 1).saturating_add(1)
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node, depth + 1).saturating_add(1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, depth + 1).saturating_add(1)
                }
            })
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
        let selections = self.selections(&fragment.node.selection_set.node, depth);
        self.fragments.insert(name, selections);
        selections
    }
}

fn after_line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    &text[end..]
}

fn after_string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', _, after @ ..] => after,
            [b'"', after @ ..] => return after,
            // A string ends with its line; that it is none is for the parser to say.
            [b'\n' | b'\r', ..] | [] => return text,
            [_, after @ ..] => after,
        }
    }
}

/// Null when the block string has no end.
fn after_block_string(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = match text {
            [b'\\', b'"', b'"', b'"', after @ ..] => after,
            [b'"', b'"', b'"', after @ ..] => return Some(after),
            [] => return None,
            [_, after @ ..] => after,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::{DEEPEST, Refused, check_text, too_large, values_too_deep};

    const TOO_DEEP: Result<(), Refused> = Err(Refused::TooDeep);
    const ENDLESS: Result<(), Refused> = Err(Refused::EndlessString);

    #[test]
    fn brackets_of_every_kind() {
        for (open, close) in [("{", "}"), ("[", "]"), ("(", ")"), ("{a(b:[", "])}")] {
            let each = open.matches(['{', '[', '(']).count();
            let nested = |times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
            assert_eq!(check_text(&nested(DEEPEST / each)), Ok(()), "{open}");
            assert_eq!(check_text(&nested(DEEPEST / each + 1)), TOO_DEEP, "{open}");
        }
        assert_eq!(check_text(&"{}".repeat(1000)), Ok(()), "beside each other");
        assert_eq!(check_text(&"}".repeat(1000)), Ok(()));
    }

    #[test]
    fn not_in_strings_and_comments() {
        let many = "[".repeat(1000);
        for text in [
            format!("\"{many}\""),
            format!("\"\\\"{many}\""),
            format!("\"\"\"\n{many}\n\\\"\"\"{many}\"\"\""),
            format!("# {many}\n"),
        ] {
            assert_eq!(check_text(&text), Ok(()), "{text}");
            assert_eq!(check_text(&format!("{text}{many}")), TOO_DEEP, "{text}");
        }
        assert_eq!(check_text(&format!("# \" {many}")), Ok(()));
        assert_eq!(check_text(&format!("\"unfinished\n{many}")), TOO_DEEP);
        assert_eq!(check_text(&format!("\"\"{many}")), TOO_DEEP, "an empty string");
    }

    /// The parser would take these for other strings than they seem.
    #[test]
    fn block_strings_end() {
        let many = "[".repeat(2000);
        for text in [
            format!("{{package(slug:[\"\"\"x\"{many}]){{slug}}}}"),
            "{ a(b: \"\"\"\\\"\"\") }".to_owned(),
            format!("{{a(b:[\"{}y\"])}}", "x\\\"\"\"\"\"".repeat(1000)),
            "\"\"\"".to_owned(),
        ] {
            assert_eq!(check_text(&text), ENDLESS, "{}", &text[..20.min(text.len())]);
        }
        assert_eq!(check_text("{ a(b: \"\"\"\"\"\") }"), Ok(()));
    }

    #[test]
    fn values_with_variables_in_them() {
        use async_graphql::Variables;
        let value = |depth: usize| format!("{}1{}", "{\"a\":[".repeat(depth), "]}".repeat(depth));
        let variables = |depth: usize| {
            let json = serde_json::from_str(&format!("{{\"v\":{}}}", value(depth))).unwrap();
            Variables::from_json(json)
        };
        let selection = "{ a ".repeat(50) + &"}".repeat(50);
        for (literal, variable, deep) in [
            (0, 0, false),
            (16, 0, false),
            (0, 16, false),
            (8, 8, false),
            (9, 8, true),
            (0, 17, true),
        ] {
            let text = format!("{{ a(b: {}) {selection} c(d: 1) }}", value(literal));
            assert_eq!(values_too_deep(&text, &variables(variable)), deep, "{literal} {variable}");
        }
        assert!(values_too_deep(&format!("{{ a(b: {}) }}", "[".repeat(33)), &variables(0)));
        assert!(!values_too_deep(&format!("{{ a(b: \"{}\") }}", "[".repeat(33)), &variables(0)));
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
                too_large(&parse_query(&text).unwrap()),
                large,
                "{}",
                &text[..60.min(text.len())]
            );
        }
        let mut chain = "{ ...f0 }".to_owned();
        for level in 0..20_000 {
            chain.push_str(&format!(" fragment f{level} on Query {{ ...f{} }}", level + 1));
        }
        assert!(too_large(&parse_query(&chain).unwrap()), "a chain is not walked by the stack");
    }
}
