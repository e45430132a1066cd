//! Showing where a text answers a query.

use super::query::{Phrase, Query};
use super::terms::{Token, stem, tokens};
use super::vocabulary::{distance, slips};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    /// Whether the query is answered by it.
    pub matched: bool,
}

/// The part of `text` around its first match, at most `most` characters and cut at words, in
/// pieces that match and pieces between them; null when nothing in it matches.
///
/// Words match as they do in a search: by stem, in quoted phrases as they stand, then by their
/// beginning, and if there is nothing else with a slip or two.
pub fn highlight(query: &Query, text: &str, most: usize) -> Option<Vec<Part>> {
    let tokens = tokens(text);
    let stems: Vec<String> = tokens.iter().map(|token| stem(&token.word)).collect();
    let mut matched = vec![false; tokens.len()];
    let phrases = || query.groups.iter().flatten();
    for phrase in phrases() {
        mark_stems(phrase, &stems, &mut matched);
        if let [word] = &phrase[..] {
            mark(&tokens, &mut matched, |token| token.word.starts_with(&word.text));
        }
    }
    if !matched.contains(&true) {
        for phrase in phrases() {
            if let [word] = &phrase[..] {
                let most = slips(word.text.chars().count());
                mark(&tokens, &mut matched, |token| {
                    distance(&word.text, &token.word, most).is_some()
                });
            }
        }
    }
    let first = matched.iter().position(|matched| *matched)?;
    let (start, end) = window(text, &tokens, first, most);
    let mut parts: Vec<Part> = Vec::new();
    let mut at = start;
    // Folding may have made several words of one run: their range is the same.
    let hits = tokens.iter().zip(&matched).filter(|(_, matched)| **matched).map(|(t, _)| &t.range);
    for range in hits.filter(|range| range.start >= start && range.end <= end) {
        if range.start < at {
            continue;
        }
        if range.start > at {
            parts.push(Part { text: text[at..range.start].to_owned(), matched: false });
        }
        parts.push(Part { text: text[range.clone()].to_owned(), matched: true });
        at = range.end;
    }
    if at < end {
        parts.push(Part { text: text[at..end].to_owned(), matched: false });
    }
    Some(parts)
}

fn mark_stems(phrase: &Phrase, stems: &[String], matched: &mut [bool]) {
    for start in 0..(stems.len() + 1).saturating_sub(phrase.len()) {
        let range = start..start + phrase.len();
        if stems[range.clone()].iter().zip(phrase).all(|(stem, word)| *stem == word.stem) {
            matched[range].fill(true);
        }
    }
}

fn mark(tokens: &[Token], matched: &mut [bool], matches: impl Fn(&Token) -> bool) {
    for (token, matched) in tokens.iter().zip(matched) {
        *matched = *matched || matches(token);
    }
}

/// Where the fragment begins and ends. A quarter of it goes before the first match; a match longer
/// than the whole fragment is cut.
fn window(text: &str, tokens: &[Token], first: usize, most: usize) -> (usize, usize) {
    let characters = |from: usize, to: usize| text[from..to].chars().count();
    if characters(0, text.len()) <= most {
        return (0, text.len());
    }
    let hit = &tokens[first].range;
    let after_first = characters(hit.start, text.len());
    // Near the end of the text there may be room for more before.
    let before = (most / 4).max(most.saturating_sub(after_first));
    let start = tokens[..=first]
        .iter()
        .map(|token| token.range.start)
        .find(|start| {
            characters(*start, hit.start) <= before && characters(*start, hit.end) <= most
        })
        .unwrap_or(hit.start);
    let end = tokens[first..]
        .iter()
        .map(|token| token.range.end)
        .take_while(|end| characters(start, *end) <= most)
        .last();
    let end = end.unwrap_or_else(|| {
        text[start..].char_indices().nth(most).map_or(text.len(), |(at, _)| start + at)
    });
    // The punctuation at the text's end belongs to it.
    let whole = characters(start, text.len()) <= most;
    (start, if whole { text.len() } else { end })
}

#[cfg(test)]
mod tests {
    use super::highlight;
    use crate::search::Query;

    fn shown(query: &str, text: &str, most: usize) -> Option<String> {
        let parts = highlight(&Query::parse(query).unwrap(), text, most)?;
        let whole: String = parts.iter().map(|part| part.text.as_str()).collect();
        assert!(text.contains(&whole), "{whole} is a piece of {text}");
        assert!(whole.chars().count() <= most);
        assert!(parts.iter().all(|part| !part.text.is_empty()));
        let mark = |part: &super::Part| {
            if part.matched { format!("[{}]", part.text) } else { part.text.clone() }
        };
        Some(parts.iter().map(mark).collect())
    }

    #[test]
    fn whole_texts() {
        for (query, text, expected) in [
            ("caching", "Caches, cached and the cache.", "[Caches], [cached] and the [cache]."),
            ("cach", "A cache.", "A [cache]."),
            ("\"rest framework\"", "REST, a rest-framework.", "REST, a [rest]-[framework]."),
            ("celrey -x", "Uses Celery x.", "Uses [Celery] x."),
            ("image OR photo", "Photos of images", "[Photos] of [images]"),
            ("the images", "the images", "the [images]"),
            ("strasse file", "Die STRASSE, eine ﬁle–Straße", "Die [STRASSE], eine [ﬁle]–[Straße]"),
            ("übung", "🚀U\u{308}bung🚀", "🚀[U\u{308}bung]🚀"),
            ("1 2", "½ of it", "[½] of it"),
        ] {
            assert_eq!(shown(query, text, 100).as_deref(), Some(expected), "{query}");
        }
        for (query, text) in
            [("x", ""), ("", "text"), ("-text", "text"), ("other", "text"), ("\"b a\"", "a b")]
        {
            assert_eq!(shown(query, text, 100), None, "{query}");
        }
    }

    #[test]
    fn fragments() {
        let text = "One two three four five six seven eight nine ten.";
        assert_eq!(shown("five", text, 20).as_deref(), Some("four [five] six seven"));
        assert_eq!(shown("one", text, 9).as_deref(), Some("[One] two"));
        assert_eq!(shown("ten", text, 14).as_deref(), Some("nine [ten]."));
        assert_eq!(shown("seven", text, 3).as_deref(), Some("sev"));
        assert_eq!(shown("five", text, 0).as_deref(), Some(""));
        let long = format!("{} 検索 {}", "ö".repeat(300), "ö".repeat(300));
        assert_eq!(shown("検索", &long, 20).as_deref(), Some("[検索]"));
    }
}
