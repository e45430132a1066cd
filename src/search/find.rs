//! Finding: what is called exactly so, then full text, then beginnings of words, then likeness.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::dialect::{Dialect, dialect};
use super::document::DocumentId;
use super::expression::Expression;
use super::query::Query;
use super::rank::Stored;
use super::vocabulary::Asked;
use super::wanted::{Others, Wanted};
use super::{Kind, vocabulary};
use crate::database::{Cell, CellKind, DatabaseError, Row, Snapshot};

/// Hits that a search has at most.
pub const MOST: usize = 1_000;

/// Statements that a search takes at most: one for exact names, two for full text, one for the
/// words that may be meant, one each for what they find as beginnings and as slips, and one for
/// what has nearly all words.
pub const STATEMENTS: usize = 7;

/// The matches that are looked at: so many of the most popular. Full text has two such lists,
/// which are less than [`MOST`]. The lists of what is only nearly right are shorter: nobody turns
/// their pages, and on PostgreSQL a short list is filled from the most popular documents alone.
const MATCHES: i64 = 200;
const NEAR_MATCHES: i64 = 80;
const MATCHES_BUT_ONE: i64 = 20;

/// With fewer hits than that, more is looked for.
const ENOUGH: usize = 10;

/// Words that are read for each word that was typed, because they begin so or are like it.
const WORDS: i64 = 40;

/// Words that begin as the last one does which are tried when others may be slips.
const BEGUN_AND_MEANT: usize = 10;

/// Groups of which one may be left out; more would be too many ways to do it.
const MOST_LEFT_OUT: usize = 6;

/// The number of the words that begin so, in an answer.
const BEGUN: i64 = -1;

/// Everything that is called exactly so. Two names are one when their letters and digits are.
const EXACT: &str = "\
    SELECT d.id, d.stems FROM search_document AS d JOIN ( \
        SELECT id FROM search_document WHERE title_key = $1 AND title_key <> '' \
        UNION SELECT id FROM search_document WHERE slug_key = $1 AND slug_key <> '' \
        UNION SELECT o.id FROM package AS p JOIN search_document AS o \
            ON o.kind = 2 AND o.entity_id = p.id WHERE p.repo_key = $2 AND p.repo_key <> '' \
        UNION SELECT o.id FROM package AS p JOIN search_document AS o \
            ON o.kind = 2 AND o.entity_id = p.id WHERE p.pypi_name = $3 AND p.pypi_name <> '' \
    ) AS e ON e.id = d.id ORDER BY d.id LIMIT $4";

/// How something was found, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// It is called so, or has this repository, or this name on the package index.
    Exact,
    /// It has all the words, or inflections of them.
    Text,
    /// It has words that begin so.
    Prefix,
    /// It has words that are nearly so, or nearly all of the words.
    Likeness,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub kind: Kind,
    pub id: i64,
    /// From 0 to 4; a better [`Match`] scores higher, whatever else there is.
    pub score: f64,
    pub matched: Match,
}

/// What `query` finds among `kinds`: best first, each once, at most [`MOST`], by at most
/// [`STATEMENTS`] statements.
///
/// Of what very many match, the most popular are looked at, so that the hits are neither all there
/// are nor slow.
///
/// # Errors
/// What the database says.
pub async fn find(
    snapshot: &Snapshot,
    query: &Query,
    kinds: &[Kind],
) -> Result<Vec<Hit>, DatabaseError> {
    if query.is_empty() || kinds.is_empty() {
        return Ok(vec![]);
    }
    let mut search =
        Search { snapshot, dialect: dialect(snapshot), query, kinds, found: HashMap::new() };
    search.exact().await?;
    // Whoever typed a name in full has made no slip, and means that name.
    let named = !search.found.is_empty();
    search.text().await?;
    if !named && search.found.len() < ENOUGH {
        search.beyond_text().await?;
    }
    search.hits()
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    dialect: &'static Dialect,
    query: &'a Query,
    kinds: &'a [Kind],
    found: HashMap<DocumentId, (Match, f64)>,
}

