//! Plans of statements: lists seek their rows, and PostgreSQL plans once what it can.

use std::time::Instant;

use packgrid::config;
use packgrid::database::{Database, Snapshot};
use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use sea_orm::ConnectionTrait;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::sqlite::SqliteRow;
use sea_orm::sqlx::{self, AssertSqlSafe, Row};
use serde_json::Value;

use crate::support::{App, Backend, TestDatabase, anew, on_both};

/// Tables of a page or two, which are read faster than their indexes.
const SMALL: [&str; 3] = ["category", "directory", "alias"];

/// Lists below one entity, with the arguments' place marked, and the names of their keys.
const NESTED: [(&str, &str); 8] = [
    ("category(slug: \"apps\") { packages(@) { edges { cursor node { repoUrl } } } }", "Package"),
    ("category(slug: \"apps\") { grids(@) { edges { cursor node { description } } } }", "Grid"),
    ("grids(first: 3) { nodes { packages(@) { edges { cursor node { repoUrl } } } } }", "Package"),
    ("grids(first: 3) { nodes { features(@) { edges { cursor node { title } } } } }", "Feature"),
    (
        "grids(first: 3) { nodes { features { nodes { elements(@) { edges { cursor node { text } } } } } } }",
        // In one order only.
        "",
    ),
    ("packages(first: 3) { nodes { grids(@) { edges { cursor node { description } } } } }", "Grid"),
    (
        "packages(first: 3) { nodes { releases(@) { edges { cursor node { version } } } } }",
        "Release",
    ),
    (
        "packages(first: 3) { nodes { replaces(@) { edges { cursor node { repoUrl } } } } }",
        "Package",
    ),
];

/// A directory in which every list is found faster by an index than by reading its table.
async fn large(backend: Backend) -> App {
    let app = App::generous_on(TestDatabase::empty(backend).await).await;
    let folder = tempfile::tempdir().unwrap();
    generate(Shape { packages: 2000, grids: 1000, seed: 7 }).write(folder.path()).unwrap();
    let directory = Directory::folder(folder.path()).unwrap();
    let now = crate::support::NOW;
    import(&app.database, &directory, Options::default(), now, &mut |_| {}).await.unwrap();
    let connection = app.test_database.connect().await;
    let statistics = if backend == Backend::Postgres { "VACUUM ANALYZE" } else { "ANALYZE" };
    connection.execute_unprepared(statistics).await.unwrap();
    app
}

/// The arguments for every order of a list of such entities.
async fn orders(app: &App, entity: &str) -> Vec<String> {
    if entity.is_empty() {
        return vec![String::new()];
    }
    let query = format!("{{ __type(name: \"{entity}OrderField\") {{ enumValues {{ name }} }} }}");
    let data = app.data(&query).await;
    let values = data["__type"]["enumValues"].as_array().unwrap();
    let directions = ["ASC", "DESC", "ASC, nulls: FIRST"];
    let order = |field: &Value, direction: &str| {
        let field = field["name"].as_str().unwrap();
        format!("orderBy: {{ field: {field}, direction: {direction} }}")
    };
    values.iter().flat_map(|field| directions.map(|way| order(field, way))).collect()
}

/// The first cursor somewhere in an answer.
fn cursor(data: &Value) -> Option<&str> {
    match data {
        Value::Object(fields) => match fields.get("cursor") {
            Some(Value::String(cursor)) => Some(cursor),
            _ => fields.values().find_map(cursor),
        },
        Value::Array(items) => items.iter().find_map(cursor),
        _ => None,
    }
}

/// A step of a plan.
#[derive(Debug, PartialEq)]
struct Step {
    /// On SQLite, the step that this one is a part of.
    parent: i32,
    text: String,
}

/// Runs `query` and returns its data, with each of its statements and the steps of the plan.
async fn explain(app: &App, backend: Backend, query: &str) -> (Value, Vec<(String, Vec<Step>)>) {
    app.statements.take();
    let data = app.data(query).await;
    let connection = app.test_database.connect().await;
    let mut plans = Vec::new();
    for (sql, explanation) in app.statements.take_explanations() {
        let statement = sqlx::raw_sql(AssertSqlSafe(explanation));
        let steps = match backend {
            Backend::Sqlite => {
                let rows = statement.fetch_all(connection.get_sqlite_connection_pool()).await;
                let step = |row: &SqliteRow| Step { parent: row.get(1), text: row.get(3) };
                rows.unwrap().iter().map(step).collect()
            }
            Backend::Postgres => {
                let rows = statement.fetch_all(connection.get_postgres_connection_pool()).await;
                let step = |row: &PgRow| Step { parent: 0, text: row.get(0) };
                rows.unwrap().iter().map(step).collect()
            }
        };
        plans.push((sql, steps));
    }
    connection.close().await.unwrap();
    (data, plans)
}

