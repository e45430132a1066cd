//! Opening either database.

use std::io::ErrorKind;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rusqlite::{Connection, ErrorCode};
use sea_orm::sqlx::postgres::PgPool;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DatabaseConnection};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::error::is_locked;
use super::known::{self, Asking, Known};
use super::postgres::Postgres;
use super::reachable::Reachable;
use super::{
    Database, DatabaseError, Inner, Observer, ReaderThreads, TURNS, migrate, postgres_url,
    read_only,
};
use crate::rules::address;
use crate::rules::digest::Digest;

/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long between two tries to open a file that is locked.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// What a writer of SQLite keeps of the file, at most (in KiB, if negative). An import touches pages
/// of all indexes in turn; with SQLite's own 2 MB each is written several times over.
const WRITER_CACHE: &str = "-128000";

pub(super) async fn open(settings: &crate::config::Database) -> Result<Database, DatabaseError> {
    let url = settings.url.as_str();
    let mut keeps_statements = true;
    let mut reachable = None;
    let (connection, readers, editor, known, asking) = if let Some(path) = sqlite_path(url)? {
        let path = Path::new(path);
        check(path)?;
        let connection = connect_sqlite(path).await?;
        migrate::sqlite(&connection, path).await?;
        let threads = match settings.reader_threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let readers = ReaderThreads::start(path, threads, settings.reader_queue)?;
        let editor = ReaderThreads::start(path, 1, settings.reader_queue)?;
        let asking = Asking::sqlite(path)?;
        (connection, Some(readers), Some(editor), Known::new(known::SQLITE), asking)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        postgres_url::check(url)?;
        let postgres = Postgres::new(url);
        migrate::postgres(&postgres).await?;
        keeps_statements = postgres.keeps_statements();
        let watched = reachable.insert(Reachable::new(postgres.clone())).clone();
        let connection = postgres.connect(settings.max_connections, Some(watched)).await?;
        let known = Known::new(known::POSTGRES);
        let asking = Asking::postgres(postgres, &known);
        (connection, None, None, known, asking)
    } else {
        // Not the whole of it: there may be a password.
        return Err(match (address::scheme(url), address::shown(url)) {
            (Some(scheme), _) => DatabaseError::UnknownScheme(scheme.to_owned()),
            (None, path) if path == url => DatabaseError::NoScheme(path),
            _ => DatabaseError::NoAddress,
        });
    };
    let slow = Duration::from_millis(settings.slow_statement_millis);
    let observer = Observer::new(slow, known.clone(), reachable.clone());
    let identity = identity(url);
    let turns = Semaphore::new(TURNS);
    let inner = Inner {
        connection,
        keeps_statements,
        readers,
        editor,
        turns,
        observer,
        known,
        asking,
        reachable,
        identity,
        is_read_only: false,
    };
    Ok(Database { inner: std::sync::Arc::new(inner) })
}

/// As [`open`], for who only reads: a file that cannot be written is opened all the same.
pub(super) async fn open_to_read(
    settings: &crate::config::Database,
) -> Result<Database, DatabaseError> {
    let path = sqlite_path(&settings.url)?.map(Path::new);
    match path.map(|path| (path, check(path))) {
        Some((path, Err(error))) if path.is_file() && read_only::is_meant(&error) => {
            read_only::open(path, settings).await
        }
        _ => open(settings).await,
    }
}

/// Tells addresses of databases apart; of files, by where they are.
pub(super) fn identity(url: &str) -> i64 {
    let path = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let path = path.and_then(|path| std::fs::canonicalize(path).ok());
    let mut digest = Digest::new(0);
    match path {
        Some(path) => digest.add(path.as_os_str().as_encoded_bytes()),
        None => digest.add(url.as_bytes()),
    }
    digest.finish()
}

/// The file of an SQLite database; null when it is another kind of address.
fn sqlite_path(url: &str) -> Result<Option<&str>, DatabaseError> {
    let Some(rest) = url.strip_prefix("sqlite:") else {
        return Ok(None);
    };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    // Every reader would have a memory of its own.
    if path.is_empty() || path.contains(":memory:") {
        return Err(DatabaseError::NoFile);
    }
    if path.contains('?') || path.starts_with("file:") {
        return Err(DatabaseError::Parameters(address::shown(url)));
    }
    Ok(Some(path))
}