impl Search<'_> {
    async fn exact(&mut self) -> Result<(), DatabaseError> {
        let values = vec![
            self.query.key().into(),
            self.query.repo_key().into(),
            self.query.pypi_name().into(),
            MATCHES.into(),
        ];
        self.run(EXACT, values, Match::Exact, &Wanted::as_typed(self.query)).await.map(drop)
    }

    async fn text(&mut self) -> Result<(), DatabaseError> {
        let wanted = Wanted::as_typed(self.query);
        let anywhere = Expression::all(wanted.anywhere());
        // When these are all there are, those with the words in their names are among them.
        if self.matches(anywhere, Match::Text, &wanted, MATCHES).await? == MATCHES as usize {
            let in_name = Expression::all(wanted.in_name());
            self.matches(in_name, Match::Text, &wanted, MATCHES).await?;
        }
        Ok(())
    }

    /// Beginnings of words, then likeness.
    async fn beyond_text(&mut self) -> Result<(), DatabaseError> {
        let words = self.words().await?;
        // Little was found since little is left, and finding that out again would take long.
        if !self.query.excluded.is_empty() && words.all_known {
            return Ok(());
        }
        let typed = Wanted::as_typed(self.query);
        let begun = words.begun.iter().map(|word| &**word);
        if !words.begun.is_empty() {
            let wanted = typed.clone().or_begun(begun.clone());
            self.matches(Expression::all(wanted.anywhere()), Match::Prefix, &wanted, NEAR_MATCHES)
                .await?;
        }
        if self.found.len() >= ENOUGH {
            return Ok(());
        }
        if !words.alike.is_empty() || !words.around.is_empty() {
            let begun = begun.take(BEGUN_AND_MEANT);
            let wanted =
                typed.clone().or_begun(begun).or_meant(&words.alike).or_meant(&words.around);
            self.matches(
                Expression::all(wanted.anywhere()),
                Match::Likeness,
                &wanted,
                NEAR_MATCHES,
            )
            .await?;
        }
        // A sentence may have a word too many.
        let wanted = typed.or_meant(&words.alike);
        let groups = wanted.anywhere();
        let count = groups.len();
        if (3..=MOST_LEFT_OUT).contains(&count) && self.found.len() < ENOUGH
            || count == 2 && self.found.is_empty()
        {
            let all_but_one = (0..count)
                .map(|left_out| {
                    let mut all = groups.clone();
                    all.remove(left_out);
                    Expression::all(all)
                })
                .collect();
            self.matches(Expression::any(all_but_one), Match::Likeness, &wanted, MATCHES_BUT_ONE)
                .await?;
        }
        Ok(())
    }

    /// Words that may be meant by those that were typed.
    async fn words(&self) -> Result<Words, DatabaseError> {
        let single: Vec<(usize, &str)> =
            self.query.single_words().map(|(at, word)| (at, word.text.as_str())).collect();
        let mut words = Words { all_known: true, ..Words::default() };
        let last = single.last().filter(|(at, _)| at + 1 == self.query.groups.len());
        let Some(question) = single.first().map(|_| vocabulary::question(single.iter().copied()))
        else {
            return Ok(words);
        };
        let (from, to) = last.map_or_else(Default::default, |(_, word)| {
            ((*word).to_owned(), vocabulary::after(word))
        });
        let values = vec![question.into(), from.into(), to.into(), WORDS.into()];
        let rows = self
            .snapshot
            .fetch_sql(self.dialect.words, values, |row| Ok((row.int(0)?, text(row, 1)?)))
            .await?;
        let answers = |number: i64| -> Vec<&str> {
            rows.iter().filter(|row| row.0 == number).map(|row| &*row.1).collect()
        };
        let begun = answers(BEGUN).into_iter().filter(|word| last.is_none_or(|(_, l)| l != word));
        words.begun = begun.map(Box::from).collect();
        for (at, word) in self.query.single_words() {
            let alike = answers(vocabulary::number(at, Asked::Alike) as i64);
            let around = answers(vocabulary::number(at, Asked::Around) as i64);
            let known = alike.iter().any(|known| *known == word.text || *known == word.stem);
            words.all_known &= known || !vocabulary::can_be_mended(&word.text);
            words.alike.insert(at, vocabulary::alike(&word.text, &alike));
            words.around.insert(at, vocabulary::around(&word.text, &around));
        }
        words.alike.retain(|_, words| !words.is_empty());
        words.around.retain(|_, words| !words.is_empty());
        Ok(words)
    }

    /// Notes the first matches of `expression`, and tells how many they were.
    async fn matches(
        &mut self,
        expression: Expression,
        matched: Match,
        wanted: &Wanted,
        limit: i64,
    ) -> Result<usize, DatabaseError> {
        let expression = expression.within(self.query, self.kinds);
        let values = vec![(self.dialect.spell)(&expression).into(), limit.into()];
        self.run(self.dialect.matches, values, matched, wanted).await
    }

    async fn run(
        &mut self,
        sql: &str,
        values: Vec<sea_orm::Value>,
        matched: Match,
        wanted: &Wanted,
    ) -> Result<usize, DatabaseError> {
        let found = &self.found;
        let rows = self
            .snapshot
            .fetch_sql(sql, values, |row| {
                let id = DocumentId(row.int(0)?);
                if found.contains_key(&id) {
                    // Found in a better way already.
                    return Ok(None);
                }
                let stems = text(row, 1)?;
                Ok(Some((id, Stored::new(id, &stems).quality(wanted))))
            })
            .await?;
        let count = rows.len();
        let allowed: HashSet<Kind> = self.kinds.iter().copied().collect();
        for (id, quality) in rows.into_iter().flatten() {
            if id.kind().is_some_and(|kind| allowed.contains(&kind)) {
                self.found.insert(id, (matched, quality));
            }
        }
        Ok(count)
    }

    fn hits(self) -> Result<Vec<Hit>, DatabaseError> {
        let mut hits = self
            .found
            .into_iter()
            .map(|(document, (matched, quality))| {
                let tier = f64::from(3 - matched as u8);
                let kind = document.kind().ok_or_else(|| {
                    DatabaseError::UnexpectedValue(format!("document {}", document.0))
                })?;
                let id = document.entity_id();
                Ok((document, Hit { kind, id, score: tier + quality, matched }))
            })
            .collect::<Result<Vec<_>, DatabaseError>>()?;
        hits.sort_by(|(a_id, a), (b_id, b)| {
            b.score.total_cmp(&a.score).then(Reverse(*b_id).cmp(&Reverse(*a_id)))
        });
        hits.truncate(MOST);
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }
}

/// Words that may be meant by those that were typed.
#[derive(Default)]
struct Words {
    /// Words that begin as the last one does, most frequent first.
    begun: Vec<Box<str>>,
    /// With a slip, by the group's place.
    alike: Others,
    /// Of which the word is a part, by the group's place.
    around: Others,
    /// Whether all that were typed are words of documents.
    all_known: bool,
}

fn text(row: &Row<'_>, column: usize) -> Result<Box<str>, DatabaseError> {
    match row.cell(column, CellKind::Text)? {
        Cell::Text(text) => Ok(text),
        other => Err(DatabaseError::UnexpectedValue(format!("column {column} is {other:?}"))),
    }
}
