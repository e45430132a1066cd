//! What edits take: `cargo bench --bench editing`.
//!
//! 16 clients make 10,000 edits of all kinds among 5,000 made-up packages, while others read and
//! listen, and everything that they see is held to what happened. Then whole tables are set, and
//! single edits are made, one after the other, among 5,000 and 100,000 packages. On SQLite, and on
//! the PostgreSQL server that PACKGRID_TEST_POSTGRES_URL names, if it is set.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

#[path = "../tests/it/support/crowd/mod.rs"]
mod crowd;
#[path = "../tests/it/support/statements.rs"]
mod statements;
mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use packgrid::auth::Role;
use packgrid::config;
use packgrid::database::Database;
use packgrid::editing::commands::{Cell, SetCells};
use serde_json::{Value, json};

use crowd::kept::{State, assert_derived};
use crowd::{Asked, Crowd, Door, Line, data, text};
use support::{Program, quantile};

const CROWD: Crowd =
    Crowd { clients: 16, edits: 625, seed: 20_261_126, pause: Duration::from_millis(250) };

/// Packages among which the crowd edits.
const CROWDED: usize = 5_000;

/// Runs of each edit.
const RUNS: usize = 101;

/// Runs of setting a whole table.
const TABLES: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(bench());
}

async fn bench() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for packages in [5_000, 100_000] {
        let made = packages.to_string();
        run(folder, &["generate", &made, "--packages", &made]);
        let url = format!("sqlite:{}/{packages}.db", folder.display());
        on(folder, packages, "SQLite", &url, 1).await;
        if let Ok(server) = std::env::var("PACKGRID_TEST_POSTGRES_URL") {
            for servers in 1..=(if packages == CROWDED { 2 } else { 1 }) {
                let name = format!("packgrid_bench_{}", std::process::id());
                support::psql(&server, &format!("CREATE DATABASE {name}"));
                let url = support::on_server(&server, &name);
                on(folder, packages, "PostgreSQL", &url, servers).await;
                support::psql(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
            }
        }
    }
}

