//! What a source has no more, and what would change.

use packgrid::exchange::{ImportError, Options, Prune};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

use super::upstream::Upstream;
use super::{Failed, hurried, pruning, take_over, whole};
use crate::support::files::{Files, category, grid, package, package_row, revision};
use crate::support::{App, Backend, TestDatabase, on_both};

async fn execute(app: &App, sql: &str) {
    app.test_database.connect().await.execute_unprepared(sql).await.unwrap();
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
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        own(&database).await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!(package_row(&owner, 683).await.status, entity::PackageStatus::Replaced);

        execute(&app, "DELETE FROM package WHERE id IN (10010, 10011)").await;
        execute(&app, "DELETE FROM grid WHERE id = 84").await;
        // Without being told to, nobody deletes.
        let report = take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!((report.packages.removed, report.grids.removed), (0, 0));
        let before = revision(&owner).await;
        let options = Options { dry_run: true, ..pruning(Prune::Carefully) };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert!(listed.iter().any(|line| line.starts_with("- packages 10010 ")), "{listed:?}");
        assert!(listed.contains(&"- grids 84 files-images".to_owned()), "{listed:?}");
        assert_eq!(revision(&owner).await, before, "a dry run changes nothing");

        let report = take_over(&database, &upstream.url(), &settings, pruning(Prune::Carefully)).await.unwrap();
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
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let before = whole(&database).await;
        execute(&app, "DELETE FROM package WHERE id > 10150").await;
        let refused = take_over(&database, &upstream.url(), &settings, pruning(Prune::Carefully)).await;
        match refused {
            Err(Failed::Import(error @ ImportError::TooManyGone(_))) => {
                assert!(error.to_string().contains("40 of 191 packages would be deleted"), "{error}");
            }
            other => panic!("{other:?}"),
        }
        assert!(whole(&database).await == before);
        // In the background, the rest comes in all the same.
        execute(&app, "UPDATE package SET repo_watchers = 323 WHERE id = 683").await;
        let options = Options { skip_invalid: true, ..pruning(Prune::Carefully) };
        let report = take_over(&database, &upstream.url(), &settings, options).await.unwrap();
        assert_eq!((report.packages.changed, report.packages.removed), (1, 0));
        assert!(report.not_pruned.iter().any(|it| it.to_string() == "40 of 191 packages"));
        let report = take_over(&database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert_eq!(report.packages.removed, 40);
        assert!(whole(&database).await["packages.json"] == whole(&app.database).await["packages.json"]);
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
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
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
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let dry = Options { dry_run: true, ..Options::default() };
        let report = take_over(&database, &upstream.url(), &settings, dry).await.unwrap();
        assert_eq!(report.differences.len(), 4 + 31 + 191);
        assert_eq!(revision(&owner).await, 0);
        take_over(&database, &upstream.url(), &settings, Options::default()).await.unwrap();
        execute(&app, "UPDATE package SET repo_watchers = 323, title = 'Other' WHERE id = 683").await;
        let report = take_over(&database, &upstream.url(), &settings, dry).await.unwrap();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert_eq!(listed, ["~ packages 683 django-queued-storage (title, repo_watchers)"]);
    }
}
