//! Importing what contradicts itself, or what is there already.

use packgrid::exchange::{Counts, ImportError, Options, Prune};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

const SKIP: Options =
    Options { skip_invalid: true, prune: Prune::No, dry_run: false, overwrite_edits: false };

/// A package whose slug and repository are called so.
fn named(id: i64, slug: &str, repository: &str) -> Value {
    let repo_url = format!("https://github.com/a/{repository}");
    package(id, json!({"slug": slug, "repo_url": repo_url}))
}

on_both! {
    /// A record that is left out keeps its old values, and whoever counted on them is wrong, too.
    async fn one_conflict_makes_another(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([named(1, "a", "u1"), named(3, "c", "u3")]));
        files.import(&database).await.unwrap();
        let files =
            Files::of_packages(json!([named(3, "c", "u3"), named(1, "b", "u3"), named(2, "a", "u2")]));
        let Err(ImportError::Invalid(problems)) = files.import(&database).await else { panic!() };
        assert_eq!(problems.len(), 2, "{problems:?}");
        let report = files.import_with(&database, SKIP).await.unwrap();
        assert_eq!(report.packages, Counts { unchanged: 1, skipped: 2, ..Counts::default() });
    }

    /// A record that is left out says nothing: what it may have named stays.
    async fn left_out_records_take_nothing_along(backend: Backend) {
        let app = App::empty(backend).await;
        let directory = |title: &str, package_title: &str, grids: Value| {
            let files = Files::new(
                json!([category(4, json!({}))]),
                json!([grid(84, json!({"title": title, "packages": [1]}))]),
                json!([package(1, json!({"title": package_title, "grids": grids}))]),
            );
            files.write("features.json", &json!([{"id": 1, "grid": 84, "title": "x"}]).to_string());
            let element = json!([{"id": 1, "feature": 1, "package": 1, "text": "yes"}]);
            files.write("elements.json", &element.to_string());
            files
        };
        directory("Grid", "Package", json!([])).import(&app.database).await.unwrap();
        let long = "x".repeat(101);
        for files in [directory(&long, "Package", json!([])), directory("Grid", &long, json!([]))] {
            let report = files.import_with(&app.database, SKIP).await.unwrap();
            assert_eq!(report.pairings, Counts { unchanged: 1, ..Counts::default() });
            assert_eq!(report.elements, Counts { unchanged: 1, ..Counts::default() });
        }
    }

    /// Of two records with one id the first is written, and what it tells is what counts.
    async fn a_repeated_package(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let tells = json!({"pypi_license": "MIT", "pypi_downloads": 5});
        Files::of_packages(json!([package(1, tells)])).import(&database).await.unwrap();
        for (first, second, license) in [
            (json!({"pypi_license": "BSD"}), json!({}), "BSD"),
            (json!({}), json!({"pypi_license": "GPL"}), "BSD"),
        ] {
            let files = Files::of_packages(json!([package(1, first), package(1, second)]));
            let report = files.import_with(&database, SKIP).await.unwrap();
            assert_eq!(report.packages.skipped, 1);
            let connection = test_database.connect().await;
            let row = entity::package::Entity::find_by_id(1).one(&connection).await;
            let row = row.unwrap().unwrap();
            assert_eq!(row.pypi_license.as_deref(), Some(license));
            assert_eq!(row.pypi_license_folded, Some(license.to_lowercase()));
            assert_eq!(row.pypi_downloads, Some(5));
        }
    }

    /// A feature that moves to another grid leaves its cells, which are of packages of the old one.
    async fn a_feature_that_moves(backend: Backend) {
        let app = App::empty(backend).await;
        let directory = |feature_grid: i64, elements: Value| {
            let files = Files::new(
                json!([category(4, json!({}))]),
                json!([grid(1, json!({})), grid(2, json!({}))]),
                json!([package(1, json!({"grids": [1]})), package(2, json!({"grids": [2]}))]),
            );
            let feature = json!([{"id": 1, "grid": feature_grid, "title": "x"}]);
            files.write("features.json", &feature.to_string());
            files.write("elements.json", &elements.to_string());
            files
        };
        let cell = |package: i64| json!([{"id": 1, "feature": 1, "package": package, "text": "yes"}]);
        directory(1, cell(1)).import(&app.database).await.unwrap();
        let report = directory(2, json!([])).import(&app.database).await.unwrap();
        assert_eq!(report.elements, Counts { removed: 1, ..Counts::default() });
        directory(1, cell(1)).import(&app.database).await.unwrap();
        let report = directory(2, cell(2)).import(&app.database).await.unwrap();
        assert_eq!(report.elements, Counts { added: 1, removed: 1, ..Counts::default() });
        let wrong = "SELECT count(*) FROM element e JOIN feature f ON f.id = e.feature_id \
                     JOIN grid_package gp ON gp.id = e.grid_package_id WHERE gp.grid_id <> f.grid_id";
        let connection = app.test_database.connect().await;
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), wrong);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
    }

    /// Cells go with their pairing, and the report says how many.
    async fn cells_go_with_their_pairing(backend: Backend) {
        let app = App::empty(backend).await;
        let directory = |grids: Value| {
            let files = Files::of_packages(json!([package(1, json!({"grids": grids}))]));
            files.write("features.json", &json!([{"id": 1, "grid": 84, "title": "x"}]).to_string());
            files
        };
        let files = directory(json!([84]));
        files.write(
            "elements.json",
            &json!([{"id": 1, "feature": 1, "package": 1, "text": "yes"}]).to_string(),
        );
        files.import(&app.database).await.unwrap();
        let report = directory(json!([])).import(&app.database).await.unwrap();
        assert_eq!((report.pairings.removed, report.elements.removed), (1, 1));
        let rows = entity::element::Entity::find().all(&app.test_database.connect().await).await;
        assert_eq!(rows.unwrap(), []);
    }

    /// Lines of JSON are looked at one by one, also when the first is the broken one.
    async fn a_broken_first_line(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([]));
        let line = package(2, json!({})).to_string();
        files.write("packages.json", &format!("\u{feff}{}\n{line}\n", &line[..50]));
        let report = files.import_with(&database, SKIP).await.unwrap();
        assert_eq!(report.packages, Counts { added: 1, skipped: 1, ..Counts::default() });
        assert!(report.problems[0].to_string().starts_with("packages.json: record 1 (line 1): it is not valid JSON: EOF"));
    }

    /// A page of several is not the directory.
    async fn one_page_of_several(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([]));
        let page = |next: Value| json!({"count": 9, "next": next, "results": [package(1, json!({}))]});
        files.write("packages.json", &page(json!("https://x.example/?offset=20")).to_string());
        let error = files.import(&database).await.unwrap_err().to_string();
        assert!(error.contains("is one page of several"), "{error}");
        let mut last = page(json!(null));
        last["previous"] = json!("https://x.example/");
        files.write("packages.json", &last.to_string());
        assert!(files.import(&database).await.unwrap_err().to_string().contains("is one page of"));
        files.write("packages.json", &serde_json::to_string_pretty(&page(json!(null))).unwrap());
        assert_eq!(files.import(&database).await.unwrap().packages.added, 1);
        files.write("packages.json", &json!({"detail": "Not found."}).to_string());
        let error = files.import(&database).await.unwrap_err();
        assert!(error.to_string().ends_with("packages.json: this is an error response: \"Not found.\""), "{error}");
    }
}
