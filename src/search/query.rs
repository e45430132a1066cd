//! What somebody typed into a search box, understood as on the web.

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::terms::{stem, words};
use crate::rules::{pypi, repository};

/// Characters that a query has at most.
pub const LONGEST: usize = 1_000;

/// Words that a query has at most; each costs time, and nobody means so many.
pub const MOST_WORDS: usize = 32;

/// Words that say nothing by themselves. They count inside quotes, and when there are no others.
const STOP_WORDS: [&str; 40] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from",
    "how", "i", "in", "into", "is", "it", "its", "me", "my", "of", "on", "or", "so", "that", "the",
    "their", "there", "these", "this", "to", "was", "what", "which", "will", "with", "you",
];

/// Why a query is not searched for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
    #[error("a query has at most {LONGEST} characters; this one has {0}")]
    TooLong(usize),
    #[error("a query has at most {MOST_WORDS} words; this one has {0}")]
    TooManyWords(usize),
}

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word {
    /// Folded, as it was typed.
    pub text: String,
    pub stem: String,
}

/// A word, or several that stand one after the other. Never none.
pub(super) type Phrase = Vec<Word>;

/// A search, read.
///
/// Words are all wanted; `"several words"` are wanted as they stand; of `this OR that` one is
/// enough; `-word` and `-"several words"` are not wanted. Whatever else there is, parentheses, `*`,
/// `:`, `AND`, quotes without an end, is text like any other. A query without words, or with
/// unwanted ones only, finds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Query {
    /// The text, for what is looked up as a whole; without control characters, which PostgreSQL
    /// cannot take all of.
    text: String,
    /// One of each is wanted.
    pub(super) groups: Vec<Vec<Phrase>>,
    /// None of these is wanted.
    pub(super) excluded: Vec<Phrase>,
}

/// A piece of the text: what stands between quotes or between spaces.
struct Piece {
    words: Vec<String>,
    quoted: bool,
    excluded: bool,
    /// `OR`, unless there is nothing on one of its sides.
    or: bool,
}

impl Query {
    /// Reads `text`.
    ///
    /// # Errors
    /// When it is too long or has too many words, before and after folding alike.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(QueryError::TooLong(length));
        }
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = text.trim();
        let name = name_in_address(text);
        let pieces = pieces(name.as_deref().unwrap_or(text));
        let count = pieces.iter().map(|piece| piece.words.len()).sum();
        if count > MOST_WORDS {
            return Err(QueryError::TooManyWords(count));
        }
        let mut query = Self { text: text.to_owned(), ..Self::default() };
        query.take(&pieces);
        Ok(query)
    }

    fn take(&mut self, pieces: &[Piece]) {
        let wanted = |piece: &Piece| !piece.excluded && !piece.words.is_empty();
        let alone = |at: usize| {
            let before = at.checked_sub(1).and_then(|at| pieces.get(at)).is_none_or(|p| !p.or);
            before && pieces.get(at + 1).is_none_or(|p| !p.or)
        };
        let says_something = |piece: &Piece| {
            wanted(piece)
                && !piece.or
                && (piece.quoted || piece.words.iter().any(|word| !is_stop_word(word)))
        };
        let keep_all = !pieces.iter().any(says_something);
        let mut joins = false;
        for (at, piece) in pieces.iter().enumerate() {
            let among_wanted = at > 0
                && wanted(&pieces[at - 1])
                && !pieces[at - 1].or
                && pieces.get(at + 1).is_some_and(|next| wanted(next) && !next.or);
            if piece.or && among_wanted {
                joins = true;
                continue;
            }
            if piece.words.is_empty() || piece.or && !keep_all {
                joins = false;
                continue;
            }
            let phrase = || piece.words.iter().map(|word| self::word(word)).collect::<Phrase>();
            if piece.excluded {
                self.excluded.push(phrase());
            } else if joins && let Some(group) = self.groups.last_mut() {
                group.push(phrase());
            } else if piece.quoted || !alone(at) {
                self.groups.push(vec![phrase()]);
            } else {
                let words = piece.words.iter().filter(|word| keep_all || !is_stop_word(word));
                self.groups.extend(words.map(|word| vec![vec![self::word(word)]]));
            }
            joins = false;
        }
    }

    /// Whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// What the text is as a name, punctuation aside; blank when parts of it are not wanted.
    pub(super) fn key(&self) -> String {
        if self.excluded.is_empty() { super::terms::squeezed(&self.text) } else { String::new() }
    }

    /// What the text is as the address of a repository, or blank.
    pub(super) fn repo_key(&self) -> String {
        repository::key(&self.text)
    }

    /// What the text is as a name or an address on the package index, or blank.
    pub(super) fn pypi_name(&self) -> String {
        pypi::name(&self.text)
    }

    /// The groups of one word alone, each with its place among the groups.
    pub(super) fn single_words(&self) -> impl Iterator<Item = (usize, &Word)> {
        self.groups.iter().enumerate().filter_map(|(at, group)| match group.as_slice() {
            [phrase] if phrase.len() == 1 => Some((at, &phrase[0])),
            _ => None,
        })
    }
}

/// Of an address, what is not found as a whole may be found by its last part, the name. Null when
/// `text` is no address, but words, be they with a dot and a slash: `vue.js/nuxt`.
fn name_in_address(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) || !repository::is_address(text) {
        return None;
    }
    let key = repository::key(text);
    let last = match pypi::name(text) {
        name if text.contains("://") && !name.is_empty() => name,
        _ => key.rsplit('/').next().unwrap_or("").to_owned(),
    };
    let name = percent_decode_str(&last).decode_utf8_lossy();
    (!name.is_empty()).then(|| name.into_owned())
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

