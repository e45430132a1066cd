//! What may stand for each word of a query, as the databases are asked for it and as it is ranked.

use std::collections::HashMap;

use super::expression::Expression;
use super::query::Query;
use super::terms::stem;

/// How much a word is what was typed: when two were typed apart that may be one, when it begins as
/// the last one does, and when it is likely to be meant (beside its likeness).
const JOINED: f64 = 0.9;
const BEGUN: f64 = 0.8;
const MEANT: f64 = 0.9;

/// What stands for a word or a phrase of the query.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// One after the other.
    pub stems: Vec<String>,
    /// How much it is what was typed, from 0 to 1.
    pub weight: f64,
}

/// Words for some of a query's groups, by the group's place, each with its likeness from 0 to 1.
pub type Others = HashMap<usize, Vec<(String, f64)>>;

/// What is looked for: of each group one alternative.
#[derive(Clone, Debug)]
pub struct Wanted(pub Vec<Vec<Alternative>>);

impl Wanted {
    /// The query as it was typed. What was typed as two words may also be one: `web hook`.
    pub fn as_typed(query: &Query) -> Self {
        let groups = query.groups.iter().map(|group| {
            let typed = group.iter().map(|phrase| Alternative {
                stems: phrase.iter().map(|word| word.stem.clone()).collect(),
                weight: 1.0,
            });
            typed.collect()
        });
        let mut wanted = Self(groups.collect());
        let single: Vec<_> = query.single_words().collect();
        for pair in single.windows(2).filter(|pair| pair[0].0 + 1 == pair[1].0) {
            let joined = format!("{}{}", pair[0].1.text, pair[1].1.text);
            for (at, _) in pair {
                wanted.0[*at].extend(word(&joined, JOINED));
            }
        }
        wanted
    }

    /// The same, and words that begin as the last one does.
    pub fn or_begun<'a>(mut self, words: impl Iterator<Item = &'a str>) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.extend(words.flat_map(|begun| word(begun, BEGUN)));
        }
        self
    }

    /// The same, and words that may be meant.
    pub fn or_meant(mut self, meant: &Others) -> Self {
        for (at, group) in self.0.iter_mut().enumerate() {
            let words = meant.get(&at).into_iter().flatten();
            group.extend(words.flat_map(|(meant, likeness)| word(meant, likeness * MEANT)));
        }
        self
    }

    /// What is asked of a database for each group: one of the alternatives, wherever it is.
    pub fn anywhere(&self) -> Vec<Expression> {
        self.spelled(|stems| Expression::Stems(stems.to_vec()))
    }

    /// The same, with all words in the name.
    pub fn in_name(&self) -> Vec<Expression> {
        self.spelled(|stems| {
            let mut all: Vec<Expression> =
                stems.iter().cloned().map(Expression::NameStem).collect();
            if stems.len() > 1 {
                all.push(Expression::Stems(stems.to_vec()));
            }
            Expression::all(all)
        })
    }

    fn spelled(&self, spell: impl Fn(&[String]) -> Expression) -> Vec<Expression> {
        self.0
            .iter()
            .map(|group| Expression::any(group.iter().map(|of| spell(&of.stems)).collect()))
            .collect()
    }
}

/// A word of the vocabulary, which has words as they are and stems.
fn word(word: &str, weight: f64) -> impl Iterator<Item = Alternative> {
    let stem = stem(word);
    let itself = (stem != word).then(|| word.to_owned());
    [Some(stem), itself]
        .into_iter()
        .flatten()
        .map(move |stem| Alternative { stems: vec![stem], weight })
}
