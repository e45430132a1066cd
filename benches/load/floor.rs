//! The floors: what it takes without packgrid. Each is a server of its own, as packgrid is.

use std::cell::RefCell;
use std::collections::HashMap;
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

use super::statements::{self as sql, Statement};

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

enum Source {
    Sqlite(PathBuf),
    Postgres(PgPool),
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// What a statement is given first.
enum Keys<'a> {
    None,
    Ids(&'a [i64]),
    Texts(&'a [&'a str]),
}

impl Source {
    /// Runs a statement on the thread that asks (SQLite), or on a connection of the pool.
    async fn rows<T>(&self, statement: Statement, keys: Keys<'_>, limit: Option<i64>) -> Vec<T>
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
    async fn spelled_out<T>(&self, statement: &str) -> Vec<T>
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

struct Floor {
    source: Source,
    brief: Brief,
}

type PackageRow = (i64, i64, String, String, String, String, i32);

/// Something with a parent, an id, a title and a slug.
type Child = (i64, i64, String, String);

#[derive(Clone, Copy, Serialize)]
struct Named<'a> {
    title: &'a str,
    slug: &'a str,
}

impl<'a> Named<'a> {
    fn of(child: &'a Child) -> Self {
        Self { title: &child.2, slug: &child.3 }
    }
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    title: &'a str,
    slug: &'a str,
    repo_url: Option<&'a str>,
    repo_description: &'a str,
    repo_watchers: i32,
    category: Named<'a>,
    grids: Nodes<Named<'a>>,
}

fn write(data: &impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Answer<'a, T> {
        data: &'a T,
    }
    serde_json::to_vec(&Answer { data }).unwrap()
}

