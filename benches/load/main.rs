//! packgrid beside what it could take at the least: `cargo bench --bench load`.
//!
//! For each database and size, four servers answer the same requests in turn, over several rounds:
//! floor A fixed bytes of the same size, floor B by hand-written code with the same statements
//! (rusqlite on the thread that asks, sqlx for PostgreSQL), packgrid, and packgrid that keeps its
//! answers. First they have to give the same data. Ratios are of one round; what is printed is their
//! median. `load.json` beside this file has all of it.
//!
//! `cargo bench --bench load -- endure` has packgrid answer for ten minutes, and prints how much
//! memory it takes meanwhile.
//!
//! With `--profile dist` it is what is handed out that is measured, and the floors are compiled as
//! well as that.
//!
//! PostgreSQL is that which PACKGRID_TEST_POSTGRES_URL names, if it is set.
//! PACKGRID_BENCH_PACKAGES sets the sizes (`5000,100000`), PACKGRID_BENCH_ROUNDS the rounds (5).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod by_hand;
mod drive;
mod endure;
mod floor;
mod queries;
mod statements;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use packgrid::auth::Viewer;
use packgrid::config::{self, Editing, Graphql, Limits};
use packgrid::database::Database;
use packgrid::graphql::{Answer, Service};
use serde_json::{Value, json};

use drive::{Target, ask, drive};
use floor::Brief;
use queries::Query;
use support::{Program, quantile};

/// Which rows a search finds.
const FOUND: &str = "query Search($words: String!) { search(query: $words, first: 20) { \
    totalCount nodes { __typename ... on Package { number } ... on Grid { number } \
    ... on Category { number } } } }";

const CONNECTIONS: usize = 16;
const TIME: Duration = Duration::from_millis(1_000);

/// Requests of one connection after the other, for how long one takes when nobody else asks.
const ALONE: Duration = Duration::from_millis(500);

const NAMES: [&str; 5] = ["package", "packages", "table", "categories", "search"];

