//! packgrid beside what it could take at the least: `cargo bench --bench load`.
//!
//! For each database, four servers for each size answer the same requests in turn, over several
//! rounds: floor A fixed bytes of the same size, floor B by hand-written code with the same statements
//! (rusqlite on the thread that asks, sqlx for PostgreSQL), packgrid, and packgrid that keeps its
//! answers. First they have to give the same data. Ratios are of one round, also those of one size to
//! another; what is printed is their median. `load.json` beside this file has all of it.
//!
//! `cargo bench --bench load -- endure` has packgrid answer for ten minutes, and prints how much
//! memory it takes meanwhile.
//!
//! With `--profile dist` it is what is handed out that is measured, and the floors are compiled as
//! well as that.
//!
//! PostgreSQL is that which PACKGRID_TEST_POSTGRES_URL names, if it is set.
//! PACKGRID_BENCH_PACKAGES sets the sizes (`5000,100000`), PACKGRID_BENCH_ROUNDS the rounds (5).
//! PACKGRID_BENCH_BASELINE names another build of packgrid, such as the last release: it takes its
//! turns too, on a database of its own, and packgrid's CPU is also printed as a ratio to the
//! baseline's.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod by_hand;
mod directory;
mod drive;
mod endure;
mod floor;
mod queries;
mod statements;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use directory::{BASELINE, Directory, SERVERS, run};
use drive::{Target, drive};
use floor::Brief;
use support::{Program, quantile};

const CONNECTIONS: usize = 16;
const TIME: Duration = Duration::from_millis(1_000);

/// Requests of one connection after the other, for how long one takes when nobody else asks.
const ALONE: Duration = Duration::from_millis(500);

const NAMES: [&str; 5] = ["package", "packages", "table", "categories", "search"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["fixed", folder] => on_all_cores(floor::fixed(Path::new(folder), &NAMES)),
        ["by-hand", url, brief] => {
            let brief: Brief = serde_json::from_slice(&std::fs::read(brief).unwrap()).unwrap();
            on_all_cores(floor::by_hand(url, brief));
        }
        // Cargo says that it is a bench.
        ["endure", ..] => on_this_thread(endure::endure()),
        _ => on_this_thread(bench()),
    }
}

/// So that the servers have the rest of the machine.
fn on_this_thread(bench: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(bench);
}

/// As packgrid runs.
fn on_all_cores(server: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(server);
}

