//! Where a sync stands, for those who look after it and for those who ask.

use std::time::{Duration, Instant};

use packgrid::config::Config;
use packgrid::exchange::{Progress, keep_in_step, pass};
use packgrid::http::Site;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::hurried;
use super::upstream::{Mischief, Upstream};
use crate::support::{App, Backend, TestDatabase, on_both};

/// Waits until `holds`.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

on_both! {
    async fn keeps_in_step(backend: Backend) {
        let source = App::sample(backend).await;
        let upstream = Upstream::calm(source.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let mut app = App::empty(backend).await;
        let progress = Progress::new(&upstream.url()).unwrap();
        let config = Config::default();
        app.site = Site::syncing(app.database.clone(), config, Some(progress.clone())).unwrap();
        let readiness = app.get("/readyz").await;
        assert_eq!((readiness.status.as_u16(), readiness.header("cache-control")), (200, "no-store"));
        let standing = readiness.json();
        assert_eq!(standing["status"], "ready");
        assert_eq!(standing["revision"], 0);
        assert_eq!(standing["sync"]["state"], "waiting");
        assert_eq!(standing["sync"]["source"], upstream.url());
        let query = "{ directory { revision source syncedAt } }";
        let nothing = json!({"directory": {"revision": "0", "source": null, "syncedAt": null}});
        assert_eq!(app.data(query).await, nothing);

        let task = tokio::spawn(keep_in_step(app.database.clone(), settings.clone(), progress.clone()));
        until("the first pass", async || progress.now().synced_at.is_some()).await;
        let data = app.data(query).await;
        assert_eq!(data["directory"]["revision"], "1");
        assert_eq!(data["directory"]["source"], upstream.url());
        let first = data["directory"]["syncedAt"].clone();
        assert!(first.as_str().unwrap().ends_with('Z'));
        // A later look at the source, of which nothing came.
        until("a pass without a change", async || app.data(query).await["directory"]["syncedAt"] != first).await;
        assert_eq!(app.data(query).await["directory"]["revision"], "1");

        let change = "UPDATE package SET repo_watchers = 4711 WHERE id = 683";
        source.test_database.connect().await.execute_unprepared(change).await.unwrap();
        let stars = "{ package(slug: \"django-queued-storage\") { repoWatchers } }";
        until("the change", async || app.data(stars).await["package"]["repoWatchers"] == 4711).await;
        assert_eq!(app.data(query).await["directory"]["revision"], "2", "raised once");
        task.abort();
    }

    /// A source that is away does no harm, and somebody can see it.
    async fn a_source_that_is_away(backend: Backend) {
        let source = App::sample(backend).await;
        let upstream =
            Upstream::start(source.site.router.clone(), |_, _| Mischief::Status(403, None)).await;
        let folder = tempfile::tempdir().unwrap();
        let mut app = App::sample(backend).await;
        let progress = Progress::new(&upstream.url()).unwrap();
        app.site = Site::syncing(app.database.clone(), Config::default(), Some(progress.clone())).unwrap();
        let task = tokio::spawn(keep_in_step(app.database.clone(), hurried(folder.path()), progress.clone()));
        until("two passes", async || progress.now().failures >= 2).await;
        let readiness = app.get("/readyz").await;
        assert_eq!(readiness.status, 200, "what is served is older, and no less right");
        let sync = &readiness.json()["sync"];
        assert!(sync["failures"].as_u64().unwrap() >= 2);
        assert!(sync["error"].as_str().unwrap().ends_with("/api/v4/: 403 Forbidden"), "{sync}");
        assert_eq!(sync["synced_at"], Value::Null);
        task.abort();
    }

    /// The time of the last look is not told by the revision, so the tag is made of the answer.
    async fn what_is_of_now_has_a_tag_of_its_own(backend: Backend) {
        let app = App::sample(backend).await;
        let get = async |query: &str| app.get(&format!("/graphql?query={query}")).await;
        assert_ne!(get("%7Bdirectory%7Brevision%7D%7D").await.header("etag"), "");
        use sea_orm::ConnectionTrait;
        let connection = app.test_database.connect().await;
        // An import that changes nothing may come from somewhere else.
        let hidden = "query%7B...A%7Dfragment%20A%20on%20Query%7Bdirectory%7Bx:syncedAt%7D%7D";
        for (query, column, value) in [
            ("%7Bdirectory%7BsyncedAt%7D%7D", "synced_at", "1"),
            ("%7Bdirectory%7Bsource%7D%7D", "source", "'https://example.org/'"),
            (hidden, "synced_at", "2000000"),
        ] {
            let before = get(query).await;
            let sql = format!("UPDATE directory SET {column} = {value}");
            connection.execute_unprepared(&sql).await.unwrap();
            let begun = Instant::now();
            let mut after = get(query).await;
            while after.body == before.body {
                assert!(begun.elapsed().as_secs() < 60, "{query}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                after = get(query).await;
            }
            assert_ne!(before.header("etag"), "", "{query}");
            assert_ne!(after.header("etag"), before.header("etag"), "{query}");
        }
    }
}

/// A name and a password in an address are for the source alone.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_not_told() {
    let source = App::sample(Backend::Sqlite).await;
    let upstream = Upstream::calm(source.site.router.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let app = App::empty(Backend::Sqlite).await;
    let settings = hurried(folder.path());
    let with_secret = upstream.url().replace("http://", "http://somebody:secret@");
    let progress = Progress::new(&with_secret).unwrap();
    pass(&app.database, &settings, &progress, &mut |_| {}).await.unwrap();
    assert!(
        upstream.take_heads().iter().all(|head| {
            head.to_lowercase().contains("authorization: basic c29tzwjvzhk6c2vjcmv0")
        })
    );
    let told = app.data("{ directory { source } }").await;
    assert_eq!(told["directory"]["source"], upstream.url());
    drop(upstream);
    let settings = packgrid::config::Sync { attempts: 1, ..settings };
    let error = pass(&app.database, &settings, &progress, &mut |_| {}).await.unwrap_err();
    let standing = serde_json::to_string(&progress.now()).unwrap();
    assert!(!error.to_string().contains("secret") && !standing.contains("secret"), "{standing}");
}

/// Without a sync there is nothing to tell of one, and a database that is away is told.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_is_the_databases() {
    let app = App::on(TestDatabase::sample(Backend::Sqlite).await).await;
    let standing = app.get("/readyz").await.json();
    assert_eq!(standing, json!({"status": "ready", "revision": 1, "sync": null}));
    app.database.clone().close().await;
    let readiness = app.get("/readyz").await;
    assert_eq!(readiness.status, 503);
    assert_eq!(readiness.json()["status"], "unavailable");
    assert_eq!(app.get("/healthz").await.status, 200);
}