/// Runs a command to its end; what it printed.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = support::packgrid(folder);
    let output = command.args(arguments).stderr(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn on(folder: &Path, packages: usize, name: &str, url: &str, servers: usize) {
    run(folder, &["import", &packages.to_string(), "--database-url", url]);
    let token = |role: Role| {
        let role = role.as_str();
        let create = ["token", "create", "--role", role, "--name", role, "--database-url", url];
        let said = run(folder, &create);
        let word = said.split_whitespace().find(|word| word.starts_with("pgt_"));
        word.unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    let tokens: Vec<_> = Role::ALL.into_iter().map(|role| (role, token(role))).collect();
    let serve = || {
        let program = Program::serve(folder, &["--database-url", url]);
        let door = Door { address: program.address.clone(), tokens: tokens.clone() };
        (program, door)
    };
    println!("\n{name}, {packages} packages, {servers} server(s)");
    if packages == CROWDED {
        let (programs, doors): (Vec<_>, Vec<_>) = (0..servers).map(|_| serve()).unzip();
        crowded(url, &programs, &doors).await;
        assert_derived(url).await;
    }
    if servers == 1 {
        let (program, door) = serve();
        if packages == CROWDED {
            table(&door, url).await;
        }
        singles(&door).await;
        drop(program);
    }
}

/// The crowd at these doors, and how fast it was served.
async fn crowded(url: &str, programs: &[Program], doors: &[Door]) {
    let connection = sea_orm::Database::connect(url).await.unwrap();
    let revision = data(&mut doors[0].line(), "{ directory { revision } }").await;
    let revision = text(&revision["directory"]["revision"]).parse().unwrap();
    let mut state = State::of(&connection).await;
    let used = || programs.iter().filter_map(Program::cpu_seconds).sum::<f64>();
    let before = used();
    let ran = CROWD.run(doors).await;
    let cpu = used() - before;
    state.replay(&connection, revision).await;
    state.assert_is(&State::of(&connection).await);
    connection.close().await.unwrap();
    let edits = ran.latencies.len();
    println!(
        "{} clients: {edits} edits, {} revisions, {} conflicts, {} reads, {:.0} edits a second, CPU per edit {:.2} ms",
        CROWD.clients,
        ran.acknowledged,
        ran.conflicts,
        ran.reads,
        edits as f64 / ran.took.as_secs_f64(),
        cpu * 1_000.0 / edits as f64,
    );
    print("", ran.latencies);
}

fn print(what: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let millis = |share| quantile(&latencies, share).as_secs_f64() * 1_000.0;
    println!("{what:<40} p50 {:>7.1} ms  p99 {:>7.1} ms", millis(0.5), millis(0.99));
}

/// Makes an edit that nothing may be wrong with; its payload, and how long it took.
async fn made(line: &mut Line, asked: &Asked, it: &str) -> (Value, Duration) {
    let body = asked.body(it);
    let begun = Instant::now();
    let (_, mut answer) = line.ask(asked.role, None, &body).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(answer["data"]["it"]["errors"], json!([]), "{asked:?}\n{answer:#}");
    (answer["data"]["it"].take(), took)
}

/// Sets all cells of a table of 100 features and 20 packages.
async fn table(door: &Door, url: &str) {
    let mut line = door.line();
    let asked = Asked::new("createGrid", json!({ "title": "A whole table" }));
    let grid = text(&made(&mut line, &asked, "grid { id }").await.0["grid"]["id"]);
    let packages = data(&mut line, "{ packages(first: 20) { nodes { id } } }").await;
    let packages: Vec<String> = packages["packages"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| text(&it["id"]))
        .collect();
    let input = json!({ "gridId": grid, "packageIds": packages });
    made(&mut line, &Asked::new("addPackagesToGrid", input), "").await;
    let mut features = Vec::new();
    for number in 0..100 {
        let input = json!({ "gridId": grid, "title": format!("Feature {number}") });
        let asked = Asked::new("createFeature", input);
        features.push(text(&made(&mut line, &asked, "feature { id }").await.0["feature"]["id"]));
    }
    let mut latencies = Vec::new();
    for run in 0..TABLES {
        let cells: Vec<Value> = features
            .iter()
            .flat_map(|feature| packages.iter().map(move |package| (feature, package)))
            .map(|(feature, package)| {
                json!({ "featureId": feature, "packageId": package, "text": format!("yes, {run}") })
            })
            .collect();
        let input = json!({ "gridId": grid, "cells": cells });
        let (_, took) = made(&mut line, &Asked::new("setCells", input), "").await;
        latencies.push(took);
    }
    print("setCells of 100 x 20", latencies);

    let settings = config::Database { url: url.to_owned(), ..Default::default() };
    let database = Database::open(&settings).await.unwrap();
    let numbers = |ids: &[String]| ids.iter().map(|id| number(id)).collect::<Vec<_>>();
    for (features, packages) in [(&features[..1], &packages[..1]), (&features[..], &packages[..])] {
        let packages = numbers(packages);
        let cells = numbers(features).into_iter().flat_map(|feature| {
            packages.iter().map(move |package| Cell {
                feature,
                package: *package,
                text: Some("no".to_owned()),
                expected: None,
            })
        });
        let command = SetCells { grid: number(&grid), cells: cells.collect() };
        let cells = command.cells.len();
        let (_, count) = statements::edit(&database, command).await;
        println!("setCells of {cells}: {count} statements");
    }
    database.close().await;
}

/// The number in a global id.
fn number(id: &str) -> i64 {
    use base64::Engine;

    let text = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(id).unwrap();
    String::from_utf8(text).unwrap().split(':').nth(1).unwrap().parse().unwrap()
}

/// Edits one after the other, and how long each takes.
async fn singles(door: &Door) {
    let mut line = door.line();
    let query = "{ categories { nodes { id } } packages(first: 100, orderBy: [{ field: CREATED, direction: DESC }]) { nodes { id } } \
        popular: packages(first: 1, orderBy: [{ field: GRIDS, direction: DESC }]) { nodes { id } } \
        grids(first: 1, orderBy: [{ field: PACKAGES, direction: DESC }], filter: { featuresCount: { gt: 0 } }) { nodes { \
            id packagesCount features(first: 1) { nodes { id } } packages(first: 1) { nodes { id } } } } }";
    let there = data(&mut line, query).await;
    let ids = |list: &str| -> Vec<String> {
        there[list]["nodes"].as_array().unwrap().iter().map(|it| text(&it["id"])).collect()
    };
    let (packages, categories, popular) = (ids("packages"), ids("categories"), ids("popular"));
    let grid = &there["grids"]["nodes"][0];
    let (feature, standing) =
        (&grid["features"]["nodes"][0]["id"], &grid["packages"]["nodes"][0]["id"]);
    println!("the largest grid has {} packages", grid["packagesCount"]);
    let mut created = Vec::new();
    for kind in [
        "createPackage",
        "updatePackage",
        "category",
        "setCells",
        "addPackagesToGrid",
        "createRelease",
        "mergePackages",
    ] {
        let mut latencies = Vec::new();
        for run in 0..RUNS {
            let package = &packages[run % packages.len()];
            let asked = match kind {
                "createPackage" => {
                    let title = format!("Made by the bench {run}");
                    Asked::new(kind, json!({ "title": title, "categoryId": categories[0] }))
                }
                "updatePackage" => {
                    let description = format!("Described by the bench {run}");
                    Asked::new(kind, json!({ "id": package, "repoDescription": description }))
                }
                "category" => {
                    let category = &categories[run % 2];
                    Asked::new("updatePackage", json!({ "id": popular[0], "categoryId": category }))
                }
                "setCells" => {
                    let cell = json!({ "featureId": feature, "packageId": standing, "text": format!("yes {run}") });
                    Asked::new(kind, json!({ "gridId": grid["id"], "cells": [cell] }))
                }
                "addPackagesToGrid" => {
                    Asked::new(kind, json!({ "gridId": grid["id"], "packageIds": [created[run]] }))
                }
                "createRelease" => {
                    let input = json!({ "packageId": package, "version": format!("bench {run}"), "releasedAt": "2026-01-01T00:00:00Z" });
                    Asked::new(kind, input)
                }
                _ => Asked::new(
                    "mergePackages",
                    json!({ "packageId": created[run], "intoId": package }),
                ),
            };
            let fields = if kind == "createPackage" { "package { id }" } else { "" };
            let (payload, took) = made(&mut line, &asked, fields).await;
            if kind == "createPackage" {
                created.push(text(&payload["package"]["id"]));
            }
            // One that makes no difference takes less.
            if payload["revision"].is_string() {
                latencies.push(took);
            }
        }
        print(kind, latencies);
    }
}
