use std::path::Path;

use clap::Args;

use super::output::{ImportProgress, say, show_problems, show_report};
use super::{DatabaseArgs, Failed, Misused, block_on, interrupted, open};
use crate::clock;
use crate::config::Config;
use crate::exchange::fetch::{fetch, shown_address};
use crate::exchange::{Directory, ImportError, Options, Prune, Report, Stage, import};

/// Bring a directory in, from files or from the API of another: all of it, or nothing.
///
/// From a folder: categories.json, grids.json and packages.json in the shape of the REST API,
/// version 4, and versions.json, features.json and elements.json if they are there. Each is a list,
/// a page object with `results`, or JSON lines.
///
/// From an address: the lists of that API, page by page, politely; if it is interrupted, the next
/// run goes on where it was.
///
/// Rows that are there already are brought up to date.
#[derive(Args)]
pub struct Import {
    /// The folder with the files, or the address of the API, such as https://example.org/api/v4/
    #[arg(value_name = "DIR|URL")]
    from: String,
    /// Leave out records that are wrong instead of giving up.
    #[arg(long)]
    skip_invalid: bool,
    /// Delete rows that came from this address and are not there any more. Gives up when they are
    /// more than 20 % of a kind.
    #[arg(long)]
    prune: bool,
    /// Prune however much it is.
    #[arg(long, requires = "prune")]
    yes: bool,
    /// Print what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not keep what editors have changed, or taken out, of what comes in.
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
        if self.prune && !is_address {
            return Err(Misused("--prune is for addresses: rows do not belong to files").into());
        }
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
        eprintln!("--skip-invalid would leave them out.");
    }
    if let Err(ImportError::TooManyGone(_)) = &result {
        eprintln!("--prune --yes deletes them.");
    }
    Ok(result?)
}
