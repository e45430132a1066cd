use clap::Args;

use super::{DatabaseArgs, Failed, block_on, output};
use crate::config::Config;
use crate::database::Database;
use crate::http;

/// Create the database or bring its tables up to date, and do nothing else.
///
/// `serve` and `import` do the same when they start.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Migrate {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        block_on(async {
            let timeout = http::request_timeout(&config.limits);
            Database::open(&config.database, timeout).await?.close().await;
            println!("{} is up to date", output::without_password(&config.database.url));
            Ok(())
        })
    }
}
