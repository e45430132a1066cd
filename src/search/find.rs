//! Finding: what is called exactly so, then full text, then beginnings of words, then likeness.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;

use foldhash::{HashMap, HashMapExt};

use super::dialect::{Dialect, dialect};
use super::document::DocumentId;
use super::expression::Expression;
use super::query::Query;
use super::rank::Ranking;
use super::vocabulary::Asked;
use super::wanted::{Others, Wanted};
use super::{Kind, vocabulary};
use crate::database::{DatabaseError, Snapshot};

/// Statements that a search takes at most: one for exact names, two for full text, one for the
/// words that may be meant, one each for what they find as beginnings and as slips, and one for
/// what has nearly all words.
pub const STATEMENTS: usize = 7;

/// How many matches are looked through: so many of the most popular in each list of them.
///
/// With 1,000 in each list, a search for a frequent word among 100,000 packages took four times the
/// CPU (`cargo bench --bench load`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// For hits in their order, which may be counted and filtered.
    Usual,
    /// For a few hits to be put into another order.
    Anew,
}

impl Reach {
    /// Of what is called so, and of what has all the words anywhere.
    pub fn matches(self) -> usize {
        200
    }

    /// Of what has all the words in its name, when more has them anywhere than is looked through.
    fn named_matches(self) -> usize {
        match self {
            Self::Usual => 100,
            Self::Anew => self.matches(),
        }
    }

    /// Of what is only nearly right. Fewer: nobody turns their pages, and on PostgreSQL a short list
    /// is filled from the most popular documents alone.
    fn near_matches(self) -> usize {
        self.matches() * 2 / 5
    }

    /// Of what has all words but one.
    fn matches_but_one(self) -> usize {
        self.matches() / 10
    }
}

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

/// Everything that is called exactly so. Two names are one when their letters and digits are. What
/// is looked up is null rather than blank: very many packages have no name on the package index.
/// Of $4, each bit is a kind.
const EXACT: &str = "\
    SELECT d.id, d.stems FROM search_document AS d JOIN ( \
        SELECT id FROM search_document WHERE title_key = $1 \
        UNION SELECT id FROM search_document WHERE slug_key = $1 \
        UNION SELECT o.id FROM package AS p JOIN search_document AS o \
            ON o.kind = 2 AND o.entity_id = p.id WHERE p.repo_key = $2 \
        UNION SELECT o.id FROM package AS p JOIN search_document AS o \
            ON o.kind = 2 AND o.entity_id = p.id WHERE p.pypi_name = $3 \
    ) AS e ON e.id = d.id WHERE ($4 >> d.kind) % 2 = 1 ORDER BY d.id LIMIT $5";

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
    /// Orders hits that score the same. Another one when the popularity has changed.
    pub document: DocumentId,
    pub kind: Kind,
    pub id: i64,
    /// From 0 to 4; a better [`Match`] scores higher, whatever else there is.
    pub score: f64,
    pub matched: Match,
}

impl Hit {
    /// The order of hits, by score and document: best first, then the more popular one.
    pub fn order(one: (f64, DocumentId), other: (f64, DocumentId)) -> Ordering {
        other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
    }

    /// What it is ordered by.
    pub fn place(&self) -> (f64, DocumentId) {
        (self.score, self.document)
    }
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Best first, each once.
    pub hits: Vec<Hit>,
    /// Whether more match than were looked through, so that the hits are not all there are.
    pub is_capped: bool,
}

/// What `query` finds among `kinds`, by at most [`STATEMENTS`] statements.
///
/// Of what very many match, the most popular are looked through, as far as `reach` goes, so that the
/// hits are neither all there are nor slow.
///
/// # Errors
/// What the database says.
pub async fn find(
    snapshot: &Snapshot,
    query: &Query,
    kinds: &[Kind],
    reach: Reach,
) -> Result<Found, DatabaseError> {
    if query.is_empty() || kinds.is_empty() {
        return Ok(Found::default());
    }
    let dialect = dialect(snapshot);
    let found = HashMap::with_capacity(reach.matches());
    let mut search = Search { snapshot, dialect, query, kinds, reach, found, is_capped: false };
    search.exact().await?;
    // Whoever typed a name in full has made no slip, and means that name.
    let named = !search.found.is_empty();
    search.text().await?;
    if !named && search.found.len() < ENOUGH {
        search.beyond_text().await?;
    }
    Ok(search.finish())
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    dialect: &'static Dialect,
    query: &'a Query,
    kinds: &'a [Kind],
    reach: Reach,
    found: HashMap<DocumentId, Hit>,
    /// Whether there are matches that were not looked through.
    is_capped: bool,
}

