//! Counting what goes to the database by sea-orm, which is all that edits read and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// Counts the statements of the thread that it is the default of: sea-orm makes a span of each.
struct Statements(Arc<AtomicUsize>);

impl Subscriber for Statements {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let runs = ["execute_raw", "execute_unprepared", "query_one_raw", "query_all_raw"];
        metadata.target().starts_with("sea_orm") && runs.contains(&metadata.name())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.0.fetch_add(1, Ordering::Relaxed);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// How many statements `work` runs, on a runtime of this thread alone.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let default = tracing::subscriber::set_default(Statements(Arc::clone(&count)));
    let done = work.await;
    drop(default);
    (done, count.load(Ordering::Relaxed))
}
