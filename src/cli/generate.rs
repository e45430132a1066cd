use std::path::PathBuf;

use clap::Args;

use super::Failed;
use super::output::say;
use crate::exchange::generate::{Shape, generate};

/// Write a made-up directory of any size, in the files that `import` reads.
///
/// It is the same for the same numbers and seed.
#[derive(Args)]
pub struct Generate {
    /// The folder to write into; made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// How many packages.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    packages: u32,
    /// How many grids [default: 8 for each 100 packages]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    grids: Option<u32>,
    /// What everything follows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Generate {
    pub(super) fn run(self) -> Result<(), Failed> {
        let mut shape = Shape::of(self.packages as usize, self.seed);
        if let Some(grids) = self.grids {
            shape.grids = grids as usize;
        }
        let made = generate(shape);
        made.write(&self.directory)
            .map_err(|error| format!("cannot write {}: {error}", self.directory.display()))?;
        say!(
            "{} packages, {} grids, {} features, {} elements and {} versions in {}",
            made.packages.len(),
            made.grids.len(),
            made.features.len(),
            made.elements.len(),
            made.versions.len(),
            self.directory.display()
        );
        Ok(())
    }
}
