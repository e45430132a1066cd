//! Taking a directory over from the API of another, and keeping in step with it.

mod bad_records;
mod editors;
mod flaky;
mod program;
mod prune;
mod rounds;
mod standing;
mod upstream;

use std::collections::BTreeMap;
use std::path::Path;

use packgrid::config;
use packgrid::database::Database;
use packgrid::exchange::fetch::{FetchError, fetch};
use packgrid::exchange::{Format, ImportError, Options, Prune, Report, import};

use crate::export::{contents, export_to};
use crate::support::NOW;

/// Settings that are in a hurry, with pages in `folder`.
fn hurried(folder: &Path) -> config::Sync {
    config::Sync {
        page: 40,
        requests_per_second: 10_000,
        attempts: 10,
        pause_millis: 1,
        silence_seconds: 1,
        patience_seconds: 5,
        every_seconds: 1,
        folder: Some(folder.join("fetched")),
        ..config::Sync::default()
    }
}

/// Why nothing was taken over.
#[derive(Debug)]
enum Failed {
    Fetch(FetchError),
    Import(ImportError),
}

/// Fetches and imports, as `packgrid import URL` does.
async fn take_over(
    database: &Database,
    url: &str,
    settings: &config::Sync,
    options: Options,
) -> Result<Report, Failed> {
    let fetched =
        fetch(url, database.identity(), settings, &mut |_| {}).await.map_err(Failed::Fetch)?;
    let report = import(database, &fetched.directory, options, NOW, &mut |_| {}).await;
    report.map_err(Failed::Import)
}

fn pruning(prune: Prune) -> Options {
    Options { prune, ..Options::default() }
}

/// The whole directory, file by file.
async fn whole(database: &Database) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    export_to(database, folder.path(), Format::Json).await.unwrap();
    contents(folder.path())
}
