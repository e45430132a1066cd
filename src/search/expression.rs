//! What a document has to have, before it is spelled for a database.

use super::Kind;
use super::query::{Phrase, Query};

/// A condition on documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    All(Vec<Self>),
    Any(Vec<Self>),
    /// The first and not the second.
    Without(Box<Self>, Box<Self>),
    /// Stems one after the other in one of the fields; one of them, or more.
    Stems(Vec<String>),
    /// A stem in the name: the title or what else it is called.
    NameStem(String),
    Kind(Kind),
}

impl Expression {
    /// The same, without what `query` does not want, and of `kinds` only.
    pub fn within(self, query: &Query, kinds: &[Kind]) -> Self {
        let mut all = vec![self];
        if kinds.len() < Kind::ALL.len() {
            all.push(Self::any(kinds.iter().copied().map(Self::Kind).collect()));
        }
        let wanted = Self::all(all);
        if query.excluded.is_empty() {
            return wanted;
        }
        let unwanted = Self::any(query.excluded.iter().map(anywhere).collect());
        Self::Without(Box::new(wanted), Box::new(unwanted))
    }

    /// All of them. Of none is never asked.
    pub fn all(expressions: Vec<Self>) -> Self {
        Self::one_or(expressions, Self::All)
    }

    /// One of them. Of none is never asked.
    pub fn any(expressions: Vec<Self>) -> Self {
        Self::one_or(expressions, Self::Any)
    }

    fn one_or(mut expressions: Vec<Self>, many: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match expressions.pop() {
            Some(only) if expressions.is_empty() => only,
            last => {
                expressions.extend(last);
                many(expressions)
            }
        }
    }
}

/// A phrase in any field.
fn anywhere(phrase: &Phrase) -> Expression {
    Expression::Stems(phrase.iter().map(|word| word.stem.clone()).collect())
}
