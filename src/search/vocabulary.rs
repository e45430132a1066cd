//! The words that there are, and which of them somebody may have meant: those of names as they are,
//! and the stems of descriptions.
//!
//! A typing slip is mended word by word: the words that share most trigrams with what was
//! typed are read, and of these the ones with the fewest slips are taken. Compared with the
//! trigrams of whole names, as pg_trgm has them, this finds letters that changed places (`djnago`
//! and `django` have 3 of 11 trigrams in common), is not led astray by what nearly every name has
//! in common, and looks at some hundred words instead of ten thousand documents.

use std::collections::HashMap;

use super::terms::FIELD;

/// Shorter words have too many neighbours, longer ones are no words.
const SHORTEST: usize = 4;
const LONGEST: usize = 32;

/// A word with that many digits is a number.
const DIGITS: usize = 3;

/// How much longer or shorter a word may be than what was typed.
const SLIPS: usize = 3;

/// Words of a query that are looked at; each costs.
const MENDED: usize = 6;

/// Words that are taken for one that was typed, and words that it may be a part of.
const MOST_ALIKE: usize = 3;
const MOST_AROUND: usize = 4;

/// Whether a word belongs to the vocabulary.
pub fn counts(word: &str) -> bool {
    (2..=LONGEST).contains(&word.chars().count())
        && word != super::terms::GAP
        && word.chars().filter(|c| c.is_numeric()).count() < DIGITS
}

/// In how many more documents (or fewer) each word is than before.
pub type Changes = HashMap<String, i32>;

/// Notes the words that stand in a document: added with 1, taken away with −1.
pub fn note<'a>(changes: &mut Changes, words: impl Iterator<Item = &'a str>, by: i32) {
    let mut words: Vec<&str> = words.filter(|word| counts(word)).collect();
    words.sort_unstable();
    words.dedup();
    for word in words {
        match changes.get_mut(word) {
            Some(change) => *change += by,
            None => {
                changes.insert(word.to_owned(), by);
            }
        }
    }
}

/// The words of a document, by its columns `names` and `stems`.
pub fn of_columns<'a>(names: &'a str, stems: &'a str) -> impl Iterator<Item = &'a str> {
    // Before the description stand the stems of the names.
    let description = stems.rsplit(FIELD).next().unwrap_or("");
    names.split_whitespace().filter(|word| *word != FIELD).chain(description.split_whitespace())
}

/// The trigrams of a word, with blanks around it, so that beginnings count more. Each once.
pub fn trigrams(word: &str) -> Vec<String> {
    let padded: Vec<char> = "  ".chars().chain(word.chars()).chain([' ']).collect();
    let mut trigrams: Vec<String> =
        padded.windows(3).map(|trigram| trigram.iter().collect()).collect();
    trigrams.sort_unstable();
    trigrams.dedup();
    trigrams
}

/// What is asked of the database for a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Words like it.
    Alike,
    /// Words that it is a part of.
    Around,
}

/// The number that an answer of the database has, for the word at a place.
pub fn number(at: usize, asked: Asked) -> usize {
    at * 2 + asked as usize
}

/// A trigram that is asked for: the number that the answer shall have, the trigram, the shortest
/// and the longest word that counts, and how many of the trigrams with this number it needs.
type Trigram = (usize, String, usize, usize, usize);

/// What is asked of the database about these words, each with its place, as JSON.
pub fn question<'a>(words: impl Iterator<Item = (usize, &'a str)>) -> String {
    let mut asked: Vec<Trigram> = Vec::new();
    let words = words
        .filter(|(_, word)| counts(word))
        .map(|(at, word)| (at, word, word.chars().count()))
        .filter(|(_, _, length)| *length > 2);
    for (at, word, length) in words.take(MENDED) {
        let all = trigrams(word);
        let inner: Vec<&String> = all.iter().filter(|trigram| !trigram.contains(' ')).collect();
        let around = number(at, Asked::Around);
        asked.extend(
            inner.iter().map(|of| (around, (*of).clone(), length + 1, LONGEST, inner.len())),
        );
        let slips = slips(length);
        if slips > 0 {
            let alike = number(at, Asked::Alike);
            asked.extend(all.into_iter().map(|of| (alike, of, length - slips, length + slips, 2)));
        }
    }
    // Numbers and texts always have a JSON form.
    serde_json::to_string(&asked).unwrap_or_default()
}

