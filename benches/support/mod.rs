//! What the benches share.

#![allow(dead_code, reason = "each bench takes what it needs of it")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program, built with the profile of the bench.
pub fn packgrid(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packgrid"));
    command.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// A line of the process's status, in MiB; null when it has ended (or this is not Linux).
pub fn memory(child: &Child, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

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
