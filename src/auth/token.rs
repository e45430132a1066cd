//! Tokens of our own: made, listed and taken back on the command line.
//!
//! A token is `pgt_`, its number, `_`, and 32 random bytes in base64url. The database holds the
//! SHA-256 of all of it and nothing that leads back: of 256 random bits there is nothing to guess,
//! so nothing slower is needed. Tokens are no part of the directory; its revision stays.

use std::fmt::Write;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{Timestamp, token};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::Role;
use crate::database::{Cell, CellKind, Database, DatabaseError, Row, Snapshot};

/// What every token begins with: whoever looks for secrets in texts finds them by it.
pub const PREFIX: &str = "pgt_";

/// Random bytes of a token.
const SECRET: usize = 32;

/// Characters that these are.
const SECRET_TEXT: usize = 43;

/// Characters of a name, at most.
pub const NAME: usize = 100;

/// How long it may take to look for a token.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of a token; what it is, nobody knows but its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub created: Timestamp,
    /// From when on it is not taken; null when it never ends.
    pub expires: Option<Timestamp>,
    /// When it was taken back; null when it was not.
    pub revoked: Option<Timestamp>,
    /// When it was last shown, give or take a minute; null when it never was.
    pub last_used: Option<Timestamp>,
}

/// Whether a token is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Expired,
    Revoked,
}

impl State {
    /// The state in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Token {
    /// Whether it is taken at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if self.revoked.is_some() {
            State::Revoked
        } else if self.expires.is_some_and(|expires| expires <= now) {
            State::Expired
        } else {
            State::Active
        }
    }
}

/// A token that was just made. It has no `Debug`, so that no log has it.
pub struct Created {
    pub id: i64,
    /// What its owner shows. It cannot be told again.
    pub text: String,
}

/// What became of a token that was to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    Now(Token),
    /// It was before.
    Already(Token),
    /// There is none.
    Nothing,
}

/// Why there is no new token.
#[derive(Debug, Error)]
pub enum TokenError {
    #[error("a token's name has 1 to {NAME} characters, none of them a control character")]
    Name,
    #[error("a token's end must lie ahead")]
    Expires,
    #[error("the system has no random numbers: {0}")]
    Randomness(getrandom::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sea_orm::DbErr> for TokenError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// Makes a token.
///
/// # Errors
/// When its name or its end cannot be, or what the database says.
pub async fn create(
    database: &Database,
    name: &str,
    role: Role,
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Result<Created, TokenError> {
    let name = name.trim();
    if !(1..=NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(TokenError::Name);
    }
    if expires.is_some_and(|expires| expires <= now) {
        return Err(TokenError::Expires);
    }
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(TokenError::Randomness)?;
    let secret = URL_SAFE_NO_PAD.encode(secret);
    let transaction = database.begin().await?;
    let row = token::ActiveModel {
        name: Set(name.to_owned()),
        role: Set(role.as_str().to_owned()),
        // Until the number is known that is hashed with it.
        hash: Set(hash(&secret)),
        created: Set(now),
        expires: Set(expires),
        ..Default::default()
    };
    let row = row.insert(&transaction).await?;
    let id = row.id;
    let text = format!("{PREFIX}{id}_{secret}");
    let mut row = row.into_active_model();
    row.hash = Set(hash(&text));
    row.update(&transaction).await?;
    database.commit(transaction, None).await?;
    Ok(Created { id, text })
}

/// All tokens, in the order that they were made.
///
/// # Errors
/// What the database says.
pub async fn list(database: &Database) -> Result<Vec<Token>, DatabaseError> {
    let mut select = select();
    select.order_by(token::Column::Id, sea_orm::sea_query::Order::Asc);
    Ok(fetch(database, select).await?.into_iter().map(|(token, _)| token).collect())
}

/// Takes a token back: from now on nobody is let in by it.
///
/// # Errors
/// What the database says.
pub async fn revoke(
    database: &Database,
    id: i64,
    now: Timestamp,
) -> Result<Revoked, DatabaseError> {
    let transaction = database.begin().await?;
    let revoked = token::Entity::update_many()
        .col_expr(token::Column::Revoked, Expr::value(now))
        .filter(token::Column::Id.eq(id))
        .filter(token::Column::Revoked.is_null())
        .exec(&transaction)
        .await?;
    database.commit(transaction, None).await?;
    let token = fetch(database, of(id)).await?.pop();
    Ok(match token {
        None => Revoked::Nothing,
        Some((token, _)) if revoked.rows_affected > 0 => Revoked::Now(token),
        Some((token, _)) => Revoked::Already(token),
    })
}

/// The token with this text, whatever its state; null when there is none.
pub(super) async fn find(database: &Database, text: &str) -> Result<Option<Token>, DatabaseError> {
    let Some(id) = number(text) else {
        return Ok(None);
    };
    let found = fetch(database, of(id)).await?.pop();
    Ok(found.and_then(|(token, known)| {
        let same: bool = hash(text).as_bytes().ct_eq(known.as_bytes()).into();
        same.then_some(token)
    }))
}

/// Writes down that a token was shown.
pub(super) async fn used(
    database: &Database,
    id: i64,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let transaction = database.begin().await?;
    token::Entity::update_many()
        .col_expr(token::Column::LastUsed, Expr::value(now))
        .filter(token::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    database.commit(transaction, None).await
}

/// A token's number, if the text looks like a token: of what does not, the database is not asked.
fn number(text: &str) -> Option<i64> {
    let (number, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_secret = secret.len() == SECRET_TEXT && secret.bytes().all(fits);
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    (is_secret && is_number).then(|| number.parse().ok())?
}

/// SHA-256 as 64 hexadecimal digits.
fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut digits, byte| {
        // Writing to a text does not fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn select() -> SelectStatement {
    use token::Column::{Created, Expires, Hash, Id, LastUsed, Name, Revoked, Role};
    let mut select = Query::select();
    select.columns([Id, Name, Role, Hash, Created, Expires, Revoked, LastUsed]).from(token::Entity);
    select
}

fn of(id: i64) -> SelectStatement {
    let mut select = select();
    select.and_where(Expr::col(token::Column::Id).eq(id));
    select
}

/// Tokens with their hashes.
async fn fetch(
    database: &Database,
    select: SelectStatement,
) -> Result<Vec<(Token, Box<str>)>, DatabaseError> {
    let read = move |snapshot: Snapshot| async move { snapshot.fetch(&select, decode).await };
    database.read(Instant::now() + PATIENCE, read).await?
}

fn decode(row: &Row<'_>) -> Result<(Token, Box<str>), DatabaseError> {
    let time = |index| match row.cell(index, CellKind::Int64)? {
        Cell::Null => Ok(None),
        Cell::Int(time) => Ok(Some(Timestamp(time))),
        other => Err(DatabaseError::UnexpectedValue(format!("a token's time is {other:?}"))),
    };
    let token = Token {
        id: row.int(0)?,
        name: row.text(1)?.into(),
        role: row.text(2)?.parse().map_err(DatabaseError::UnexpectedValue)?,
        created: Timestamp(row.int(4)?),
        expires: time(5)?,
        revoked: time(6)?,
        last_used: time(7)?,
    };
    Ok((token, row.text(3)?))
}
