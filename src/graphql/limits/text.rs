//! What a document may be before it is parsed.

use super::{Refused, at_most};
use crate::config::Limits;

/// Looks at the signs of `document`, in linear time and without a stack. Brackets in strings and
/// comments are none. What else is no GraphQL is for the parser to say.
///
/// # Errors
/// When it is too long, has too many tokens or too many brackets within each other, or when the
/// parser would take other things for strings than are.
pub fn check(document: &str, limits: &Limits) -> Result<(), Refused> {
    at_most("document_bytes", document.len() as u64, limits.document_bytes)?;
    let (mut tokens, mut depth) = (0, 0_usize);
    for token in Tokens(document.as_bytes()) {
        tokens += 1;
        match token? {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Other => {}
        }
        at_most("brackets", depth as u64, limits.brackets)?;
        at_most("tokens", tokens, limits.tokens)?;
    }
    Ok(())
}

/// A token, as far as it matters which.
enum Token {
    Open,
    Close,
    Other,
}

/// The tokens of a document, in their order.
struct Tokens<'a>(&'a [u8]);

impl Iterator for Tokens<'_> {
    type Item = Result<Token, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (byte, after) = self.0.split_first()?;
            let token = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => None,
                b'#' => {
                    self.0 = after_line(after);
                    continue;
                }
                b'{' | b'[' | b'(' => Some(Token::Open),
                b'}' | b']' | b')' => Some(Token::Close),
                _ => Some(Token::Other),
            };
            self.0 = match byte {
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
                byte if in_name(byte) => after_name(after),
                _ => after,
            };
            if let Some(token) = token {
                return Some(Ok(token));
            }
        }
    }
}

/// Whether it can stand inside a name, a number or `...`.
fn in_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+')
}

fn after_name(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !in_name(byte)).unwrap_or(text.len());
    &text[end..]
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
    use super::{Limits, Refused};

    const TOO_DEEP: Result<(), Refused> = Err(Refused::Over { limit: "brackets", most: 64 });
    const ENDLESS: Result<(), Refused> = Err(Refused::EndlessString);

    fn check(document: &str) -> Result<(), Refused> {
        super::check(document, &Limits { tokens: 1_000_000, ..Limits::default() })
    }

    #[test]
    fn brackets_of_every_kind() {
        for (open, close) in [("{", "}"), ("[", "]"), ("(", ")"), ("{a(b:[", "])}")] {
            let each = open.matches(['{', '[', '(']).count();
            let nested = |times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
            assert_eq!(check(&nested(64 / each)), Ok(()), "{open}");
            assert_eq!(check(&nested(64 / each + 1)), TOO_DEEP, "{open}");
        }
        assert_eq!(check(&"{}".repeat(1000)), Ok(()), "beside each other");
        assert_eq!(check(&"}".repeat(1000)), Ok(()));
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
            assert_eq!(check(&text), Ok(()), "{text}");
            assert_eq!(check(&format!("{text}{many}")), TOO_DEEP, "{text}");
        }
        assert_eq!(check(&format!("# \" {many}")), Ok(()));
        assert_eq!(check(&format!("\"unfinished\n{many}")), TOO_DEEP);
        assert_eq!(check(&format!("\"\"{many}")), TOO_DEEP, "an empty string");
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
            assert_eq!(check(&text), ENDLESS, "{}", &text[..20.min(text.len())]);
        }
        assert_eq!(check("{ a(b: \"\"\"\"\"\") }"), Ok(()));
    }

    #[test]
    fn tokens_and_bytes() {
        let over = |limit, most| Err(Refused::Over { limit, most });
        let limits = Limits { tokens: 9, ..Limits::default() };
        let text = "query A($a:I){...F}";
        assert_eq!(super::check(text, &limits), over("tokens", 9));
        assert_eq!(super::check(text, &Limits { tokens: 11, ..limits }), Ok(()));
        assert_eq!(super::check(text, &Limits { tokens: 10, ..limits }), over("tokens", 10));
        // What is ignored is no token; a string and a number are one.
        let nine = " , {a(b:-1.5e+3,)}# x y z\n\n \"a b c\" ";
        assert_eq!(super::check(nine, &limits), Ok(()));
        let limits = Limits { document_bytes: 3, ..limits };
        assert_eq!(super::check("{a}", &limits), Ok(()));
        assert_eq!(super::check("{a }", &limits), over("document_bytes", 3));
    }
}
