//! A database for each test: a copy of a template that is made once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use packgrid::config;
use packgrid::database::Database;
use packgrid::exchange::{Options, import, sample};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::NOW;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A database of a test's own, gone with it.
pub struct TestDatabase {
    pub url: String,
    backend: Backend,
    /// SQLite: the folder that the file is in.
    folder: tempfile::TempDir,
}

impl TestDatabase {
    /// A database without tables.
    pub async fn empty(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => sqlite_url(&folder.path().join("packgrid.db")),
            Backend::Postgres => {
                let name = database_name();
                execute(&format!("CREATE DATABASE {name}")).await;
                postgres_url(&name)
            }
        };
        Self { url, backend, folder }
    }

    /// A database that holds the sample directory.
    pub async fn sample(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => {
                let file = folder.path().join("packgrid.db");
                std::fs::copy(sqlite_template().await, &file).unwrap();
                sqlite_url(&file)
            }
            Backend::Postgres => {
                let template = postgres_template().await;
                let name = database_name();
                execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                postgres_url(&name)
            }
        };
        Self { url, backend, folder }
    }

    /// Opens it, as the server does.
    pub async fn open(&self) -> Database {
        open(&self.url).await.unwrap()
    }

    /// A folder that lives as long as the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection past everything of ours.
    pub async fn connect(&self) -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new(&self.url);
        // Looking after connections that grow old, a pool can count below zero, and then never ends.
        options.idle_timeout(None).max_lifetime(None);
        sea_orm::Database::connect(options).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.backend == Backend::Sqlite {
            return;
        }
        let name = self.url.rsplit('/').next().unwrap().to_owned();
        // Dropping cannot wait, and the test's runtime may be going down.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(execute(&format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        let _ = dropped.join();
    }
}

/// Opens the database at `url`, as the server does.
pub async fn open(url: &str) -> Result<Database, packgrid::database::DatabaseError> {
    let settings =
        config::Database { url: url.to_owned(), reader_threads: 2, ..Default::default() };
    let database = Database::open(&settings).await?;
    packgrid::editing::upkeep::bring_up(&database, NOW).await?;
    Ok(database)
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The address of the PostgreSQL server, ending in the name of a database.
fn server_url() -> String {
    std::env::var("PACKGRID_TEST_POSTGRES_URL")
        .expect("PACKGRID_TEST_POSTGRES_URL names no PostgreSQL server; scripts/test starts one")
}

fn postgres_url(name: &str) -> String {
    let server = server_url();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

fn database_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("packgrid_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What the templates are called: they are made anew for every build.
fn build() -> String {
    let file = File::open(std::env::current_exe().unwrap()).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos().to_string()
}

async fn load(url: &str) {
    let database = open(url).await.unwrap();
    import(&database, &sample(), Options::default(), NOW, &mut |_| {}).await.unwrap();
    database.close().await;
}

async fn sqlite_template() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let template = folder.join(format!("sample-{}.db", build()));
    let lock = File::create(folder.join("sample.lock")).unwrap();
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.unwrap();
    if !template.exists() {
        for old in std::fs::read_dir(folder).unwrap().flatten() {
            if old.file_name().to_string_lossy().starts_with("sample-") {
                let _ = std::fs::remove_file(old.path());
            }
        }
        let unfinished = tempfile::tempdir().unwrap();
        let file = unfinished.path().join("packgrid.db");
        load(&sqlite_url(&file)).await;
        // The write-ahead log is gone with the last connection, reader threads' too.
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        std::fs::copy(&file, &template).unwrap();
    }
    drop(lock);
    template
}

async fn postgres_template() -> String {
    let name = format!("packgrid_template_{}", build());
    let server = sea_orm::Database::connect(one_connection(&server_url())).await.unwrap();
    server.execute_unprepared("SELECT pg_advisory_lock(4711)").await.unwrap();
    let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let exists = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, exists);
    if server.query_one_raw(exists).await.unwrap().is_none() {
        let unfinished = database_name();
        server.execute_unprepared(&format!("CREATE DATABASE {unfinished}")).await.unwrap();
        load(&postgres_url(&unfinished)).await;
        let rename = format!("ALTER DATABASE {unfinished} RENAME TO {name}");
        server.execute_unprepared(&rename).await.unwrap();
    }
    server.close().await.unwrap();
    name
}

async fn execute(sql: &str) {
    let server = sea_orm::Database::connect(one_connection(&server_url())).await.unwrap();
    server.execute_unprepared(sql).await.unwrap();
    server.close().await.unwrap();
}

fn one_connection(url: &str) -> sea_orm::ConnectOptions {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options
}
