//! What is found: a document for each category, grid and package.

use entity::{category, grid};

use super::Kind;
use super::terms::{FIELD, GAP, squeezed, stem, words};
use crate::rules::digest::Digest;

/// Goes into every digest: raise it when documents are made in another way, and all are made anew
/// by the next [`super::rebuild`].
const VERSION: u64 = 1;

/// Words of a field that count, their bytes, and how often the same one does. PostgreSQL's
/// `tsvector` has at most 16,383 places, 256 of one word, and a mebibyte of words.
const MOST_WORDS: usize = 2_000;
const MOST_BYTES: usize = 100_000;
const MOST_REPEATS: usize = 50;

/// Participants that count.
const MOST_PEOPLE: usize = 500;

/// Stars that rank a category among packages, and a grid for each package in it.
const STARS_OF_CATEGORY: f64 = 20_000.0;
const STARS_OF_PACKAGE_IN_GRID: f64 = 100.0;

/// The popularity that counts most, in stars.
const MOST_STARS: f64 = 200_000.0;

/// The number of a document: what is more popular comes first, then by id and kind.
///
/// Postings stand in the order of these numbers. So the first so many matches are the most popular
/// ones, and a word that a hundred thousand documents have costs no more than a rare one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub i64);

impl DocumentId {
    pub fn new(kind: Kind, id: i64, bucket: u8) -> Self {
        Self(i64::from(255 - bucket) << 40 | id << 2 | kind as i64)
    }

    /// Null when there is no such kind, which no document of ours has.
    pub fn kind(self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as i64 == self.0 & 3)
    }

    pub fn entity_id(self) -> i64 {
        (self.0 >> 2) & ((1 << 38) - 1)
    }

    /// From 0 to 1.
    pub fn popularity(self) -> f64 {
        (255 - (self.0 >> 40)) as f64 / 255.0
    }
}

/// The place of so many stars on a logarithmic scale.
fn bucket(stars: f64) -> u8 {
    (255.0 * (1.0 + stars).ln() / (1.0 + MOST_STARS).ln()).clamp(0.0, 255.0) as u8
}

/// A document, ready to be written.
#[derive(Clone, Debug)]
pub struct Document {
    pub id: DocumentId,
    pub kind: Kind,
    pub entity_id: i64,
    /// Differs when anything else does.
    pub digest: i64,
    pub title: String,
    /// The title and the slug, squeezed.
    pub title_key: String,
    pub slug_key: String,
    /// The words of the title and those of its other names, as they are.
    pub title_words: Vec<String>,
    pub other_words: Vec<String>,
    /// Stems of the title, the other names, the description and the rest, with gaps.
    pub fields: [Vec<String>; 4],
}

/// What a document is made of, as text.
struct Source<'a> {
    kind: Kind,
    entity_id: i64,
    stars: f64,
    title: &'a str,
    slug: &'a str,
    /// What it is called elsewhere.
    names: Vec<&'a str>,
    description: &'a str,
    extra: Vec<&'a str>,
}

pub fn of_category(row: &category::Model) -> Document {
    make(Source {
        kind: Kind::Category,
        entity_id: row.id,
        stars: STARS_OF_CATEGORY,
        title: &row.title,
        slug: &row.slug,
        names: vec![&row.title_plural],
        description: &row.description,
        extra: vec![],
    })
}

pub fn of_grid(row: &grid::Model, packages: i64) -> Document {
    make(Source {
        kind: Kind::Grid,
        entity_id: row.id,
        stars: packages as f64 * STARS_OF_PACKAGE_IN_GRID,
        title: &row.title,
        slug: &row.slug,
        names: vec![],
        description: &row.description,
        extra: vec![],
    })
}

/// What is searched of a package.
#[derive(Clone, Debug)]
pub struct PackageRow {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub description: String,
    pub repo_key: String,
    pub pypi_name: String,
    pub watchers: i32,
    pub participants: Vec<String>,
}

pub fn of_package(row: &PackageRow, category: &str) -> Document {
    let repository = row.repo_key.rsplit('/').next().unwrap_or("");
    let mut extra = vec![category];
    for participant in &row.participants {
        // Looking through them costs less than a set does: most have few.
        if extra.len() <= MOST_PEOPLE && !extra[1..].contains(&participant.as_str()) {
            extra.push(participant);
        }
    }
    make(Source {
        kind: Kind::Package,
        entity_id: row.id,
        stars: f64::from(row.watchers),
        title: &row.title,
        slug: &row.slug,
        names: vec![&row.pypi_name, repository],
        description: &row.description,
        extra,
    })
}

