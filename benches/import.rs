//! How long an import takes, and how much memory: `cargo bench --bench import`.
//!
//! Directories of 5,000 and 100,000 made-up packages, with grids, features and cells, go into a
//! new database and then once more into the same one. PACKGRID_TEST_POSTGRES_URL, if it is set,
//! names a PostgreSQL server to do the same on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::path::Path;
use std::process::Stdio;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    support::heads();
    for packages in [5_000, 100_000] {
        let made = folder.path().join(packages.to_string());
        let generate = support::packgrid(folder.path())
            .arg("generate")
            .arg(&made)
            .args(["--packages", &packages.to_string()])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(generate.success());
        import(folder.path(), &made, packages, "SQLite", &format!("sqlite:{packages}.db"));
        if let Ok(server) = std::env::var("PACKGRID_TEST_POSTGRES_URL") {
            let name = format!("packgrid_bench_{}", std::process::id());
            support::psql(&server, &format!("CREATE DATABASE {name}"));
            let url = support::on_server(&server, &name);
            import(folder.path(), &made, packages, "PostgreSQL", &url);
            support::psql(&server, &format!("DROP DATABASE {name}"));
        }
    }
}

fn import(folder: &Path, made: &Path, packages: usize, database: &str, url: &str) {
    for run in ["first", "again"] {
        let mut command = support::packgrid(folder);
        command.arg("import").arg(made).args(["--database-url", url]);
        support::timed(command, database, packages, run);
    }
}
