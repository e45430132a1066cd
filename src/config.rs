//! What an operator can set: a file, variables, flags; the later wins over the earlier.
//!
//! Every setting has its default here and nowhere else. A setting `key` of a section `section` is
//! `section.key` in `packgrid.toml` and `PACKGRID_SECTION_KEY` in the environment. What is not
//! known is an error, so that a misspelt setting is not silently without effect.

mod auth;
mod cache;
mod cors;
mod database;
mod editing;
mod graphql;
mod limits;
mod listen;
mod rate;
mod rest;
mod server;
mod subscriptions;
mod sync;

use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use thiserror::Error;
use toml::{Table, Value};

use crate::rules::address::redacted;

pub use auth::Auth;
pub use cache::Cache;
pub use cors::Cors;
pub use database::Database;
pub use editing::Editing;
pub use graphql::{Graphql, Persisted};
pub use limits::Limits;
pub use listen::Listen;
pub use rate::Rate;
pub use rest::Rest;
pub use server::Server;
pub use subscriptions::Subscriptions;
pub use sync::Sync;

/// The file that is read from the working directory when none is named.
const DEFAULT_FILE: &str = "packgrid.toml";

/// What every variable of ours begins with.
const PREFIX: &str = "PACKGRID_";

/// Variables with the prefix that are no setting of a section: they name the file and set the log.
const NOT_SETTINGS: [&str; 2] = ["CONFIG", "LOG"];

/// What the variables begin with that only the tests read.
const OF_TESTS: &str = "TEST_";

/// All settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub graphql: Graphql,
    pub cache: Cache,
    pub limits: Limits,
    pub rate: Rate,
    pub rest: Rest,
    pub subscriptions: Subscriptions,
    pub cors: Cors,
    pub sync: Sync,
    pub auth: Auth,
    pub editing: Editing,
}

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read the settings in {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: {message}", path.display())]
    File { path: PathBuf, line: usize, message: String },
    #[error("{PREFIX}{variable}: {message}")]
    Variable { variable: String, message: String },
    #[error("the settings are wrong: {0}")]
    Merged(String),
}

impl Config {
    /// Reads `file` (without one, `packgrid.toml` if there is such a file), then `variables`.
    ///
    /// # Errors
    /// When the file cannot be read, or something in it or in a variable is not a setting.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = match file {
            Some(path) => read(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read(Path::new(DEFAULT_FILE))?,
            None => Table::new(),
        };
        for (name, text) in variables {
            if let Some(variable) = name.strip_prefix(PREFIX)
                && !NOT_SETTINGS.contains(&variable)
                && !variable.starts_with(OF_TESTS)
            {
                set(&mut table, variable, text)?;
            }
        }
        let config: Self = table
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Merged(redacted(error.message())))?;
        config.check().map_err(ConfigError::Merged)?;
        Ok(config)
    }

    /// Whether all of it makes sense.
    ///
    /// # Errors
    /// What does not, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        self.server.check()?;
        self.database.check()?;
        self.graphql.check()?;
        self.cache.check()?;
        self.limits.check()?;
        self.rate.check()?;
        self.rest.check()?;
        self.subscriptions.check()?;
        self.cors.check()?;
        self.sync.check()?;
        self.editing.check()?;
        self.auth.check()
    }
}

/// Whether a number is from `least` to `most`; if not, what to say.
fn within(
    section: &str,
    name: &str,
    number: usize,
    least: usize,
    most: usize,
) -> Result<(), String> {
    if (least..=most).contains(&number) {
        Ok(())
    } else {
        Err(format!("{section}.{name} is {number}; it is from {least} to {most}"))
    }
}

/// A list, or, as variables have it, one text with commas between the entries.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let entries = match Value::deserialize(from)? {
        Value::String(text) => {
            let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
            entries.map(|entry| Value::String(entry.to_owned())).collect()
        }
        Value::Array(entries) => entries,
        other => return Err(D::Error::custom(format!("{other} is no list"))),
    };
    entries.into_iter().map(|entry| entry.try_into().map_err(D::Error::custom)).collect()
}

fn read(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let wrong = |error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        let message = redacted(error.message()).replace('\n', ", ");
        ConfigError::File { path: path.to_owned(), line, message }
    };
    // Checked by itself, so that an error shows the file's own line.
    toml::from_str::<Config>(&text).map_err(wrong)?;
    toml::from_str(&text).map_err(wrong)
}

