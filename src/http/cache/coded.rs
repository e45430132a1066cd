//! Compressed forms of answers that are kept: made when somebody first takes one, and kept beside the
//! answer.
//!
//! Clients that take no compressed answers are programs; browsers all do. Compressed anew for each of
//! them, an answer that is kept costs ten times what it costs to find. Made once, a form may also be
//! smaller than what is worth making for one client alone.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use flate2::write::GzEncoder;
use moka::ops::compute::Op;

use super::{Answers, Kept, Question, weight};
use crate::http::accept::Coding;

/// Bytes of an answer whose forms are kept, at most: the thread that compresses it answers others.
const MOST: usize = 256 * 1024;

/// Levels at which whoever asks first, and may be the only one, does not wait for what little more
/// there would be to save: 41 KB of 100 packages become 9.2, 8.8 and 8.6 in 110, 430 and 390 µs. At the
/// fastest ones they become 9.4, 10.5 and 11.4 in 75, 140 and 160, and at zstd's 9, brotli's 6 and gzip's
/// 6 they become 8.3, 8.2 and 8.3 in 540, 830 and 690.
const ZSTD: i32 = 3;
const BROTLI: u32 = 4;
const BROTLI_WINDOW: u32 = 22;
const GZIP: u32 = 4;

impl Kept {
    /// The form in `coding`; null when nobody has taken it yet.
    fn coded(&self, coding: Coding) -> Option<&Bytes> {
        self.coded[coding as usize].as_ref()
    }
}

impl Answers {
    /// `kept`, which is the answer to `question`, in `coding`. Null when it is too large for that.
    pub fn coded(
        &self,
        question: &Arc<Question>,
        kept: &Arc<Kept>,
        coding: Coding,
    ) -> Option<Bytes> {
        if let Some(body) = kept.coded(coding) {
            return Some(body.clone());
        }
        let room = u64::from(weight(question, kept)) + kept.body.len() as u64;
        if kept.body.len() > MOST || room > self.largest {
            return None;
        }
        let body = Bytes::from(compress(&kept.body, coding).ok()?);
        let mut coded = kept.coded.clone();
        coded[coding as usize] = Some(body.clone());
        let with = Arc::new(Kept { body: kept.body.clone(), coded, ..**kept });
        // Unless another answer has taken its place meanwhile, or another form come to it.
        self.kept.entry(Arc::clone(question)).and_compute_with(|entry| match entry {
            Some(entry) if Arc::ptr_eq(entry.value(), kept) => Op::Put(with),
            _ => Op::Nop,
        });
        self.kept.run_pending_tasks();
        Some(body)
    }
}

fn compress(body: &[u8], coding: Coding) -> io::Result<Vec<u8>> {
    let to = Vec::with_capacity(body.len() / 4);
    match coding {
        Coding::Zstd => zstd::bulk::compress(body, ZSTD),
        Coding::Brotli => {
            let mut to = brotli::CompressorWriter::new(to, body.len(), BROTLI, BROTLI_WINDOW);
            to.write_all(body)?;
            Ok(to.into_inner())
        }
        Coding::Gzip => {
            let mut to = GzEncoder::new(to, flate2::Compression::new(GZIP));
            to.write_all(body)?;
            to.finish()
        }
    }
}
