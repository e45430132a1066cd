//! Cursors of search results: a result, and how it scored.
//!
//! Results have no columns to go on from: a page goes on after the result that the cursor names,
//! or, if that is no longer found, after those that score no less.

use std::hash::Hasher;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use crate::catalog::filter::Filter;
use crate::graphql::errors::Failure;
use crate::search::{Hit, Kind};

/// What the cursor of a result holds.
#[derive(Clone, Copy, Debug)]
pub struct After {
    score: f64,
    kind: u8,
    id: i64,
}

/// What tells searches apart: cursors of one are none of another.
pub fn mark(query: &str, kinds: &[Kind], filter: Option<&Filter>) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(format!("{query:?} {kinds:?} {filter:?}").as_bytes());
    hasher.finish()
}

/// The cursor of `hit` among the results of the search with this mark.
pub fn encode(hit: &Hit, mark: u64) -> String {
    let parts = ("Search", mark, hit.score.to_bits(), hit.kind as u8, hit.id);
    // Numbers and texts always have a JSON form.
    BASE64.encode(serde_json::to_string(&parts).unwrap_or_default())
}

/// The place that `cursor` tells.
///
/// # Errors
/// When it is no cursor, or one of another search.
pub fn decode(cursor: &str, mark: u64) -> Result<After, Failure> {
    let failure = |why: &str| Failure::user(format!("`after` cannot be used: {why}"));
    let bytes = BASE64.decode(cursor).map_err(|_| failure("it is not a cursor"))?;
    let parts: (String, u64, u64, u8, i64) =
        serde_json::from_slice(&bytes).map_err(|_| failure("it is not a cursor of a search"))?;
    let (name, of, score, kind, id) = parts;
    if name != "Search" || of != mark {
        return Err(failure("it is a cursor of another list or order"));
    }
    Ok(After { score: f64::from_bits(score), kind, id })
}

impl After {
    /// Where the page begins among `hits`.
    pub fn place(self, hits: &[Hit]) -> usize {
        let same = |hit: &Hit| hit.kind as u8 == self.kind && hit.id == self.id;
        match hits.iter().position(same) {
            Some(place) => place + 1,
            None => hits.iter().take_while(|hit| hit.score >= self.score).count(),
        }
    }
}

/// FNV-1a, by its definition: short, and the same in every program.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