/// The first word after all that begin so.
pub fn after(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// Of words that share most trigrams with `typed`, the ones with the fewest slips, each with its
/// likeness, from 0 to 1; most alike first. The word itself is not among them.
pub fn alike(typed: &str, words: &[&str]) -> Vec<(String, f64)> {
    let length = typed.chars().count();
    let most = slips(length);
    // They came most frequent first among those that share as much.
    let mut found: Vec<(usize, &str)> = words
        .iter()
        .filter_map(|word| distance(typed, word, most).map(|slips| (slips, *word)))
        .filter(|(slips, _)| *slips > 0)
        .collect();
    found.sort_by_key(|(slips, _)| *slips);
    found.truncate(MOST_ALIKE);
    let likeness = |slips: usize| 1.0 - slips as f64 / length as f64;
    found.into_iter().map(|(slips, word)| (word.to_owned(), likeness(slips))).collect()
}

/// Of words that have all trigrams of `typed`, the shortest that it is a part of, likewise.
pub fn around(typed: &str, words: &[&str]) -> Vec<(String, f64)> {
    let length = typed.chars().count();
    let mut found: Vec<(usize, &str)> = words
        .iter()
        .filter(|word| word.contains(typed))
        .map(|word| (word.chars().count(), *word))
        .collect();
    found.sort_by_key(|(longer, _)| *longer);
    found.truncate(MOST_AROUND);
    let likeness = |longer: usize| length as f64 / longer as f64;
    found.into_iter().map(|(longer, word)| (word.to_owned(), likeness(longer))).collect()
}

/// Whether a word is long enough to have been mistyped.
pub fn can_be_mended(word: &str) -> bool {
    counts(word) && slips(word.chars().count()) > 0
}

/// How many slips are forgiven in a word of so many letters.
pub fn slips(length: usize) -> usize {
    match length {
        0..SHORTEST => 0,
        SHORTEST..8 => 1,
        8..12 => 2,
        _ => SLIPS,
    }
}

/// How many letters were left out, added, mistaken or swapped with their neighbour; null when more
/// than `most`.
pub fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mistaken = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = mistaken.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        // From two such rows no way leads back.
        if [&last, &row].iter().all(|row| row.iter().all(|slips| *slips > most)) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::{Changes, alike, around, counts, distance, note, question, trigrams};

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("djnago", "django", Some(1)),
            ("celrey", "celery", Some(1)),
            ("thumbnial", "thumbnail", Some(1)),
            ("celery", "celery", Some(0)),
            ("wagtial", "wagtail", Some(1)),
            ("grapen", "graphene", Some(2)),
            ("abc", "xyz", None),
            ("", "ab", Some(2)),
            ("検策", "検索", Some(1)),
        ] {
            assert_eq!(distance(a, b, 2), expected, "{a} {b}");
        }
    }

    #[test]
    fn which_words_are_meant() {
        let words = ["celery", "gallery", "celebrate"];
        assert_eq!(alike("celrey", &words), [("celery".to_owned(), 1.0 - 1.0 / 6.0)]);
        assert!(alike("celery", &words).is_empty(), "not itself");
        assert!(alike("cms", &["cmd"]).is_empty(), "short words have too many neighbours");
        assert_eq!(around("jwt", &["simplejwt", "jxwt"]), [("simplejwt".to_owned(), 3.0 / 9.0)]);
    }

    #[test]
    fn trigrams_lean_on_the_beginning() {
        assert_eq!(trigrams("rq"), ["  r", " rq", "rq "]);
        assert_eq!(question([(0, "rq"), (1, "12345")].into_iter()), "[]");
        assert_eq!(
            question([(3, "rest"), (4, "jwt")].into_iter()),
            r#"[[7,"est",5,32,2],[7,"res",5,32,2],[6,"  r",3,5,2],[6," re",3,5,2],[6,"est",3,5,2],[6,"res",3,5,2],[6,"st ",3,5,2],[9,"jwt",4,32,1]]"#
        );
    }

    #[test]
    fn changes_count_documents() {
        let mut changes = Changes::new();
        note(&mut changes, ["cms", "cms", "·", "x", "20261"].into_iter(), 1);
        note(&mut changes, ["cms", "rq"].into_iter(), 1);
        note(&mut changes, ["rq"].into_iter(), -1);
        let mut changes: Vec<_> = changes.into_iter().collect();
        changes.sort();
        assert_eq!(changes, [("cms".to_owned(), 2), ("rq".to_owned(), 0)]);
        assert!(counts("i18n") && !counts("package12345"));
    }
}
