//! The floors: what it takes without packgrid. Each is a server of its own, as packgrid is.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use rusqlite::{Connection, OpenFlags, ToSql};
use sea_orm::sqlx::postgres::{PgArguments, PgPool, PgPoolOptions, PgRow};
use sea_orm::sqlx::query::QueryAs;
use sea_orm::sqlx::{AssertSqlSafe, FromRow, Postgres, query_as};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::by_hand::Floor;
use super::statements::Statement;

/// What the floors are told: which rows are asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Brief {
    pub package: String,
    pub grid: String,
    /// Statements that find what a search finds, and what they find, by type and number: which rows
    /// those are is worked out by packgrid alone.
    pub search: Vec<String>,
    pub found: Vec<(String, i64)>,
    pub total: u64,
}

/// Answers fixed bytes: those that are in the folder, by name.
pub async fn fixed(folder: &Path, names: &[&'static str]) {
    let mut router = Router::new();
    for name in names {
        let bytes = Bytes::from(std::fs::read(folder.join(name)).unwrap());
        let answer = move |_: Bytes| async move { answer(bytes.clone()) };
        router = router.route(&format!("/{name}"), post(answer));
    }
    serve(router).await;
}

/// Answers by hand-written code, from the database.
pub async fn by_hand(url: &str, brief: Brief) {
    let source = match url.strip_prefix("sqlite:") {
        Some(path) => Source::Sqlite(path.into()),
        None => {
            let pool = PgPoolOptions::new().max_connections(16).connect(url).await.unwrap();
            Source::Postgres(pool)
        }
    };
    macro_rules! routes {
        ($($name:ident)*) => {
            Router::new()$(.route(
                concat!("/", stringify!($name)),
                post(async |State(floor): State<Arc<Floor>>, _: Bytes| answer(floor.$name().await.into())),
            ))*
        };
    }
    let router = routes!(package packages table categories search);
    serve(router.with_state(Arc::new(Floor { source, brief }))).await;
}

fn answer(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

async fn serve(router: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // As packgrid says where it is.
    println!("http://{}/\nCtrl-C", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

/// Where the floor reads.
pub enum Source {
    Sqlite(PathBuf),
    Postgres(PgPool),
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// What a statement is given first.
pub enum Keys<'a> {
    None,
    Ids(&'a [i64]),
    Texts(&'a [&'a str]),
}

impl Source {
    /// Runs a statement on the thread that asks (SQLite), or on a connection of the pool.
    pub async fn rows<T>(&self, statement: Statement, keys: Keys<'_>, limit: Option<i64>) -> Vec<T>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
        T: for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error>,
    {
        match self {
            Self::Sqlite(path) => {
                let keys = match keys {
                    Keys::None => None,
                    Keys::Ids(ids) => Some(serde_json::to_string(ids).unwrap()),
                    Keys::Texts(texts) => Some(serde_json::to_string(texts).unwrap()),
                };
                let values = keys.iter().map(|keys| keys as &dyn ToSql);
                let values: Vec<_> =
                    values.chain(limit.iter().map(|it| it as &dyn ToSql)).collect();
                on_this_thread(path, statement.sqlite, &values)
            }
            Self::Postgres(pool) => {
                let query: QueryAs<'_, Postgres, T, PgArguments> = query_as(statement.postgres);
                let query = match keys {
                    Keys::None => query,
                    Keys::Ids(ids) => query.bind(ids),
                    Keys::Texts(texts) => query.bind(texts),
                };
                let query = match limit {
                    Some(limit) => query.bind(limit),
                    None => query,
                };
                query.fetch_all(pool).await.unwrap()
            }
        }
    }

    /// Runs a statement that has its values in it.
    pub async fn spelled_out<T>(&self, statement: &str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
        T: for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error>,
    {
        match self {
            Self::Sqlite(path) => on_this_thread(path, statement, &[]),
            Self::Postgres(pool) => {
                query_as(AssertSqlSafe(statement)).fetch_all(pool).await.unwrap()
            }
        }
    }
}

fn on_this_thread<T>(path: &Path, statement: &str, values: &[&dyn ToSql]) -> Vec<T>
where
    T: for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error>,
{
    CONNECTION.with_borrow_mut(|connection| {
        let connection = connection.get_or_insert_with(|| {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags).unwrap();
            connection
                .execute_batch("PRAGMA cache_size = -16000; PRAGMA mmap_size = 1073741824;")
                .unwrap();
            connection
        });
        let mut statement = connection.prepare_cached(statement).unwrap();
        let rows = statement.query_map(values, |row| T::try_from(row)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    })
}