impl Search<'_> {
    async fn exact(&mut self) -> Result<(), DatabaseError> {
        let names = [self.query.key(), self.query.repo_key(), self.query.pypi_name()];
        let names = names.map(|name| Some(name).filter(|name| !name.is_empty()));
        let mut values: Vec<sea_orm::Value> = names.into_iter().map(Into::into).collect();
        let kinds = self.kinds.iter().fold(0_i64, |kinds, kind| kinds | 1 << *kind as i64);
        values.push(kinds.into());
        let typed = Wanted::as_typed(self.query);
        self.run(EXACT, values, self.reach.matches(), Match::Exact, &typed).await.map(drop)
    }

    async fn text(&mut self) -> Result<(), DatabaseError> {
        let wanted = Wanted::as_typed(self.query);
        let anywhere = Expression::all(wanted.anywhere());
        let most = self.reach.matches();
        // When these are all there are, those with the words in their names are among them.
        if self.matches(anywhere, Match::Text, &wanted, most).await? {
            let in_name = Expression::all(wanted.in_name());
            let most = self.reach.named_matches();
            self.matches(in_name, Match::Text, &wanted, most).await?;
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
        let most = self.reach.near_matches();
        let begun = words.begun.iter().map(|word| &**word);
        if !words.begun.is_empty() {
            let wanted = typed.clone().or_begun(begun.clone());
            self.matches(Expression::all(wanted.anywhere()), Match::Prefix, &wanted, most).await?;
        }
        if self.found.len() >= ENOUGH {
            return Ok(());
        }
        if !words.alike.is_empty() || !words.around.is_empty() {
            let begun = begun.take(BEGUN_AND_MEANT);
            let wanted =
                typed.clone().or_begun(begun).or_meant(&words.alike).or_meant(&words.around);
            self.matches(Expression::all(wanted.anywhere()), Match::Likeness, &wanted, most)
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
            let most = self.reach.matches_but_one();
            self.matches(Expression::any(all_but_one), Match::Likeness, &wanted, most).await?;
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
            .fetch_sql(self.dialect.words, values, |row| Ok((row.int(0)?, row.text(1)?)))
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

    /// Notes the first matches of `expression`, and tells whether there are more.
    async fn matches(
        &mut self,
        expression: Expression,
        matched: Match,
        wanted: &Wanted,
        most: usize,
    ) -> Result<bool, DatabaseError> {
        let expression = expression.within(self.query, self.kinds);
        let values = vec![(self.dialect.spell)(&expression).into()];
        self.run(self.dialect.matches, values, most, matched, wanted).await
    }

    /// Notes the first `most` rows of a statement whose last parameter is its limit, and tells whether
    /// there are more.
    async fn run(
        &mut self,
        sql: &str,
        mut values: Vec<sea_orm::Value>,
        most: usize,
        matched: Match,
        wanted: &Wanted,
    ) -> Result<bool, DatabaseError> {
        let (found, mut ranking) = (&mut self.found, Ranking::of(wanted));
        // One more than is looked through, which tells whether that is all there is.
        values.push(i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX).into());
        let mut row_number = 0;
        let rows = self
            .snapshot
            .fetch_sql(sql, values, |row| {
                row_number += 1;
                if row_number > most {
                    return Ok(());
                }
                let id = DocumentId(row.int(0)?);
                // Or it was found in a better way already.
                if let Entry::Vacant(entry) = found.entry(id) {
                    let unknown = || DatabaseError::UnexpectedValue(format!("document {}", id.0));
                    let kind = id.kind().ok_or_else(unknown)?;
                    let score =
                        f64::from(3 - matched as u8) + ranking.quality(id, row.text_bytes(1)?);
                    entry.insert(Hit { document: id, kind, id: id.entity_id(), score, matched });
                }
                Ok(())
            })
            .await?;
        let is_capped = rows.len() > most;
        self.is_capped |= is_capped;
        Ok(is_capped)
    }

    fn finish(self) -> Found {
        let mut hits: Vec<Hit> = self.found.into_values().collect();
        hits.sort_unstable_by(|one, other| Hit::order(one.place(), other.place()));
        Found { hits, is_capped: self.is_capped }
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
