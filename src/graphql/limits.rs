//! What a document may be, looked at before it is parsed, and again before it is validated.

mod weight;

use async_graphql::{Value, Variables};

pub use weight::too_large;

/// Brackets within brackets, at most. GraphiQL's introspection has 13; the parser, and whatever
/// walks the document after it, goes one call deeper for each, and a thread's stack ends.
const DEEPEST: usize = 100;

/// Brackets within brackets of a value, at most, and of a variable inside it. A filter as deep as
/// filters may be has 25; whatever reads one goes a call deeper for each, in frames of tens of
/// kilobytes where nothing is optimised.
const DEEPEST_VALUE: usize = 32;

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
    // Parentheses stand around values, and in no others; outside of all braces, around variables
    // and their defaults.
    let (mut open, mut braces): (Option<usize>, usize) = (None, 0);
    let (mut in_literals, mut in_defaults) = (0, 0);
    for bracket in Brackets(document.as_bytes()).flatten() {
        open = match (bracket, open) {
            (b'(', _) => Some(0),
            (b')', _) => None,
            (b'{' | b'[', Some(depth)) => Some(depth + 1),
            (_, Some(depth)) => Some(depth.saturating_sub(1)),
            (b'{', None) => {
                braces += 1;
                None
            }
            (_, None) => {
                braces = braces.saturating_sub(usize::from(bracket == b'}'));
                None
            }
        };
        let deepest = if braces == 0 { &mut in_defaults } else { &mut in_literals };
        *deepest = open.unwrap_or(0).max(*deepest);
    }
    in_literals + in_variables.max(in_defaults) > DEEPEST_VALUE
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
    use async_graphql::Variables;

    use super::{DEEPEST, Refused, check_text, values_too_deep};

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
        // A variable's default stands where the variable does.
        for (literal, default, deep) in [(8, 8, false), (9, 8, true), (0, 16, false), (0, 17, true)]
        {
            let (literal, default) = (value(literal), value(default));
            let text = format!("query($v: I = {default}) {selection} {{ a(b: {literal}) }}");
            assert_eq!(values_too_deep(&text, &variables(0)), deep, "{text}");
        }
        assert!(values_too_deep(&format!("{{ a(b: {}) }}", "[".repeat(33)), &variables(0)));
        assert!(!values_too_deep(&format!("{{ a(b: \"{}\") }}", "[".repeat(33)), &variables(0)));
    }
}
