//! Which database is asked, and how.

use sea_orm::DbBackend;

use super::expression::Expression;
use super::{postgres, sqlite};
use crate::database::Snapshot;

/// How a database is asked.
pub struct Dialect {
    pub spell: fn(&Expression) -> String,
    pub matches: &'static str,
    pub titles: &'static str,
    pub words: &'static str,
    pub spell_title: fn(&[String], &str) -> String,
}

const SQLITE: Dialect = Dialect {
    spell: sqlite::spell,
    matches: sqlite::MATCHES,
    titles: sqlite::TITLES,
    words: sqlite::WORDS,
    spell_title: sqlite::spell_title,
};

const POSTGRES: Dialect = Dialect {
    spell: postgres::spell,
    matches: postgres::MATCHES,
    titles: postgres::TITLES,
    words: postgres::WORDS,
    spell_title: postgres::spell_title,
};

/// That of the database that is read.
pub fn dialect(snapshot: &Snapshot) -> &'static Dialect {
    if snapshot.backend() == DbBackend::Postgres { &POSTGRES } else { &SQLITE }
}