/// The servers, in the order in which they are asked.
const SERVERS: [&str; 4] = ["floor A", "floor B", "packgrid", "keeping"];

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
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut all = Vec::new();
    for packages in setting("PACKGRID_BENCH_PACKAGES", "5000,100000").split(',') {
        run(folder, &["generate", packages, "--packages", packages]);
        let url = format!("sqlite:{}/{packages}.db", folder.display());
        all.extend(measure(folder, "SQLite", packages, &url, rounds).await);
        if let Ok(server) = std::env::var("PACKGRID_TEST_POSTGRES_URL") {
            let name = format!("packgrid_bench_{}", std::process::id());
            support::psql(&server, &format!("CREATE DATABASE {name}"));
            let url = support::on_server(&server, &name);
            all.extend(measure(folder, "PostgreSQL", packages, &url, rounds).await);
            support::psql(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load.json");
    std::fs::write(path, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
}

/// Runs a command to its end.
fn run(folder: &Path, arguments: &[&str]) {
    let mut command = support::packgrid(folder);
    let output = command.args(arguments).stderr(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
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

async fn measure(
    folder: &Path,
    name: &str,
    packages: &str,
    url: &str,
    rounds: usize,
) -> Vec<Value> {
    run(folder, &["import", packages, "--database-url", url]);
    if name == "PostgreSQL" {
        // What the server itself does within a minute or so.
        support::psql(url, "VACUUM");
    }
    let database = config::Database { url: url.to_owned(), ..config::Database::default() };
    let database = Database::open(&database).await.unwrap();
    let asking = Asking {
        service: Service::new(&Graphql::default(), Editing::default(), Limits::default()),
        database,
    };
    let subjects = asking.answer(queries::SUBJECTS, &json!({})).await.0;
    let slug = |list: &str| subjects[list]["nodes"][0]["slug"].as_str().unwrap().to_owned();
    let mut brief = Brief { package: slug("packages"), grid: slug("grids"), ..Brief::default() };
    let queries = queries::all(&brief.package, &brief.grid);
    let mut statements = Vec::new();
    for query in &queries {
        let (data, ran) = asking.answer(query.document, &query.variables).await;
        std::fs::write(folder.join(query.name), json!({ "data": data }).to_string()).unwrap();
        statements.push(ran.len());
        if query.name == "search" {
            brief.search = ran;
            let found = asking.answer(FOUND, &query.variables).await.0;
            brief.total = found["search"]["totalCount"].as_u64().unwrap();
            let row = |node: &Value| {
                (node["__typename"].as_str().unwrap().to_owned(), node["number"].as_i64().unwrap())
            };
            brief.found = found["search"]["nodes"].as_array().unwrap().iter().map(row).collect();
        }
    }
    asking.database.close().await;
    let file = folder.join("brief.json");
    std::fs::write(&file, serde_json::to_string(&brief).unwrap()).unwrap();
    let myself = |arguments: &[&str]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(arguments);
        Program::start(command)
    };
    let keeping = folder.join("keeping");
    std::fs::create_dir_all(&keeping).unwrap();
    std::fs::write(folder.join("packgrid.toml"), "[cache]\nresponse_bytes = 0\n").unwrap();
    let servers = [
        myself(&["fixed", folder.to_str().unwrap()]),
        myself(&["by-hand", url, file.to_str().unwrap()]),
        Program::serve(folder, &["--database-url", url]),
        Program::serve(&keeping, &["--database-url", url]),
    ];

    println!("\n{name}, {packages} packages");
    println!(
        "{:<12}{:<10}{:>10}{:>9}{:>9}{:>9}{:>10}{:>10}{:>12}",
        "", "", "req/s", "p50 ms", "p99 ms", "1 conn.", "CPU µs", "DB µs", "statements"
    );
    let mut lines = Vec::new();
    for (query, statements) in queries.iter().zip(statements) {
        lines.push(compare(name, packages, query, statements, &servers, rounds).await);
    }
    for (server, program) in SERVERS.iter().zip(&servers) {
        println!("{server}: at most {} MiB resident", program.memory("VmHWM:").unwrap());
    }
    lines
}

/// Has the servers answer a query in turn.
async fn compare(
    database: &str,
    packages: &str,
    query: &Query,
    statements: usize,
    servers: &[Program; SERVERS.len()],
    rounds: usize,
) -> Value {
    let path = format!("/{}", query.name);
    let paths = [&*path, &*path, "/graphql", "/graphql"];
    let targets: Vec<Target> = servers
        .iter()
        .zip(paths)
        .map(|(server, path)| Target::new(&server.address, path, &query.body()))
        .collect();
    let mut answers = Vec::new();
    for target in &targets {
        let answer: Value = serde_json::from_slice(&ask(target).await).unwrap();
        answers.push(answer);
    }
    for answer in &answers[1..] {
        assert_eq!(answer["data"], answers[0]["data"], "{}", query.name);
    }
    let mut taken: [Vec<Taken>; SERVERS.len()] = Default::default();
    for round in 0..=rounds {
        for (number, target) in targets.iter().enumerate() {
            let took = take(&servers[number], target).await;
            // The first round is for caches to fill.
            if round > 0 {
                taken[number].push(took);
            }
        }
    }
    let mut line = BTreeMap::new();
    for (server, taken) in SERVERS.iter().zip(&taken) {
        let of = |what: fn(&Taken) -> f64| median(taken.iter().map(what));
        let (per_second, p50, p99) = (of(|it| it.per_second), of(|it| it.p50), of(|it| it.p99));
        let (alone, cpu, database_cpu) =
            (of(|it| it.alone), of(|it| it.cpu), of(|it| it.database_cpu));
        println!(
            "{:<12}{server:<10}{per_second:>10.0}{p50:>9.2}{p99:>9.2}{alone:>9.3}{cpu:>10.0}{database_cpu:>10.0}{:>12}",
            if *server == SERVERS[0] { query.name } else { "" },
            if *server == SERVERS[0] { 0 } else { statements },
        );
        line.insert(
            *server,
            json!({
                "requests_per_second": per_second, "p50_ms": p50, "p99_ms": p99,
                "p50_ms_of_one_connection": alone, "cpu_us": cpu, "database_cpu_us": database_cpu,
            }),
        );
    }
    let ratio = |what: fn(&Taken) -> f64, ours: usize, floor: usize| {
        median(taken[ours].iter().zip(&taken[floor]).map(|(ours, floor)| what(ours) / what(floor)))
    };
    let (cpu, alone, speed) =
        (ratio(|it| it.cpu, 2, 1), ratio(|it| it.alone, 2, 1), ratio(|it| it.per_second, 3, 0));
    println!(
        "{:<12}{cpu:.2} times the CPU of floor B, {alone:.2} times its p50 alone; keeping: {speed:.2} of floor A's requests a second",
        ""
    );
    json!({
        "database": database, "packages": packages, "query": query.name, "statements": statements,
        "servers": line, "cpu_of_floor_b": cpu, "p50_alone_of_floor_b": alone,
        "requests_of_floor_a": speed,
    })
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

/// Asks without HTTP.
struct Asking {
    service: Service,
    database: Database,
}

impl Asking {
    /// The data, and the statements that it took.
    async fn answer(&self, document: &str, variables: &Value) -> (Value, Vec<String>) {
        let log = self.database.record_statements();
        let request = Request::new(document).variables(Variables::from_json(variables.clone()));
        let operation =
            self.service.prepare(request).await.unwrap_or_else(|errors| panic!("{errors:?}"));
        let deadline = Instant::now() + Duration::from_secs(60);
        let executed = self.service.execute(
            &self.database,
            operation,
            Viewer::default(),
            None,
            deadline,
            |it| it,
        );
        let Answer::Executed { answer: outcome, .. } = executed.await else {
            panic!("{document} was refused");
        };
        assert!(outcome.errors().is_empty(), "{:?}", outcome.errors());
        let mut answer = Vec::new();
        outcome.write(&mut answer).unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        (answer["data"].take(), log.take_spelled_out())
    }
}