/// Finds out, in the words of one line, why a file cannot be used, before anything else touches it.
fn check(path: &Path) -> Result<(), DatabaseError> {
    let shown = || path.display().to_string();
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => DatabaseError::NoDatabase { path: shown() },
        Some(ErrorCode::CannotOpen) => {
            DatabaseError::CannotOpen { path: shown(), reason: reason(path, &error) }
        }
        _ => DatabaseError::CannotWrite { path: shown(), reason: reason(path, &error) },
    };
    if path.is_dir() {
        let reason = "it is a folder".to_owned();
        return Err(DatabaseError::CannotOpen { path: shown(), reason });
    }
    let connection = Connection::open(path).map_err(failed)?;
    let (tables, ours): (i64, i64) = connection
        .query_row(
            "SELECT count(*), count(*) FILTER (WHERE name = 'seaql_migrations') \
             FROM sqlite_schema WHERE type = 'table'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(failed)?;
    if tables > 0 && ours == 0 {
        return Err(DatabaseError::Foreign { path: shown() });
    }
    // SQLite begins to write such a file without an error.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        let reason = "it is read-only".to_owned();
        return Err(DatabaseError::CannotWrite { path: shown(), reason });
    }
    match connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK;"))
    {
        // Somebody else is writing at this moment, so it can be written.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        written => written.map_err(failed),
    }
}

/// Why the file at `path` cannot be opened or written, if SQLite says no more than that.
pub(super) fn reason(path: &Path, error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => permission(path),
        _ => error.to_string(),
    }
}

/// Which permission or file is missing: SQLite does not tell the file from its folder.
fn permission(path: &Path) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match std::fs::metadata(folder) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return format!("the folder {} does not exist", folder.display());
        }
        Err(error) => return format!("the folder {}: {error}", folder.display()),
    }
    match std::fs::File::open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return "there is no permission to make files in its folder".to_owned();
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return "there is no permission to read it".to_owned();
        }
        Err(error) => return error.to_string(),
    }
    if std::fs::OpenOptions::new().append(true).open(path).is_err() {
        return "it is read-only".to_owned();
    }
    "there is no permission to make files in its folder, where SQLite has its log".to_owned()
}

/// Opens a file for writing. That switches it to a write-ahead log, which another program that
/// opens or closes it at the same moment makes fail at once: SQLite takes the two for a deadlock and
/// does not wait.
async fn connect_sqlite(path: &Path) -> Result<DatabaseConnection, DatabaseError> {
    let begun = std::time::Instant::now();
    loop {
        match connect_sqlite_once(path).await {
            Err(error) if is_locked(&error) && begun.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            connected => return Ok(connected?),
        }
    }
}

async fn connect_sqlite_once(path: &Path) -> Result<DatabaseConnection, sea_orm::DbErr> {
    let mut options = ConnectOptions::new("sqlite:");
    let path = path.to_owned();
    without_ageing(options.max_connections(1)).sqlx_logging(false).map_sqlx_sqlite_opts(
        move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // With a write-ahead log this loses no consistency, and a commit at most on a power cut.
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .pragma("cache_size", WRITER_CACHE)
                .pragma("temp_store", "MEMORY")
                .busy_timeout(BUSY_TIMEOUT)
        },
    );
    sea_orm::Database::connect(options).await
}

/// Keeps connections however old they are: looking after ageing ones, sqlx 0.9's pool can count below
/// zero, and then never ends. One that is broken is found when it is to be used.
pub(super) fn without_ageing(options: &mut ConnectOptions) -> &mut ConnectOptions {
    options.idle_timeout(None).max_lifetime(None)
}

/// The beginning of a transaction, which goes to its end also when nobody waits for it any more.
///
/// sqlx 0.9 knows of a transaction once PostgreSQL has answered its BEGIN. Given up before that, a
/// connection would come back to the pool within a transaction that nobody ends.
pub(super) struct Beginning<T: Send + 'static>(Option<BoxFuture<'static, T>>);

impl<T: Send + 'static> Beginning<T> {
    pub fn new(begin: BoxFuture<'static, T>) -> Self {
        Self(Some(begin))
    }
}

impl<T: Send + 'static> Future for Beginning<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(begin) = &mut self.0 else { return Poll::Pending };
        let begun = std::task::ready!(begin.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(begun)
    }
}

impl<T: Send + 'static> Drop for Beginning<T> {
    fn drop(&mut self) {
        if let Some(begin) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            // What has begun then is rolled back when it is dropped.
            runtime.spawn(begin);
        }
    }
}

/// Does what uses a connection of `pool` first, and can be done twice: begins a transaction, or reads.
///
/// A connection that broke a moment ago, as all do when PostgreSQL is started anew, is found out
/// by whoever uses it. That takes it out of the pool, and the next one is as likely to be broken.
pub(super) async fn on_a_sound_connection<T, F>(
    pool: &PgPool,
    first: impl Fn() -> F,
) -> Result<T, DatabaseError>
where
    F: Future<Output = Result<T, DatabaseError>>,
{
    let mut left = pool.options().get_max_connections();
    loop {
        match first().await {
            Err(error) if left > 0 && error.is_broken_connection() => left -= 1,
            done => return done,
        }
    }
}
