use std::io::Write;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use entity::Timestamp;

use super::output::{print, say};
use super::{DatabaseArgs, Failed, Misused, block_on, open, open_to_read};
use crate::auth::Role;
use crate::auth::token::{self, Revoked, Token, TokenError};
use crate::clock;
use crate::config::Config;
use crate::database::Database;

/// Make the tokens that editors and their programs show, list them, and take them back.
#[derive(Args)]
pub struct TokenCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a token, and print it: the only time that it can be seen.
    Create {
        /// What its owner may do.
        #[arg(long, value_parser = roles())]
        role: Role,
        /// What to call it: whose it is, or what it is for.
        #[arg(long)]
        name: String,
        /// For how long it is taken, such as 90d; without an end if left out.
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        expires: Option<Duration>,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// List all tokens. What they are is not known any more.
    List {
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Take a token back: nobody is let in by it any more, by servers that run either.
    Revoke {
        /// Its number, which `list` shows and the token has after `pgt_`.
        #[arg(value_name = "ID")]
        id: i64,
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|role| role.parse::<Role>())
}

impl TokenCommand {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        match self.action {
            Action::Create { role, name, expires, database } => {
                database.apply(&mut config);
                create(&config, role, &name, expires)
            }
            Action::List { database } => {
                database.apply(&mut config);
                list(&config)
            }
            Action::Revoke { id, database } => {
                database.apply(&mut config);
                revoke(&config, id)
            }
        }
    }
}

fn create(
    config: &Config,
    role: Role,
    name: &str,
    expires: Option<Duration>,
) -> Result<(), Failed> {
    let now = clock::now();
    let expires = match expires {
        None => None,
        Some(time) => Some(after(now, time).ok_or(Misused("--expires is too far ahead"))?),
    };
    let id = block_on(async {
        let database = open(config).await?;
        let made = make(&database, name, role, expires, now).await;
        database.close().await;
        made
    })?;
    let end = match expires {
        Some(end) => format!("until {}", seconds(end)),
        None => "without an end".to_owned(),
    };
    // That nobody reads this is no reason to fail: the token is where it should be.
    let _ = writeln!(
        std::io::stderr(),
        "Token {id} of the role {role}, {end}. This is the only time that it is shown; a request has \
         it as `Authorization: Bearer …`."
    );
    Ok(())
}

/// Makes a token and prints it; its number. One that could not be printed is taken back: nobody has
/// it, and whoever asked would take it for made.
async fn make(
    database: &Database,
    name: &str,
    role: Role,
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Result<i64, Failed> {
    let created = match token::create(database, name, role, expires, now).await {
        Ok(created) => created,
        Err(TokenError::Name) => {
            return Err(Misused("--name has 1 to 100 characters, and no control characters").into());
        }
        Err(TokenError::Expires) => return Err(Misused("--expires is no time at all").into()),
        Err(error) => return Err(error.into()),
    };
    let id = created.id;
    let Err(why) = print(&created.text) else {
        return Ok(id);
    };
    match token::revoke(database, id, clock::now()).await {
        Ok(_) => Err(format!("token {id} could not be printed, and is revoked: {why}").into()),
        Err(error) => Err(format!(
            "token {id} could not be printed ({why}), nor revoked ({error}); \
             `packgrid token revoke {id}` takes it back"
        )
        .into()),
    }
}

fn list(config: &Config) -> Result<(), Failed> {
    let tokens = block_on(async {
        let database = open_to_read(config).await?;
        let tokens = token::list(&database).await;
        database.close().await;
        Ok(tokens?)
    })?;
    let now = clock::now();
    let head = ["id", "name", "role", "created", "expires", "last used", "state"];
    let head = head.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(tokens.iter().map(|it| row(it, now))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..7).map(|column| width(column).unwrap_or_default()).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        say!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    Ok(())
}

fn row(token: &Token, now: Timestamp) -> [String; 7] {
    let time = |time: Option<Timestamp>| time.map_or("never".to_owned(), seconds);
    [
        token.id.to_string(),
        token.name.clone(),
        token.role.to_string(),
        seconds(token.created),
        time(token.expires),
        time(token.last_used),
        token.state(now).as_str().to_owned(),
    ]
}

fn revoke(config: &Config, id: i64) -> Result<(), Failed> {
    let revoked = block_on(async {
        let database = open(config).await?;
        let revoked = token::revoke(&database, id, clock::now()).await;
        database.close().await;
        Ok(revoked?)
    })?;
    match revoked {
        Revoked::Now(Token { name, .. }) => say!("Token {id} ({name}) is revoked."),
        Revoked::Already(Token { name, revoked, .. }) => {
            let when = revoked.map_or_else(String::new, |when| format!(" at {}", seconds(when)));
            say!("Token {id} ({name}) was revoked already{when}.");
        }
        Revoked::Nothing => return Err(format!("there is no token {id}").into()),
    }
    Ok(())
}

/// The moment so long after another; null when no calendar has it.
fn after(now: Timestamp, time: Duration) -> Option<Timestamp> {
    let end = now.0.checked_add(i64::try_from(time.as_micros()).ok()?)?;
    Timestamp(end).to_jiff().ok().map(Timestamp::from)
}

/// A time, to the second.
fn seconds(time: Timestamp) -> String {
    Timestamp(time.0 - time.0.rem_euclid(1_000_000)).to_string()
}
