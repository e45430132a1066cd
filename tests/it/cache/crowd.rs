//! Many who ask the same at once: it is executed once.

use std::pin::Pin;

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::sync::oneshot;

use super::*;
use crate::support::on_both;

type Asking<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Keeps whoever reads packages waiting, until what is returned is dropped.
async fn hold(backend: Backend, app: &App) -> oneshot::Sender<()> {
    let (release, released) = oneshot::channel::<()>();
    if backend == Backend::Postgres {
        let connection = app.test_database.connect().await;
        let transaction = connection.begin().await.unwrap();
        let lock = "LOCK TABLE package IN ACCESS EXCLUSIVE MODE";
        transaction.execute_unprepared(lock).await.unwrap();
        tokio::spawn(async move {
            let _ = released.await;
            transaction.rollback().await.unwrap();
        });
        return release;
    }
    // One for each of the threads that read.
    let released = released.map(drop).shared();
    for _ in 0..2 {
        let (begun, wait_begun) = oneshot::channel();
        let (database, released) = (app.database.clone(), released.clone());
        tokio::spawn(async move {
            let deadline = std::time::Instant::now() + AGES;
            let read = database.read(deadline, move |_| async move {
                begun.send(()).unwrap();
                released.await;
            });
            read.await.unwrap();
        });
        wait_begun.await.unwrap();
    }
    release
}

/// So many requests for the same, each of which waits for something.
fn waiting(app: &App, many: usize) -> Vec<Asking<'_>> {
    let mut asking: Vec<Asking<'_>> =
        (0..many).map(|_| Box::pin(ask(app, QUERY)) as Asking<'_>).collect();
    for asking in &mut asking {
        assert!(asking.now_or_never().is_none());
    }
    asking
}

/// Serves the sample, and knows the revision for as long as the test takes.
async fn ready(backend: Backend) -> App {
    let app = keeping(backend, 1 << 20).await;
    app.database.confirm_after(AGES);
    ask(&app, "{ grids { totalCount } }").await;
    app.statements.take();
    app
}

on_both! {
    async fn is_executed_once(backend: Backend) {
        let app = ready(backend).await;
        let release = hold(backend, &app).await;
        let asking = waiting(&app, 20);
        drop(release);
        let answers = futures_util::future::join_all(asking).await;
        let statements = app.statements.take();
        assert!(answers.iter().all(|answer| answer.body == answers[0].body && answer.status == 200));
        let mut statuses: Vec<_> = answers.iter().map(status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[..19], [COLLAPSED; 19]);
        assert_eq!(statuses[19], STORED);
        assert_eq!(status(&ask(&app, QUERY).await), HIT);
        // As many as one request takes.
        ask(&app, &format!("{QUERY} # once more")).await;
        assert_eq!(app.statements.take(), statements);
        let name = "packgrid_response_cache_requests_total{result=\"collapsed\"}";
        assert_eq!(metric(&app, name).await, 19);
    }

    /// Another one executes it then, and nobody hears of it.
    async fn one_that_hangs_up(backend: Backend) {
        let app = ready(backend).await;
        let release = hold(backend, &app).await;
        let mut asking = waiting(&app, 10);
        // The first one leads. Another waits.
        drop(asking.remove(0));
        drop(asking.remove(4));
        for asking in &mut asking {
            assert!(asking.now_or_never().is_none());
        }
        drop(release);
        let answers = futures_util::future::join_all(asking).await;
        let mut statuses: Vec<_> = answers.iter().map(status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[..7], [COLLAPSED; 7]);
        assert_eq!(statuses[7], STORED);
        assert!(answers.iter().all(|answer| answer.status == 200));
    }

    /// What has errors is executed by each, and kept for nobody.
    async fn what_fails_is_nobody_elses(backend: Backend) {
        let app = ready(backend).await;
        let query = "{ packages(first: -1) { totalCount } package(slug: \"x\") { title } }";
        let answers = futures_util::future::join_all((0..10).map(|_| ask(&app, query))).await;
        for answer in &answers {
            assert_eq!((status(answer), &answer.body), (MISS, &answers[0].body));
            assert!(answer.json()["errors"].is_array());
        }
    }
}
