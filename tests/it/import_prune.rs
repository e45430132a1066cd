//! Pruning by files: what files brought and no longer have goes, and nothing else.

use packgrid::exchange::{ImportError, Options, Prune, Report};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::support::files::{Files, category, grid, package, package_row};
use crate::support::{App, Backend, on_both};

fn pruning(prune: Prune) -> Options {
    Options { prune, ..Options::default() }
}

/// Files with as many packages, releases of package 1, and features, with cells of packages 1 and 2.
fn files(packages: i64, versions: i64, features: i64) -> Files {
    let list =
        |count: i64, record: &dyn Fn(i64) -> Value| -> Value { (1..=count).map(record).collect() };
    let files = Files::new(
        json!([category(4, json!({}))]),
        json!([grid(84, json!({"packages": (1..=packages).collect::<Vec<_>>()}))]),
        list(packages, &|id| package(id, json!({"grids": [84]}))),
    );
    let version = |id: i64| json!({"id": id, "package": 1, "number": id.to_string()});
    files.write("versions.json", &list(versions, &version).to_string());
    let feature = |id: i64| json!({"id": id, "grid": 84, "title": "F"});
    files.write("features.json", &list(features, &feature).to_string());
    let cell =
        |id: i64| json!({"id": id, "feature": (id + 1) / 2, "package": 1 + id % 2, "text": "yes"});
    files.write("elements.json", &list(2 * features, &cell).to_string());
    files
}

async fn execute(app: &App, sql: &str) {
    app.test_database.connect().await.execute_unprepared(sql).await.unwrap();
}

/// Removed packages, versions, pairings, features and elements.
fn removed(report: &Report) -> [usize; 5] {
    let Report { packages, versions, pairings, features, elements, .. } = report;
    [packages, versions, pairings, features, elements].map(|counts| counts.removed)
}

