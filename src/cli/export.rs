use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::output::say;
use super::{DatabaseArgs, Failed, block_on, open_to_read};
use crate::config::Config;
use crate::database::Snapshot;
use crate::exchange;

/// A large directory may take minutes; nobody waits for a day.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Write the directory into files that `import` reads.
///
/// All of it, features, cells and releases included, as it is at one moment. Rows are in the order
/// of their ids, one a line, so that two exports can be compared.
#[derive(Args)]
pub struct Export {
    /// The folder to write into; made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// How a file's records are put side by side.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A JSON list in each file.
    Json,
    /// JSON lines, in files that end in .jsonl.
    Jsonl,
}

impl Export {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        let format = match self.format {
            Format::Json => exchange::Format::Json,
            Format::Jsonl => exchange::Format::JsonLines,
        };
        block_on(async {
            let database = open_to_read(&config).await?;
            let folder = self.directory.clone();
            let exported = database
                .read(Instant::now() + PATIENCE, move |snapshot: Snapshot| {
                    exchange::export(snapshot, folder, format)
                })
                .await;
            database.close().await;
            let counts: Vec<String> =
                exported??.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
            say!("{} in {}", counts.join(", "), self.directory.display());
            Ok(())
        })
    }
}
