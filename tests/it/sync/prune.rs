//! What a source has no more, and what would change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use packgrid::exchange::{ImportError, Options, Prune};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

use super::upstream::{Mischief, Upstream};
use super::{Failed, hurried, pruning, take_over, whole};
use crate::support::files::{Files, category, grid, package, package_row, revision};
use crate::support::{App, Backend, TestDatabase, on_both};

async fn execute(app: &App, sql: &str) {
    app.test_database.connect().await.execute_unprepared(sql).await.unwrap();
}

/// A source that at first does as it should, and, once it is told to, goes wrong in this way.
async fn turning(app: &App, wrong: Mischief) -> (Upstream, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&switch);
    let mood = move |_: usize, _: &str| match seen.load(Ordering::SeqCst) {
        true => wrong.clone(),
        false => Mischief::None,
    };
    (Upstream::start(app.site.router.clone(), mood).await, switch)
}

/// A database without anything in it.
async fn empty(backend: Backend) -> (TestDatabase, packgrid::database::Database) {
    let owner = TestDatabase::empty(backend).await;
    let database = owner.open().await;
    (owner, database)
}

/// A feature of grid 84.
async fn feature_of_84(owner: &TestDatabase) -> i64 {
    let features = entity::feature::Entity::find().all(&owner.connect().await).await.unwrap();
    features.iter().filter(|row| row.grid_id == 84).map(|row| row.id).min().unwrap()
}

/// What somebody had here before: a package in a grid of its own, from files.
async fn own(database: &packgrid::database::Database) {
    let packages = json!([package(900_001, json!({"grids": [90_001], "category": 9}))]);
    let (categories, grids) = (json!([category(9, json!({}))]), json!([grid(90_001, json!({}))]));
    Files::new(categories, grids, packages).import(database).await.unwrap();
}

