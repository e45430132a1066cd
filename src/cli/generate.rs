use clap::Args;

use super::Failed;

/// Write a directory of made-up packages, for benchmarks.
#[derive(Debug, Args)]
pub struct Generate {}

impl Generate {
    pub(super) fn run(self) -> Result<(), Failed> {
        Ok(())
    }
}
