//! Showing where a text answers a query.

use super::query::{Phrase, Query, Word};
use super::terms::{Token, stem, tokens};
use super::vocabulary::{distance, slips};

/// Characters of a text that are looked at: what answers further down than two pages is seldom
/// what somebody is shown the text for, and every word costs.
const LOOKED_AT: usize = 4_000;

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
/// Words match as they do in a search: by stem, in quoted phrases as they stand; by its beginning
/// the last one, if it does not match otherwise; if there is nothing else, each by its beginning,
/// and then with a slip or two. Only the first few thousand characters are looked at.
pub fn highlight(query: &Query, text: &str, most: usize) -> Option<Vec<Part>> {
    let text = beginning(text);
    let tokens = tokens(text);
    let stems: Vec<String> = tokens.iter().map(|token| stem(&token.word)).collect();
    let mut matched = vec![false; tokens.len()];
    let phrases = || query.groups.iter().flatten();
    for phrase in phrases() {
        mark_stems(phrase, &stems, &mut matched);
    }
    // Nobody has finished typing the last word yet, but of `c library` every word with a C.
    let last = query.single_words().last().filter(|(at, _)| at + 1 == query.groups.len());
    if let Some((_, word)) = last
        && !stems.contains(&word.stem)
    {
        mark(&tokens, &mut matched, |token| token.word.starts_with(&word.text));
    }
    let single = || phrases().filter_map(|phrase| <&[Word; 1]>::try_from(&phrase[..]).ok());
    if !matched.contains(&true) {
        for [word] in single() {
            mark(&tokens, &mut matched, |token| token.word.starts_with(&word.text));
        }
    }
    if !matched.contains(&true) {
        for [word] in single() {
            let most = slips(word.text.chars().count());
            mark(&tokens, &mut matched, |token| distance(&word.text, &token.word, most).is_some());
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

/// What is looked at of `text`, cut between words if it has any.
fn beginning(text: &str) -> &str {
    match text.char_indices().nth(LOOKED_AT) {
        None => text,
        Some((cut, _)) => {
            let cut_text = &text[..cut];
            cut_text.rfind(char::is_whitespace).map_or(cut_text, |end| &text[..end])
        }
    }
}

/// Where the fragment begins and ends. A quarter of it goes before the first match; a match longer
/// than the whole fragment is cut.
fn window(text: &str, tokens: &[Token], first: usize, most: usize) -> (usize, usize) {
    let characters = |from: usize, to: usize| text[from..to].chars().count();
    let fits = |from: usize| text[from..].chars().nth(most).is_none();
    if fits(0) {
        return (0, text.len());
    }
    let hit = &tokens[first].range;
    let after_first = text[hit.start..].chars().take(most).count();
    // Near the end of the text there may be room for more before.
    let room = (most / 4).max(most - after_first);
    let room = room.min(most.saturating_sub(characters(hit.start, hit.end)));
    let (mut start, mut before) = (hit.start, 0);
    for token in tokens[..first].iter().rev() {
        before += characters(token.range.start, start);
        if before > room {
            break;
        }
        start = token.range.start;
    }
    // The punctuation at the text's end belongs to it.
    if fits(start) {
        return (start, text.len());
    }
    let (mut end, mut length) = (start, 0);
    for token in &tokens[first..] {
        length += characters(end, token.range.end);
        if length > most {
            break;
        }
        end = token.range.end;
    }
    if end == start {
        // Not even the match fits.
        end = text[start..].char_indices().nth(most).map_or(text.len(), |(at, _)| start + at);
    }
    (start, end)
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
            ("c library", "Caching, a C library", "Caching, a [C] [library]"),
            ("library c", "Caching, a C library", "Caching, a [C] [library]"),
            ("library cac", "Caching, a C library", "[Caching], a C [library]"),
            ("web hook", "Webhooks", "[Webhooks]"),
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

    #[test]
    fn long_texts() {
        let far = format!("{}needle", "hay ".repeat(1_000));
        assert_eq!(shown("needle", &far, 160), None, "further down than is looked at");
        let near = format!("{}needle {}", "hay ".repeat(990), "hay ".repeat(1_000_000));
        let parts = highlight(&Query::parse("needle").unwrap(), &near, 160).unwrap();
        assert!(parts.iter().any(|part| part.matched && part.text == "needle"));
        let one_word = "ö".repeat(10_000);
        assert_eq!(shown("ö", &one_word, 5).as_deref(), Some("ööööö"));
    }

    /// What it did when it counted all characters anew for each word.
    #[test]
    fn fragments_are_as_long_as_they_can_be() {
        let text = "Ein, zwei; drei (vier) fünf: sechs, sieben. Acht neun zehn!";
        for word in ["ein", "drei", "fünf", "acht", "zehn"] {
            for most in 0..text.chars().count() + 2 {
                let shown = shown(word, text, most).unwrap();
                let found = shown.to_lowercase().contains(&format!("[{word}]"));
                assert_eq!(found, most >= word.chars().count(), "{word} in {most}: {shown}");
            }
        }
    }
}
