use clap::Args;

use super::output::say;
use super::{DatabaseArgs, Failed, block_on, open};
use crate::config::Config;
use crate::rules::address::shown;

/// Create the database or bring its tables up to date, and do nothing else.
///
/// `serve` and `import` do the same when they start.
#[derive(Args)]
pub struct Migrate {
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Migrate {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        block_on(async {
            open(&config).await?.close().await;
            say!("{} is up to date", shown(&config.database.url));
            Ok(())
        })
    }
}
