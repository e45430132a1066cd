//! A source that stumbles, and one that changes while it is read, end in the database of a calm one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use packgrid::exchange::Options;
use packgrid::exchange::fetch::FetchError;
use sea_orm::ConnectionTrait;

use super::upstream::{Mischief, Upstream};
use super::{Failed, hurried, take_over, whole};
use crate::support::{App, Backend, TestDatabase, on_both};

/// Whatever a source that is not broken for good may do.
const PASSING: [Mischief; 9] = [
    Mischief::Reset,
    Mischief::Status(500, None),
    Mischief::Status(429, Some("0")),
    Mischief::Status(503, Some("Wed, 01 Jan 2020 00:00:00 GMT")),
    Mischief::Cut,
    Mischief::HalfJson,
    Mischief::Html,
    Mischief::Slow,
    Mischief::Silent,
];

async fn failure(upstream: &Upstream, settings: &packgrid::config::Sync) -> String {
    let owner = TestDatabase::empty(Backend::Sqlite).await;
    let database = owner.open().await;
    let result = take_over(&database, &upstream.url(), settings, Options::default()).await;
    match result {
        Err(Failed::Fetch(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn ends_as_a_calm_one(backend: Backend) {
        let app = App::sample(backend).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (calm, flaky) = (TestDatabase::empty(backend).await, TestDatabase::empty(backend).await);
        let (calm_database, flaky_database) = (calm.open().await, flaky.open().await);

        // Every other request goes wrong, each time in another way.
        let upstream = Upstream::start(app.site.router.clone(), |number, _| {
            if number % 2 == 0 { PASSING[number / 2 % PASSING.len()].clone() } else { Mischief::None }
        })
        .await;
        take_over(&flaky_database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert!(upstream.take_requests().len() > 2 * PASSING.len());
        let upstream = Upstream::calm(app.site.router.clone()).await;
        take_over(&calm_database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let there = whole(&app.database).await;
        assert!(whole(&calm_database).await == there);
        assert!(whole(&flaky_database).await == there);
    }

    /// Records that come and go while the list is walked: none is taken twice, none is missed.
    async fn changes_meanwhile(backend: Backend) {
        let app = App::sample(backend).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let connection = app.test_database.connect().await;
        let done = Arc::new(AtomicUsize::new(0));
        // At its second page, the list loses a record of the first one; later it gets another one,
        // and then both at once, so that it is as long as before.
        let changes = [
            "DELETE FROM package WHERE id = 10185",
            "INSERT INTO package SELECT * FROM spare WHERE id = 10185",
            "DELETE FROM package WHERE id = 10186",
        ];
        connection.execute_unprepared("CREATE TABLE spare AS SELECT * FROM package").await.unwrap();
        connection.execute_unprepared("UPDATE spare SET id = 20000 WHERE id = 10186").await.unwrap();
        let upstream = {
            let (done, connection) = (Arc::clone(&done), connection.clone());
            Upstream::start(app.site.router.clone(), move |_, path| {
                if path.contains("/packages/") && path.contains("offset=80") {
                    let number = done.fetch_add(1, Ordering::SeqCst);
                    if let Some(sql) = changes.get(number) {
                        let connection = connection.clone();
                        let also = "INSERT INTO package SELECT * FROM spare WHERE id = 20000";
                        let run = async move {
                            connection.execute_unprepared(sql).await.unwrap();
                            if number == 2 {
                                connection.execute_unprepared(also).await.unwrap();
                            }
                        };
                        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(run));
                    }
                }
                Mischief::None
            })
            .await
        };
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert!(done.load(Ordering::SeqCst) > 3, "it was walked again after each change");
        let (there, here) = (whole(&app.database).await, whole(&database).await);
        assert!(here["packages.json"].contains("\"id\":20000"));
        assert!(!here["packages.json"].contains("\"id\":10186"));
        assert!(there["packages.json"] == here["packages.json"]);

        // One that never stands still is given up.
        let settings = packgrid::config::Sync { attempts: 2, ..settings };
        let numbers = AtomicUsize::new(0);
        let restless = Upstream::start(app.site.router.clone(), move |_, path| {
            let number = numbers.fetch_add(1, Ordering::SeqCst);
            match path.contains("/packages/") {
                true => Mischief::Instead("\"count\":191", format!("\"count\":{}", 191 + number)),
                false => Mischief::None,
            }
        })
        .await;
        let error = failure(&restless, &settings).await;
        assert!(error.contains("/api/v4/ changed again and again"), "{error}");
    }

    /// A run that was ended goes on with the pages that it has not.
    async fn goes_on_where_it_was(backend: Backend) {
        let app = App::sample(backend).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = packgrid::config::Sync { attempts: 1, concurrency: 1, ..hurried(folder.path()) };
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let broken = Arc::new(AtomicUsize::new(1));
        let upstream = {
            let broken = Arc::clone(&broken);
            Upstream::start(app.site.router.clone(), move |_, path| {
                let is_late = path.contains("/packages/") && path.contains("offset=120");
                match broken.load(Ordering::SeqCst) == 1 && is_late {
                    true => Mischief::Status(503, None),
                    false => Mischief::None,
                }
            })
            .await
        };
        let result = take_over(&database, &upstream.url(), &settings, Options::default()).await;
        assert!(matches!(result, Err(Failed::Fetch(FetchError::Failed { .. }))), "{result:?}");
        assert!(whole(&database).await["packages.json"].lines().count() < 3, "all or nothing");
        let first = upstream.take_requests();
        assert!(first.iter().any(|path| path.ends_with("/packages/?limit=40&offset=80")));
        broken.store(0, Ordering::SeqCst);
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let second = upstream.take_requests();
        for (path, again) in [
            ("/packages/?limit=40&offset=0", false),
            ("/packages/?limit=40&offset=80", false),
            ("/packages/?limit=40&offset=120", true),
            ("/packages/?limit=31&offset=160", true),
        ] {
            assert_eq!(second.iter().any(|it| it.ends_with(path)), again, "{path}");
        }
        assert!(whole(&database).await == whole(&app.database).await);
    }

    /// A walk that is complete is not taken again, whatever became of it: it would be old.
    async fn nothing_old(backend: Backend) {
        let app = App::sample(backend).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let dry = Options { dry_run: true, ..Options::default() };
        take_over(&database, &upstream.url(), &settings, dry).await.unwrap();
        let change = "UPDATE package SET repo_watchers = 99999 WHERE id = 683";
        app.test_database.connect().await.execute_unprepared(change).await.unwrap();
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert!(whole(&database).await["packages.json"].contains("\"repo_watchers\":99999"));
    }

    /// A wrong record is left out and named; the others come in.
    async fn one_bad_record(backend: Backend) {
        let app = App::sample(backend).await;
        let folder = tempfile::tempdir().unwrap();
        let long = format!("\"title\":\"{}\"", "x".repeat(101));
        let upstream = Upstream::start(app.site.router.clone(), move |_, _| {
            Mischief::Instead("\"title\":\"django-queued-storage\"", long.clone())
        })
        .await;
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let settings = hurried(folder.path());
        let strict = take_over(&database, &upstream.url(), &settings, Options::default()).await;
        assert!(matches!(strict, Err(Failed::Import(_))), "{strict:?}");
        let options = Options { skip_invalid: true, ..Options::default() };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        assert_eq!((report.packages.added, report.packages.skipped), (190, 1));
        let problem = report.problems[0].to_string();
        let reason = "packages/683: title has 101 characters; the most are 100; not imported either, since";
        assert!(problem.starts_with(reason), "{problem}");
    }
}

/// What does not pass is not asked for again, and an error names the address.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_pass() {
    let app = App::sample(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = packgrid::config::Sync { attempts: 3, concurrency: 1, ..hurried(folder.path()) };
    for (mischief, requests, expected) in [
        (Mischief::Status(404, None), 1, "/api/v4/: 404 Not Found"),
        (Mischief::Status(403, None), 1, "/api/v4/: 403 Forbidden"),
        (Mischief::Status(500, None), 3, "/api/v4/: 500 Internal Server Error"),
        (Mischief::Status(429, Some("3600")), 1, "it wants to be left alone for 3600 s"),
        (Mischief::Html, 1, "/api/v4/: it answers with HTML, not JSON: \"<!DOCTYPE html>"),
        (Mischief::HalfJson, 3, "/api/v4/: the JSON was cut short after"),
        (Mischief::Cut, 3, "/api/v4/: "),
        (Mischief::Reset, 3, "/api/v4/: "),
        (Mischief::Silent, 3, "/api/v4/: "),
        (
            Mischief::Instead("\"packages\"", "\"parcels\"".to_owned()),
            1,
            "is not the API of a directory: missing field `packages`",
        ),
    ] {
        let upstream = {
            let mischief = mischief.clone();
            Upstream::start(app.site.router.clone(), move |_, _| mischief.clone()).await
        };
        let error = failure(&upstream, &settings).await;
        assert!(error.contains(expected), "{error}");
        assert!(error.starts_with(&upstream.url()), "{error}");
        assert_eq!(upstream.take_requests().len(), requests, "{error}");
    }
    let upstream = Upstream::start(app.site.router.clone(), |_, path| {
        if path.contains("/grids/") {
            return Mischief::Instead("\"count\":31", "\"count\":10000001".to_owned());
        }
        Mischief::None
    })
    .await;
    let error = failure(&upstream, &settings).await;
    assert!(error.ends_with("it has 10000001 records; the most are 10000000"), "{error}");
    // Later lists are named, too; there a page for people may pass.
    let upstream = Upstream::start(app.site.router.clone(), |_, path| {
        if path.contains("offset=40") { Mischief::Status(503, None) } else { Mischief::None }
    })
    .await;
    let error = failure(&upstream, &settings).await;
    assert!(error.contains("/api/v4/packages/?limit=40&offset=40: 503"), "{error}");
    let upstream = Upstream::start(app.site.router.clone(), |_, path| {
        if path.contains("/grids/") { Mischief::Html } else { Mischief::None }
    })
    .await;
    let error = failure(&upstream, &settings).await;
    assert!(error.contains("/api/v4/grids/?limit=1&offset=0: it answers with HTML"), "{error}");
    assert_eq!(upstream.take_requests().iter().filter(|it| it.contains("/grids/")).count(), 3);

    // Somebody who sends a byte now and then is not waited for for ever.
    let settings = packgrid::config::Sync { request_seconds: 1, attempts: 1, ..settings };
    let upstream = Upstream::start(app.site.router.clone(), |_, _| Mischief::Trickle).await;
    let error = failure(&upstream, &settings).await;
    assert!(error.contains("timed out"), "{error}");

    // What the source wants to be left alone for holds for everybody.
    let settings =
        packgrid::config::Sync { attempts: 3, concurrency: 3, request_seconds: 60, ..settings };
    let upstream = Upstream::start(app.site.router.clone(), |number, _| match number {
        3 => Mischief::Status(429, Some("1")),
        _ => Mischief::None,
    })
    .await;
    let owner = TestDatabase::empty(Backend::Sqlite).await;
    let database = owner.open().await;
    let start = std::time::Instant::now();
    take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
    assert!(start.elapsed() >= std::time::Duration::from_secs(1));
}