on_both! {
    async fn what_files_brought_and_no_longer_have_goes(backend: Backend) {
        let app = App::empty(backend).await;
        files(10, 6, 6).import(&app.database).await.unwrap();
        // An address brought package 9, an editor made release 5.
        execute(&app, "INSERT INTO source (id, url) VALUES (7, 'https://x.example/api/v4/')").await;
        execute(&app, "UPDATE package SET source_id = 7 WHERE id = 9").await;
        execute(&app, "UPDATE grid_package SET source_id = 7 WHERE package_id = 9").await;
        execute(&app, "UPDATE version SET source_id = 0 WHERE id = 5").await;
        let fewer = files(8, 4, 5);
        // Without --prune they stay, and the report says how many they are.
        let report = fewer.import(&app.database).await.unwrap();
        assert_eq!(removed(&report), [0, 0, 0, 0, 0], "package 10 stays where it was");
        assert_eq!(report.absent, [("packages", 1), ("versions", 1), ("features", 1), ("elements", 2)]);
        let dry = Options { dry_run: true, ..pruning(Prune::OrGiveUp) };
        let report = fewer.import_with(&app.database, dry).await.unwrap();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert!(listed.contains(&"- packages 10 package-10".to_owned()), "{listed:?}");
        let report = fewer.import_with(&app.database, pruning(Prune::OrGiveUp)).await.unwrap();
        assert_eq!(removed(&report), [1, 1, 1, 1, 2]);
        assert_eq!(package_row(&app.test_database, 9).await.grids_count, 1);
        let versions = entity::version::Entity::find().all(&app.test_database.connect().await).await.unwrap();
        let mut versions: Vec<i64> = versions.iter().map(|row| row.id).collect();
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3, 4, 5]);
        let report = fewer.import_with(&app.database, pruning(Prune::OrGiveUp)).await.unwrap();
        assert!(!report.changed(), "{report:?}");
    }

    async fn more_than_a_fifth_takes_a_word(backend: Backend) {
        let app = App::empty(backend).await;
        files(10, 6, 6).import(&app.database).await.unwrap();
        let fewer = files(7, 6, 6);
        let refused = fewer.import_with(&app.database, pruning(Prune::OrGiveUp)).await.unwrap_err();
        assert!(matches!(refused, ImportError::TooManyGone(_)), "{refused}");
        assert!(refused.to_string().starts_with("3 of 10 packages would be deleted"), "{refused}");
        let report = fewer.import_with(&app.database, pruning(Prune::Yes)).await.unwrap();
        assert_eq!((report.packages.removed, report.pairings.removed), (3, 3));
    }

    async fn a_missing_file_and_a_record_without_an_id_prune_nothing(backend: Backend) {
        let app = App::empty(backend).await;
        files(10, 6, 6).import(&app.database).await.unwrap();
        let fewer = files(10, 6, 6);
        for file in ["versions.json", "features.json", "elements.json"] {
            std::fs::remove_file(fewer.path().join(file)).unwrap();
        }
        let report = fewer.import_with(&app.database, pruning(Prune::Yes)).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        fewer.write("versions.json", &json!([{"id": "1", "package": 1, "number": "1"}]).to_string());
        let options = Options { skip_invalid: true, ..pruning(Prune::Yes) };
        let report = fewer.import_with(&app.database, options).await.unwrap();
        assert_eq!((report.versions.removed, report.versions.skipped), (0, 1));
    }

    /// A row with rows of editors or of an address in it stays, and is named.
    async fn rows_from_elsewhere_keep_what_they_belong_to(backend: Backend) {
        let app = App::empty(backend).await;
        files(10, 6, 6).import(&app.database).await.unwrap();
        execute(&app, "INSERT INTO source (id, url) VALUES (7, 'https://x.example/api/v4/')").await;
        for (id, package, source) in [(101, 10, 7), (102, 9, 0)] {
            let sql = format!("UPDATE version SET id = {id}, package_id = {package}, source_id = {source} WHERE id = {}", id - 96);
            execute(&app, &sql).await;
        }
        execute(&app, "UPDATE element SET source_id = 7 WHERE id = 12").await;
        let report = files(8, 4, 5).import_with(&app.database, pruning(Prune::Yes)).await.unwrap();
        let mut held: Vec<String> = report.held.iter().map(ToString::to_string).collect();
        held.sort_unstable();
        assert_eq!(held, [
            "features/6 (F), which has rows of editors or another source",
            "packages/10 (package-10), which has rows of editors or another source",
            "packages/9 (package-9), which has rows of editors or another source",
        ]);
        assert_eq!(removed(&report), [0, 0, 0, 0, 0]);
    }

    /// A grid that is no longer in the files stays with its packages and cells, also where the packages'
    /// records do not name it any more; `--prune` takes all of it.
    async fn what_stays_keeps_what_belongs_to_it(backend: Backend) {
        let app = App::empty(backend).await;
        let directory = |grids: &[i64]| {
            let files = Files::new(
                json!([category(4, json!({}))]),
                json!(grids.iter().map(|id| grid(*id, json!({"slug": format!("g{id}"), "packages": [1, 2]}))).collect::<Vec<_>>()),
                json!([package(1, json!({"grids": grids})), package(2, json!({"grids": grids}))]),
            );
            let feature = |id: &i64| json!({"id": id, "grid": id, "title": "F"});
            let features: Vec<Value> = grids.iter().map(feature).collect();
            files.write("features.json", &json!(features).to_string());
            let cell = |id: &i64| json!({"id": id, "feature": id, "package": 1, "text": "yes"});
            let cells: Vec<Value> = grids.iter().map(cell).collect();
            files.write("elements.json", &json!(cells).to_string());
            files
        };
        directory(&[81, 82, 83, 84, 85, 86]).import(&app.database).await.unwrap();
        let fewer = directory(&[81, 82, 83, 84, 85]);
        let report = fewer.import(&app.database).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        // A package of the files leaves a grid of the files when neither says so.
        fewer.write("grids.json", &json!([grid(85, json!({"slug": "g85", "packages": [1]}))]).to_string());
        fewer.write("packages.json", &json!([package(1, json!({"grids": [85]})), package(2, json!({"grids": []}))]).to_string());
        let report = fewer.import(&app.database).await.unwrap();
        assert_eq!(removed(&report), [0, 0, 1, 0, 0]);
        let report = directory(&[81, 82, 83, 84, 85]).import_with(&app.database, pruning(Prune::OrGiveUp)).await.unwrap();
        assert_eq!((report.grids.removed, removed(&report)), (1, [0, 0, 2, 1, 1]));
    }
}
