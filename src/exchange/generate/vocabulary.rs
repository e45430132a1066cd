//! What made-up directories are worded with: words and names that are made as well, and what real
//! records say of licences, of Python and of their state, about as often as they say it.

use std::collections::HashSet;

use fastrand::Rng;

use crate::exchange::wire::DevelopmentStatus;

pub(super) const SUBJECTS: [&str; 24] = [
    "admin",
    "auth",
    "cache",
    "forms",
    "search",
    "storage",
    "tasks",
    "mail",
    "geo",
    "charts",
    "payments",
    "tags",
    "comments",
    "files",
    "images",
    "menus",
    "i18n",
    "audit",
    "tenants",
    "webhooks",
    "Übersetzung",
    "検索",
    "REST",
    "GraphQL",
];

pub(super) const STYLES: [&str; 16] = [
    "simple",
    "easy",
    "smart",
    "tiny",
    "fast",
    "async",
    "modern",
    "another",
    "ultimate",
    "light",
    "pluggable",
    "generic",
    "nested",
    "dynamic",
    "Awesome",
    "pure",
];

pub(super) const CELLS: [&str; 12] =
    ["yes", "yes", "yes", "no", "no", "+", "++", "-", "yes, since 2.0", "not yet", "3.14", ""];

/// Names that are odd and often met, beside the made ones.
const NAMES: [&str; 12] = [
    "ada",
    "grace",
    "linus",
    "42",
    "dependabot[bot]",
    "Jürgen W",
    "marie",
    "edsger",
    "barbara",
    "a-very-long-name-of-somebody",
    "x",
    "guido",
];

/// Licences as package indexes spell them, in more than one way, with their shares.
pub(super) const LICENSES: [(Option<&str>, u32); 18] = [
    (Some("MIT"), 28),
    (Some("MIT License"), 16),
    (Some("BSD-3-Clause"), 13),
    (Some("BSD License"), 10),
    (Some("BSD"), 6),
    (Some("Apache-2.0"), 6),
    (Some("Apache Software License"), 3),
    (Some("GPL-3.0-or-later"), 3),
    (Some("GNU General Public License v3 (GPLv3)"), 2),
    (Some("LGPL-3.0-only"), 1),
    (Some("AGPL-3.0-or-later"), 1),
    (Some("MPL-2.0"), 1),
    (Some("BSD-2-Clause"), 1),
    (Some("ISC"), 1),
    (Some("The Unlicense (Unlicense)"), 1),
    (Some("MIT OR Apache-2.0"), 1),
    (Some("Other/Proprietary License"), 1),
    (None, 9),
];

/// What packages for Python 3 ask for.
pub(super) const PYTHON_3: [(Option<&str>, u32); 9] = [
    (Some(">=3.10"), 25),
    (Some(">=3.9"), 16),
    (Some(">=3.8"), 14),
    (Some(">=3.12"), 8),
    (Some(">=3.6"), 6),
    (Some("<4.0,>=3.11"), 6),
    (Some(">=3.8,<4"), 5),
    (Some(">=2.7, !=3.0.*, !=3.1.*, !=3.2.*, !=3.3.*"), 2),
    (None, 18),
];

/// What packages for Python 2 alone ask for: hardly any lived to see the field.
pub(super) const PYTHON_2: [(Option<&str>, u32); 3] =
    [(Some("<3"), 1), (Some("==2.7.*"), 1), (None, 8)];

pub(super) const STATUSES: [(DevelopmentStatus, u32); 8] = [
    (DevelopmentStatus::Unknown, 20),
    (DevelopmentStatus::Planning, 2),
    (DevelopmentStatus::PreAlpha, 3),
    (DevelopmentStatus::Alpha, 9),
    (DevelopmentStatus::Beta, 18),
    (DevelopmentStatus::Stable, 43),
    (DevelopmentStatus::Mature, 3),
    (DevelopmentStatus::Inactive, 2),
];

/// The short words between the others.
const GLUE: [&str; 14] = [
    "a", "and", "by", "Django", "for", "from", "in", "models", "of", "that", "the", "to", "with",
    "your",
];

/// How some descriptions end, now that people write them.
const TAILS: [&str; 7] = [
    " ",
    "\r\n",
    " :gear:",
    " 🚀",
    " Use `manage.py` to start.",
    " The \"missing\" app.",
    "\r\n\r\n* Fast\r\n* Élégant",
];

const ONSETS: [&str; 33] = [
    "b", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p",
    "pl", "pr", "qu", "r", "s", "sh", "sk", "st", "str", "t", "th", "tr", "v", "w", "z",
];

