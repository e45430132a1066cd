//! Cursors of search results: a result, and how it scored.
//!
//! Results have no columns to go on from: a page goes on after the result that the cursor names,
//! or, if that is no longer found, after the place where it stood.

use std::hash::Hasher;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use crate::catalog::filter::Filter;
use crate::graphql::errors::Failure;
use crate::search::{DocumentId, Hit, Kind};

/// What the cursor of a result holds.
#[derive(Clone, Copy, Debug)]
pub struct After {
    score: f64,
    document: DocumentId,
}

/// What tells searches apart: cursors of one are none of another.
pub fn mark(query: &str, kinds: &[Kind], filter: Option<&Filter>) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(format!("{query:?} {kinds:?} {filter:?}").as_bytes());
    hasher.finish()
}

/// The cursor of `hit` among the results of the search with this mark.
pub fn encode(hit: &Hit, mark: u64) -> String {
    let parts = ("Search", mark, hit.score.to_bits(), hit.document.0);
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
    let parts: (String, u64, u64, i64) =
        serde_json::from_slice(&bytes).map_err(|_| failure("it is not a cursor of a search"))?;
    let (name, of, score, document) = parts;
    if name != "Search" || of != mark {
        return Err(failure("it is a cursor of another list or order"));
    }
    let score = f64::from_bits(score);
    // No result scores so, and nothing has a place beside what is no number.
    if !score.is_finite() {
        return Err(failure("it is not a cursor of a search"));
    }
    Ok(After { score, document: DocumentId(document) })
}

impl After {
    /// Where the page begins among `hits`.
    pub fn place(self, hits: &[Hit]) -> usize {
        // Its document is another one when it has become more popular or less.
        let named = (self.document.kind(), self.document.entity_id());
        match hits.iter().position(|hit| (Some(hit.kind), hit.id) == named) {
            Some(place) => place + 1,
            None => hits.partition_point(|hit| {
                Hit::order(hit.place(), (self.score, self.document)).is_le()
            }),
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

#[cfg(test)]
mod tests {
    use super::{BASE64, Engine, decode, encode};
    use crate::search::{DocumentId, Hit, Kind, Match};

    fn hit(id: i64, score: f64, bucket: u8) -> Hit {
        let document = DocumentId::new(Kind::Package, id, bucket);
        Hit { document, kind: Kind::Package, id, score, matched: Match::Text }
    }

    #[test]
    fn pages_go_on_where_the_named_result_stood() {
        let hits = [hit(9, 3.0, 7), hit(1, 2.5, 7), hit(2, 2.5, 7), hit(3, 2.5, 7), hit(4, 2.0, 7)];
        for at in 0..hits.len() {
            let after = decode(&encode(&hits[at], 5), 5).unwrap();
            assert_eq!(after.place(&hits), at + 1);
            let mut others = hits.to_vec();
            others.remove(at);
            assert_eq!(after.place(&others), at, "{at} is gone, those that score the same are not");
        }
        let more_popular = decode(&encode(&hit(2, 2.6, 8), 5), 5).unwrap();
        assert_eq!(more_popular.place(&hits), 3, "it is still the same package");
    }

    #[test]
    fn forged_cursors() {
        let good = encode(&hit(1, 2.5, 7), 5);
        assert!(decode(&good, 5).is_ok() && decode(&good, 6).is_err());
        for score in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(decode(&encode(&hit(1, score, 7), 5), 5).is_err(), "{score}");
        }
        for text in ["", "[]", r#"["Search",5,1]"#, r#"["Search",5,-1,1]"#] {
            assert!(decode(&BASE64.encode(text), 5).is_err(), "{text}");
        }
        let after = decode(&BASE64.encode(r#"["Search",5,0,-1]"#), 5).unwrap();
        assert_eq!(after.place(&[hit(1, 2.5, 7)]), 1);
    }
}
