//! Cursors of search results: a result, and how it scored.
//!
//! Results have no columns to go on from: a page goes on after the result that the cursor names,
//! or, if that is no longer found, after the place where it stood.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use crate::catalog::cursor::CursorError;
use crate::catalog::filter::Filter;
use crate::rules::digest::Digest;
use crate::search::{DocumentId, Hit, Kind};

/// What cursors of results begin with.
const LIST: &str = "Search";

/// What the cursor of a result holds.
#[derive(Clone, Copy, Debug)]
pub struct After {
    score: f64,
    document: DocumentId,
}

/// What tells searches apart: cursors of one are none of another.
pub fn mark(query: &str, kinds: &[Kind], filter: Option<&Filter>) -> i64 {
    let mut digest = Digest::new(0);
    digest.add(format!("{query:?} {kinds:?} {filter:?}").as_bytes());
    digest.finish()
}

/// The cursor of `hit` among the results of the search with this mark.
pub fn encode(hit: &Hit, mark: i64) -> String {
    let parts = (LIST, mark, hit.score.to_bits(), hit.document.0);
    // Numbers and texts always have a JSON form.
    BASE64.encode(serde_json::to_string(&parts).unwrap_or_default())
}

/// The place that `cursor` tells.
///
/// # Errors
/// When it is no cursor, or one of another search.
pub fn decode(cursor: &str, mark: i64) -> Result<After, CursorError> {
    let bytes = BASE64.decode(cursor).map_err(|_| CursorError::Garbled)?;
    let parts: (String, i64, u64, i64) =
        serde_json::from_slice(&bytes).map_err(|_| CursorError::Garbled)?;
    let (list, of, score, document) = parts;
    if list != LIST || of != mark {
        return Err(CursorError::OtherList);
    }
    let score = f64::from_bits(score);
    // No result scores so, and nothing has a place beside what is no number.
    if !score.is_finite() {
        return Err(CursorError::Garbled);
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
