//! SQLite files that can be read and not written: of another user, on a read-only disk, or in a
//! folder where no log can be made.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use sea_orm::ConnectOptions;
use tokio::sync::Semaphore;

use super::connect::{identity, reason, without_ageing};
use super::known::{self, Asking, Known};
use super::{Database, DatabaseError, Inner, Observer, ReaderThreads, TURNS, migrate};

/// What is special in the path of an SQLite URI.
const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');

/// Whether a file that cannot be opened for writing, by `error`, may still be read.
pub(super) fn is_meant(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::CannotWrite { .. } | DatabaseError::CannotOpen { .. })
}

/// Opens the file at `path` for reading alone.
///
/// # Errors
/// When it cannot be read, or is not of this program's migrations.
pub(super) async fn open(
    path: &Path,
    settings: &crate::config::Database,
) -> Result<Database, DatabaseError> {
    let (name, is_immutable) = name(path)?;
    check(&name, path)?;
    let readers = ReaderThreads::start(&name, 1, settings.reader_queue)?;
    let editor = ReaderThreads::start(&name, 1, settings.reader_queue)?;
    let asking = Asking::sqlite(&name)?;
    let mut options = ConnectOptions::new("sqlite:");
    let file = path.to_owned();
    without_ageing(options.max_connections(1)).sqlx_logging(false).map_sqlx_sqlite_opts(
        move |sqlite| sqlite.filename(&file).read_only(true).immutable(is_immutable),
    );
    let connection = sea_orm::Database::connect(options).await?;
    let known = Known::new(known::SQLITE);
    let slow = Duration::from_millis(settings.slow_statement_millis);
    let inner = Inner {
        connection,
        keeps_statements: true,
        readers: Some(readers),
        editor: Some(editor),
        turns: Semaphore::new(TURNS),
        observer: Observer::new(slow, known.clone(), None),
        known,
        asking,
        reachable: None,
        identity: identity(&settings.url),
        is_read_only: true,
    };
    Ok(Database { inner: Arc::new(inner) })
}

/// Returns what SQLite is to open: the file, or, where no log can be made beside it, the file as one
/// that nobody changes. (A log that is there already has changes in it that would be missed.)
fn name(path: &Path) -> Result<(PathBuf, bool), DatabaseError> {
    let cannot =
        |reason: String| DatabaseError::CannotOpen { path: path.display().to_string(), reason };
    match tables(path) {
        Ok(_) => return Ok((path.to_owned(), false)),
        // No index of a log can be made.
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
            ) && std::fs::File::open(path).is_ok() => {}
        Err(error) => return Err(cannot(reason(path, &error))),
    }
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        let reason = "it has a write-ahead log, and its folder cannot be written; close the program \
                      that writes it, or copy both";
        return Err(cannot(reason.to_owned()));
    }
    let absolute = std::path::absolute(path).map_err(|error| cannot(error.to_string()))?;
    let absolute = absolute.to_str().ok_or_else(|| cannot("its path is not UTF-8".to_owned()))?;
    let uri = format!("file://{}?immutable=1", utf8_percent_encode(absolute, SPECIAL));
    tables(Path::new(&uri)).map_err(|error| cannot(reason(path, &error)))?;
    Ok((uri.into(), true))
}

/// Counts the tables, which takes a look at the file itself.
fn tables(name: &Path) -> rusqlite::Result<i64> {
    connect(name)?.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}

fn connect(name: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(name, flags)
}

/// Checks that the file has this program's migrations, all of them and no other.
fn check(name: &Path, path: &Path) -> Result<(), DatabaseError> {
    let connection = connect(name)?;
    let needs_migration = || DatabaseError::NeedsMigration { path: path.display().to_string() };
    let mut applied = connection
        .prepare("SELECT version FROM seaql_migrations ORDER BY version")
        .map_err(|_| needs_migration())?;
    let applied = applied.query_map([], |row| row.get::<_, String>(0))?;
    let applied = applied.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut missing = migrate::names();
    for migration in applied {
        if !missing.remove(&migration) {
            return Err(DatabaseError::Newer { migration });
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(needs_migration()) }
}