/// Puts the variable `SECTION_KEY` into its section.
fn set(table: &mut Table, variable: &str, text: String) -> Result<(), ConfigError> {
    let wrong = |message: String| ConfigError::Variable { variable: variable.to_owned(), message };
    let name = variable.to_ascii_lowercase();
    let Some((section, key)) = name.split_once('_') else {
        return Err(wrong("no such setting".to_owned()));
    };
    let alone = |value: Value| {
        let settings = Table::from_iter([(key.to_owned(), value)]);
        let alone = Table::from_iter([(section.to_owned(), Value::Table(settings))]);
        alone.clone().try_into::<Config>().map(|_| alone)
    };
    let other = match text.parse::<i64>() {
        Ok(number) => Some(Value::Integer(number)),
        Err(_) => text.parse::<bool>().ok().map(Value::Boolean),
    };
    // Where the setting is a text, it is this one to the letter: `00123` is no number then.
    let alone = match (alone(Value::String(text)), other) {
        (Err(_), Some(other)) => alone(other),
        (alone, _) => alone,
    };
    for (section, settings) in alone.map_err(|error| wrong(redacted(error.message())))? {
        match (table.get_mut(&section), settings) {
            (Some(Value::Table(known)), Value::Table(settings)) => known.extend(settings),
            (_, settings) => {
                table.insert(section, settings);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Config, ConfigError};

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn variables_win_over_the_file_and_others_are_left_alone() -> Result<(), ConfigError> {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("some.toml");
        std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:1\"\n[limits]\nbody_bytes = 10\n")
            .expect("written");
        let config = Config::load(
            Some(&file),
            variables(&[
                ("PACKGRID_SERVER_LISTEN", "127.0.0.1:2"),
                ("PACKGRID_TEST_POSTGRES_URL", "x"),
                ("PATH", "/bin"),
            ]),
        )?;
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:2");
        assert_eq!(config.limits.body_bytes, 10);
        assert_eq!(config.database.max_connections, Config::default().database.max_connections);
        Ok(())
    }

    #[test]
    fn texts_are_taken_to_the_letter() -> Result<(), ConfigError> {
        for text in ["00123", "12345678901234567890", "-0", "+1", "true", "1e3"] {
            let config = Config::load(
                None,
                variables(&[
                    ("PACKGRID_AUTH_AUDIENCE", text),
                    ("PACKGRID_AUTH_ISSUER", text),
                    ("PACKGRID_AUTH_ROLE_CLAIM", text),
                    ("PACKGRID_LIMITS_BODY_BYTES", "0010"),
                    ("PACKGRID_GRAPHQL_GRAPHIQL", "false"),
                ]),
            )?;
            assert_eq!(config.auth.audience.as_deref(), Some(text));
            assert_eq!(config.auth.issuer.as_deref(), Some(text));
            assert_eq!(config.auth.role_claim, text);
            assert_eq!(config.limits.body_bytes, 10);
            assert!(!config.graphql.graphiql);
        }
        Ok(())
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        let error =
            |pairs: &[(&str, &str)]| Config::load(None, variables(pairs)).unwrap_err().to_string();
        assert!(error(&[("PACKGRID_SERVER_LISTNE", "x")]).contains("PACKGRID_SERVER_LISTNE"));
        assert!(error(&[("PACKGRID_NONSENSE", "x")]).contains("PACKGRID_NONSENSE"));
        assert!(error(&[("PACKGRID_LIMITS_BODY_BYTES", "many")]).contains("BODY_BYTES"));
        assert!(error(&[("PACKGRID_LOGS", "x")]).contains("PACKGRID_LOGS"));
        for (name, number) in [
            ("PACKGRID_DATABASE_MAX_CONNECTIONS", "0"),
            ("PACKGRID_DATABASE_READER_QUEUE", "99999999999999"),
            ("PACKGRID_DATABASE_READER_THREADS", "100000"),
        ] {
            assert!(error(&[(name, number)]).contains(number), "{name}");
        }
        for seconds in ["0", "86401", "9223372036854775807"] {
            assert!(error(&[("PACKGRID_LIMITS_REQUEST_SECONDS", seconds)]).contains(seconds));
        }
    }
}
