//! What editors have changed, when the directory comes in again: it stays, by name and by place, and is
//! nobody else's.

use entity::{element, package, version};
use packgrid::auth::Role;
use packgrid::exchange::{Options, Report};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Editors, id};
use crate::support::files::{Files, category, grid, package as record, package_row};
use crate::support::{App, Backend, on_both};

const SKIP: Options = Options {
    skip_invalid: true,
    prune: packgrid::exchange::Prune::No,
    dry_run: false,
    overwrite_edits: false,
};
const OVERWRITE: Options = Options { overwrite_edits: true, ..SKIP };

/// Two packages in a grid with two features, in the first of two categories, with releases and cells.
fn files() -> Files {
    let categories = json!([category(4, json!({})), category(5, json!({}))]);
    let packages = json!([record(1, json!({"grids": [84]})), record(2, json!({"grids": [84]}))]);
    let files = Files::new(categories, json!([grid(84, json!({}))]), packages);
    let features =
        json!([{"id": 1, "grid": 84, "title": "F"}, {"id": 2, "grid": 84, "title": "G"}]);
    files.write("features.json", &features.to_string());
    files.write("elements.json", &json!([cell(11, 1, 1, "yes"), cell(12, 1, 2, "no")]).to_string());
    files
        .write("versions.json", &json!([release(21, 1, "1.0"), release(22, 1, "2.0")]).to_string());
    files
}

fn cell(id: i64, feature: i64, package: i64, text: &str) -> Value {
    json!({"id": id, "feature": feature, "package": package, "text": text})
}

fn release(id: i64, package: i64, number: &str) -> Value {
    json!({"id": id, "package": package, "number": number, "license": "MIT"})
}

async fn brought(backend: Backend) -> (Editors, Files) {
    let (editors, files) = (Editors::of(App::empty(backend).await).await, files());
    files.import(&editors.app.database).await.unwrap();
    (editors, files)
}

/// Brings it in, once to change something and once more to change nothing.
async fn twice(editors: &Editors, files: &Files) -> Report {
    let report = files.import_with(&editors.app.database, SKIP).await.unwrap();
    let again = files.import_with(&editors.app.database, SKIP).await.unwrap();
    assert!(!again.changed(), "{again:?}");
    assert_eq!((again.kept, again.left_out), (report.kept, report.left_out));
    report
}

fn problems(report: &Report) -> Vec<String> {
    report.problems.iter().map(ToString::to_string).collect()
}

/// Releases, as id, number, licence and whether editors changed them.
async fn releases(editors: &Editors) -> Vec<(i64, String, String, bool)> {
    let connection = editors.app.test_database.connect().await;
    let rows = version::Entity::find().all(&connection).await.unwrap();
    let all = rows.into_iter().map(|row| {
        let edited = !row.edited.0.is_empty();
        (row.id, row.number, row.license.unwrap_or_default(), edited)
    });
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all
}

/// Cells, as id, feature, text and whether editors changed them.
async fn cells(editors: &Editors) -> Vec<(i64, i64, String, bool)> {
    let connection = editors.app.test_database.connect().await;
    let rows = element::Entity::find().all(&connection).await.unwrap();
    let all =
        rows.into_iter().map(|row| (row.id, row.feature_id, row.text, !row.edited.0.is_empty()));
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all
}

fn one(id: i64, place: &str, says: &str, edited: bool) -> (i64, String, String, bool) {
    (id, place.to_owned(), says.to_owned(), edited)
}

async fn rename(editors: &Editors, release: i64, number: &str) {
    let input = json!({ "id": id("Release", release), "version": number });
    editors.edit(Role::Editor, "updateRelease", input, "").await;
}

async fn license(editors: &Editors, release: i64, license: &str) {
    let input = json!({ "id": id("Release", release), "license": license });
    editors.edit(Role::Editor, "updateRelease", input, "").await;
}

