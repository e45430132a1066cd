//! A source that cannot deliver some of its records: these are named, the others come in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use packgrid::exchange::fetch::FetchError;
use packgrid::exchange::{ImportError, Options, Progress, Prune, pass};
use sea_orm::ConnectionTrait;

use super::upstream::{Mischief, Upstream};
use super::{Failed, hurried, pruning, take_over};
use crate::support::files::{package_row, revision};
use crate::support::{App, Backend, TestDatabase, on_both};

const SKIP: Options =
    Options { skip_invalid: true, prune: Prune::No, dry_run: false, overwrite_edits: false };

/// Whether a request asks for the package at this offset.
fn asks_for(path: &str, bad: u64) -> bool {
    let number = |name: &str| -> Option<u64> {
        path.split(['?', '&']).find_map(|pair| pair.strip_prefix(name))?.parse().ok()
    };
    match (number("limit="), number("offset=")) {
        (Some(limit), Some(offset)) => {
            path.contains("/packages/?") && (offset..offset + limit).contains(&bad)
        }
        _ => false,
    }
}

/// A source that fails in this way whenever one of the packages at these offsets is asked for.
async fn upstream(app: &App, bad: &'static [u64], wrong: Mischief) -> Upstream {
    Upstream::start(app.site.router.clone(), move |_, path| {
        match bad.iter().any(|bad| asks_for(path, *bad)) {
            true => wrong.clone(),
            false => Mischief::None,
        }
    })
    .await
}

fn failing() -> Mischief {
    Mischief::Status(500, None)
}

const REASON: &str = "the source does not deliver this record (500 Internal Server Error)";

