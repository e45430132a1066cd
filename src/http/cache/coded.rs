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
/// 6 they become 8.3, 8.2 and 8.3 in 540, 830 and 690. Of zstd and gzip zstd is the better one for
/// whoever takes both; that brotli comes before zstd (`Coding::ALL`) costs 320 µs for a form that is
/// kept, once, and saves 4 %, and costs 65 µs and 12 % of what is compressed for one client.
const ZSTD: i32 = 3;
const BROTLI: u32 = 4;
const BROTLI_WINDOW: u32 = 22;
const GZIP: u32 = 4;

impl Answers {
    /// `kept`, which is the answer to `question`, in `coding`. Null when it is too large for that.
    ///
    /// All who hold the answer share its forms, those who have waited for it and are given it at once
    /// included: whoever comes first makes one, and the others wait for it.
    pub fn coded(
        &self,
        question: &Arc<Question>,
        kept: &Arc<Kept>,
        coding: Coding,
    ) -> Option<Bytes> {
        let form = &kept.coded[coding as usize];
        if form.get().is_none() {
            let room = u64::from(weight(question, kept)) + kept.body.len() as u64;
            if kept.body.len() > MOST || room > self.largest {
                return None;
            }
            let mut is_new = false;
            form.get_or_init(|| {
                is_new = true;
                compress(&kept.body, coding).unwrap_or_default()
            });
            if is_new {
                // To be weighed anew, unless another answer has taken its place meanwhile.
                self.kept.entry(Arc::clone(question)).and_compute_with(|entry| match entry {
                    Some(entry) if Arc::ptr_eq(entry.value(), kept) => Op::Put(Arc::clone(kept)),
                    _ => Op::Nop,
                });
                self.kept.run_pending_tasks();
            }
        }
        form.get().filter(|form| !form.is_empty()).cloned()
    }
}

fn compress(body: &[u8], coding: Coding) -> io::Result<Bytes> {
    let to = Vec::with_capacity(body.len() / 4);
    let mut form = match coding {
        Coding::Zstd => zstd::bulk::compress(body, ZSTD)?,
        Coding::Brotli => {
            let mut to = brotli::CompressorWriter::new(to, body.len(), BROTLI, BROTLI_WINDOW);
            to.write_all(body)?;
            to.into_inner()
        }
        Coding::Gzip => {
            let mut to = GzEncoder::new(to, flate2::Compression::new(GZIP));
            to.write_all(body)?;
            to.finish()?
        }
    };
    // It is counted by its length, and zstd's was made with room for the worst.
    form.shrink_to_fit();
    Ok(form.into())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::http::cache::Turn;

    #[tokio::test]
    async fn a_form_is_made_once_for_all() {
        let answers = Answers::new(1_000_000).expect("a cache");
        let question =
            Arc::new(Question { document: "{ a }".into(), operation: None, variables: None });
        let deadline = Instant::now() + Duration::from_secs(60);
        let turn = answers.join(Arc::clone(&question), 1, deadline).await;
        let Some(Turn::Lead(lead)) = turn else { panic!("it does not lead") };
        let body = Bytes::from("0123456789".repeat(2_000));
        let kept = lead.land(body, Some(1), None, Some(1)).expect("it is kept");
        let mut bytes = answers.bytes();
        for coding in Coding::ALL {
            let form = answers.coded(&question, &kept, coding).expect("a form");
            assert!(form.len() < 1_000);
            assert_eq!(answers.bytes(), bytes + form.len() as u64, "{coding:?}");
            bytes = answers.bytes();
            // By whoever was given it before there was a form, or finds it now.
            let found = answers.get(&question, 1).expect("it is kept");
            for holder in [&kept, &found] {
                let again = answers.coded(&question, holder, coding).expect("a form");
                assert_eq!(again.as_ptr(), form.as_ptr());
            }
            assert_eq!(
                compress(&kept.body, coding).map(Vec::from).expect("a form").capacity(),
                form.len()
            );
        }
        assert_eq!((answers.entries(), answers.bytes()), (1, bytes));
        let small = Answers::new(90_000).expect("a cache");
        assert_eq!(
            small.coded(&question, &kept, Coding::Gzip),
            answers.coded(&question, &kept, Coding::Gzip)
        );
        let fresh = Arc::new(Kept::new(kept.body.clone(), Some(1), None));
        assert_eq!(
            small.coded(&question, &fresh, Coding::Gzip),
            None,
            "it would take over a quarter"
        );
    }
}
