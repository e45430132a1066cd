//! The log.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts to log to standard error: warnings, and our own notices. `PACKGRID_LOG` sets something
/// else, in the notation of `tracing-subscriber` (`packgrid=debug,sqlx=info`).
pub fn start() {
    let filter = EnvFilter::try_from_env("PACKGRID_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,packgrid=info"));
    // Somebody who embeds the crate may have started a log already; theirs stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}
