//! The write side: transactions that keep the directory's rules.

mod bulk;
pub mod counts;
pub mod derive;
mod pairings;
pub mod participants;
pub mod upkeep;

pub use bulk::{
    Keys, Written, advance_ids, delete_by_id, delete_elements_of, each, keys, park, upsert,
};
pub use pairings::{Pair, PairsWritten, Wish, pairs, reconcile};