fn make(source: Source<'_>) -> Document {
    let title_words = limited(words(source.title));
    let mut other_words = Vec::new();
    let mut seen = vec![title_words.clone()];
    for name in std::iter::once(source.slug).chain(source.names.iter().copied()) {
        let name = limited(words(name));
        // Most packages are called the same everywhere.
        if !name.is_empty() && !seen.contains(&name) {
            other_words.extend(gap_after(&other_words));
            other_words.extend(name.iter().cloned());
            seen.push(name);
        }
    }
    // What people write as one word: `restframework` for `django-rest-framework`.
    for name in &seen {
        for pair in name.windows(2) {
            let joined = vec![pair.concat()];
            if !seen.contains(&joined) && !other_words.contains(&joined[0]) {
                other_words.extend(gap_after(&other_words));
                other_words.extend(joined);
            }
        }
    }
    let mut extra = Vec::new();
    for text in &source.extra {
        extra.extend(gap_after(&extra));
        extra.extend(words(text));
    }
    let stems = |words: &[String]| words.iter().map(|word| stem(word)).collect::<Vec<_>>();
    let fields = [
        stems(&title_words),
        stems(&other_words),
        stems(&limited(words(source.description))),
        stems(&limited(extra)),
    ];
    let title_key = squeezed(source.title);
    let slug_key = squeezed(source.slug);
    let id = DocumentId::new(source.kind, source.entity_id, bucket(source.stars));
    let mut digest = Digest::new(VERSION);
    digest.add(&id.0.to_le_bytes());
    digest.add(source.title.as_bytes());
    for word in title_words.iter().chain(&other_words).chain(fields.iter().flatten()) {
        digest.add(word.as_bytes());
    }
    digest.add(title_key.as_bytes());
    digest.add(slug_key.as_bytes());
    Document {
        id,
        kind: source.kind,
        entity_id: source.entity_id,
        digest: digest.finish(),
        title: source.title.to_owned(),
        title_key,
        slug_key,
        title_words,
        other_words,
        fields,
    }
}

fn gap_after(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| GAP.to_owned())
}

/// As many words as count; gaps in place of those that repeat too often.
fn limited(mut words: Vec<String>) -> Vec<String> {
    let mut bytes = 0;
    let fitting = words.iter().take_while(|word| {
        bytes += word.len();
        bytes <= MOST_BYTES
    });
    let fitting = fitting.count();
    words.truncate(fitting.min(MOST_WORDS));
    if words.len() > MOST_REPEATS {
        let mut seen = std::collections::HashMap::<String, usize>::new();
        for word in &mut words {
            let times = seen.entry(word.clone()).or_default();
            *times += 1;
            if *times > MOST_REPEATS {
                GAP.clone_into(word);
            }
        }
    }
    words
}

impl Document {
    /// The words of its names as they are stored: the title's, then the others.
    pub fn names(&self) -> String {
        format!("{} {FIELD} {}", self.title_words.join(" "), self.other_words.join(" "))
    }

    /// The stems that a ranking looks at: of the title, the other names and the description.
    pub fn stems(&self) -> String {
        let fields: Vec<String> = self.fields[..3].iter().map(|stems| stems.join(" ")).collect();
        fields.join(&format!(" {FIELD} "))
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentId, PackageRow, bucket, of_package};
    use crate::search::Kind;

    fn package() -> PackageRow {
        PackageRow {
            id: 683,
            title: "Django REST framework".to_owned(),
            slug: "django-rest-framework".to_owned(),
            description: "Caching, in words.".to_owned(),
            repo_key: "github.com/encode/django-rest-framework".to_owned(),
            pypi_name: "djangorestframework".to_owned(),
            watchers: 30_000,
            participants: vec!["Ada L".to_owned(), "x".to_owned(), "Ada L".to_owned()],
        }
    }

    #[test]
    fn numbers_are_in_order_of_popularity() {
        let id = DocumentId::new(Kind::Package, i64::from(i32::MAX), 200);
        assert_eq!((id.kind(), id.entity_id()), (Some(Kind::Package), i64::from(i32::MAX)));
        assert!(id < DocumentId::new(Kind::Category, 1, 199));
        assert!(DocumentId::new(Kind::Grid, 1, 200) < id);
        assert!(DocumentId::new(Kind::Package, 1, 255).0 > 0);
        assert_eq!([0.0, 1e9].map(bucket), [0, 255]);
        assert!(bucket(10.0) < bucket(100.0));
    }

    #[test]
    fn names_are_told_once_and_joined() {
        let document = of_package(&package(), "App");
        assert_eq!(
            document.names(),
            "django rest framework ¦ djangorestframework · djangorest · restframework"
        );
        assert_eq!(document.fields[2], ["cach", "in", "word"]);
        assert_eq!(document.fields[3], ["app", "·", "ada", "l", "·", "x"]);
    }

    #[test]
    fn very_long_texts_are_cut() {
        let mut row = package();
        row.description = "again ".repeat(10_000);
        row.participants = (0..10_000).map(|n| format!("{n}-{}", "🄰".repeat(100))).collect();
        let document = of_package(&row, "App");
        assert_eq!(document.fields[2].len(), 2_000);
        assert_eq!(document.fields[2].iter().filter(|stem| *stem == "again").count(), 50);
        assert!(document.fields[3].iter().map(String::len).sum::<usize>() <= 100_000);
    }

    #[test]
    fn digests_differ_with_what_is_searched() {
        let digest = |change: fn(&mut PackageRow)| {
            let mut row = package();
            change(&mut row);
            of_package(&row, "App").digest
        };
        let same = digest(|_| {});
        assert_eq!(digest(|row| row.watchers += 1), same, "within one step of popularity");
        assert_ne!(digest(|row| row.watchers = 1), same);
        assert_ne!(digest(|row| row.title.push('!')), same);
        assert_ne!(digest(|row| row.description.push_str("more")), same);
        assert_ne!(digest(|row| row.participants.clear()), same);
        assert_ne!(of_package(&package(), "Other").digest, same);
    }
}
