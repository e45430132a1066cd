use std::path::PathBuf;

use clap::Args;

use super::output::{ImportProgress, show_problems, show_report};
use super::{DatabaseArgs, Failed, block_on, open};
use crate::clock;
use crate::config::Config;
use crate::exchange::{Directory, ImportError, Options, import};

/// Bring a directory in from files: all of it, or nothing.
///
/// Reads categories.json, grids.json and packages.json in the shape of the REST API, version 4,
/// and versions.json, features.json and elements.json if they are there. Each is a list, a page
/// object with `results`, or JSON lines. Rows that are there already are brought up to date.
#[derive(Debug, Args)]
pub struct Import {
    /// The folder with the files.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Leave out records that are wrong instead of giving up.
    #[arg(long)]
    skip_invalid: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Import {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        block_on(async {
            let directory = Directory::folder(&self.directory)?;
            let database = open(&config).await?;
            let options = Options { skip_invalid: self.skip_invalid, ..Options::default() };
            let mut progress = ImportProgress::new();
            let result = import(&database, &directory, options, clock::now(), &mut |stage| {
                progress.show(stage);
            })
            .await;
            progress.finish();
            database.close().await;
            match result {
                Ok(report) => {
                    show_problems(&report.problems);
                    show_report(&report);
                    Ok(())
                }
                Err(error) => {
                    if let ImportError::Invalid(problems) = &error {
                        show_problems(problems);
                        eprintln!("--skip-invalid would leave them out.");
                    }
                    Err(error.into())
                }
            }
        })
    }
}
