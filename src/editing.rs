//! The write side: transactions that keep the directory's rules.

mod bulk;
mod counts;
pub mod derive;
mod follow;
mod pairings;
mod participants;
pub mod upkeep;

pub use bulk::{
    Difference, Keys, Written, advance_ids, delete_by_id, delete_elements_of, each, ids_where,
    keys, keys_of, park, upsert,
};
pub use follow::{Touched, follow};
pub use pairings::{Pair, PairsWritten, Wish, pairs, reconcile};
