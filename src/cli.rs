//! The command line: one file a subcommand.

mod export;
mod generate;
mod import;
mod migrate;
mod output;
mod schema;
mod serve;
mod sync;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::clock;
use crate::config::{Config, ConfigError};
use crate::database::{Database, DatabaseError};
use crate::editing::upkeep;
use crate::exchange::fetch::FetchError;

/// A directory of packages, compared in grids, served by GraphQL.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The settings' file; without it packgrid.toml, if there is one.
    #[arg(long, global = true, env = "PACKGRID_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Import(import::Import),
    Export(export::Export),
    Sync(sync::Sync),
    Migrate(migrate::Migrate),
    Schema(schema::Schema),
    Generate(generate::Generate),
    Token(token::TokenCommand),
}

/// Which database; the same for every command that uses one.
#[derive(Args)]
struct DatabaseArgs {
    /// sqlite:PATH (made if it is not there) or postgres://USER:PASSWORD@HOST/NAME
    /// [default: sqlite:packgrid.db] [env: PACKGRID_DATABASE_URL]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl DatabaseArgs {
    fn apply(self, config: &mut Config) {
        if let Some(url) = self.database_url {
            config.database.url = url;
        }
    }
}

/// Opens the database and brings everything in it up to this program.
async fn open(config: &Config) -> Result<Database, Failed> {
    let database = Database::open(&config.database).await?;
    if upkeep::is_due(&database).await? {
        tracing::info!(
            "an older packgrid wrote this database; what is derived from the data is being made \
             anew, as soon as no other program writes, which may take a minute"
        );
    }
    if upkeep::bring_up(&database, clock::now()).await? {
        tracing::info!("what is derived from the data was made anew");
    }
    Ok(database)
}

/// As [`open`], for a command that only reads: a file that cannot be written is left as it is.
async fn open_to_read(config: &Config) -> Result<Database, Failed> {
    let database = Database::open_to_read(&config.database).await?;
    if !database.is_read_only() {
        database.close().await;
        return open(config).await;
    }
    if upkeep::is_due(&database).await? {
        database.close().await;
        return Err("the file cannot be written, and an older packgrid wrote it: run `packgrid \
                    migrate` where it can be written"
            .into());
    }
    Ok(database)
}

/// That a command was used wrongly, where its syntax alone does not tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misused(&'static str);

/// Why a command failed, in one line.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// When it could not be done.
    pub fn run(self) -> Result<(), Failed> {
        let config = Config::load(self.config.as_deref(), variables())?;
        match self.command {
            Command::Serve(serve) => serve.run(config),
            Command::Import(import) => import.run(config),
            Command::Export(export) => export.run(config),
            Command::Sync(sync) => sync.run(config),
            Command::Migrate(migrate) => migrate.run(config),
            Command::Schema(schema) => schema.run(),
            Command::Generate(generate) => generate.run(),
            Command::Token(token) => token.run(config),
        }
    }
}

/// 2 when packgrid was used wrongly, 1 when it failed.
pub fn exit_code(error: &(dyn std::error::Error + Send + Sync + 'static)) -> ExitCode {
    let address = matches!(
        error.downcast_ref(),
        Some(
            DatabaseError::UnknownScheme(_)
                | DatabaseError::NoScheme(_)
                | DatabaseError::NoAddress
                | DatabaseError::PostgresUrl(_)
                | DatabaseError::NoFile
                | DatabaseError::Parameters(_)
        )
    );
    let source = matches!(error.downcast_ref(), Some(FetchError::Address(_)));
    if address || source || error.is::<ConfigError>() || error.is::<Misused>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// The environment, as far as it is text. Of the rest no setting could be made.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Waits until somebody wants the program to stop.
async fn interrupted() {
    match serve::Signals::listen() {
        Ok(mut signals) => signals.next().await,
        // The system stops it then.
        Err(_) => std::future::pending().await,
    }
}

/// Runs `work` on a runtime of its own.
fn block_on<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    // What is still computing then has been given up; the process does not wait for it.
    runtime.shutdown_background();
    result
}
