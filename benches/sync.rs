//! How long it takes to take a directory over from another packgrid, and to find that nothing has
//! changed: `cargo bench --bench sync`.
//!
//! 5,000 and 100,000 made-up packages, with grids, features, cells and releases, served from SQLite
//! on the same machine, with the settings that everybody has. PACKGRID_TEST_POSTGRES_URL, if it is
//! set, names a PostgreSQL server to sync into as well.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::path::Path;
use std::process::Stdio;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    support::heads();
    for packages in [5_000, 100_000] {
        let (made, source) = (format!("made-{packages}"), format!("sqlite:source-{packages}.db"));
        run(folder.path(), &["generate", &made, "--packages", &packages.to_string()]);
        run(folder.path(), &["import", &made, "--database-url", &source]);
        let server = support::Program::serve(folder.path(), &["--database-url", &source]);
        let url = format!("http://{}/api/v4/", server.address);
        sync(folder.path(), &url, packages, "SQLite", &format!("sqlite:{packages}.db"));
        if let Ok(postgres) = std::env::var("PACKGRID_TEST_POSTGRES_URL") {
            let name = format!("packgrid_bench_{}", std::process::id());
            support::psql(&postgres, &format!("CREATE DATABASE {name}"));
            let database = support::on_server(&postgres, &name);
            sync(folder.path(), &url, packages, "PostgreSQL", &database);
            support::psql(&postgres, &format!("DROP DATABASE {name}"));
        }
        println!("{:<12}{packages:>10}{:>8}{:>24}", "the source", "", peak(&server));
    }
}

fn peak(server: &support::Program) -> u64 {
    server.memory("VmHWM:").unwrap_or(0)
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = support::packgrid(folder);
    let command = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "{arguments:?}");
}

fn sync(folder: &Path, url: &str, packages: usize, database: &str, address: &str) {
    for run in ["first", "again"] {
        let mut command = support::packgrid(folder);
        command.env("PACKGRID_SYNC_FOLDER", folder.join("fetched")).stderr(Stdio::null());
        command.args(["sync", url, "--database-url", address]);
        support::timed(command, database, packages, run);
    }
}
