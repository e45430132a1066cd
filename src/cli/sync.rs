use std::time::Duration;

use clap::Args;

use super::output::{ImportProgress, show_problems, show_report};
use super::{DatabaseArgs, Failed, Misused, block_on, interrupted, open};
use crate::config::{self, Config};
use crate::exchange::{Progress, keep_in_step, pass};

/// Keep the directory in step with the API of another.
///
/// Brings in what differs, in one transaction, and skips records that are invalid or that the source
/// does not deliver. Once, or
/// again and again with --every. `serve --sync-from` does the same beside serving.
#[derive(Args)]
pub struct Sync {
    /// The address of the API, such as https://example.org/api/v4/
    /// [env: PACKGRID_SYNC_SOURCE]
    #[arg(value_name = "URL")]
    from: Option<String>,
    /// The time from the end of a pass to the beginning of the next, such as 1h or 90s; without it
    /// there is one pass.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    every: Option<Duration>,
    /// Delete rows that this address brought and no longer has, unless they are more than 20 % of
    /// the rows of a kind
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Sync {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        apply(&mut config.sync, self.from, self.every, self.prune);
        let Some(source) = &config.sync.source else {
            let say = "sync needs the address of an API, such as https://example.org/api/v4/";
            return Err(Misused(say).into());
        };
        let progress = Progress::new(source)?;
        config.check().map_err(config::ConfigError::Merged)?;
        block_on(async {
            let database = open(&config).await?;
            let settings = config.sync;
            let work = async {
                if self.every.is_some() {
                    keep_in_step(database.clone(), settings, progress).await;
                    return Ok(());
                }
                let mut bar = ImportProgress::new();
                let result =
                    pass(&database, &settings, &progress, &mut |stage| bar.show(stage)).await;
                bar.finish();
                let report = result?;
                show_problems(&report.problems);
                show_report(&report, false);
                Ok(())
            };
            let result = tokio::select! {
                result = work => result,
                // Whoever goes on for ever is ended so.
                () = interrupted() => match self.every {
                    Some(_) => Ok(()),
                    None => Err(Failed::from("interrupted; nothing was changed")),
                },
            };
            database.close().await;
            result
        })
    }
}

/// What was said on the command line wins.
pub(super) fn apply(
    settings: &mut config::Sync,
    source: Option<String>,
    every: Option<Duration>,
    prune: bool,
) {
    settings.source = source.or(settings.source.take());
    if let Some(every) = every {
        settings.every_seconds = every.as_secs();
    }
    settings.prune |= prune;
}
