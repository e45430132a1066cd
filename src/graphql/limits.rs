//! What a document may be, looked at before anything else does.

/// Brackets within brackets, at most. GraphiQL's introspection has 13; the parser, and whatever
/// walks the document after it, goes one call deeper for each, and a thread's stack ends.
const DEEPEST: usize = 100;

/// Whether `document` has brackets too deep within each other; those in strings and comments are
/// none. What is no GraphQL is not found here: the parser says so.
pub fn too_deep(document: &str) -> bool {
    let mut depth: usize = 0;
    let mut rest = document.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'#' => after_line(after),
            b'"' => match after.strip_prefix(b"\"\"") {
                Some(block) => after_block_string(block),
                None => after_string(after),
            },
            _ => after,
        };
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
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

fn after_block_string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', b'"', b'"', b'"', after @ ..] => after,
            [b'"', b'"', b'"', after @ ..] => return after,
            [] => return text,
            [_, after @ ..] => after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, too_deep};

    #[test]
    fn brackets_of_every_kind() {
        for (open, close) in [("{", "}"), ("[", "]"), ("(", ")"), ("{a(b:[", "])}")] {
            let each = open.matches(['{', '[', '(']).count();
            let nested = |times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
            assert!(!too_deep(&nested(DEEPEST / each)), "{open}");
            assert!(too_deep(&nested(DEEPEST / each + 1)), "{open}");
        }
        assert!(!too_deep(&"{}".repeat(1000)), "beside each other");
        assert!(!too_deep(&"}".repeat(1000)));
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
            assert!(!too_deep(&text), "{text}");
            assert!(too_deep(&format!("{text}{many}")), "{text}");
        }
        assert!(!too_deep(&format!("# \" {many}")));
        assert!(too_deep(&format!("\"unfinished\n{many}")));
        assert!(too_deep(&format!("\"\"{many}")), "an empty string");
    }
}
