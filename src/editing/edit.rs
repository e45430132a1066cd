//! An edit, from its first look at the directory to its commit.
//!
//! A command reads, decides and plans; nothing is written before all of it was found right. So what
//! is wrong leaves no trace, and a dry run differs from an edit only in its end.

use std::collections::HashSet;
use std::time::Instant;

use entity::{LAST_ID, Timestamp, Tracked, category, grid, package};
use sea_orm::{DatabaseTransaction, IdenStatic};
use serde::{Deserialize, Serialize};

use super::aliases;
use super::idempotency::{self, Known, Retry};
use super::plan::{Plan, Planned};
use super::problem::{Problem, ProblemCode, Stop};
use super::values::{self, Values};
use crate::auth::{Role, Viewer};
use crate::database::revision::{self, Actor, Entry};
use crate::database::{Database, DatabaseError};

/// Something that an editor can do. Its fields are what they say.
pub trait Command: Send + Sized {
    /// What it is called in the history: see `change.kind`.
    const KIND: &'static str;

    /// Who may do it.
    const RIGHT: Role;

    /// Decides what is to be written, and tells the id of what it is about.
    fn plan(self, edit: &mut Edit) -> impl Future<Output = Result<i64, Stop>> + Send;
}

/// Who sends a command, and how.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    pub viewer: &'a Viewer,
    pub now: Timestamp,
    /// Null when it was sent without a key.
    pub retry: Option<&'a Retry>,
    /// What tells the commands of a request apart.
    pub field: &'a str,
    /// What was found wrong with it before.
    pub problems: &'a [Problem],
    /// Only find out what would change.
    pub dry_run: bool,
    /// When it is given up.
    pub deadline: Instant,
}

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The id of what it was about; null when that is not known.
    pub about: Option<i64>,
    /// The revision that it made; null when it changed nothing.
    pub revision: Option<i64>,
    /// What is wrong with it; then nothing was written.
    pub problems: Vec<Problem>,
    /// How many rows it changed, or would change.
    pub rows: usize,
}

/// What became of a command that was sent.
#[derive(Debug)]
pub enum Performed {
    Done(Outcome),
    /// Its key is that of another request.
    KeyReused,
}

/// An edit under way.
pub struct Edit {
    pub(super) transaction: DatabaseTransaction,
    pub(super) now: Timestamp,
    pub(super) viewer: Viewer,
    pub(super) plan: Plan,
    pub(super) problems: Vec<Problem>,
    /// Of what kinds these are, and where.
    noted: HashSet<(ProblemCode, Vec<String>)>,
    /// The id of the row that it is about, once that is known to be there.
    pub(super) about: Option<i64>,
    /// The revision that it makes, if it changes something.
    pub(super) revision: i64,
    /// The revision that this edit undoes.
    pub(super) reverts: Option<i64>,
    next_id: i64,
    first_id: i64,
}

/// Does what the command says, or tells what is wrong with it. That who sent it may do so has been
/// found out before.
///
/// # Errors
/// What the database says.
pub async fn perform<C: Command>(
    database: &Database,
    sent: Sent<'_>,
    command: C,
) -> Result<Performed, DatabaseError> {
    let transaction = database.begin_until(sent.deadline).await?;
    let turn = revision::lock(&transaction).await?;
    if let Some(retry) = sent.retry {
        let performed = match idempotency::find(&transaction, retry, sent.field, sent.now).await? {
            Known::Nothing => None,
            Known::Another => Some(Performed::KeyReused),
            Known::Answer(outcome) => Some(Performed::Done(
                serde_json::from_str(&outcome)
                    .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))?,
            )),
        };
        if let Some(performed) = performed {
            // Now, and not when the connection is used again: another program may want to write.
            transaction.rollback().await?;
            return Ok(performed);
        }
    }
    let mut edit = Edit {
        transaction,
        now: sent.now,
        viewer: sent.viewer.clone(),
        plan: Plan::default(),
        noted: sent.problems.iter().map(|it| (it.code, it.path.clone())).collect(),
        problems: sent.problems.to_vec(),
        about: None,
        revision: turn.revision,
        reverts: None,
        next_id: turn.next_id,
        first_id: turn.next_id,
    };
    let about = match command.plan(&mut edit).await {
        Ok(about) => Some(about),
        Err(Stop::Problems) => edit.about,
        Err(Stop::Database(error)) => return Err(error),
    };
    edit.finish(database, C::KIND, about, sent).await.map(Performed::Done)
}

