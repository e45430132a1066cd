//! How long the README's examples take among 100,000 packages, and by which plans:
//! `cargo bench --bench queries`.
//!
//! A made-up directory goes into a new SQLite database, and into one on the PostgreSQL server that
//! PACKGRID_TEST_POSTGRES_URL names, if it is set. The examples' names are replaced by ones that
//! are there. Each is executed as the server does it, without HTTP. PACKGRID_BENCH_PACKAGES sets
//! another size; `queries.txt` beside this file has what came out, plans and all.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use packgrid::auth::Viewer;
use packgrid::config::{Editing, Graphql, Limits};
use packgrid::database::Database;
use packgrid::exchange::generate::{Generated, Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use packgrid::graphql::{Answer, Service};
use packgrid::{clock, config};

/// Milliseconds that no example may take in the median.
const MOST: f64 = 50.0;

const RUNS: usize = 100;

#[tokio::main]
async fn main() {
    let packages = std::env::var("PACKGRID_BENCH_PACKAGES").map_or(100_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let made = generate(Shape::of(packages, 1));
    made.write(&folder.path().join("directory")).unwrap();
    let names = names(&made);
    drop(made);
    let file = folder.path().join("packgrid.db");
    measure("SQLite", &format!("sqlite:{}", file.display()), folder.path(), &names).await;
    if let Ok(server) = std::env::var("PACKGRID_TEST_POSTGRES_URL") {
        let name = format!("packgrid_bench_{}", std::process::id());
        support::psql(&server, &format!("CREATE DATABASE {name}"));
        measure("PostgreSQL", &support::on_server(&server, &name), folder.path(), &names).await;
        support::psql(&server, &format!("DROP DATABASE {name}"));
    }
}

/// What the examples name, and what stands for it here: as popular, as large.
fn names(made: &Generated) -> Vec<(&'static str, String)> {
    let largest = made.grids.iter().max_by_key(|grid| grid.packages.len()).unwrap();
    let replaced =
        made.packages.iter().find(|package| matches!(package.more.replaced_by, Some(Some(_))));
    let released = made.versions.iter().map(|version| version.package.id).next().unwrap_or(1);
    let released = made.packages.iter().find(|package| package.id == released).unwrap();
    vec![
        ("\"task-queues\"", format!("{:?}", largest.slug)),
        ("\"apis\"", format!("{:?}", largest.slug)),
        ("slug: { eq: \"admin\" }", format!("slug: {{ eq: {:?} }}", largest.slug)),
        ("\"wagtail\"", "\"graphql\"".to_owned()),
        ("thumbnails OR \\\"rest framework\\\"", "charts OR \\\"django rest\\\"".to_owned()),
        ("django rest f", "django re".to_owned()),
        ("\"django-import-export\"", format!("{:?}", released.slug)),
        (
            "\"drf-openapi-tester\"",
            format!("{:?}", replaced.map_or("none", |package| &*package.slug)),
        ),
    ]
}

async fn measure(name: &str, url: &str, folder: &Path, names: &[(&str, String)]) {
    let settings = config::Database { url: url.to_owned(), ..config::Database::default() };
    let database = Database::open(&settings).await.unwrap();
    let files = Directory::folder(&folder.join("directory")).unwrap();
    import(&database, &files, Options::default(), clock::now(), &mut |_| {}).await.unwrap();
    if url.starts_with("postgres") {
        // What the server itself does within a minute or so.
        support::psql(url, "VACUUM");
    }
    let service = Service::new(&Graphql::default(), Editing::default(), Limits::default());
    let log = database.record_statements();
    println!("{name}\n{:<20}{:>12}{:>8}{:>8}{:>10}", "", "statements", "p50 ms", "p95 ms", "bytes");
    let mut plans = String::new();
    let mut too_slow = Vec::new();
    for (example, query, variables) in examples(names) {
        let request = || Request::new(query.as_str()).variables(variables.clone());
        let bytes = run(&service, &database, request()).await.1;
        let statements = log.take_explanations();
        for (statement, explanation) in &statements {
            plans.push_str(&format!("{example}: {}\n", plan(url, statement, explanation)));
        }
        let mut times = Vec::new();
        for _ in 0..RUNS {
            times.push(run(&service, &database, request()).await.0);
            log.take();
        }
        times.sort_unstable();
        let at = |share| support::quantile(&times, share).as_secs_f64() * 1e3;
        let (p50, p95, count) = (at(0.5), at(0.95), statements.len());
        println!("{example:<20}{count:>12}{p50:>8.1}{p95:>8.1}{bytes:>10}");
        if p50 >= MOST {
            too_slow.push(example);
        }
    }
    println!("over {MOST} ms: {too_slow:?}\n\n{plans}");
    database.close().await;
}

/// The README's examples, with names that are there.
fn examples(names: &[(&str, String)]) -> Vec<(String, String, Variables)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/readme");
    let here =
        |text: String| names.iter().fold(text, |text, (there, here)| text.replace(there, here));
    let mut examples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "graphql"))
        .map(|path| {
            let query = here(std::fs::read_to_string(&path).unwrap());
            let variables = std::fs::read_to_string(path.with_extension("json")).map(here);
            let variables = variables
                .map_or(serde_json::Value::Null, |text| serde_json::from_str(&text).unwrap());
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, query, Variables::from_json(variables))
        })
        .collect();
    examples.sort_by(|one, other| one.0.cmp(&other.0));
    for (there, _) in names {
        let left = examples.iter().any(|(_, query, _)| query.contains(there));
        assert!(!left, "{there} was not replaced");
    }
    examples
}

/// How long a request takes, and how long its answer is.
async fn run(service: &Service, database: &Database, request: Request) -> (Duration, usize) {
    let start = Instant::now();
    let deadline = start + Duration::from_secs(60);
    let operation = service.prepare(request).await.unwrap_or_else(|errors| panic!("{errors:?}"));
    let executed = service.execute(database, operation, Viewer::default(), None, deadline, |it| it);
    let Answer::Executed { answer: outcome, .. } = executed.await else {
        panic!("the request was refused");
    };
    assert!(outcome.errors().is_empty(), "{:?}", outcome.errors());
    let mut answer = Vec::new();
    outcome.write(&mut answer).unwrap();
    (start.elapsed(), answer.len())
}

/// The beginning of a statement and its plan, as `explanation` shows it, a step a line.
fn plan(url: &str, statement: &str, explanation: &str) -> String {
    let steps: Vec<String> = match url.strip_prefix("sqlite:") {
        None => support::psql(url, explanation).lines().map(str::to_owned).collect(),
        Some(file) => {
            let connection = rusqlite::Connection::open(file).unwrap();
            let mut explain = connection.prepare(explanation).unwrap();
            let mut rows = explain.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                steps.push(row.get(3).unwrap());
            }
            steps
        }
    };
    let mut start: String = statement.chars().take(200).collect();
    if start.len() < statement.len() {
        start.push('…');
    }
    format!("{start}\n    {}", steps.join("\n    "))
}
