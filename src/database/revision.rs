//! The directory's revision: one number that tells states of the data apart.

use entity::{Timestamp, change, change_subject};
use sea_orm::sqlx::postgres::PgPool;
use sea_orm::sqlx::{self, Row as _};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, Set, Statement};

use super::DatabaseError;
use crate::rules::text;

/// Where PostgreSQL tells other servers of a revision that was made.
pub(super) const CHANNEL: &str = "packgrid_revision";

/// Reads the revision.
pub(super) const READ: &str = "SELECT revision FROM directory";

/// Reads the revision from PostgreSQL, in one round trip: outside of a transaction, a pooler may run
/// the parts of a prepared statement on different connections.
///
/// # Errors
/// What the database says.
pub(super) async fn read(pool: &PgPool) -> Result<i64, DatabaseError> {
    match sqlx::raw_sql(READ).fetch_optional(pool).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(no_row()),
    }
}

/// What a transaction that writes begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The revision that it makes, if it changes something.
    pub revision: i64,
    /// The id that the next row takes that is made here.
    pub next_id: i64,
    /// The id that the next pairing takes that comes in.
    pub next_pairing_id: i64,
}

/// Waits until no other transaction that does the same is under way, and keeps the next one
/// waiting until this one ends: writers take turns, and see everything before they decide.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &impl ConnectionTrait) -> Result<Turn, DatabaseError> {
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT revision + 1, next_id, next_pairing_id FROM directory WHERE id = 1 FOR UPDATE"
        }
        // A writing transaction of SQLite is alone from its beginning.
        _ => "SELECT revision + 1, next_id, next_pairing_id FROM directory WHERE id = 1",
    };
    let row = connection.query_one_raw(Statement::from_string(backend, sql)).await?;
    let row = row.ok_or_else(no_row)?;
    Ok(Turn {
        revision: row.try_get_by_index(0)?,
        next_id: row.try_get_by_index(1)?,
        next_pairing_id: row.try_get_by_index(2)?,
    })
}

fn no_row() -> DatabaseError {
    DatabaseError::UnexpectedValue("no row in directory".to_owned())
}

/// What made a revision, for the history.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub at: Timestamp,
    /// See `change.kind`.
    pub kind: &'a str,
    /// JSON: rows by what they are; see `change.counts`.
    pub counts: String,
    /// Who made it; null when nobody in particular did.
    pub actor: Option<Actor<'a>>,
    /// JSON: what became of each row; null when only `counts` tells.
    pub rows: Option<String>,
    /// The revision that it undoes.
    pub reverts: Option<i64>,
    /// What it touches, by kind and id, each once.
    pub subjects: Vec<(&'static str, i64)>,
    /// The id that the next row takes that is made here; null when none was.
    pub next_id: Option<i64>,
    /// The id that the next pairing takes that comes in; null when none did.
    pub next_pairing_id: Option<i64>,
}

/// Who makes a change.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    pub name: &'a str,
    pub role: &'a str,
    /// See `change.credential`.
    pub credential: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// A change that the program makes by itself, of which only counts are told.
    pub fn counted(at: Timestamp, kind: &'a str, counts: String) -> Self {
        let (actor, rows, reverts, next_id, next_pairing_id) = (None, None, None, None, None);
        let subjects = Vec::new();
        Self { at, kind, counts, actor, rows, reverts, subjects, next_id, next_pairing_id }
    }
}

/// Subjects that one statement adds; each binds three values.
const SUBJECTS: usize = 5_000;

/// Raises the revision and writes down what made it so, as the end of a writing transaction.
///
/// The row's lock is held until the commit, so the order of the revisions is the order of the
/// commits; a sequence would hand out numbers that commit in another order.
///
/// # Errors
/// What the database says.
pub async fn raise(
    connection: &impl ConnectionTrait,
    entry: &Entry<'_>,
) -> Result<i64, DatabaseError> {
    let backend = connection.get_database_backend();
    let mut sql = "UPDATE directory SET revision = revision + 1, \
                   next_id = COALESCE($1, next_id), \
                   next_pairing_id = COALESCE($2, next_pairing_id) WHERE id = 1 RETURNING revision"
        .to_owned();
    if backend == DbBackend::Postgres {
        // Told when it is committed, and not if it is not.
        sql += &format!(", pg_notify('{CHANNEL}', revision::text)");
    }
    let values = [entry.next_id.into(), entry.next_pairing_id.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let row = connection.query_one_raw(statement).await?;
    let revision = row.ok_or_else(no_row)?.try_get_by_index(0)?;
    change::ActiveModel {
        revision: Set(revision),
        at: Set(entry.at),
        kind: Set(entry.kind.to_owned()),
        counts: Set(entry.counts.clone()),
        actor: Set(entry.actor.map(|actor| actor.name.to_owned())),
        actor_folded: Set(entry.actor.map(|actor| text::fold(actor.name))),
        credential: Set(entry.actor.and_then(|actor| actor.credential).map(str::to_owned)),
        role: Set(entry.actor.map(|actor| actor.role.to_owned())),
        rows: Set(entry.rows.clone()),
        reverts: Set(entry.reverts),
        ..Default::default()
    }
    .insert(connection)
    .await?;
    for subjects in entry.subjects.chunks(SUBJECTS) {
        let rows = subjects.iter().map(|(kind, id)| change_subject::ActiveModel {
            kind: Set((*kind).to_owned()),
            subject_id: Set(*id),
            revision: Set(revision),
        });
        change_subject::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(revision)
}
