//! How long it takes from the start to the first answer, and how much memory is resident then:
//! `cargo bench --bench start`. The database is there already, and holds the sample directory.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

const QUERY: &str = r#"{"query":"{ package(slug: \"django-queued-storage\") { title category { title } grids(first: 5) { nodes { title packages(first: 3) { nodes { title } } } } } }"}"#;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    // The first start makes the database.
    start(folder.path());
    let mut runs: Vec<(Duration, u64)> = (0..15).map(|_| start(folder.path())).collect();
    runs.sort_unstable();
    let (median, most) = (runs[runs.len() / 2].0, runs[runs.len() - 1].0);
    let memory = runs.iter().map(|run| run.1).max().unwrap();
    println!(
        "start to first answer: median {} ms, most {} ms; resident after it: {memory} MiB",
        median.as_millis(),
        most.as_millis()
    );
}

fn start(folder: &Path) -> (Duration, u64) {
    let begin = Instant::now();
    let server = support::Program::serve(folder, &["--sample"]);
    let answer = server.post(QUERY.as_bytes());
    let taken = begin.elapsed();
    assert!(answer.contains("django-queued-storage"), "{answer}");
    (taken, server.memory("VmRSS:").unwrap_or(0))
}
