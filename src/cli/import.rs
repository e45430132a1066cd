use std::path::Path;

use clap::Args;

use super::output::{ImportProgress, say, show_problems, show_report};
use super::{DatabaseArgs, Failed, block_on, interrupted, open};
use crate::clock;
use crate::config::Config;
use crate::exchange::fetch::{fetch, shown_address};
use crate::exchange::{Directory, ImportError, Options, Prune, Report, Stage, import};

/// Import a directory from files or from another server's REST API
///
/// DIR has categories.json, grids.json and packages.json in the shape of the REST API, version 4,
/// and may have versions.json, features.json and elements.json. Each is a list, a page object with
/// `results`, or JSON lines.
///
/// URL is the address of an API. Its lists are fetched page by page; after an interruption, the next
/// run continues with the missing pages. A page that fails is halved down to the records that make
/// it fail.
///
/// The import is one transaction: it imports everything or nothing. Existing rows are updated.
///
/// Examples:
///   packgrid import ./directory --dry-run --prune
///   packgrid import https://example.org/api/v4/ --skip-invalid
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Import {
    /// Directory with the files, or address of the API, such as https://example.org/api/v4/
    #[arg(value_name = "DIR|URL")]
    from: String,
    /// Skip records that are invalid or that the source does not deliver instead of failing
    #[arg(long)]
    skip_invalid: bool,
    /// Delete rows that the source no longer has
    ///
    /// Only rows that the same source brought: this address, or files (all files are one source). A
    /// file that is missing deletes nothing of its kind. Fails if more than 20 % of the rows of a
    /// kind would be deleted.
    #[arg(long)]
    prune: bool,
    /// Prune more than 20 % of a kind
    #[arg(long, requires = "prune")]
    yes: bool,
    /// Print what would change without changing anything
    #[arg(long)]
    dry_run: bool,
    /// Replace values that editors have changed and restore rows that they have deleted
    #[arg(long)]
    overwrite_edits: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Import {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        let scheme = self.from.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_address = matches!(scheme.as_deref(), Some("http" | "https"));
        let options = Options {
            skip_invalid: self.skip_invalid,
            prune: match (self.prune, self.yes) {
                (false, _) => Prune::No,
                (true, false) => Prune::OrGiveUp,
                (true, true) => Prune::Yes,
            },
            dry_run: self.dry_run,
            overwrite_edits: self.overwrite_edits,
        };
        block_on(async {
            let mut progress = ImportProgress::new();
            let mut show = |stage| progress.show(stage);
            let result = tokio::select! {
                result = bring_in(&config, &self.from, is_address, options, &mut show) => result,
                () = interrupted() => Err(Failed::from(if is_address {
                    "interrupted; nothing was changed, and the next run goes on where this one was"
                } else {
                    "interrupted; nothing was changed"
                })),
            };
            progress.finish();
            let report = result?;
            show_problems(&report.problems);
            report.differences.iter().for_each(|difference| say!("{difference}"));
            show_report(&report, options.dry_run);
            Ok(())
        })
    }
}

async fn bring_in(
    config: &Config,
    from: &str,
    is_address: bool,
    options: Options,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Report, Failed> {
    // A database is not made for what cannot be there.
    let files = match is_address {
        true => shown_address(from).map(|_| None)?,
        false => Some(Directory::folder(Path::new(from))?),
    };
    let database = open(config).await?;
    let result = match &files {
        Some(directory) => import(&database, directory, options, clock::now(), progress).await,
        None => match fetch(from, database.identity(), &config.sync, progress).await {
            Ok(fetched) => {
                import(&database, &fetched.directory, options, clock::now(), progress).await
            }
            Err(error) => {
                database.close().await;
                return Err(error.into());
            }
        },
    };
    database.close().await;
    if let Err(ImportError::Invalid(problems)) = &result {
        show_problems(problems);
        eprintln!("--skip-invalid imports the rest without them.");
    }
    if let Err(ImportError::TooManyGone(_)) = &result {
        eprintln!("--prune --yes deletes them.");
    }
    Ok(result?)
}