/// Ids, each once.
fn distinct(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Children by their parents.
fn by_parent(rows: &[Child]) -> HashMap<i64, Vec<&Child>> {
    let mut parents: HashMap<i64, Vec<&Child>> = HashMap::new();
    for row in rows {
        parents.entry(row.0).or_default().push(row);
    }
    parents
}

fn unless_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Floor {
    async fn package(&self) -> Vec<u8> {
        let slug = [&*self.brief.package];
        let rows: Vec<PackageRow> =
            self.source.rows(sql::PACKAGE_BY_SLUG, Keys::Texts(&slug), None).await;
        self.with_relations(&rows, |packages| {
            #[derive(Serialize)]
            struct Data<'a> {
                package: Option<Package<'a>>,
            }
            write(&Data { package: packages.into_iter().next() })
        })
        .await
    }

    async fn packages(&self) -> Vec<u8> {
        let rows: Vec<PackageRow> = self.source.rows(sql::PACKAGES, Keys::None, Some(100)).await;
        self.with_relations(&rows, |nodes| {
            #[derive(Serialize)]
            struct Data<'a> {
                packages: Nodes<Package<'a>>,
            }
            write(&Data { packages: Nodes { nodes } })
        })
        .await
    }

    async fn with_relations(
        &self,
        rows: &[PackageRow],
        write: impl FnOnce(Vec<Package<'_>>) -> Vec<u8>,
    ) -> Vec<u8> {
        let ids = distinct(rows.iter().map(|row| row.1));
        let categories: Vec<(i64, String, String)> =
            self.source.rows(sql::CATEGORIES_BY_ID, Keys::Ids(&ids), None).await;
        let categories: HashMap<i64, Named<'_>> =
            categories.iter().map(|(id, title, slug)| (*id, Named { title, slug })).collect();
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let grids: Vec<Child> =
            self.source.rows(sql::GRIDS_OF_PACKAGES, Keys::Ids(&ids), Some(21)).await;
        let grids = by_parent(&grids);
        let packages = rows.iter().map(|row| {
            let (id, category, title, slug, description, url, watchers) = row;
            let grids = children(&grids, *id, 20);
            Package {
                title,
                slug,
                repo_url: unless_empty(url),
                repo_description: description,
                repo_watchers: *watchers,
                category: categories[category],
                grids: Nodes { nodes: grids.map(Named::of).collect() },
            }
        });
        write(packages.collect())
    }

    async fn table(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Data<'a> {
            grid: Grid<'a>,
        }
        #[derive(Serialize)]
        struct Grid<'a> {
            title: &'a str,
            description: &'a str,
            features: Nodes<Feature<'a>>,
            packages: Edges<'a>,
        }
        #[derive(Serialize)]
        struct Feature<'a> {
            title: &'a str,
            description: &'a str,
        }
        #[derive(Serialize)]
        struct Edges<'a> {
            edges: Vec<Edge<'a>>,
        }
        #[derive(Serialize)]
        struct Edge<'a> {
            node: Named<'a>,
            cells: Vec<Cell<'a>>,
        }
        #[derive(Serialize)]
        struct Cell<'a> {
            text: &'a str,
            verdict: String,
        }

        let slug = [&*self.brief.grid];
        let grids: Vec<(i64, String, String)> =
            self.source.rows(sql::GRID_BY_SLUG, Keys::Texts(&slug), None).await;
        let (id, title, description) = &grids[0];
        let ids = [*id];
        let keys = || Keys::Ids(&ids);
        let features: Vec<(i64, i64, String, String)> =
            self.source.rows(sql::FEATURES_OF_GRIDS, keys(), Some(101)).await;
        let places: Vec<(i64, i64, String, String, i64, i64)> =
            self.source.rows(sql::PLACES_OF_GRIDS, keys(), Some(101)).await;
        let columns: Vec<(i64, i64)> =
            self.source.rows(sql::FEATURE_IDS_OF_GRIDS, keys(), Some(101)).await;
        let ids: Vec<i64> = places.iter().map(|place| place.4).take(100).collect();
        let cells: Vec<(i64, i64, i64, String, String)> =
            self.source.rows(sql::CELLS_OF_PLACES, Keys::Ids(&ids), Some(101)).await;
        let cells: HashMap<(i64, i64), (&str, &str)> = cells
            .iter()
            .map(|(place, _, feature, text, verdict)| ((*place, *feature), (&**text, &**verdict)))
            .collect();
        let edges = places.iter().take(100).map(|(_, _, title, slug, place, _)| {
            let cells = columns.iter().map(|(_, feature)| {
                let cell = cells.get(&(*place, *feature)).copied();
                let (text, verdict) = cell.unwrap_or(("", "empty"));
                Cell { text, verdict: verdict.to_ascii_uppercase() }
            });
            Edge { node: Named { title, slug }, cells: cells.collect() }
        });
        let features =
            features.iter().map(|(_, _, title, description)| Feature { title, description });
        let features = Nodes { nodes: features.collect() };
        let packages = Edges { edges: edges.collect() };
        write(&Data { grid: Grid { title, description, features, packages } })
    }

    async fn categories(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Data<'a> {
            categories: Nodes<Category<'a>>,
        }
        #[derive(Serialize)]
        struct Category<'a> {
            title: &'a str,
            packages: Nodes<Listed<'a>>,
        }
        #[derive(Serialize)]
        struct Listed<'a> {
            title: &'a str,
            slug: &'a str,
            grids: Nodes<Grid<'a>>,
        }
        #[derive(Serialize)]
        struct Grid<'a> {
            title: &'a str,
            slug: &'a str,
            packages: Nodes<Named<'a>>,
        }

        let categories: Vec<(i64, String)> =
            self.source.rows(sql::CATEGORIES, Keys::None, Some(5)).await;
        let categories = &categories[..categories.len().min(4)];
        let ids: Vec<i64> = categories.iter().map(|row| row.0).collect();
        let packages: Vec<Child> =
            self.source.rows(sql::PACKAGES_OF_CATEGORIES, Keys::Ids(&ids), Some(21)).await;
        let packages = by_parent(&packages);
        let some = |of: &HashMap<i64, Vec<&Child>>, most: usize| {
            distinct(of.values().flat_map(|rows| rows.iter().take(most).map(|row| row.1)))
        };
        let ids = some(&packages, 20);
        let grids: Vec<Child> =
            self.source.rows(sql::GRIDS_OF_PACKAGES, Keys::Ids(&ids), Some(6)).await;
        let grids = by_parent(&grids);
        let ids = some(&grids, 5);
        let standing: Vec<Child> =
            self.source.rows(sql::PACKAGES_OF_GRIDS, Keys::Ids(&ids), Some(6)).await;
        let standing = by_parent(&standing);

        let nodes = categories.iter().map(|(id, title)| {
            let packages = children(&packages, *id, 20).map(|row| {
                let grids = children(&grids, row.1, 5).map(|row| {
                    let nodes = children(&standing, row.1, 5).map(Named::of).collect();
                    Grid { title: &row.2, slug: &row.3, packages: Nodes { nodes } }
                });
                Listed { title: &row.2, slug: &row.3, grids: Nodes { nodes: grids.collect() } }
            });
            Category { title, packages: Nodes { nodes: packages.collect() } }
        });
        write(&Data { categories: Nodes { nodes: nodes.collect() } })
    }

    async fn search(&self) -> Vec<u8> {
        let [ways @ .., packages, grids] = &self.brief.search[..] else {
            unreachable!("a search finds packages and grids");
        };
        for way in ways {
            let _: Vec<(i64, String)> = self.source.spelled_out(way).await;
        }
        let packages: Vec<(i64, String, String, String)> = self.source.spelled_out(packages).await;
        let grids: Vec<(i64, String, String, String)> = self.source.spelled_out(grids).await;
        let rows: HashMap<(bool, i64), &(i64, String, String, String)> = packages
            .iter()
            .map(|row| ((true, row.0), row))
            .chain(grids.iter().map(|row| ((false, row.0), row)))
            .collect();
        #[derive(Serialize)]
        struct Data<'a> {
            search: Search<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Search<'a> {
            total_count: u64,
            nodes: Vec<Found<'a>>,
        }
        #[derive(Serialize)]
        #[serde(tag = "__typename")]
        enum Found<'a> {
            #[serde(rename_all = "camelCase")]
            Package {
                title: &'a str,
                slug: &'a str,
                repo_description: &'a str,
            },
            Grid {
                title: &'a str,
                slug: &'a str,
                description: &'a str,
            },
        }
        let nodes = self.brief.found.iter().map(|(kind, id)| {
            let (_, title, slug, text) = rows[&(kind == "Package", *id)];
            match &**kind {
                "Package" => Found::Package { title, slug, repo_description: text },
                _ => Found::Grid { title, slug, description: text },
            }
        });
        write(&Data { search: Search { total_count: self.brief.total, nodes: nodes.collect() } })
    }
}

/// The first so many children of a parent.
fn children<'a>(
    of: &HashMap<i64, Vec<&'a Child>>,
    parent: i64,
    most: usize,
) -> impl Iterator<Item = &'a Child> {
    of.get(&parent).into_iter().flatten().take(most).copied()
}