/// The step by which a plan reads a table from beginning to end, if there is one. An index that is
/// read in its order up to a limit is no such step.
fn walk(steps: &[Step]) -> Option<&Step> {
    let is_small = |table: &str| SMALL.contains(&table.split(' ').next().unwrap_or(table));
    let text = |place: usize| steps.get(place).map_or("", |step| step.text.trim_start());
    (0..steps.len()).map(|place| (place, &steps[place])).find_map(|(place, step)| {
        let own = text(place).trim_start_matches("->").trim_start();
        let walks = if let Some(table) = own.strip_prefix("Seq Scan on ") {
            !is_small(table)
        } else if own.starts_with("Index") && own.contains(" Scan ") {
            let is_page = place > 0 && text(place - 1).ends_with("Limit");
            !text(place + 1).starts_with("Index Cond") && !is_page
        } else if let Some(table) = own.strip_prefix("SCAN ") {
            // A subquery (r0), JSON, or the order of an index, which the rows' own ids are too.
            let is_part = table.starts_with('r') && !table.contains(' ');
            let sorts = |other: &Step| {
                other.parent == step.parent && other.text.starts_with("USE TEMP B-TREE")
            };
            let is_ordered = table.contains(" USING ") || !steps.iter().any(sorts);
            !is_part && !is_ordered && !table.contains(" VIRTUAL TABLE")
        } else {
            false
        };
        walks.then_some(step)
    })
}

on_both! {
    /// In every order that the schema names, from either end, and after a cursor.
    async fn no_list_walks_a_table(backend: Backend) {
        let app = large(backend).await;
        let roots = ["Package", "Grid"].map(|entity| {
            let field = if entity == "Package" { "packages" } else { "grids" };
            (format!("{field}(@) {{ edges {{ cursor node {{ description: title }} }} }}"), entity)
        });
        let nested = NESTED.map(|(list, entity)| (list.to_owned(), entity));
        let mut seen = 0;
        for (list, entity) in roots.iter().chain(&nested) {
            for order in orders(&app, entity).await {
                let mut after = String::new();
                for page in ["last: 5", "first: 5", "first: 5 after: @"] {
                    let page = page.replace('@', &after);
                    let query = list.replace('@', &format!("{page} {order}"));
                    let (data, plans) = explain(&app, backend, &format!("{{ {query} }}")).await;
                    assert!(!plans.is_empty(), "{query}");
                    for (sql, steps) in plans {
                        assert_eq!(walk(&steps), None, "{query}\n{sql}\n{steps:#?}");
                        seen += 1;
                    }
                    let Some(found) = cursor(&data) else { break };
                    after = format!("{found:?}");
                }
            }
        }
        assert!(seen > 300, "{seen}");
    }
}

/// PostgreSQL plans lookups, lists and counts once for each connection, and filters by their values.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_filters_are_planned_by_value() {
    let app = App::on(TestDatabase::sample(Backend::Postgres).await).await;
    let settings = config::Database {
        url: app.test_database.url.clone(),
        // So that all requests share the connection whose plans are counted.
        max_connections: 1,
        ..config::Database::default()
    };
    let database = Database::open(&settings).await.unwrap();
    let site = packgrid::http::Site::new(database.clone(), config::Config::default()).unwrap();
    let app = App { site, database, ..app };
    let list = "grids(first: 3) { totalCount nodes { packages(first: 2) { nodes { title } } } }";
    let filtered = "packages(filter: { title: { contains: \"django\" } }) { nodes { title } }";
    // The second begins with a lookup, so its filter is not in the first statement.
    for query in [
        format!("{{ {list} }}"),
        "{ package(slug: \"celery\") { grids { nodes { title } } } }".to_owned(),
    ] {
        assert_eq!(planned_by_value(&app, &query).await, 0, "{query}");
    }
    for query in
        [format!("{{ {filtered} }}"), format!("{{ category(slug: \"apps\") {{ {filtered} }} }}")]
    {
        assert!(planned_by_value(&app, &query).await > 0, "{query}");
        // Nor are they afterwards, on the same connection.
        assert_eq!(planned_by_value(&app, &format!("{{ {list} }}")).await, 0, "{query}");
    }
}

/// How often a statement that reads the directory was planned by its values while `query` ran.
async fn planned_by_value(app: &App, query: &str) -> i64 {
    let count = || async {
        let sql = "SELECT CAST(coalesce(sum(custom_plans), 0) AS bigint) FROM pg_prepared_statements \
            WHERE statement NOT LIKE '%plan_cache_mode%' AND statement NOT LIKE '%pg_prepared%'";
        let read = move |snapshot: Snapshot| async move {
            snapshot.fetch_sql(sql, vec![], |row| row.int(0)).await
        };
        let deadline = Instant::now() + std::time::Duration::from_secs(60);
        app.database.read(deadline, read).await.unwrap().unwrap()[0]
    };
    let before = count().await;
    for _ in 0..2 {
        app.data(&anew(query)).await;
    }
    count().await - before
}
