//! What one request can take of a server with a generated directory of 5,000 packages:
//! `cargo bench --bench hostile`. Each hostile request of the tests is one line if it takes long or
//! much, and so is each of the heavy ones that the limits let through.
//!
//! CPU is that of all threads, memory the most that was resident while the request was answered
//! over what was before it. `PACKGRID_BENCH_POSTGRES_URL` has the directory in PostgreSQL, whose own
//! processes are not looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

#[path = "../tests/hostile/corpus.rs"]
mod corpus;
#[path = "../tests/hostile/heavy.rs"]
mod heavy;

use std::path::Path;

use serde_json::{Value, json};

use support::Program;

/// After it, whatever the first request sets up is there.
const PLAIN: &[u8] = br#"{"query":"{ packages(first: 1) { nodes { title } } }"}"#;

/// What a request must not take.
const MOST: (f64, u64) = (1.0, 100);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let status = support::packgrid(folder.path()).args(arguments).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    run(&["generate", "made", "--packages", "5000", "--seed", "1"]);
    run(&["import", "made"]);
    let mut over = 0;
    let mut show = |name: &str, body: &[u8], least: (f64, u64)| {
        let taken = take(folder.path(), body);
        let is_over = taken.cpu > MOST.0 || taken.mib > MOST.1;
        over += u32::from(is_over && body.len() <= 100_000);
        if taken.cpu >= least.0 || taken.mib >= least.1 {
            println!(
                "{:>5.2} s {:>4} MiB  {} bytes: {name} {}{}",
                taken.cpu,
                taken.mib,
                body.len(),
                taken.said,
                if is_over { "  <-- TOO MUCH" } else { "" }
            );
        }
    };
    println!("Heavy ones");
    for kind in &heavy::KINDS {
        let body = |number: usize| {
            let document = (kind.document)(number);
            json!({ "query": document, "extensions": { "cost": true } }).to_string().into_bytes()
        };
        // As large as they are answered.
        let (mut fine, mut refused) = (0, kind.most + 1);
        while refused - fine > 1 {
            let number = fine.midpoint(refused);
            let is_fine = take(folder.path(), &body(number)).is_fine;
            *(if is_fine { &mut fine } else { &mut refused }) = number;
        }
        show(&format!("{} ({fine})", kind.name), &body(fine), (0.0, 0));
    }
    println!("Hostile ones of over 50 ms or 20 MiB");
    for hostile in corpus::requests() {
        show(&hostile.name, &hostile.body, (0.05, 20));
    }
    println!("{over} of at most 100 kB take more than {} s or {} MiB", MOST.0, MOST.1);
}

struct Taken {
    cpu: f64,
    mib: u64,
    /// Whether it was answered.
    is_fine: bool,
    /// What came of it.
    said: String,
}

/// Asks a server that nobody has asked for more than the schema before: what is freed may stay
/// resident, so one request would hide what the next one takes.
fn take(folder: &Path, body: &[u8]) -> Taken {
    let server = Program::serve(folder, &[]);
    server.post(PLAIN);
    server.forget_peak();
    let before = (server.cpu_seconds().unwrap(), server.memory("VmRSS:").unwrap());
    let answer = server.post(body);
    let cpu = server.cpu_seconds().unwrap() - before.0;
    let mib = server.memory("VmHWM:").unwrap().saturating_sub(before.1);
    let json = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let is_fine = json.starts_with("{\"data\"") && !json.contains("\"errors\"");
    let said = match serde_json::from_str::<Value>(json) {
        Ok(json) if json["errors"].is_array() => json["errors"][0]["message"].to_string(),
        Ok(json) => json["extensions"]["cost"].to_string(),
        Err(_) => answer.lines().next().unwrap_or("nothing").to_owned(),
    };
    Taken { cpu, mib, is_fine, said: said.chars().take(100).collect() }
}