async fn set(editors: &Editors, feature: i64, package: i64, text: &str) {
    let cell = json!({ "featureId": id("Feature", feature), "packageId": id("Package", package), "text": text });
    let input = json!({ "gridId": id("Grid", 84), "cells": [cell] });
    editors.edit(Role::Editor, "setCells", input, "").await;
}

on_both! {
    /// Values that no two rows may have are looked at as editors have them.
    async fn slugs_and_repositories(backend: Backend) {
        let (editors, files) = brought(backend).await;
        let edit = json!({ "id": id("Package", 1), "slug": "ours", "repoUrl": "github.com/our/own" });
        editors.edit(Role::Editor, "updatePackage", edit, "").await;
        editors.edit(Role::Editor, "updateGrid", json!({ "id": id("Grid", 84), "slug": "our-grid" }), "").await;
        editors.edit(Role::Admin, "updateCategory", json!({ "id": id("Category", 4), "slug": "our-apps" }), "").await;
        let before = package_row(&editors.app.test_database, 1).await;
        assert_eq!((before.slug.as_str(), before.repo_key.as_str()), ("ours", "github.com/our/own"));
        let report = twice(&editors, &files).await;
        assert_eq!((report.changed(), report.kept, problems(&report)), (false, 4, vec![]));
        assert_eq!(package_row(&editors.app.test_database, 1).await, before);
        let found = editors.app.data("{ a: grid(slug: \"our-grid\") { number } b: category(slug: \"our-apps\") { number } }").await;
        assert_eq!(found, json!({ "a": { "number": 84 }, "b": { "number": 4 } }));

        // What their source has given up, others may take; what editors took, nobody.
        let named = |id: i64, slug: &str, repo: &str| record(id, json!({"slug": slug, "repo_url": repo, "grids": [84]}));
        files.write("packages.json", &json!([
            named(3, "ours", "https://github.com/a/3"),
            named(4, "other", "https://github.com/our/own"),
            named(5, "package-1", "https://github.com/someone/package-1"),
            record(1, json!({"grids": [84], "repo_watchers": 7, "slug": "moved", "repo_url": "https://github.com/a/moved"})),
            record(2, json!({"grids": [84], "repo_url": "https://www.github.com/Our/own.git"})),
        ]).to_string());
        let report = twice(&editors, &files).await;
        assert_eq!(problems(&report), [
            "packages.json: record 2 (line 1), id 4: its repository is one that editors gave \"ours\"",
            "packages.json: record 5 (line 1), id 2: its repository is one that editors gave \"ours\"",
            "packages.json: record 1 (line 1), id 3: slug \"ours\" is that of id 1, to which editors gave it",
        ]);
        assert_eq!((report.packages.added, report.packages.changed), (1, 1));
        let row = package_row(&editors.app.test_database, 1).await;
        let revision = row.revision;
        assert_eq!(row, package::Model { repo_watchers: Some(7), score: row.score, revision, ..before });
        let report = files.import_with(&editors.app.database, OVERWRITE).await.unwrap();
        assert_eq!((problems(&report), report.packages.added), (vec![], 2));
        assert_eq!(package_row(&editors.app.test_database, 1).await.slug, "moved");
    }

    /// A category that is taken out is nobody's, and keeps no package from what else is said of it.
    async fn a_category_that_is_out(backend: Backend) {
        let (editors, files) = brought(backend).await;
        let edit = json!({ "id": id("Package", 1), "categoryId": id("Category", 5) });
        editors.edit(Role::Editor, "updatePackage", edit, "").await;
        // Of this one its source said so.
        files.write("packages.json", &json!([record(1, json!({"grids": [84]})), record(2, json!({"grids": [84], "category": 5}))]).to_string());
        files.import(&editors.app.database).await.unwrap();
        editors.edit(Role::Admin, "deleteCategory", json!({ "id": id("Category", 4) }), "").await;
        files.write("packages.json", &json!([
            record(1, json!({"grids": [84], "repo_watchers": 7})),
            record(2, json!({"grids": [84], "repo_watchers": 8, "replaced_by": 3})),
            record(3, json!({"grids": [84]})),
        ]).to_string());
        files.write("grids.json", &json!([grid(84, json!({"packages": [1, 2, 3]}))]).to_string());
        files.write("versions.json", &json!([release(21, 1, "1.0"), release(23, 3, "1.0")]).to_string());
        files.write("elements.json", &json!([cell(11, 1, 1, "yes"), cell(13, 1, 3, "yes")]).to_string());
        let report = twice(&editors, &files).await;
        assert_eq!(problems(&report), [""; 0]);
        // The category, the package, its release, its cell, and its place in the grid.
        assert_eq!((report.packages.changed, report.packages.added, report.kept, report.left_out), (2, 0, 2, 5));
        for (id, stars) in [(1, 7), (2, 8)] {
            let row = package_row(&editors.app.test_database, id).await;
            assert_eq!((row.category_id, row.repo_watchers, row.replaced_by_id), (5, Some(stars), None));
        }
        let report = files.import_with(&editors.app.database, OVERWRITE).await.unwrap();
        assert_eq!((report.packages.added, report.categories.added, report.left_out), (1, 1, 0));
        assert_eq!(package_row(&editors.app.test_database, 2).await.replaced_by_id, Some(3));
        assert!(!twice(&editors, &files).await.changed());
    }

    async fn the_number_of_a_release(backend: Backend) {
        let (editors, files) = brought(backend).await;
        rename(&editors, 21, "1.0.0").await;
        let report = twice(&editors, &files).await;
        assert_eq!((report.changed(), report.kept), (false, 1));
        assert_eq!(releases(&editors).await, [one(21, "1.0.0", "MIT", true), one(22, "2.0", "MIT", false)]);
        // The number that editors took is taken, whatever comes first.
        files.write("versions.json", &json!([release(23, 1, "1.0.0"), release(21, 1, "1.0"), release(24, 1, "1.0 ")]).to_string());
        let report = twice(&editors, &files).await;
        assert_eq!(problems(&report), [
            "versions.json: record 1 (line 1), id 23: version (package, number) (1, \"1.0.0\") is that of id 21, to which editors gave it",
        ]);
        assert_eq!(releases(&editors).await, [
            one(21, "1.0.0", "MIT", true), one(22, "2.0", "MIT", false), one(24, "1.0 ", "MIT", false),
        ]);
        let report = files.import_with(&editors.app.database, OVERWRITE).await.unwrap();
        assert_eq!(problems(&report), [""; 0]);
        assert_eq!(releases(&editors).await, [
            one(21, "1.0", "MIT", false), one(22, "2.0", "MIT", false), one(23, "1.0.0", "MIT", false),
            one(24, "1.0 ", "MIT", false),
        ]);
    }

    /// A release and a cell are what they are by their places, whatever their ids.
    async fn places_with_other_ids(backend: Backend) {
        let (editors, files) = brought(backend).await;
        license(&editors, 21, "BSD").await;
        set(&editors, 1, 1, "ours").await;
        files.write("versions.json", &json!([release(31, 1, "1.0"), release(21, 1, "2.0")]).to_string());
        files.write("elements.json", &json!([cell(12, 1, 1, "yes"), cell(32, 1, 2, "no")]).to_string());
        let report = twice(&editors, &files).await;
        assert_eq!((report.kept, problems(&report)), (2, vec![]));
        assert_eq!(releases(&editors).await, [one(21, "2.0", "MIT", false), one(31, "1.0", "BSD", true)]);
        let text = |it: &str| it.to_owned();
        assert_eq!(cells(&editors).await, [(12, 1, text("ours"), true), (32, 1, text("no"), false)]);

        // Nor does an id that comes elsewhere take along what was edited here.
        files.write("versions.json", &json!([release(31, 1, "3.0")]).to_string());
        files.write("elements.json", &json!([cell(12, 2, 1, "yes")]).to_string());
        let report = twice(&editors, &files).await;
        assert_eq!(problems(&report), [
            "versions.json: record 1 (line 1), id 31: its id is that of version (package, number) (1, \"1.0\") here, which editors changed",
            "elements.json: record 1 (line 1), id 12: its id is that of cell (feature, package) (1, 1) here, which editors changed",
        ]);
        assert!(!report.changed(), "{report:?}");
        let report = files.import_with(&editors.app.database, OVERWRITE).await.unwrap();
        assert_eq!(problems(&report), [""; 0]);
        assert_eq!(releases(&editors).await, [one(21, "2.0", "MIT", false), one(31, "3.0", "MIT", false)]);
        assert_eq!(cells(&editors).await, [(12, 2, text("yes"), false), (32, 1, text("no"), false)]);
    }

    /// What was made here and comes in by files is what it is here.
    async fn made_here_in_files(backend: Backend) {
        let (editors, files) = brought(backend).await;
        let made = json!({ "packageId": id("Package", 1), "version": "3.0", "license": "MIT" });
        editors.edit(Role::Editor, "createRelease", made, "").await;
        let made = json!({ "title": "Made", "slug": "made", "categoryId": id("Category", 4), "repoUrl": "github.com/made/here" });
        editors.edit(Role::Editor, "createPackage", made, "").await;
        set(&editors, 2, 1, "made").await;
        let older = tempfile::tempdir().unwrap();
        crate::export::export_to(&editors.app.database, older.path(), packgrid::exchange::Format::Json).await.unwrap();
        for file in ["packages.json", "versions.json", "elements.json", "features.json", "grids.json", "categories.json"] {
            files.write(file, &std::fs::read_to_string(older.path().join(file)).unwrap());
        }
        let report = twice(&editors, &files).await;
        assert_eq!((report.changed(), report.kept, report.gave_way), (false, 0, 0));

        rename(&editors, 1_000_000, "3.1").await;
        editors.edit(Role::Editor, "updatePackage", json!({ "id": id("Package", 1_000_001), "slug": "renamed", "repoWatchers": 3 }), "").await;
        set(&editors, 2, 1, "remade").await;
        let before = (releases(&editors).await, cells(&editors).await, package_row(&editors.app.test_database, 1_000_001).await);
        let report = twice(&editors, &files).await;
        assert_eq!((report.changed(), report.kept, problems(&report)), (false, 4, vec![]));
        let after = (releases(&editors).await, cells(&editors).await, package_row(&editors.app.test_database, 1_000_001).await);
        assert_eq!(after, before);
        // Others that come to their places give way.
        files.write("versions.json", &json!([release(24, 1, "3.1")]).to_string());
        files.write("elements.json", &json!([cell(14, 2, 1, "theirs")]).to_string());
        let report = twice(&editors, &files).await;
        assert_eq!((report.changed(), report.left_out, report.gave_way), (false, 0, 2));

        for file in ["versions.json", "elements.json"] {
            files.write(file, &std::fs::read_to_string(older.path().join(file)).unwrap());
        }
        let report = files.import_with(&editors.app.database, OVERWRITE).await.unwrap();
        assert_eq!((report.packages.changed, report.versions.changed, report.elements.changed), (1, 1, 1), "{report:?}");
        let found = editors.app.data("{ package(slug: \"made\") { repoWatchers isMadeHere } }").await;
        assert_eq!(found["package"], json!({ "repoWatchers": null, "isMadeHere": true }));
        assert!(!twice(&editors, &files).await.changed());
        // Into an empty directory it comes as it is.
        let other = App::empty(backend).await;
        let report = files.import(&other.database).await.unwrap();
        assert_eq!((report.kept, report.packages.added), (0, 3));
    }
}
