//! What may stand for each word of a query, as the databases are asked for it and as it is ranked.

use std::collections::HashMap;

use super::expression::Expression;
use super::query::{Phrase, Query};
use super::terms::stem;

/// How much the beginning of a word is the word, and two words that were typed apart are one.
const PREFIX: f64 = 0.8;
const JOINED: f64 = 0.9;

/// How much a word that is likely to be meant is what was typed, beside its likeness.
const MEANT: f64 = 0.9;

/// What stands for a word or a phrase of the query.
#[derive(Clone, Debug)]
pub struct Alternative {
    pub pattern: Pattern,
    /// How much it is what was typed, from 0 to 1.
    pub weight: f64,
}

/// What a document has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// These stems, one after the other.
    Stems(Vec<String>),
    /// A word that begins so.
    Prefix(String),
}

impl Pattern {
    /// How many words it is.
    pub fn words(&self) -> usize {
        match self {
            Self::Stems(stems) => stems.len(),
            Self::Prefix(_) => 1,
        }
    }
}

/// What is looked for: of each group one alternative.
#[derive(Clone, Debug)]
pub struct Wanted(pub Vec<Vec<Alternative>>);

impl Wanted {
    /// The query as it was typed. What was typed as two words may also be one: `web hook`.
    pub fn as_typed(query: &Query) -> Self {
        let mut joined: HashMap<usize, Vec<String>> = HashMap::new();
        let single: Vec<_> = query.single_words().collect();
        for pair in single.windows(2).filter(|pair| pair[0].0 + 1 == pair[1].0) {
            for (at, _) in pair {
                let joined = joined.entry(*at).or_default();
                joined.push(format!("{}{}", pair[0].1.text, pair[1].1.text));
            }
        }
        Self::of(query, |at, phrase| {
            let stems = phrase.iter().map(|word| word.stem.clone()).collect();
            let typed = Alternative { pattern: Pattern::Stems(stems), weight: 1.0 };
            let joined = joined.get(&at).into_iter().flatten();
            std::iter::once(typed).chain(joined.map(|word| word_like(word, JOINED))).collect()
        })
    }

    /// The same, and words that begin as they do.
    pub fn with_prefixes(query: &Query) -> Self {
        let prefixes = Self::of(query, |_, phrase| match &phrase[..] {
            [word] => {
                let pattern = Pattern::Prefix(word.text.clone());
                vec![Alternative { pattern, weight: PREFIX }]
            }
            _ => vec![],
        });
        Self::as_typed(query).and(prefixes)
    }

    /// The same, and words that are `meant`, by the place of the group, each with its likeness.
    pub fn with_meant(query: &Query, meant: &HashMap<usize, Vec<(String, f64)>>) -> Self {
        let words = (0..query.groups.len()).map(|at| {
            let words = meant.get(&at).into_iter().flatten();
            words.map(|(word, likeness)| word_like(word, likeness * MEANT)).collect()
        });
        Self::with_prefixes(query).and(Self(words.collect()))
    }

    /// The query's groups, each phrase spelled by `spell`.
    fn of(query: &Query, spell: impl Fn(usize, &Phrase) -> Vec<Alternative>) -> Self {
        let groups = query.groups.iter().enumerate();
        Self(groups.map(|(at, group)| group.iter().flat_map(|p| spell(at, p)).collect()).collect())
    }

    fn and(mut self, others: Self) -> Self {
        for (group, others) in self.0.iter_mut().zip(others.0) {
            group.extend(others);
        }
        self
    }

    /// What is asked of a database for each group: one of the alternatives, wherever it is.
    pub fn anywhere(&self) -> Vec<Expression> {
        self.spelled(|pattern| match pattern {
            Pattern::Stems(stems) => Expression::Stems(stems.clone()),
            Pattern::Prefix(prefix) => Expression::Prefix(prefix.clone()),
        })
    }

    /// The same, with all words in the name.
    pub fn in_name(&self) -> Vec<Expression> {
        self.spelled(|pattern| match pattern {
            Pattern::Stems(stems) => {
                let mut all: Vec<Expression> =
                    stems.iter().cloned().map(Expression::NameStem).collect();
                if stems.len() > 1 {
                    all.push(Expression::Stems(stems.clone()));
                }
                Expression::all(all)
            }
            Pattern::Prefix(prefix) => Expression::Prefix(prefix.clone()),
        })
    }

    fn spelled(&self, spell: impl Fn(&Pattern) -> Expression) -> Vec<Expression> {
        let groups = self.0.iter();
        groups
            .map(|group| Expression::any(group.iter().map(|of| spell(&of.pattern)).collect()))
            .collect()
    }
}

fn word_like(word: &str, weight: f64) -> Alternative {
    Alternative { pattern: Pattern::Stems(vec![stem(word)]), weight }
}
