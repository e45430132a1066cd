//! Halving a page that a source cannot deliver, down to the records that are to blame.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Url;
use serde_json::value::RawValue;

use super::client::{Cause, Failure, Html};
use super::staging::{Head, StagedPage, UnreadableRecord};
use super::{FetchError, Page, Walker, shown};

/// Attempts at a single record, and at one that was read before, to tell a bad record from a source
/// that stumbles. A part of a page is asked for once: what fails of it is halved again.
const ATTEMPTS: u32 = 3;

/// Records that are left out of a walk, at most. A source with more is broken as a whole.
const MOST_UNREADABLE: u64 = 100;

/// Where a first record is looked for if the very first cannot be read.
const FIRST_OFFSETS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The records from an offset on; `None` if the list is no longer as long as it was.
type Range = Option<Vec<Box<RawValue>>>;

impl Walker<'_> {
    /// The `step` records from `offset` on, but for those that the source does not deliver one by
    /// one either. `None` if the list is no longer as long as it was.
    pub(super) async fn page_of(
        &self,
        url: &Url,
        offset: u64,
        step: u64,
        head: Head,
        unreadable: &AtomicU64,
    ) -> Result<Option<(u64, StagedPage)>, FetchError> {
        let count = step.min(head.count - offset);
        let kept = match self.range(url, offset, count, head, self.settings.attempts).await {
            Ok(records) => records.map(|records| StagedPage { records, ..StagedPage::default() }),
            Err(failure) if failure.cause == Cause::Request => {
                self.halve(url, (offset, count), head, failure, unreadable).await?
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(kept.map(|kept| (offset, kept)))
    }

    async fn halve(
        &self,
        url: &Url,
        (offset, count): (u64, u64),
        head: Head,
        failure: Failure,
        unreadable: &AtomicU64,
    ) -> Result<Option<StagedPage>, FetchError> {
        let mut kept = StagedPage::default();
        // Parts that failed or are to be asked for, the first one last.
        let mut parts = vec![(offset, count, Some(failure))];
        let mut is_alive = false;
        while let Some((offset, count, failure)) = parts.pop() {
            let failure = match failure {
                Some(failure) => failure,
                None => {
                    let attempts =
                        if count == 1 { ATTEMPTS.min(self.settings.attempts) } else { 1 };
                    match self.range(url, offset, count, head, attempts).await {
                        Ok(Some(records)) => {
                            kept.records.extend(records);
                            continue;
                        }
                        Ok(None) => return Ok(None),
                        Err(failure) if failure.cause == Cause::Request => failure,
                        Err(failure) => return Err(failure.into()),
                    }
                }
            };
            // A source that is down fails at everything.
            if count == 1 || !is_alive {
                let attempts = ATTEMPTS.min(self.settings.attempts);
                if self.range(url, head.readable, 1, head, attempts).await.is_err() {
                    return Err(failure.into());
                }
                is_alive = true;
            }
            if count == 1 {
                let reason = failure.why.clone();
                tracing::warn!(url = %shown(url), offset, %reason, "the source cannot deliver a record");
                kept.unreadable.push(UnreadableRecord { offset, reason });
                if unreadable.fetch_add(1, Ordering::Relaxed) >= MOST_UNREADABLE {
                    let last = FetchError::from(failure).to_string();
                    return Err(FetchError::Unreadable { most: MOST_UNREADABLE, last });
                }
                continue;
            }
            let half = count.div_ceil(2);
            parts.push((offset + half, count - half, None));
            parts.push((offset, half, None));
        }
        Ok(Some(kept))
    }

    /// The first page of a list whose first record makes it fail: one record, and its offset.
    pub(super) async fn first_readable(
        &self,
        url: &Url,
        failure: Failure,
    ) -> Result<(Page, u64), FetchError> {
        for offset in FIRST_OFFSETS {
            match self.page(url, offset, 1, 1).await {
                Ok(page) => return Ok((page, offset)),
                Err(failure) if failure.cause == Cause::Request => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(failure.into())
    }

    /// The `count` records from `offset` on, by as many requests as the source needs for so many.
    async fn range(
        &self,
        url: &Url,
        offset: u64,
        count: u64,
        head: Head,
        attempts: u32,
    ) -> Result<Range, Failure> {
        let mut records = Vec::new();
        while (records.len() as u64) < count {
            let done = records.len() as u64;
            let page = self.page(url, offset + done, count - done, attempts).await?;
            if page.count != head.count || page.results.is_empty() {
                return Ok(None);
            }
            records.extend(page.results);
        }
        Ok(Some(records).filter(|records| records.len() as u64 == count))
    }

    pub(super) async fn page(
        &self,
        url: &Url,
        offset: u64,
        limit: u64,
        attempts: u32,
    ) -> Result<Page, Failure> {
        let mut url = url.clone();
        url.query_pairs_mut()
            .append_pair("limit", &limit.to_string())
            .append_pair("offset", &offset.to_string());
        Ok(self.client.get::<Page>(&url, Html::MayPass, attempts).await?.value)
    }
}