fn word(text: &str) -> Word {
    Word { text: text.to_owned(), stem: stem(text) }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[start..];
        let excluded = rest
            .strip_prefix('-')
            .filter(|after| after.starts_with(|c: char| c == '"' || c.is_alphanumeric()));
        let body = excluded.unwrap_or(rest);
        let quoted = body
            .strip_prefix('"')
            .and_then(|inside| inside.find('"').map(|end| (&inside[..end], &inside[end + 1..])));
        let (inside, after) = match quoted {
            Some(found) => found,
            None => {
                // A quote in the middle of a word begins a piece of its own.
                let skip = body.chars().next().map_or(0, char::len_utf8);
                let end = body[skip..]
                    .find(|c: char| c.is_whitespace() || c == '"')
                    .map_or(body.len(), |end| skip + end);
                body.split_at(end)
            }
        };
        let words = words(inside);
        let or = quoted.is_none() && excluded.is_none() && matches!(inside, "OR" | "or" | "Or");
        pieces.push(Piece { words, quoted: quoted.is_some(), excluded: excluded.is_some(), or });
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST_WORDS, Query, QueryError, STOP_WORDS};

    /// `a|b+c d -e`: alternatives, phrases, groups, what is not wanted.
    fn read(text: &str) -> String {
        let query = Query::parse(text).unwrap();
        let phrase = |phrase: &super::Phrase| {
            phrase.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("+")
        };
        let wanted =
            query.groups.iter().map(|group| group.iter().map(phrase).collect::<Vec<_>>().join("|"));
        let unwanted = query.excluded.iter().map(|excluded| format!("-{}", phrase(excluded)));
        wanted.chain(unwanted).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn as_on_the_web() {
        for (text, expected) in [
            ("rest framework", "rest framework"),
            ("  REST-Framework ", "rest framework"),
            ("\"rest framework\" auth", "rest+framework auth"),
            ("auth\"rest framework\"", "auth rest+framework"),
            ("cms -wagtail", "cms -wagtail"),
            ("cms -\"page tree\" -django-cms", "cms -page+tree -django+cms"),
            ("-wagtail", "-wagtail"),
            ("celery OR rq queue", "celery|rq queue"),
            ("celery or rq or \"task queue\"", "celery|rq|task+queue"),
            ("django-rq OR celery", "django+rq|celery"),
            ("celery OR django-rq", "celery|django+rq"),
            ("or", "or"),
            ("OR celery", "celery"),
            ("celery OR", "celery"),
            ("celery OR OR rq", "celery rq"),
            ("celery OR -rq", "celery -rq"),
            ("to be or not to be", "be|not"),
            ("log in as another user", "log another user"),
            ("the", "the"),
            ("\"the\"", "the"),
            ("how to do it", "how to do it"),
            ("https://github.com/jazzband/Some-Name.git", "some name"),
            ("https://pypi.org/project/Some_Name/", "some name"),
            ("https://gitlab.com/a/проект", "проект"),
            ("https://gitlab.com/a/%D0%BF%D1%80%D0%BE", "про"),
            ("www.GitHub.com/a/some-name", "some name"),
            ("git@example.org:a/some-name.git", "some name"),
            ("\"github.com/a/some-name\"", "github+com+a+some+name"),
            ("x -https://github.com/a/b", "x -https+github+com+a+b"),
            ("-github.com/a/b", "-github+com+a+b"),
            ("vue.js/nuxt", "vue js nuxt"),
            ("asp.net/core", "asp net core"),
            ("https://pypi.org/project/some.name/0.8.0/", "some name"),
            ("git@github.com:jazzband/some-name", "some name"),
            ("python.org", "python org"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for (text, expected) in [
            ("", ""),
            ("   \u{0} \u{7f}", ""),
            ("\"", ""),
            ("\"\"", ""),
            ("- -- -\"\" +", ""),
            ("🚀 :: !!! ¶", ""),
            ("\"no end", "no end"),
            ("a\"b", "b"),
            ("title:x* AND (NEAR(y, 3) NOT z^2)", "title x near y 3 not z 2"),
            ("{name body} : 'x' & !y <-> z:*A", "name body x y z"),
            ("x\0y", "x y"),
            ("don't", "don t"),
            ("\\ % _ $1 ?1", "1 1"),
            ("–wagtail", "wagtail"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn limits() {
        assert!(Query::parse(&"x".repeat(LONGEST)).is_ok());
        let long = Query::parse(&"ü".repeat(LONGEST + 1));
        assert_eq!(long, Err(QueryError::TooLong(LONGEST + 1)));
        assert!(Query::parse(&"x ".repeat(MOST_WORDS)).is_ok());
        let many = Query::parse(&"x ".repeat(MOST_WORDS + 1));
        assert_eq!(many, Err(QueryError::TooManyWords(MOST_WORDS + 1)));
        // One character, eighteen letters in four words when folded.
        let folded = Query::parse(&"ﷺ ".repeat(MOST_WORDS / 4 + 1));
        assert_eq!(folded, Err(QueryError::TooManyWords(MOST_WORDS + 4)));
        assert!(STOP_WORDS.is_sorted());
    }
}