const VOWELS: [&str; 12] = ["a", "a", "e", "e", "i", "i", "o", "o", "u", "ai", "ea", "oo"];

const CODAS: [&str; 13] = ["", "", "", "n", "r", "l", "s", "t", "m", "nd", "st", "ck", "x"];

const ENDINGS: [&str; 6] = ["s", "er", "ing", "ed", "ly", "able"];

/// How many words there are, and how many names.
const WORDS: usize = 3000;
const PEOPLE: usize = 2000;

/// Words and names, made for one directory.
pub(super) struct Vocabulary {
    words: Vec<String>,
    people: Vec<String>,
}

impl Vocabulary {
    pub fn new(rng: &mut Rng) -> Self {
        let words = distinct(WORDS, 12, |words| match words {
            // Some are forms of others, as "tagging" is of "tag".
            [_, ..] if rng.u8(..) < 64 => {
                format!("{}{}", words[rng.usize(0..words.len())], pick(&ENDINGS, rng))
            }
            _ => stem(rng),
        });
        let people = distinct(PEOPLE, 30, |_| match rng.u8(..) {
            0..90 => stem(rng),
            90..150 => format!("{}-{}", stem(rng), stem(rng)),
            150..190 => format!("{} {}", capitalized(&stem(rng)), capitalized(&stem(rng))),
            190..220 => format!("{}{}", stem(rng), rng.u8(1..100)),
            _ => format!("{}{}", pick(&ONSETS, rng), stem(rng)),
        });
        Self { words, people }
    }

    /// A word: the first one in every eleventh place or so, and the later ones ever more rarely
    /// (the share of the n-th is about that of 1/n).
    pub fn word(&self, rng: &mut Rng) -> &str {
        let rank = (self.words.len() as f64 + 1.0).powf(rng.f64()) as usize;
        &self.words[rank.clamp(1, self.words.len()) - 1]
    }

    /// Somebody who has taken part.
    pub fn person(&self, rng: &mut Rng) -> &str {
        if rng.u8(..) < 50 {
            return pick(&NAMES, rng);
        }
        // The square leans towards the first, who so take part in much.
        &self.people[(rng.f64() * rng.f64() * self.people.len() as f64) as usize]
    }

    /// A description: of eight to twenty words, in most cases.
    pub fn description(&self, rng: &mut Rng) -> String {
        let mut text = match rng.u8(..) {
            0..5 => return String::new(),
            5..45 => format!(
                "A {} way to have {} in a Django project, {} and {}.",
                pick(&STYLES, rng),
                pick(&SUBJECTS, rng),
                self.word(rng),
                self.word(rng)
            ),
            _ => {
                let mut text = capitalized(self.word(rng));
                for _ in 1..rng.usize(8..=20) {
                    text.push(' ');
                    text.push_str(match rng.u8(..) {
                        0..100 => pick(&GLUE, rng),
                        100..125 => pick(&SUBJECTS, rng),
                        _ => self.word(rng),
                    });
                }
                text.push('.');
                text
            }
        };
        if rng.u8(..) < 16 {
            text.push_str(pick(&TAILS, rng));
        }
        text
    }
}

/// So many different texts, each made with a view to those before it, and none longer than that.
fn distinct(
    count: usize,
    longest: usize,
    mut make: impl FnMut(&[String]) -> String,
) -> Vec<String> {
    let mut seen = HashSet::with_capacity(count);
    let mut made = Vec::with_capacity(count);
    while made.len() < count {
        let text = make(&made);
        if text.len() <= longest && seen.insert(text.clone()) {
            made.push(text);
        }
    }
    made
}

/// A word that can be pronounced: of one to three syllables, four letters at least.
fn stem(rng: &mut Rng) -> String {
    let mut word = String::new();
    let syllables = rng.usize(1..=3);
    let mut count = 0;
    while count < syllables || word.len() < 4 {
        word.push_str(pick(&ONSETS, rng));
        word.push_str(pick(&VOWELS, rng));
        count += 1;
    }
    word.push_str(pick(&CODAS, rng));
    word
}

pub(super) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

pub(super) fn pick<T: Copy>(items: &[T], rng: &mut Rng) -> T {
    items[rng.usize(0..items.len())]
}

/// One of the items, each as often as its share of the sum says.
pub(super) fn weighted<T: Copy>(items: &[(T, u32)], rng: &mut Rng) -> T {
    let mut left = rng.u32(0..items.iter().map(|(_, share)| share).sum());
    for (item, share) in items {
        if left < *share {
            return *item;
        }
        left -= share;
    }
    items[items.len() - 1].0
}