impl Edit {
    async fn finish(
        mut self,
        database: &Database,
        kind: &str,
        about: Option<i64>,
        sent: Sent<'_>,
    ) -> Result<Outcome, DatabaseError> {
        if self.next_id > self.first_id && self.next_id > LAST_ID + 1 {
            let message = format!("No id is left for it: they end at {LAST_ID}");
            self.problem(ProblemCode::Invalid, "", message);
        }
        let mut changes = self.plan.changes();
        let problems = std::mem::take(&mut self.problems);
        let mut outcome = Outcome { about, revision: None, problems, rows: changes.len() };
        // An id that nothing was given goes to whatever comes next.
        let is_new = |id: i64| (self.first_id..self.next_id).contains(&id);
        let writes = outcome.problems.is_empty() && !sent.dry_run && !self.plan.is_empty();
        if !outcome.problems.is_empty() {
            outcome.rows = 0;
        }
        if !writes && outcome.about.is_some_and(is_new) {
            outcome.about = None;
        }
        if writes {
            self.plan_aliases::<category::Entity>().await?;
            self.plan_aliases::<grid::Entity>().await?;
            self.plan_aliases::<package::Entity>().await?;
            changes.extend(aliases::told(&self.plan.aliases));
            let json = |error: serde_json::Error| DatabaseError::UnexpectedValue(error.to_string());
            self.plan.write(&self.transaction, self.revision).await?;
            let entry = Entry {
                at: self.now,
                kind,
                counts: serde_json::to_string(&self.plan.counts()).map_err(json)?,
                actor: self.viewer.name.as_deref().map(|name| Actor {
                    name,
                    role: self.viewer.role.as_str(),
                    credential: self.viewer.key.as_deref(),
                }),
                rows: Some(serde_json::to_string(&changes).map_err(json)?),
                reverts: self.reverts,
                subjects: self.plan.all_subjects(),
                next_id: (self.next_id != self.first_id).then_some(self.next_id),
                next_pairing_id: None,
            };
            outcome.revision = Some(revision::raise(&self.transaction, &entry).await?);
        }
        let Some(retry) = sent.retry else {
            if writes {
                database.commit(self.transaction, outcome.revision).await?;
            } else {
                self.transaction.rollback().await?;
            }
            return Ok(outcome);
        };
        let text = serde_json::to_string(&outcome)
            .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))?;
        idempotency::keep(&self.transaction, retry, sent.field, text, self.now).await?;
        database.commit(self.transaction, outcome.revision).await?;
        Ok(outcome)
    }

    /// The id of a row that is made here.
    pub(super) fn new_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Notes what is wrong, once of a kind and place (what is no id at all is that of nothing,
    /// either); the edit goes on to find out what else is.
    pub(super) fn problem(&mut self, code: ProblemCode, path: &str, message: impl Into<String>) {
        let problem = Problem::new(code, path, message);
        if self.noted.insert((code, problem.path.clone())) {
            self.problems.push(problem);
        }
    }

    /// Gives up because of what is wrong.
    pub(super) fn stop<T>(
        &mut self,
        code: ProblemCode,
        path: &str,
        message: impl Into<String>,
    ) -> Result<T, Stop> {
        self.problem(code, path, message);
        Err(Stop::Problems)
    }

    /// Gives up if something is wrong.
    pub(super) fn all_right(&self) -> Result<(), Stop> {
        if self.problems.is_empty() { Ok(()) } else { Err(Stop::Problems) }
    }

    /// Notes a conflict if the row is not at the revision that is expected, if one is.
    pub(super) fn expect(&mut self, expected: Option<i64>, revision: i64, path: &str) {
        let Some(expected) = expected.filter(|expected| *expected != revision) else {
            return;
        };
        let now = self.revision - 1;
        let (code, message) = if expected > now {
            let message = format!(
                "Revision {expected} is expected, and the directory is only at {now}: the database \
                 may have been restored from a backup; look at it again and send the revision \
                 {revision} that it is at"
            );
            (ProblemCode::FutureRevision, message)
        } else if expected > revision {
            let message = format!(
                "It is at revision {revision}, not at {expected}; look at it again and send that as \
                 the expected one"
            );
            (ProblemCode::Conflict, message)
        } else {
            let message = format!(
                "It was changed by revision {revision} in the meantime; look at it again and send \
                 that as the expected one"
            );
            (ProblemCode::Conflict, message)
        };
        self.problem(code, path, message);
    }

    /// Notes that a grid is locked, unless that does not keep who asks from changing it.
    pub(super) fn expect_open(&mut self, grid: &grid::Model, path: &str) {
        if grid.is_locked && self.viewer.role < Role::Moderator {
            let message =
                format!("The grid \"{}\" is locked; a moderator can change it", grid.slug);
            self.problem(ProblemCode::Locked, path, message);
        }
    }

    /// Adds a row that was made here.
    pub(super) fn add<E: Planned>(&mut self, mut row: E::Model) {
        E::derive(&mut row, self.now);
        E::rows(&mut self.plan).added.push(row);
    }

    /// Has a row take other values; nothing happens if they are the ones that it has.
    pub(super) fn change<E: Planned>(&mut self, before: E::Model, mut after: E::Model)
    where
        E::Model: sea_orm::ModelTrait<Entity = E>,
    {
        let columns: Vec<_> = values::changed(&before, &after).collect();
        if columns.is_empty() {
            return;
        }
        // Of rows that were made here no import knows anything.
        if after.source_id() != Some(entity::HERE) {
            columns.iter().for_each(|column| after.note_edit(column.as_str()));
        }
        E::touch(&mut after, self.now);
        E::derive(&mut after, self.now);
        E::rows(&mut self.plan).changed.push((before, after));
    }

    /// Has a row take the values back that it had before a change, whose columns these are, and
    /// belong to whom they did then.
    pub(super) fn put_back<E: Planned>(
        &mut self,
        row: E::Model,
        mut old: E::Model,
        before: &Values,
    ) {
        // A change that does not tell which columns were edited before it has left that as it was.
        let had = before.get("edited").and_then(serde_json::Value::as_str);
        let had = had.and_then(|had| serde_json::from_str::<Vec<String>>(had).ok());
        let mut back = row.edited().to_vec();
        if let Some(had) = had {
            back.retain(|column| !before.contains_key(column));
            back.extend(had.into_iter().filter(|column| before.contains_key(column)));
            back.sort_unstable();
        }
        old.set_edited(back);
        self.belong_again::<E>(&row, &old);
        E::touch(&mut old, self.now);
        E::derive(&mut old, self.now);
        E::rows(&mut self.plan).changed.push((row, old));
    }

    /// Has imports bring a row again that goes back to where it came from, and leave it out again
    /// when that is undone in its turn.
    fn belong_again<E: Planned>(&mut self, row: &E::Model, old: &E::Model) {
        let is_ours = |row: &E::Model| row.source_id() == Some(entity::HERE);
        let name = |row: &E::Model| E::left_out(row).map(|(id, other)| (E::KIND, id, other));
        match (is_ours(row), is_ours(old)) {
            (true, false) => self.plan.given_back.extend(name(old)),
            (false, true) => self.plan.taken_out.extend(name(row)),
            _ => {}
        }
    }

    /// The rows of a table that will be there anew or otherwise.
    pub(super) fn plan_of<E: Planned>(&mut self) -> Vec<E::Model> {
        let rows = E::rows(&mut self.plan);
        rows.added.iter().chain(rows.changed.iter().map(|(_, after)| after)).cloned().collect()
    }

    /// Has imports leave out a row that came from elsewhere.
    pub(super) fn take_out(
        &mut self,
        kind: &'static str,
        id: i64,
        other: i64,
        source: Option<i64>,
    ) {
        if source != Some(entity::HERE) {
            self.plan.taken_out.push((kind, id, other));
        }
    }

    /// Takes a row out.
    pub(super) fn remove<E: Planned>(&mut self, row: E::Model) {
        E::rows(&mut self.plan).removed.push(row);
    }
}

/// What people call a kind of row.
pub(super) fn spoken(kind: &str) -> &str {
    match kind {
        "pairing" => "place of a package in a grid",
        "element" => "cell",
        "version" => "release",
        kind => kind,
    }
}