on_both! {
    async fn only_what_came_from_the_source(backend: Backend) {
        let app = App::sample(backend).await;
        // 10010 is to be used instead of 683.
        execute(&app, "UPDATE package SET replaced_by_id = 10010 WHERE id = 683").await;
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (owner, database) = empty(backend).await;
        own(&database).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!(package_row(&owner, 683).await.status, entity::PackageStatus::Replaced);

        execute(&app, "DELETE FROM package WHERE id IN (10010, 10011)").await;
        execute(&app, "DELETE FROM grid WHERE id = 84").await;
        // Without being told to, nobody deletes.
        let report = take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!((report.packages.removed, report.grids.removed), (0, 0));
        let before = revision(&owner).await;
        let options = Options { dry_run: true, ..pruning(Prune::OrGiveUp) };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert!(listed.iter().any(|line| line.starts_with("- packages 10010 ")), "{listed:?}");
        assert!(listed.contains(&"- grids 84 files-images".to_owned()), "{listed:?}");
        assert_eq!(revision(&owner).await, before, "a dry run changes nothing");

        let report = take_over(&database, &upstream.url(), &settings, pruning(Prune::OrGiveUp)).await.unwrap();
        assert_eq!((report.packages.removed, report.grids.removed), (2, 1), "{report:?}");
        assert_eq!(revision(&owner).await, before + 1);
        let row = package_row(&owner, 683).await;
        assert_eq!((row.replaced_by_id, row.status), (None, entity::PackageStatus::Active));
        assert_eq!(row.grids_count, 0);
        let files = whole(&database).await;
        assert!(files["packages.json"].contains("\"id\":900001"), "what was made here stays");
        assert!(files["grids.json"].contains("\"id\":90001") && files["categories.json"].contains("\"id\":9,"));
        // Nobody finds what is gone.
        let found = "SELECT count(*) FROM search_document WHERE (kind = 2 AND entity_id IN (10010, 10011)) OR (kind = 1 AND entity_id = 84)";
        let connection = owner.connect().await;
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), found);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
    }

    /// A source that is half empty for a while takes nothing along.
    async fn not_too_much(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (_owner, database) = empty(backend).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let before = whole(&database).await;
        execute(&app, "DELETE FROM package WHERE id > 10150").await;
        let refused = take_over(&database, &upstream.url(), &settings, pruning(Prune::OrGiveUp)).await;
        match refused {
            Err(Failed::Import(error @ ImportError::TooManyGone(_))) => {
                assert!(error.to_string().contains("40 of 191 packages would be deleted"), "{error}");
            }
            other => panic!("{other:?}"),
        }
        assert!(whole(&database).await == before);
        // In the background, the rest comes in all the same.
        execute(&app, "UPDATE package SET repo_watchers = 323 WHERE id = 683").await;
        let options = Options { skip_invalid: true, ..pruning(Prune::OrLeave) };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        assert_eq!((report.packages.changed, report.packages.removed), (1, 0));
        assert!(report.not_pruned.iter().any(|it| it.to_string() == "40 of 191 packages"));
        let report = take_over(&database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert_eq!(report.packages.removed, 40);
        assert!(whole(&database).await["packages.json"] == whole(&app.database).await["packages.json"]);
    }

    /// What others put together is not taken apart: a source tells of its own pairings only, and
    /// only of those whose package and grid it has.
    async fn what_a_source_does_not_tell(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (owner, database) = empty(backend).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        // Here, somebody puts a package of theirs into grid 84, with a cell.
        let mine = json!([package(900_001, json!({"grids": [84], "category": 4}))]);
        let files = Files::new(json!([]), json!([]), mine);
        files.write("elements.json", &json!([{"id": 900_001, "feature": feature_of_84(&owner).await, "package": 900_001, "text": "yes"}]).to_string());
        files.import(&database).await.unwrap();
        let before = whole(&database).await;
        let report = take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert!(!report.changed(), "{report:?}");

        // The source is half empty: nothing is taken out of any grid.
        execute(&app, "DELETE FROM package WHERE id > 10100").await;
        for how in [Prune::No, Prune::OrLeave] {
            let options = Options { skip_invalid: true, ..pruning(how) };
            let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
            assert_eq!((report.pairings.removed, report.elements.removed), (0, 0), "{how:?}: {report:?}");
        }
        assert!(whole(&database).await == before);
        // What it does take out of a grid goes.
        execute(&app, "DELETE FROM grid_package WHERE grid_id = 84 AND package_id = 683").await;
        let report = take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!(report.pairings.removed, 1);
    }

    /// A wrong record keeps its own pairings, and nobody else's.
    async fn a_wrong_record_keeps_its_own(backend: Backend) {
        let app = App::sample(backend).await;
        let long = format!("\"title\":\"{}\"", "x".repeat(101));
        let wrong = Mischief::Instead("\"title\":\"django-hijack\"", long);
        let (upstream, goes_wrong) = turning(&app, wrong).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (owner, database) = empty(backend).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        goes_wrong.store(true, Ordering::SeqCst);
        let skip = Options { skip_invalid: true, ..Options::default() };
        let hijack = package_row(&owner, 10001).await.grids_count;
        assert!(hijack > 0);
        execute(&app, "DELETE FROM grid_package WHERE package_id IN (683, 10001)").await;
        let report = take_over(&database, &upstream.url(), &settings, skip).await.unwrap();
        assert_eq!((report.pairings.removed, report.packages.skipped), (1, 1), "{report:?}");
        assert_eq!(package_row(&owner, 10001).await.grids_count, hijack);
        assert_eq!(package_row(&owner, 683).await.grids_count, 0);
    }

    /// Rows belong to what brought them first, and stay its.
    async fn first_come(backend: Backend) {
        let app = App::sample(backend).await;
        let (one, other) = (
            Upstream::calm(app.site.router.clone()).await,
            Upstream::calm(app.site.router.clone()).await,
        );
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        // What came from files is changed by a source, and not taken over.
        let owner = TestDatabase::sample(backend).await;
        let database = owner.open().await;
        let report = take_over(&database, &one.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        execute(&app, "DELETE FROM package WHERE id = 10005").await;
        let report = take_over(&database, &one.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert_eq!(report.packages.removed, 0);
        // Nor does another source take what the first one has.
        let (_owner, database) = empty(backend).await;
        take_over(&database, &one.url(), &settings, Options::default()).await.unwrap();
        let report = take_over(&database, &other.url(), &settings, Options::default()).await.unwrap();
        assert!(!report.changed(), "{report:?}");
    }

    /// Releases that the source no longer has go, and stay without --prune.
    async fn releases_that_are_gone(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (_owner, database) = empty(backend).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        execute(&app, "DELETE FROM version WHERE id IN (10001, 10002)").await;
        let report = take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!((report.changed(), report.absent), (false, vec![("versions", 2)]));
        let report = take_over(&database, &upstream.url(), &settings, pruning(Prune::OrGiveUp)).await.unwrap();
        assert_eq!(report.versions.removed, 2);
        assert!(whole(&database).await["versions.json"] == whole(&app.database).await["versions.json"]);
    }

    /// A record of which not even the id can be read is no reason to delete anything.
    async fn a_garbled_record(backend: Backend) {
        let app = App::sample(backend).await;
        let id = Mischief::Instead("\"id\":10010,\"title\"", "\"id\":10010.5,\"title\"".to_owned());
        let (upstream, goes_wrong) = turning(&app, id).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (owner, database) = empty(backend).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        goes_wrong.store(true, Ordering::SeqCst);
        let options = Options { skip_invalid: true, ..pruning(Prune::Yes) };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        assert_eq!((report.packages.removed, report.packages.skipped), (0, 1), "{report:?}");
        assert_eq!(package_row(&owner, 10010).await.id, 10010);
    }

    /// A category goes with its last package, and not before.
    async fn categories_in_use_stay(backend: Backend) {
        let app = App::empty(backend).await;
        let packages = json!([package(1, json!({"category": 1, "grids": []})), package(2, json!({"category": 2, "grids": []}))]);
        let categories = json!((1..=6).map(|id| category(id, json!({}))).collect::<Vec<_>>());
        Files::new(categories, json!([]), packages).import(&app.database).await.unwrap();
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (owner, database) = empty(backend).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let mine = json!([package(900_001, json!({"grids": [], "category": 6}))]);
        Files::new(json!([]), json!([]), mine).import(&database).await.unwrap();
        execute(&app, "DELETE FROM category WHERE id IN (5, 6)").await;
        let report = take_over(&database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert_eq!(report.categories.removed, 1);
        let left = entity::category::Entity::find().all(&owner.connect().await).await.unwrap();
        let mut left: Vec<i64> = left.iter().map(|row| row.id).collect();
        left.sort_unstable();
        assert_eq!(left, [1, 2, 3, 4, 6], "a package that was made here is in it");
    }

    /// What would change, column by column.
    async fn a_dry_run_tells(backend: Backend) {
        let app = App::sample(backend).await;
        let upstream = Upstream::calm(app.site.router.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = hurried(folder.path());
        let (owner, database) = empty(backend).await;
        let dry = Options { dry_run: true, ..Options::default() };
        let report = take_over(&database, &upstream.url(), &settings, dry).await.unwrap();
        let added: usize = report.kinds().iter().map(|(_, counts)| counts.added).sum();
        assert_eq!((report.differences.len(), report.packages.added), (added, 191));
        assert_eq!(revision(&owner).await, 0);
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        execute(&app, "UPDATE package SET repo_watchers = 323, title = 'Other' WHERE id = 683").await;
        let report = take_over(&database, &upstream.url(), &settings, dry).await.unwrap();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert_eq!(listed, ["~ packages 683 django-queued-storage (title, repo_watchers)"]);
        // Whatever kind of row it is.
        for sql in [
            "UPDATE version SET hidden = true WHERE id = 10001",
            "UPDATE feature SET title = 'Other' WHERE id = 10001",
            "UPDATE element SET text = 'no' WHERE id = 10001",
            "DELETE FROM element WHERE id = 10002",
            "DELETE FROM grid_package WHERE grid_id = 84 AND package_id = 683",
        ] {
            execute(&app, sql).await;
        }
        let dry = Options { prune: Prune::OrGiveUp, ..dry };
        let report = take_over(&database, &upstream.url(), &settings, dry).await.unwrap();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        for line in [
            "~ versions 10001 3.8.0 (hidden)",
            "~ features 10001 Other (title)",
            "~ elements 10001  (text)",
            "- elements 10002 ",
            "- pairings of grid 84 packages/683 django-queued-storage",
        ] {
            assert!(listed.contains(&line.to_owned()), "{line}: {listed:?}");
        }
    }
}
