//! How long a search takes among 100,000 packages, and what its index costs:
//! `cargo bench --bench search`.
//!
//! A made-up directory goes into a new SQLite database, and into one on the PostgreSQL server that
//! PACKGRID_TEST_POSTGRES_URL names, if it is set. PACKGRID_BENCH_PACKAGES sets another size, and
//! PACKGRID_BENCH_URL a database that has the same directory already: that is searched only.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use packgrid::database::Database;
use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use packgrid::search::{self, Kind, Query, Reach};
use packgrid::{clock, config};
use sea_orm::ConnectionTrait;

/// Names that are there take the place of `#` in this kind.
const EXACT: &str = "exact name";

/// Kinds of query, each with what is asked; `#` stands for a number that differs each time.
const QUERIES: [(&str, &[&str]); 10] = [
    (EXACT, &["#"]),
    ("one in 100,000", &["#", "simple #", "package #"]),
    ("one in 24", &["graphql", "payments", "検索", "übersetzung"]),
    ("nearly all", &["django", "project", "way", "app"]),
    ("two broad words", &["django project", "simple auth", "django grace", "awesome webhooks"]),
    (
        "phrase",
        &["\"have search\"", "\"a django project\"", "\"search in a\" fast", "\"ultimate way to\""],
    ),
    (
        "without, or",
        &["django -project", "search OR cache", "auth -simple -django", "linus OR ada -grace"],
    ),
    ("beginning", &["djan", "paym", "simple pluggab", "webh async", "d", "aut"]),
    ("slip", &["djnago", "paymnets", "serach simpel", "plugable webhoks", "authh #"]),
    (
        "words too many",
        &["which package has charts for my tenants", "nested comments with zebra", "no such thing"],
    ),
];

const PREFIXES: [&str; 16] = [
    "d",
    "dj",
    "django",
    "django-s",
    "django simple 1",
    "a",
    "au",
    "auth",
    "simple se",
    "web",
    "検",
    "ü",
    "graph",
    "pay 9",
    "xyz",
    "django awesome web",
];

const RUNS: usize = 40;

#[tokio::main]
async fn main() {
    let packages = std::env::var("PACKGRID_BENCH_PACKAGES").map_or(100_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("directory");
    let directory = generate(Shape::of(packages, 1));
    directory.write(&made).unwrap();
    let exact = directory.packages.iter().step_by(1 + packages / 40).enumerate();
    let names: Vec<String> = exact
        .map(|(place, package)| match place % 3 {
            0 => package.slug.clone(),
            1 => package.title.clone(),
            _ => package.repo_url.clone(),
        })
        .collect();
    drop(directory);
    if let Ok(url) = std::env::var("PACKGRID_BENCH_URL") {
        let settings = config::Database { url, ..config::Database::default() };
        return search_all(&Database::open(&settings).await.unwrap(), &names).await;
    }
    let file = folder.path().join("packgrid.db");
    measure("SQLite", &format!("sqlite:{}", file.display()), &made, &names).await;
    if let Ok(server) = std::env::var("PACKGRID_TEST_POSTGRES_URL") {
        let name = format!("packgrid_bench_{}", std::process::id());
        support::psql(&server, &format!("CREATE DATABASE {name}"));
        let url = support::on_server(&server, &name);
        measure("PostgreSQL", &url, &made, &names).await;
        support::psql(&server, &format!("DROP DATABASE {name}"));
    }
}

async fn measure(name: &str, url: &str, directory: &Path, names: &[String]) {
    let settings = config::Database { url: url.to_owned(), ..config::Database::default() };
    let database = Database::open(&settings).await.unwrap();
    let start = Instant::now();
    let files = Directory::folder(directory).unwrap();
    import(&database, &files, Options::default(), clock::now(), &mut |_| {}).await.unwrap();
    println!("{name}: imported in {:.1} s", start.elapsed().as_secs_f64());
    println!("{name}: {} MiB in all", size(url) >> 20);
    // Before the index is made anew: what a transaction leaves behind that was rolled back is gone
    // through by every search on PostgreSQL until it is vacuumed.
    search_all(&database, names).await;
    for run in ["looked through", "made"] {
        let transaction = database.begin().await.unwrap();
        if run == "made" {
            let delete = sea_orm::Statement::from_string(
                transaction.get_database_backend(),
                "DELETE FROM search_document",
            );
            transaction.execute_raw(delete).await.unwrap();
        }
        let start = Instant::now();
        search::rebuild(&transaction).await.unwrap();
        println!("{name}: index {run}: {:.1} s", start.elapsed().as_secs_f64());
        transaction.rollback().await.unwrap();
    }
    database.close().await;
}

async fn search_all(database: &Database, names: &[String]) {
    println!("{:<24}{:>8}{:>8}{:>8}{:>8}  slowest", "milliseconds", "p50", "p95", "max", "hits");
    for reach in [Reach::Usual, Reach::Anew] {
        searches(database, reach, names).await;
    }
    suggestions(database).await;
}

async fn searches(database: &Database, reach: Reach, names: &[String]) {
    println!("searches, {reach:?}:");
    let (mut all, mut number) = (Vec::new(), 0);
    for (kind, queries) in QUERIES {
        let (mut times, mut hits) = (Vec::new(), 0);
        for query in queries.iter().cycle().take(RUNS) {
            number = (number + 7_919) % 99_991;
            let asked = match kind {
                EXACT => names[number % names.len()].clone(),
                _ => query.replace('#', &number.to_string()),
            };
            let query = Query::parse(&asked).unwrap();
            let start = Instant::now();
            let deadline = start + Duration::from_secs(60);
            let found = database
                .read(deadline, move |snapshot| async move {
                    search::find(&snapshot, &query, &Kind::ALL, reach).await.unwrap().hits
                })
                .await
                .unwrap();
            times.push((start.elapsed(), asked));
            hits += found.len();
        }
        all.extend(times.clone());
        show(kind, times, hits);
    }
    show("all searches", all, 0);
}

async fn suggestions(database: &Database) {
    let (mut times, mut hits) = (Vec::new(), 0);
    for prefix in PREFIXES.iter().cycle().take(PREFIXES.len() * 10) {
        let start = Instant::now();
        let deadline = start + Duration::from_secs(60);
        let found = database
            .read(deadline, move |snapshot| async move {
                search::suggest(&snapshot, prefix, 10).await.unwrap()
            })
            .await
            .unwrap();
        times.push((start.elapsed(), (*prefix).to_owned()));
        hits += found.len();
    }
    show("suggestions", times, hits);
}

fn show(kind: &str, mut times: Vec<(Duration, String)>, hits: usize) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].0.as_secs_f64() * 1e3;
    let (p50, p95, max) = (at(0.5), at(0.95), at(1.0));
    let (hits, slowest) = (hits / times.len(), &times[times.len() - 1].1);
    println!("{kind:<24}{p50:>8.1}{p95:>8.1}{max:>8.1}{hits:>8}  {slowest}");
}

/// Bytes of the database.
fn size(url: &str) -> u64 {
    if let Some(file) = url.strip_prefix("sqlite:") {
        let of = |file: &str| std::fs::metadata(file).map_or(0, |file| file.len());
        return of(file);
    }
    support::psql(url, "SELECT pg_database_size(current_database())").trim().parse().unwrap()
}
