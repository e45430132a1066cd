//! How long it takes from the start to the first answer, and how much memory is resident then:
//! `cargo bench --bench start`. The database is there already, and holds the sample directory.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
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
    let mut child = support::packgrid(folder)
        .args(["serve", "--sample", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("Ctrl-C") {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let address = said.split("http://").nth(1).unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{QUERY}",
        QUERY.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let taken = begin.elapsed();
    assert!(answer.contains("django-queued-storage"), "{answer}");
    let memory = support::memory(&child, "VmRSS:").unwrap_or(0);
    child.kill().unwrap();
    child.wait().unwrap();
    (taken, memory)
}
