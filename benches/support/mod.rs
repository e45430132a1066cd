//! Running the program as an operator does, and what it takes.

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
