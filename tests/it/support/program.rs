//! The program as a process, for the tests and the benches.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program, to be run in `folder`.
pub fn packgrid(folder: &Path) -> Command {
    build_of_packgrid(Path::new(env!("CARGO_BIN_EXE_packgrid")), folder)
}

/// A build of the program, to be run in `folder`.
pub fn build_of_packgrid(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    // What is set for the tests and the benches is no setting of the program.
    let settings = std::env::vars_os().map(|(name, _)| name);
    for name in settings.filter(|name| name.as_encoded_bytes().starts_with(b"PACKGRID_")) {
        command.env_remove(name);
    }
    command
}

/// A server that is killed when nobody looks at it any more.
pub struct Program {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// What it said when it started.
    pub said: String,
}

impl Program {
    /// Starts `packgrid serve` with these arguments in `folder`, and waits until it serves.
    pub fn serve(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = packgrid(folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        Self::start(command)
    }

    /// Starts a server that says where it is as packgrid does, and waits until it serves.
    pub fn start(command: Command) -> Self {
        Self::start_logging(command, Stdio::inherit())
    }

    /// As [`Self::start`], with its log going there.
    pub fn start_logging(mut command: Command, log: Stdio) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !said.contains("Ctrl-C") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "the server ended: {said}");
        }
        let address = said.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { child, address, said }
    }

    /// Posts a body as `application/json`, and gives the whole answer.
    pub fn post(&self, body: &[u8]) -> String {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// The whole answer to a request, as it goes over the wire.
    pub fn send(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // Where the head is enough to refuse it, the body may find nobody.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends the process a signal, such as `-TERM`.
    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits until it has ended; its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let patience = Instant::now() + Duration::from_secs(60);
        while Instant::now() < patience {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server did not stop");
    }

    /// A line of the process's status in MiB, such as `VmRSS:`, what is resident, or `VmHWM:`, the
    /// most that was; null where there is none (it has ended, or this is not Linux).
    pub fn memory(&self, name: &str) -> Option<u64> {
        memory(&self.child, name)
    }

    /// From now on `VmHWM:` is the most since now.
    #[allow(dead_code, reason = "for the benches")]
    pub fn forget_peak(&self) {
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    /// Seconds of CPU that it has used so far, in hundredths; null where nobody says.
    pub fn cpu_seconds(&self) -> Option<f64> {
        cpu_seconds(&std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds of CPU in a process's `stat`; null where it has none.
pub fn cpu_seconds(stat: &str) -> Option<f64> {
    // After the name, which can have spaces: utime and stime are the 14th and the 15th of all.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

/// A line of a process's status, in MiB; null where there is none.
pub fn memory(child: &Child, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
