use std::process::ExitCode;

use clap::Parser;
use packgrid::cli::Cli;
use packgrid::rules::address::redacted;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code of a program that was used wrongly, as clap has it.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // It repeats arguments, which may be addresses with passwords.
            eprint!("{}", redacted(&error.render().to_string()));
            return ExitCode::from(MISUSED);
        }
        // Help and version.
        Err(error) => error.exit(),
    };
    if let Err(error) = packgrid::telemetry::start() {
        eprintln!("packgrid: {error}");
        return ExitCode::from(MISUSED);
    }
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packgrid: {}", redacted(&error.to_string()));
            packgrid::cli::exit_code(&*error)
        }
    }
}
