//! Searching in tests.

use std::time::{Duration, Instant};

use packgrid::database::Database;
use packgrid::search::{self, Hit, Kind, Query, Reach, Suggestion};
use sea_orm::{ConnectionTrait, Statement};

/// Indexes everything, as an import does.
pub async fn index(database: &Database) {
    let transaction = database.begin().await.unwrap();
    search::rebuild(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// What `text` finds.
pub async fn find(database: &Database, text: &str) -> Vec<Hit> {
    find_among(database, text, &Kind::ALL).await
}

/// What `text` finds among `kinds`.
pub async fn find_among(database: &Database, text: &str, kinds: &[Kind]) -> Vec<Hit> {
    look(database, text, kinds, Reach::Usual).await
}

/// What `text` finds as far as `reach` goes.
pub async fn find_as_far(database: &Database, text: &str, reach: Reach) -> Vec<Hit> {
    look(database, text, &Kind::ALL, reach).await
}

async fn look(database: &Database, text: &str, kinds: &[Kind], reach: Reach) -> Vec<Hit> {
    let query = Query::parse(text).unwrap();
    let kinds = kinds.to_vec();
    let deadline = Instant::now() + Duration::from_secs(30);
    database
        .read(deadline, move |snapshot| async move {
            search::find(&snapshot, &query, &kinds, reach).await.unwrap().hits
        })
        .await
        .unwrap()
}

/// What is suggested to somebody who typed `prefix`.
pub async fn suggest(database: &Database, prefix: &str, limit: usize) -> Vec<Suggestion> {
    let prefix = prefix.to_owned();
    let deadline = Instant::now() + Duration::from_secs(30);
    database
        .read(deadline, move |snapshot| async move {
            search::suggest(&snapshot, &prefix, limit).await.unwrap()
        })
        .await
        .unwrap()
}

/// The title of a hit, with a mark for what is no package: `Admin (grid)`.
pub async fn title(connection: &impl ConnectionTrait, hit: &Hit) -> String {
    let (table, mark) = match hit.kind {
        Kind::Category => ("category", " (category)"),
        Kind::Grid => ("grid", " (grid)"),
        Kind::Package => ("package", ""),
    };
    let sql = format!("SELECT title FROM {table} WHERE id = {}", hit.id);
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    format!("{}{mark}", row.try_get_by_index::<String>(0).unwrap())
}
