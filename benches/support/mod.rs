//! What the benches share.

#![allow(dead_code, reason = "each bench takes what it needs of it")]

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

#[path = "../../tests/it/support/program.rs"]
mod program;

#[allow(unused_imports, reason = "as above")]
pub use program::{Program, build_of_packgrid, cpu_seconds, memory, packgrid};

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

/// What a run took.
#[derive(Clone, Copy, Debug)]
struct Taken {
    wall: Duration,
    /// Most memory that was resident at once, in MiB.
    peak_mib: u64,
}

/// Waits for `child` to end, looking at its memory meanwhile.
fn wait(mut child: Child, start: Instant) -> (ExitStatus, Taken) {
    let mut peak_mib = 0;
    loop {
        peak_mib = memory(&child, "VmHWM:").unwrap_or(peak_mib);
        if let Some(status) = child.try_wait().expect("it runs") {
            return (status, Taken { wall: start.elapsed(), peak_mib });
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Prints the heads of the columns that [`timed`] prints.
pub fn heads() {
    println!("{:<12}{:>10}{:>8}{:>12}{:>12}", "", "packages", "run", "seconds", "peak MiB");
}

/// Runs a command to its end, and prints how long that took and how much memory.
pub fn timed(mut command: Command, database: &str, packages: usize, run: &str) {
    let start = Instant::now();
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let (status, taken) = wait(child, start);
    assert!(status.success());
    let seconds = taken.wall.as_secs_f64();
    println!("{database:<12}{packages:>10}{run:>8}{seconds:>12.2}{:>12}", taken.peak_mib);
}
