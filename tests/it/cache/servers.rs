//! Several servers of one database: when each learns of what another has changed.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use packgrid::auth::Role;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::*;
use crate::editing::{Editors, id};
use crate::support::on_both;

/// How long is waited for what has to happen at some time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Another server of the same database.
async fn beside(app: &App) -> App {
    let database = app.test_database.open().await;
    let statements = database.record_statements();
    let site = packgrid::http::Site::new(database.clone(), Config::default()).unwrap();
    // It goes with the other one.
    let test_database = TestDatabase::empty(Backend::Sqlite).await;
    App { site, database, statements, test_database }
}

async fn title(app: &App) -> String {
    let answer = ask(app, QUERY).await;
    answer.json()["data"]["package"]["title"].as_str().unwrap().to_owned()
}

async fn change(editors: &Editors, title: &str) {
    let input = json!({ "id": id("Package", 683), "title": title });
    editors.edit(Role::Editor, "updatePackage", input, "").await;
}

/// Asks until the title is this one.
async fn wait_for(app: &App, expected: &str) {
    let begun = Instant::now();
    while title(app).await != expected {
        assert!(begun.elapsed() < PATIENCE, "{expected} was never told of");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

on_both! {
    /// Who goes by what was confirmed long ago does not know; who confirms it does.
    async fn a_change_is_seen_when_the_bound_is_over(backend: Backend) {
        let editors = Editors::of(keeping(backend, 1 << 20).await).await;
        let other = beside(&editors.app).await;
        let before = title(&other).await;
        assert_eq!(status(&ask(&other, QUERY).await), HIT);
        other.database.confirm_after(AGES);
        change(&editors, "changed").await;
        assert_eq!(title(&editors.app).await, "changed");
        if backend == Backend::Sqlite {
            // Nobody has told it.
            assert_eq!((title(&other).await, status(&ask(&other, QUERY).await)), (before, HIT));
        }
        other.database.confirm_after(Duration::ZERO);
        assert_eq!(title(&other).await, "changed");
        assert_eq!(status(&ask(&other, QUERY).await), HIT);
        // Whoever has seen something new is not answered from before it.
        other.database.confirm_after(AGES);
        change(&editors, "again").await;
        assert_eq!(other.get("/readyz").await.status, 200);
        assert_eq!(title(&other).await, "again");
    }

    /// By the bound as it is.
    async fn a_change_is_seen_in_the_end(backend: Backend) {
        let editors = Editors::of(keeping(backend, 1 << 20).await).await;
        let other = beside(&editors.app).await;
        for changed in ["a", "b", "c"] {
            title(&other).await;
            change(&editors, changed).await;
            wait_for(&other, changed).await;
        }
    }

    /// An import tells as an edit does.
    async fn what_an_import_changes(backend: Backend) {
        use packgrid::exchange::{Options, import, sample};
        let app = App::empty(backend).await;
        app.database.confirm_after(AGES);
        let query = "{ grids { totalCount } }";
        assert_eq!(ask(&app, query).await.json()["data"]["grids"]["totalCount"], 0);
        let now = crate::support::NOW;
        import(&app.database, &sample(), Options::default(), now, &mut |_| {}).await.unwrap();
        assert_eq!(ask(&app, query).await.json()["data"]["grids"]["totalCount"], 31);
    }

    /// What is committed is noted, also when nobody waits for it any more.
    async fn a_commit_that_nobody_waits_for(backend: Backend) {
        use packgrid::database::revision::{self, Entry};
        let app = keeping(backend, 1 << 20).await;
        app.database.confirm_after(AGES);
        assert_eq!(status(&ask(&app, QUERY).await), STORED);
        let transaction = app.database.begin().await.unwrap();
        revision::lock(&transaction).await.unwrap();
        let entry = Entry::counted(crate::support::NOW, "score", "{}".to_owned());
        let made = revision::raise(&transaction, &entry).await.unwrap();
        let mut commit = Box::pin(app.database.commit(transaction, Some(made)));
        let _ = (&mut commit).now_or_never();
        drop(commit);
        let begun = Instant::now();
        while app.database.highest_revision() < Some(made) {
            assert!(begun.elapsed() < PATIENCE, "it was never noted");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let answer = ask(&app, QUERY).await;
        assert_eq!(answer.json()["data"]["directory"]["revision"], made.to_string());
        assert_eq!(status(&answer), STORED);
    }

    /// Nothing of the cache keeps a database from being closed, or holds on to it after that.
    async fn a_database_that_is_closed(backend: Backend) {
        let app = keeping(backend, 1 << 20).await;
        assert_eq!(status(&ask(&app, QUERY).await), STORED);
        let App { site, database, test_database, statements } = app;
        database.clone().close().await;
        database.confirm_after(Duration::ZERO);
        let app = App { site, database, test_database, statements };
        assert_ne!(ask(&app, QUERY).await.status, 200);
    }
}

/// PostgreSQL's servers tell each other: nothing is confirmed here for as long as the test takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_notified() {
    let editors = Editors::of(keeping(Backend::Postgres, 1 << 20).await).await;
    let other = beside(&editors.app).await;
    other.database.confirm_after(AGES);
    for changed in ["a", "b", "c"] {
        title(&other).await;
        change(&editors, changed).await;
        wait_for(&other, changed).await;
    }
}

/// Connections that broke while nobody used them are nobody's failure, however many they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections() {
    let editors = Editors::of(keeping(Backend::Postgres, 0).await).await;
    let connection = editors.app.test_database.connect().await;
    let killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid() \
                  AND application_name <> 'packgrid, listening'";
    for round in 0..3 {
        // One that breaks alone is found by the first try.
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(editors.app.database.begin().await.unwrap());
        }
        for transaction in open {
            transaction.rollback().await.unwrap();
        }
        let statement = Statement::from_string(DbBackend::Postgres, killed);
        let broken = connection.query_all_raw(statement).await.unwrap().len();
        assert!(broken >= 3, "{broken}");
        match round {
            0 => assert_eq!(ask(&editors.app, QUERY).await.json()["errors"], Value::Null),
            1 => change(&editors, "changed").await,
            _ => drop(editors.app.database.revision(Instant::now() + PATIENCE).await.unwrap()),
        }
    }
}

/// The one who listens comes back, and has missed nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_cut_off() {
    let editors = Editors::of(keeping(Backend::Postgres, 1 << 20).await).await;
    let other = beside(&editors.app).await;
    other.database.confirm_after(AGES);
    title(&other).await;
    let connection = editors.app.test_database.connect().await;
    let killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND application_name = 'packgrid, listening'";
    for changed in ["a", "b"] {
        let begun = Instant::now();
        loop {
            let statement = Statement::from_string(DbBackend::Postgres, killed);
            // Of both servers, if both listen by now.
            if !connection.query_all_raw(statement).await.unwrap().is_empty() {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "nobody listens");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        change(&editors, changed).await;
        wait_for(&other, changed).await;
    }
}