on_both! {
    async fn a_failing_page_is_halved_down_to_the_record(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = upstream(&app, &[57], failing()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = packgrid::config::Sync { attempts: 6, ..hurried(folder.path()) };
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let strict = take_over(&database, &upstream.url(), &settings, Options::default()).await;
        let Err(Failed::Import(ImportError::Invalid(problems))) = strict else { panic!("{strict:?}") };
        // Its neighbours are 10134 and 10132.
        let expected = format!("packages/10133 (offset 57): {REASON}");
        assert!(problems[0].to_string().starts_with(&expected), "{problems:?}");
        assert_eq!((problems.len(), revision(&owner).await), (1, 0));
        let requests = upstream.take_requests();
        let failed = requests.iter().filter(|path| asks_for(path, 57)).count();
        // 40 records: the page six times, parts of 20, 10, 5, 3 and 2 once, the record three times.
        assert!(failed <= 6 + 5 + 3, "{failed}: {requests:?}");
        let report = take_over(&database, &upstream.url(), &settings, SKIP).await.unwrap();
        assert_eq!((report.packages.added, report.packages.skipped), (190, 1));
        assert_eq!(report.problems, problems);
    }

    async fn several_bad_records_the_first_and_the_last_among_them(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = upstream(&app, &[0, 41, 42, 190], failing()).await;
        let folder = tempfile::tempdir().unwrap();
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let report = take_over(&database, &upstream.url(), &hurried(folder.path()), SKIP).await.unwrap();
        assert_eq!((report.packages.added, report.packages.skipped), (187, 4));
        let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        for (problem, expected) in problems.iter().zip([
            format!("packages at offset 0: {REASON}; it comes before the id 10189"),
            format!("packages/10149 (offset 41): {REASON}"),
            format!("packages/10148 (offset 42): {REASON}"),
            format!("packages at offset 190: {REASON}; it comes after the id 10001"),
        ]) {
            assert!(problem.starts_with(&expected), "{problem}");
        }
    }

    /// The newest records come first, and are the likeliest to be broken.
    async fn a_list_that_begins_with_bad_records(backend: Backend) {
        static HEAD: [u64; 60] = {
            let mut offsets = [0; 60];
            let mut offset = 0;
            while offset < offsets.len() {
                offsets[offset] = offset as u64;
                offset += 1;
            }
            offsets
        };
        let app = App::sample(backend).await;
        let upstream = upstream(&app, &HEAD, failing()).await;
        let folder = tempfile::tempdir().unwrap();
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let report = take_over(&database, &upstream.url(), &hurried(folder.path()), SKIP).await.unwrap();
        assert_eq!((report.packages.added, report.packages.skipped), (131, 60));
    }

    /// What was not delivered is not gone.
    async fn a_bad_record_is_not_pruned(backend: Backend) {
        let app = App::sample(backend).await;
        let bad: Arc<std::sync::Mutex<Vec<u64>>> = Arc::default();
        let upstream = {
            let bad = Arc::clone(&bad);
            Upstream::start(app.site.router.clone(), move |_, path| {
                match bad.lock().unwrap().iter().any(|bad| asks_for(path, *bad)) {
                    true => failing(),
                    false => Mischief::None,
                }
            })
            .await
        };
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let before = package_row(&owner, 10_133).await;
        let source = app.test_database.connect().await;
        source.execute_unprepared("DELETE FROM package WHERE id = 10010").await.unwrap();
        // Its id is known, so others of its kind are pruned.
        *bad.lock().unwrap() = vec![57];
        let options = Options { skip_invalid: true, ..pruning(Prune::Yes) };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        assert_eq!((report.packages.removed, report.packages.skipped), (1, 1));
        assert_eq!(package_row(&owner, 10_133).await, before);
        // Its id is not known, so no package is.
        *bad.lock().unwrap() = vec![189];
        source.execute_unprepared("DELETE FROM package WHERE id = 10011").await.unwrap();
        *bad.lock().unwrap() = vec![188];
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        assert_eq!((report.packages.removed, report.packages.skipped), (0, 1), "{report:?}");
        assert_eq!(package_row(&owner, 683).await.id, 683);
    }

    async fn an_interrupted_run_goes_on_with_halved_pages(backend: Backend) {
        let app = App::sample(backend).await;
        let busy = Arc::new(AtomicBool::new(true));
        let upstream = {
            let busy = Arc::clone(&busy);
            Upstream::start(app.site.router.clone(), move |_, path| {
                if asks_for(path, 57) {
                    return failing();
                }
                match busy.load(Ordering::SeqCst) && asks_for(path, 120) {
                    true => Mischief::Status(503, None),
                    false => Mischief::None,
                }
            })
            .await
        };
        let folder = tempfile::tempdir().unwrap();
        let settings = packgrid::config::Sync { attempts: 1, concurrency: 1, ..hurried(folder.path()) };
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let result = take_over(&database, &upstream.url(), &settings, SKIP).await;
        assert!(matches!(result, Err(Failed::Fetch(FetchError::Failed { .. }))), "{result:?}");
        assert!(upstream.take_requests().iter().any(|path| asks_for(path, 57)));
        busy.store(false, Ordering::SeqCst);
        let report = take_over(&database, &upstream.url(), &settings, SKIP).await.unwrap();
        assert_eq!((report.packages.added, report.packages.skipped), (190, 1));
        assert!(report.problems[0].to_string().starts_with("packages/10133 (offset 57)"));
        let again = upstream.take_requests();
        assert!(!again.iter().any(|path| asks_for(path, 57)), "the page is there: {again:?}");
    }

    async fn a_sync_goes_on_and_tells_what_it_skipped(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = upstream(&app, &[57], failing()).await;
        let folder = tempfile::tempdir().unwrap();
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let progress = Progress::new(&upstream.url()).unwrap();
        pass(&database, &hurried(folder.path()), &progress, &mut |_| {}).await.unwrap();
        let standing = progress.now();
        assert_eq!((standing.skipped, standing.failures), (report_skipped(&standing.problems), 0));
        assert!(standing.problems[0].contains("packages/10133 (offset 57)"), "{standing:?}");
        assert!(standing.synced_at.is_some());
    }
}

/// Records and links that these problems are of: one each, and what depends on them.
fn report_skipped(problems: &[String]) -> usize {
    let numbers = |text: &str| -> usize {
        let dependents = text.split("depend on it: ").nth(1).unwrap_or_default();
        dependents.split(", ").filter_map(|it| it.split(' ').next()?.parse::<usize>().ok()).sum()
    };
    problems.iter().map(|problem| 1 + numbers(problem)).sum()
}

/// Whatever makes a page fail again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_spoils_its_page_in_any_way() {
    let app = App::sample(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = packgrid::config::Sync { attempts: 2, ..hurried(folder.path()) };
    for wrong in [
        Mischief::Status(502, None),
        Mischief::Status(504, None),
        Mischief::HalfJson,
        Mischief::Cut,
        Mischief::Reset,
        Mischief::Instead("\"results\":[{", "\"results\":[{\"score\":NaN,".to_owned()),
    ] {
        let upstream = upstream(&app, &[57], wrong).await;
        let owner = TestDatabase::empty(Backend::Sqlite).await;
        let database = owner.open().await;
        let report = take_over(&database, &upstream.url(), &settings, SKIP).await.unwrap();
        assert_eq!((report.packages.added, report.packages.skipped), (190, 1), "{report:?}");
    }
}

/// A source that is down is asked no more than it was, and once more for a record that it had.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_down_fails_as_a_whole() {
    let app = App::sample(Backend::Sqlite).await;
    let is_down = Arc::new(AtomicBool::new(false));
    let upstream = {
        let is_down = Arc::clone(&is_down);
        Upstream::start(app.site.router.clone(), move |_, path| {
            if path.contains("limit=") && !path.contains("limit=1&") {
                is_down.store(true, Ordering::SeqCst);
            }
            match is_down.load(Ordering::SeqCst) {
                true => failing(),
                false => Mischief::None,
            }
        })
        .await
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = packgrid::config::Sync { attempts: 3, concurrency: 1, ..hurried(folder.path()) };
    let owner = TestDatabase::empty(Backend::Sqlite).await;
    let database = owner.open().await;
    let result = take_over(&database, &upstream.url(), &settings, SKIP).await;
    let Err(Failed::Fetch(error @ FetchError::Failed { .. })) = result else {
        panic!("{result:?}")
    };
    assert!(
        error.to_string().ends_with("/categories/?limit=4&offset=0: 500 Internal Server Error"),
        "{error}"
    );
    let requests = upstream.take_requests();
    let first = requests.iter().position(|path| path.contains("limit=4&")).unwrap();
    assert_eq!(requests.len() - first, 3 + 3, "{requests:?}");
}

/// A source of which very much fails is broken, and no part of it is the directory.
#[tokio::test(flavor = "multi_thread")]
async fn too_many_bad_records_fail() {
    let app = App::sample(Backend::Sqlite).await;
    let upstream = Upstream::start(app.site.router.clone(), |_, path| {
        match (40..191).any(|bad| asks_for(path, bad)) {
            true => failing(),
            false => Mischief::None,
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let settings = packgrid::config::Sync { attempts: 2, ..hurried(folder.path()) };
    let owner = TestDatabase::empty(Backend::Sqlite).await;
    let database = owner.open().await;
    let result = take_over(&database, &upstream.url(), &settings, SKIP).await;
    let Err(Failed::Fetch(error)) = result else { panic!("{result:?}") };
    assert!(error.to_string().starts_with("more than 100 records cannot be read"), "{error}");
}
