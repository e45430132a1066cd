//! What requests take of memory, counted: `cargo bench --bench allocations`.
//!
//! The requests of the bench `load` are answered over a generated directory of 5,000 packages in
//! SQLite, from the request's bytes to the answer's, without a socket. How often memory is asked
//! for, and for how much, is the same on every machine, but for what hash tables do by chance. It is
//! compared with `allocations.json` beside this file: more than a twentieth over what stands there
//! fails, and `cargo bench --bench allocations -- --bless` writes down what is found.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

#[path = "load/queries.rs"]
mod queries;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use packgrid::config::{self, Config};
use packgrid::database::Database;
use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use packgrid::{clock, http::Site};
use serde_json::{Value, json};
use tower::ServiceExt;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Requests before and while it is counted.
const WARM: usize = 5;
const RUNS: u64 = 20;

/// More than what is written down by this share is too much.
const MORE: f64 = 0.05;

const KNOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/allocations.json");

/// By query and what is counted.
type Counts = BTreeMap<String, BTreeMap<String, u64>>;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let counts = runtime.block_on(measure());
    let known = std::fs::read_to_string(KNOWN).unwrap_or_else(|_| "{}".to_owned());
    let known: Counts = serde_json::from_str(&known).unwrap();
    let mut too_much = Vec::new();
    println!("{:<12}{:<14}{:>12}{:>12}", "", "", "now", "known");
    for (query, counts) in &counts {
        for (what, now) in counts {
            let known = known.get(query).and_then(|known| known.get(what)).copied();
            println!("{query:<12}{what:<14}{now:>12}{:>12}", known.unwrap_or_default());
            if known.is_some_and(|known| *now as f64 > known as f64 * (1.0 + MORE)) {
                too_much.push(format!("{query}: {what}"));
            }
        }
    }
    if std::env::args().any(|argument| argument == "--bless") {
        std::fs::write(KNOWN, serde_json::to_string_pretty(&counts).unwrap() + "\n").unwrap();
    } else {
        assert!(too_much.is_empty(), "more than there were: {too_much:?}");
    }
}

async fn measure() -> Counts {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("directory");
    generate(Shape::of(5_000, 1)).write(&made).unwrap();
    let url = format!("sqlite:{}", folder.path().join("packgrid.db").display());
    let settings = config::Database { url, ..config::Database::default() };
    let database = Database::open(&settings).await.unwrap();
    let files = Directory::folder(&made).unwrap();
    import(&database, &files, Options::default(), clock::now(), &mut |_| {}).await.unwrap();
    let _counted = dhat::Profiler::builder().testing().build();
    // Nothing is kept, so that everything is executed.
    let config = Config { cache: config::Cache { response_bytes: 0 }, ..Config::default() };
    let site = Site::new(database.clone(), config).unwrap();
    let answer = async |body: String| {
        let request = Request::post("/graphql").header("content-type", "application/json");
        let request = request.body(Body::from(body)).unwrap();
        let response = site.router.clone().oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let subjects = answer(json!({ "query": queries::SUBJECTS }).to_string()).await;
    let subjects: Value = serde_json::from_slice(&subjects).unwrap();
    let slug = |list: &str| subjects["data"][list]["nodes"][0]["slug"].as_str().unwrap().to_owned();
    let mut counts = Counts::new();
    for query in queries::all(&slug("packages"), &slug("grids")) {
        for _ in 0..WARM {
            answer(query.body()).await;
        }
        let before = dhat::HeapStats::get();
        let mut bytes = 0;
        for _ in 0..RUNS {
            bytes = answer(query.body()).await.len();
        }
        let after = dhat::HeapStats::get();
        let allocations = (after.total_blocks - before.total_blocks) / RUNS;
        let allocated = (after.total_bytes - before.total_bytes) / RUNS;
        let counted =
            [("allocations", allocations), ("bytes", allocated), ("answer", bytes as u64)];
        let counted = counted.map(|(what, count)| (what.to_owned(), count));
        counts.insert(query.name.to_owned(), counted.into());
    }
    database.close().await;
    counts
}
