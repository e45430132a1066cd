//! Running the program as an operator does, and what it takes.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The program, built with the profile of the bench.
pub fn packgrid(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packgrid"));
    command.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub wall: Duration,
    /// Most memory that was resident at once, in MiB.
    pub peak_mib: u64,
}

/// Waits for `child` to end, looking at its memory meanwhile.
pub fn wait(mut child: Child, start: Instant) -> (ExitStatus, Taken) {
    let mut peak_mib = 0;
    loop {
        peak_mib = memory(&child, "VmHWM:").unwrap_or(peak_mib);
        if let Some(status) = child.try_wait().expect("it runs") {
            return (status, Taken { wall: start.elapsed(), peak_mib });
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A line of the process's status, in MiB; null when it has ended (or this is not Linux).
pub fn memory(child: &Child, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
