//! The write side: transactions that keep the directory's rules.

mod aliases;
mod bulk;
pub mod commands;
mod counts;
pub mod derive;
mod edit;
mod follow;
mod history;
pub mod idempotency;
mod input;
mod lookup;
mod pairings;
mod participants;
mod plan;
mod problem;
pub mod retention;
pub mod upkeep;
mod values;

/// Features that a grid has at most: a table of more rows is read by nobody, and each package's
/// answer has a cell for every one of them.
pub const MAX_FEATURES: usize = 100;

pub use aliases::{Renamed, forget as forget_aliases, of_renamed, write as write_aliases};
pub use bulk::{
    Difference, Keys, Upsert, Written, delete_by_id, delete_elements_of, each, ids_where,
    keep_edits, keys, keys_of, park, upsert,
};
pub use edit::{Command, Edit, Outcome, Performed, Sent, perform};
pub use follow::{Touched, follow};
pub use history::RowChange;
pub use input::Patch;
pub use lookup::Named;
pub use pairings::{NewPairs, Pair, PairsWritten, Wish, pairs, reconcile};
pub use plan::Planned;
pub use problem::{Problem, ProblemCode, Stop};
pub use values::Values;
