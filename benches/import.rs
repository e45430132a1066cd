//! How long an import takes, and how much memory: `cargo bench --bench import`.
//!
//! Directories of 5,000 and 100,000 made-up packages, with grids, features and cells, go into a
//! new database and then once more into the same one. PACKGRID_TEST_POSTGRES_URL, if it is set,
//! names a PostgreSQL server to do the same on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench")]

mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("{:<12}{:>10}{:>8}{:>12}{:>12}", "", "packages", "run", "seconds", "peak MiB");
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
        let start = Instant::now();
        let child = support::packgrid(folder)
            .arg("import")
            .arg(made)
            .args(["--database-url", url])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (status, taken) = support::wait(child, start);
        assert!(status.success());
        let seconds = taken.wall.as_secs_f64();
        println!("{database:<12}{packages:>10}{run:>8}{seconds:>12.2}{:>12}", taken.peak_mib);
    }
}