async fn bench() {
    let setting = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let rounds: usize = setting("PACKGRID_BENCH_ROUNDS", "5").parse().unwrap();
    let sizes = setting("PACKGRID_BENCH_PACKAGES", "5000,100000");
    let sizes: Vec<&str> = sizes.split(',').collect();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for packages in &sizes {
        run(folder, &["generate", packages, "--packages", packages]);
    }
    let server = std::env::var("PACKGRID_TEST_POSTGRES_URL").ok();
    let baseline = std::env::var_os("PACKGRID_BENCH_BASELINE").map(PathBuf::from);
    let mut all = Vec::new();
    for database in ["SQLite", "PostgreSQL"] {
        let name = |packages: &str| format!("packgrid_bench_{}_{packages}", std::process::id());
        let url = |packages: &str| match (database, &server) {
            ("SQLite", _) => Some(format!("sqlite:{}/{packages}.db", folder.display())),
            (_, Some(server)) => {
                support::psql(server, &format!("CREATE DATABASE {}", name(packages)));
                Some(support::on_server(server, &name(packages)))
            }
            (_, None) => None,
        };
        let mut directories = Vec::new();
        for packages in &sizes {
            let Some(own) = url(packages) else { continue };
            let mut directory = Directory::prepare(folder, database, packages, &own).await;
            if let Some(program) = &baseline {
                let Some(url) = url(&format!("{packages}_{BASELINE}")) else { continue };
                directory.add_baseline(folder, database, program, &url);
            }
            directories.push(directory);
        }
        if directories.is_empty() {
            continue;
        }
        println!(
            "\n{database}\n{:<12}{:<10}{:<10}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>12}",
            "",
            "packages",
            "",
            "req/s",
            "p50 ms",
            "p99 ms",
            "1 conn.",
            "CPU µs",
            "DB µs",
            "statements"
        );
        for number in 0..NAMES.len() {
            all.extend(compare(database, &directories, number, rounds).await);
        }
        for Directory { packages, servers, .. } in &directories {
            for (server, program) in names().zip(servers) {
                let most = program.memory("VmHWM:").unwrap();
                println!("{packages} packages, {server}: at most {most} MiB resident");
            }
        }
        drop(directories);
        if let ("PostgreSQL", Some(server)) = (database, &server) {
            for packages in &sizes {
                for name in [name(packages), name(&format!("{packages}_{BASELINE}"))] {
                    support::psql(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                }
            }
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load.json");
    std::fs::write(path, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
}

/// What one server took for one query in one round.
#[derive(Clone, Copy)]
struct Taken {
    per_second: f64,
    p50: f64,
    p99: f64,
    /// Milliseconds of one request when nobody else asks.
    alone: f64,
    /// Microseconds of CPU for a request: the server's, and the database server's.
    cpu: f64,
    database_cpu: f64,
}

/// Has all servers of all directories answer one of the queries in turn.
async fn compare(
    database: &str,
    directories: &[Directory],
    number: usize,
    rounds: usize,
) -> Vec<Value> {
    let mut turns = Vec::new();
    for directory in directories {
        let targets = directory.targets(&directory.queries[number]).await;
        let taken = vec![Vec::<Taken>::new(); targets.len()];
        turns.push((directory, targets, taken));
    }
    for round in 0..=rounds {
        for (directory, targets, taken) in &mut turns {
            for (number, target) in targets.iter().enumerate() {
                let took = take(&directory.servers[number], target).await;
                // The first round is for caches to fill.
                if round > 0 {
                    taken[number].push(took);
                }
            }
        }
    }
    let fewest = &turns[0].2;
    let lines = turns.iter().map(|(directory, _, taken)| {
        let packages = &*directory.packages;
        let (name, statements) = (directory.queries[number].name, directory.statements[number]);
        let mut line = tell(database, packages, name, statements, taken);
        let total = |it: &Taken| it.cpu + it.database_cpu;
        let growth = ratio(total, &taken[2], &fewest[2]);
        if packages != directories[0].packages {
            let fewest = &directories[0].packages;
            println!("{:<22}{growth:.2} times the CPU of {fewest}, the database's included", "");
        }
        line["cpu_of_fewest_packages"] = growth.into();
        line
    });
    lines.collect()
}

/// Prints what the servers took for a query, and how they compare.
fn tell(
    database: &str,
    packages: &str,
    name: &str,
    statements: usize,
    taken: &[Vec<Taken>],
) -> Value {
    let mut line = BTreeMap::new();
    for (server, taken) in names().zip(taken) {
        let of = |what: fn(&Taken) -> f64| median(taken.iter().map(what));
        let (per_second, p50, p99) = (of(|it| it.per_second), of(|it| it.p50), of(|it| it.p99));
        let (alone, cpu, database_cpu) =
            (of(|it| it.alone), of(|it| it.cpu), of(|it| it.database_cpu));
        let first = server == SERVERS[0];
        println!(
            "{:<12}{:<10}{server:<10}{per_second:>8.0}{p50:>9.2}{p99:>9.2}{alone:>9.3}{cpu:>9.0}{database_cpu:>9.0}{:>12}",
            if first { name } else { "" },
            if first { packages } else { "" },
            if first { 0 } else { statements },
        );
        line.insert(
            server,
            json!({
                "requests_per_second": per_second, "p50_ms": p50, "p99_ms": p99,
                "p50_ms_of_one_connection": alone, "cpu_us": cpu, "database_cpu_us": database_cpu,
            }),
        );
    }
    let [fixed, by_hand, ours, keeping] = [0, 1, 2, 3].map(|server| &taken[server]);
    let cpu = ratio(|it| it.cpu, ours, by_hand);
    let alone = ratio(|it| it.alone, ours, by_hand);
    let speed = ratio(|it| it.per_second, keeping, fixed);
    println!(
        "{:<22}{cpu:.2} times the CPU of floor B, {alone:.2} times its p50 alone; keeping: {speed:.2} of floor A's requests a second",
        ""
    );
    let mut report = json!({
        "database": database, "packages": packages, "query": name, "statements": statements,
        "servers": line, "cpu_of_floor_b": cpu, "p50_alone_of_floor_b": alone,
        "requests_of_floor_a": speed,
    });
    if let Some(baseline) = taken.get(SERVERS.len()) {
        let cpu = ratio(|it| it.cpu, ours, baseline);
        let total = ratio(|it| it.cpu + it.database_cpu, ours, baseline);
        report["cpu_of_baseline"] = cpu.into();
        report["total_cpu_of_baseline"] = total.into();
        print!("{:<22}of the baseline: {cpu:.2} times its CPU", "");
        if database == "PostgreSQL" {
            let database_cpu = ratio(|it| it.database_cpu, ours, baseline);
            report["database_cpu_of_baseline"] = database_cpu.into();
            print!(", {database_cpu:.2} times PostgreSQL's, {total:.2} times both");
        }
        println!();
    }
    report
}

/// What the servers are called, in the order in which they are asked.
fn names() -> impl Iterator<Item = &'static str> {
    SERVERS.into_iter().chain([BASELINE])
}

/// How many times the one was of the other, round by round.
fn ratio(what: impl Fn(&Taken) -> f64, ours: &[Taken], others: &[Taken]) -> f64 {
    median(ours.iter().zip(others).map(|(ours, others)| what(ours) / what(others)))
}

async fn take(server: &Program, target: &Target) -> Taken {
    let alone = drive(target, 1, ALONE).await;
    let used = || (server.cpu_seconds().unwrap(), postgres_cpu());
    let (before, begun) = (used(), Instant::now());
    let latencies = drive(target, CONNECTIONS, TIME).await;
    let (after, took) = (used(), begun.elapsed());
    let requests = latencies.len() as f64;
    let millis = |latencies: &[Duration], share| quantile(latencies, share).as_secs_f64() * 1e3;
    Taken {
        per_second: requests / took.as_secs_f64(),
        p50: millis(&latencies, 0.5),
        p99: millis(&latencies, 0.99),
        alone: millis(&alone, 0.5),
        cpu: (after.0 - before.0) * 1e6 / requests,
        database_cpu: (after.1 - before.1) * 1e6 / requests,
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// Seconds of CPU that PostgreSQL's processes have used.
fn postgres_cpu() -> f64 {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = processes.filter_map(|it| std::fs::read_to_string(it.path().join("stat")).ok());
    let stats = stats.filter(|stat| stat.contains("(postgres)"));
    stats.filter_map(|stat| support::cpu_seconds(&stat)).sum()
}
