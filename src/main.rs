use std::process::ExitCode;

use clap::Parser;
use packgrid::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Exits with 2 by itself when it was used wrongly.
    let cli = Cli::parse();
    packgrid::telemetry::start();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packgrid: {error}");
            packgrid::cli::exit_code(&*error)
        }
    }
}
