//! What the benches share.

#![allow(dead_code, reason = "each bench takes what it needs of it")]

use std::process::Command;

#[path = "../../tests/it/support/program.rs"]
mod program;

#[allow(unused_imports, reason = "as above")]
pub use program::{Program, memory, packgrid};

/// Runs `sql` on a PostgreSQL server and gives what it answers, as text.
pub fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql").args(["-qAtX", url, "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The address of a database on the server whose address ends in another one's name.
pub fn on_server(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// The value below which this share of the sorted `values` lies.
pub fn quantile<T: Copy>(values: &[T], share: f64) -> T {
    values[((values.len() - 1) as f64 * share) as usize]
}
