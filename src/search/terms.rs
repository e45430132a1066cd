//! From text to words and stems: all that is linguistic about a search.
//!
//! It is done here and not by the databases, whose own parsers disagree on nearly everything
//! (`rest-framework`, `café`, `C++`), so that both find the same.

use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

use crate::rules::text::fold;

/// A word's letters that count; what comes after them is cut off, here and in a query alike.
const LONGEST_WORD: usize = 64;

/// Takes the place of a word between two texts, so that no phrase reaches from one to the other.
/// Nobody can search for it: words are letters and digits.
pub const GAP: &str = "·";

/// Takes the place of a word between two fields.
pub const FIELD: &str = "¦";

/// A word, and where it stands in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Folded.
    pub word: String,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// The words of `text`: runs of letters and digits, folded. Everything else only separates them.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = None;
    let end = (text.len(), ' ');
    for (at, c) in text.char_indices().chain([end]) {
        match start {
            None if belongs(c) => start = Some(at),
            Some(from) if !belongs(c) => {
                run(text, from..at, &mut tokens);
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

/// The words of `text` alone.
pub fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.word).collect()
}

/// All letters and digits of `text`, folded: what `Django-CMS`, `django cms` and `DjangoCMS` have
/// in common.
pub fn squeezed(text: &str) -> String {
    words(text).concat()
}

/// What a word's inflections have in common: `cach` of `caching`, `cache` and `cached`. By the
/// Snowball algorithm for English; words in other letters are their own stems.
pub fn stem(word: &str) -> String {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// Whether a character is part of a word. Marks are, which folding joins with their letter, and so
/// is what folds to letters or digits, such as `Ⓐ` and `½`.
fn belongs(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    let mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}');
    let mut bytes = [0; 4];
    mark || c.is_alphanumeric()
        || fold(c.encode_utf8(&mut bytes)).chars().any(char::is_alphanumeric)
}

/// Adds the words of a run of characters that belong together; folding may have split them.
fn run(text: &str, range: Range<usize>, tokens: &mut Vec<Token>) {
    let run = &text[range.clone()];
    // The English genitive says nothing: `project's` is `project`.
    if run.eq_ignore_ascii_case("s")
        && text[..range.start].ends_with(['\'', '’'])
        && tokens.last().is_some_and(|last| text[last.range.end..range.start].chars().count() == 1)
    {
        return;
    }
    let folded = if run.is_ascii() { run.to_ascii_lowercase() } else { fold(run) };
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = match word.char_indices().nth(LONGEST_WORD) {
            Some((end, _)) => &word[..end],
            None => word,
        };
        tokens.push(Token { word: word.to_owned(), range: range.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::{squeezed, stem, tokens, words};

    #[test]
    fn words_are_letters_and_digits() {
        for (text, expected) in [
            ("django-rest_framework 3.15", vec!["django", "rest", "framework", "3", "15"]),
            (
                "A project's views, the users’ own",
                vec!["a", "project", "views", "the", "users", "own"],
            ),
            ("ＷＩＤＥ ﬁle Straße Ⓐ ½", vec!["wide", "file", "strasse", "a", "1", "2"]),
            ("U\u{308}bersetzung ÜBERSETZUNG", vec!["übersetzung", "übersetzung"]),
            ("検索エンジン 🚀 :gear: ⚙️", vec!["検索エンジン", "gear"]),
            ("a\0b \u{1}c·d¦e", vec!["a", "b", "c", "d", "e"]),
            ("C++ & (x OR y) \"z*", vec!["c", "x", "or", "y", "z"]),
            ("'s s 's", vec!["s", "s", "s"]),
            ("🚀 -- ¶ ·", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(words(&"ﬃ".repeat(50)), ["ffi".repeat(50)[..64].to_owned()]);
    }

    #[test]
    fn ranges_are_of_the_text_as_it_came() {
        let text = "Die Straße–U\u{308}bung, ﬁle";
        let parts: Vec<&str> = tokens(text).into_iter().map(|token| &text[token.range]).collect();
        assert_eq!(parts, ["Die", "Straße", "U\u{308}bung", "ﬁle"]);
    }

    #[test]
    fn stems() {
        for word in ["cache", "caches", "cached", "caching"] {
            assert_eq!(stem(word), "cach");
        }
        for word in ["übersetzungen", "検索", "i18n", "2026", "s", ""] {
            assert_eq!(stem(word), word);
        }
    }

    #[test]
    fn squeezing() {
        assert_eq!(squeezed("Django-CMS"), squeezed("django cms"));
        assert_eq!(squeezed("🚀"), "");
    }
}
