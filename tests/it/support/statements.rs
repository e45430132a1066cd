//! Counting what goes to the database by sea-orm, which is all that edits read and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use packgrid::auth::{Role, Viewer};
use packgrid::clock;
use packgrid::database::Database;
use packgrid::editing::{Command, Outcome, Performed, Sent, perform};
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

/// Makes an edit as an administrator, and tells how many statements it took.
pub async fn edit<C: Command>(database: &Database, command: C) -> (Outcome, usize) {
    let viewer =
        Viewer { name: Some("ci".to_owned()), role: Role::Admin, key: Some("token:1".to_owned()) };
    let sent = Sent {
        viewer: &viewer,
        now: clock::now(),
        retry: None,
        field: "it",
        problems: &[],
        dry_run: false,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    match counted(perform(database, sent, command)).await {
        (Ok(Performed::Done(outcome)), count) => {
            assert_eq!(outcome.problems, []);
            (outcome, count)
        }
        (other, _) => panic!("{other:?}"),
    }
}

/// How many statements `work` runs, on a runtime of this thread alone.
async fn counted<T>(work: impl Future<Output = T>) -> (T, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let default = tracing::subscriber::set_default(Statements(Arc::clone(&count)));
    let done = work.await;
    drop(default);
    (done, count.load(Ordering::Relaxed))
}
