//! Search over categories, grids and packages, and type-ahead.
//!
//! What is linguistic happens here (`terms`, `query`, `vocabulary`, `rank`); the databases hold
//! postings and give matches, so that both find the same, in the same order. SQLite does that by
//! FTS5, PostgreSQL by a `tsvector` (`sqlite`, `postgres`). Documents are written inside the
//! transaction that changes what they are of (`index`, `store`), so something is found the moment
//! it is saved.
//!
//! Among 100,000 packages and 8,000 grids, by `cargo bench --bench search` on 2 cores, 95th
//! percentiles by kind of search: SQLite 0.5 to 10 ms, PostgreSQL 3 to 29 ms. Suggestions 0.3 and 3 ms. The index is made in 8
//! and 23 s.

mod dialect;
mod document;
mod expression;
mod find;
mod highlight;
mod index;
mod postgres;
mod query;
mod rank;
mod sqlite;
mod store;
mod suggest;
mod terms;
mod vocabulary;
mod wanted;

pub use document::DocumentId;
pub use find::{Found, Hit, Match, Reach, STATEMENTS, find};
pub use highlight::{Part, highlight};
pub use index::{index, rebuild};
pub use query::{Query, QueryError};
pub use suggest::{Suggestion, suggest};

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Category = 0,
    Grid = 1,
    Package = 2,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Category, Self::Grid, Self::Package];

    /// What stands for it among the postings.
    fn token(self) -> &'static str {
        match self {
            Self::Category => "c",
            Self::Grid => "g",
            Self::Package => "p",
        }
    }
}
