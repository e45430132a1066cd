//! Whether a search finds what somebody wants: queries on the sample directory, judged by hand.

use serde::Deserialize;

use crate::support::searching::{find, index, title};
use crate::support::{Backend, TestDatabase};

#[derive(Deserialize)]
struct Judged {
    query: String,
    /// What may come first; any of them is right.
    best: Vec<String>,
    /// What has to be among the first three, in any order.
    #[serde(default)]
    top_three: Vec<String>,
}

fn judged() -> Vec<Judged> {
    serde_json::from_str(include_str!("../cases/judged.json")).unwrap()
}

/// The titles of the first hits of every query.
async fn answers(backend: Backend) -> Vec<Vec<String>> {
    let test_database = TestDatabase::sample(backend).await;
    let database = test_database.open().await;
    index(&database).await;
    let connection = test_database.connect().await;
    let mut answers = Vec::new();
    for judged in judged() {
        let mut titles = Vec::new();
        for hit in find(&database, &judged.query).await.iter().take(10) {
            titles.push(title(&connection, hit).await);
        }
        answers.push(titles);
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn judged_queries_on_both_databases() {
    let (sqlite, postgres) = tokio::join!(answers(Backend::Sqlite), answers(Backend::Postgres));
    let judged = judged();
    assert!(judged.len() >= 40);
    let mut reciprocal_ranks = 0.0;
    let mut wrong = Vec::new();
    for ((judged, sqlite), postgres) in judged.iter().zip(&sqlite).zip(&postgres) {
        let three = |titles: &[String]| titles[..titles.len().min(3)].to_vec();
        let (query, first) = (&judged.query, three(sqlite));
        assert_eq!(first, three(postgres), "{query}: SQLite and PostgreSQL differ");
        let rank = sqlite.iter().position(|title| judged.best.contains(title));
        reciprocal_ranks += rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
        if rank.is_none_or(|rank| rank > 2) {
            wrong.push(format!("{query}: {:?} is not among {first:?}", judged.best));
        }
        for title in judged.top_three.iter().filter(|title| !first.contains(title)) {
            wrong.push(format!("{query}: {title} is not among {first:?}"));
        }
        println!("{query:40} {first:?}");
    }
    let mean = reciprocal_ranks / judged.len() as f64;
    println!("mean reciprocal rank of {} queries: {mean:.3}", judged.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(mean > 0.9, "the mean reciprocal rank is {mean:.3}");
}
