//! Answers to queries that are kept in memory, for whoever asks the same while the directory stays
//! as it is.
//!
//! An answer follows from what was asked and the revision that it was read at, and from nothing else:
//! what depends on who asks ([`crate::graphql::Operation::is_of_viewer`]) is not kept, nor is what has
//! errors. What may change while the revision stays, as the time of the last sync does
//! ([`crate::graphql::Operation::is_drifting`]), is kept for [`DRIFT`] and no longer. It is found by what was sent, to the letter, before any of that is parsed; that it was
//! found right once is as true now. One that has read nothing is right at every revision, any other
//! as long as no higher one is known ([`crate::database::Database::known_revision`]).
//!
//! The revision is no part of the key: an answer takes the place of the one before it, so what is
//! over takes no room.

mod coded;
mod flight;
mod status;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use foldhash::quality::RandomState;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

pub use flight::{Lead, Turn};
pub use status::{CACHE_STATUS, Status};

use flight::Flights;

use super::accept::Coding;

/// Bytes that an answer takes beside what was asked and what is answered.
const ENTRY: usize = 400;

/// An answer that is larger than this part of the cache is not kept: it would drive out the others.
const LARGEST: u64 = 4;

/// For how long an answer is kept that may be another one at the same revision. Every server of a
/// database goes by its own clock, so nobody has to be told.
pub const DRIFT: Duration = Duration::from_secs(5);

/// What was asked: that from which, with the data, an answer follows.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The document's text.
    pub document: Arc<str>,
    /// Which of its operations; null when it was not said.
    pub operation: Option<String>,
    /// JSON, as it was sent; null when none were.
    pub variables: Option<Arc<str>>,
}

/// An answer that is kept.
#[derive(Debug)]
pub struct Kept {
    /// JSON, whatever media type it is sent as.
    pub body: Bytes,
    /// The revision that it was read at; null if nothing was read.
    pub revision: Option<i64>,
    /// Its compressed forms, by coding, as far as somebody has taken them.
    coded: [OnceLock<Bytes>; Coding::ALL.len()],
    made: Instant,
    /// The digest of `body`, if it may be another one at the same revision.
    pub content: Option<Content>,
}

/// The SHA-256 of an answer.
pub type Content = [u8; 32];

/// The answers that are kept. Clones share them.
#[derive(Clone)]
pub struct Answers {
    kept: Cache<Arc<Question>, Arc<Kept>, RandomState>,
    /// Bytes of an answer that is kept, at most.
    largest: u64,
    flights: Flights,
}

impl Question {
    fn bytes(&self) -> usize {
        let operation = self.operation.as_ref().map_or(0, String::len);
        self.document.len() + operation + self.variables.as_ref().map_or(0, |it| it.len())
    }
}

impl Kept {
    fn new(body: Bytes, revision: Option<i64>, content: Option<Content>) -> Self {
        Self { body, revision, coded: Default::default(), made: Instant::now(), content }
    }

    /// How long ago it was made.
    pub fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// Whether it is right at `revision`.
    fn is_of(&self, revision: i64) -> bool {
        // A higher one than was known is one that has been read meanwhile.
        self.revision.is_none_or(|read| read >= revision)
            && (self.content.is_none() || self.age() < DRIFT)
    }
}

impl Answers {
    /// Keeps so many bytes; null if that is none.
    pub fn new(bytes: u64) -> Option<Self> {
        if bytes == 0 {
            return None;
        }
        let kept = Cache::builder()
            .max_capacity(bytes)
            .weigher(weight)
            // By default a new answer would have to be asked for more often than the one it drives
            // out, which nobody asks for any more when the directory has changed.
            .eviction_policy(EvictionPolicy::lru())
            .build_with_hasher(RandomState::default());
        Some(Self { kept, largest: bytes / LARGEST, flights: Flights::default() })
    }

    /// The answer to `question` at `revision`; null when there is none.
    pub fn get(&self, question: &Arc<Question>, revision: i64) -> Option<Arc<Kept>> {
        self.kept.get(question).filter(|kept| kept.is_of(revision))
    }

    /// Keeps an answer, unless it is too large.
    fn put(&self, question: &Arc<Question>, kept: &Arc<Kept>) -> bool {
        let fits = u64::from(weight(question, kept)) <= self.largest;
        if fits {
            self.kept.insert(Arc::clone(question), Arc::clone(kept));
            // Or it would be over its bound for a while.
            self.kept.run_pending_tasks();
        }
        fits
    }

    /// How many answers are kept.
    pub fn entries(&self) -> u64 {
        self.kept.entry_count()
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> u64 {
        self.kept.weighted_size()
    }
}

/// Bytes of an answer, with what was asked.
fn weight(question: &Arc<Question>, kept: &Arc<Kept>) -> u32 {
    let coded: usize = kept.coded.iter().filter_map(OnceLock::get).map(Bytes::len).sum();
    let bytes = question.bytes() + kept.body.len() + coded + ENTRY;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
