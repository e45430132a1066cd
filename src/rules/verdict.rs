//! What the text of a comparison table's cell means.

/// What a cell says, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    No,
    /// Something in words.
    Text,
    /// Nothing.
    Empty,
}

/// A cell, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    pub verdict: Verdict,
    /// How strongly it says yes or no, 1 to 3; 0 for words and nothing.
    pub strength: i32,
    /// What follows the yes or no, or the words themselves; null when there are none.
    pub remark: Option<&'a str>,
}

const YES: [&str; 6] = ["check", "yes", "good", "+1", "+2", "+"];
const NO: [&str; 8] = ["bad", "negative", "evil", "sucks", "no", "-1", "-2", "-"];

/// Reads a cell by the rules of the source: a word of agreement or refusal, perhaps followed by a
/// remark ("yes, since 4.2"); anything else is words ("not yet" is no "no").
pub fn read(text: &str) -> Reading<'_> {
    let text = text.trim();
    if text.is_empty() {
        return Reading { verdict: Verdict::Empty, strength: 0, remark: None };
    }
    let lower = text.to_ascii_lowercase();
    for (sign, words, verdict) in [('+', &YES[..], Verdict::Yes), ('-', &NO[..], Verdict::No)] {
        let signs = lower.chars().take_while(|c| *c == sign).count();
        if signs > 1 {
            return reading(verdict, signs.min(3) as i32, text, signs);
        }
        if let Some(word) = words.iter().find(|word| starts_with_word(&lower, word)) {
            let strength = if word.ends_with('2') { 2 } else { 1 };
            return reading(verdict, strength, text, word.len());
        }
    }
    Reading { verdict: Verdict::Text, strength: 0, remark: Some(text) }
}

fn reading(verdict: Verdict, strength: i32, text: &str, end: usize) -> Reading<'_> {
    let remark =
        text[end..].trim_start_matches([' ', ',', ';', ':', '.', '!', '-', '–', '—']).trim();
    Reading { verdict, strength, remark: (!remark.is_empty()).then_some(remark) }
}

/// Whether `text` begins with `word` and something else follows, or nothing.
fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Empty, No, Text, Yes};
    use super::read;

    #[test]
    fn readings() {
        for (text, verdict, strength, remark) in [
            ("", Empty, 0, None),
            ("  \r\n", Empty, 0, None),
            ("yes", Yes, 1, None),
            (" YES ", Yes, 1, None),
            ("check", Yes, 1, None),
            ("good", Yes, 1, None),
            ("+", Yes, 1, None),
            ("+1", Yes, 1, None),
            ("++", Yes, 2, None),
            ("+2", Yes, 2, None),
            ("+++", Yes, 3, None),
            ("+++++", Yes, 3, None),
            ("yes, since 4.2", Yes, 1, Some("since 4.2")),
            ("Yes (partly)", Yes, 1, Some("(partly)")),
            ("no", No, 1, None),
            ("bad", No, 1, None),
            ("sucks", No, 1, None),
            ("-", No, 1, None),
            ("-1", No, 1, None),
            ("--", No, 2, None),
            ("-2", No, 2, None),
            ("---- never", No, 3, Some("never")),
            ("No: see issue 5", No, 1, Some("see issue 5")),
            ("not yet", Text, 0, Some("not yet")),
            ("none", Text, 0, Some("none")),
            ("yesterday", Text, 0, Some("yesterday")),
            ("+10", Text, 0, Some("+10")),
            ("3.14", Text, 0, Some("3.14")),
            ("goodness", Text, 0, Some("goodness")),
            ("ß", Text, 0, Some("ß")),
        ] {
            let reading = read(text);
            assert_eq!(
                (reading.verdict, reading.strength, reading.remark),
                (verdict, strength, remark),
                "{text:?}"
            );
        }
    }
}
