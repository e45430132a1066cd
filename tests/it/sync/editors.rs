//! A source, and editors here: neither takes from the other.

use entity::{element, grid_package, version};
use packgrid::auth::Role;
use packgrid::exchange::{Options, Prune};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::upstream::Upstream;
use super::{hurried, pruning, take_over, whole as files};
use crate::editing::{Editors, id};
use crate::support::{App, Backend, TestDatabase, on_both};

/// A source with editors of its own, a directory that was taken over from it, and its address.
async fn two(backend: Backend) -> (Editors, Editors, Upstream, tempfile::TempDir) {
    let there = Editors::sample(backend).await;
    let upstream = Upstream::calm(there.app.site.router.clone()).await;
    let here = Editors::of(App::on(TestDatabase::empty(backend).await).await).await;
    let folder = tempfile::tempdir().unwrap();
    let (database, settings) = (&here.app.database, hurried(folder.path()));
    take_over(database, &upstream.url(), &settings, Options::default()).await.unwrap();
    (there, here, upstream, folder)
}

async fn make(editors: &Editors, title: &str, repository: &str) -> Value {
    let input = json!({ "title": title, "slug": title, "categoryId": id("Category", 1), "repoUrl": repository });
    let mut made =
        editors.edit(Role::Editor, "createPackage", input, "package { id number }").await;
    made["package"].take()
}

on_both! {
    async fn fields_are_each_ones_own(backend: Backend) {
        let (there, here, upstream, folder) = two(backend).await;
        let settings = hurried(folder.path());
        let edit = json!({ "id": id("Package", 683), "title": "Ours", "pypiVersion": "9" });
        here.edit(Role::Editor, "updatePackage", edit, "").await;
        let edit = json!({ "id": id("Package", 683), "title": "Theirs", "repoWatchers": 12_345 });
        there.edit(Role::Editor, "updatePackage", edit, "").await;
        let before = here.revision().await;
        let report = take_over(&here.app.database, &upstream.url(), &settings, Options::default()).await.unwrap();
        assert_eq!((report.packages.changed, report.kept), (1, 2));
        let query = "{ package(slug: \"django-queued-storage\") { title pypiVersion repoWatchers editedFields revision isMadeHere } }";
        let found = here.app.data(query).await;
        assert_eq!(found["package"], json!({
            "title": "Ours", "pypiVersion": "9", "repoWatchers": 12_345, "editedFields": ["pypiVersion", "title"],
            "revision": (before + 1).to_string(), "isMadeHere": false,
        }));
        // Undoing gives the fields back: the source's come in with the next pass.
        let data = here.app.data("{ history(first: 1, filter: { kind: { eq: UPDATE_PACKAGE } }) { nodes { id } } }").await;
        here.edit(Role::Editor, "revert", json!({ "changeId": data["history"]["nodes"][0]["id"] }), "").await;
        take_over(&here.app.database, &upstream.url(), &settings, Options::default()).await.unwrap();
        let found = here.app.data(query).await;
        assert_eq!((&found["package"]["title"], &found["package"]["editedFields"]), (&json!("Theirs"), &json!([])));
    }

    /// A slug, a repository or an id that both sides made is reported, and nobody's is taken.
    async fn what_both_sides_made(backend: Backend) {
        let (there, here, upstream, folder) = two(backend).await;
        let settings = hurried(folder.path());
        let one = make(&here, "one", "github.com/here/one").await;
        make(&here, "two", "github.com/here/two").await;
        for (title, repository) in [
            ("their-id", "github.com/there/their-id"),
            ("their-id-too", "github.com/there/their-id-too"),
            ("two", "github.com/there/two"),
            ("their-one", "https://www.github.com/Here/One.git"),
        ] {
            make(&there, title, repository).await;
        }
        let skip = Options { skip_invalid: true, ..Options::default() };
        let report = take_over(&here.app.database, &upstream.url(), &settings, skip).await.unwrap();
        let mut problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        problems.sort_unstable();
        assert_eq!(problems, [
            "packages/1000000: its id is that of one that was made here",
            "packages/1000001: its id is that of one that was made here",
            "packages/1000002: slug \"two\" is that of id 1000001, which the source does not have",
            "packages/1000003: its repository is that of \"one\", made here",
        ]);
        let found = here.app.data("{ a: package(slug: \"one\") { id number isMadeHere } b: package(slug: \"their-one\") { id } }").await;
        assert_eq!(found, json!({ "a": { "id": one["id"], "number": 1_000_000, "isMadeHere": true }, "b": null }));
        // The next one that is made here comes after whatever has come in.
        assert_eq!(make(&here, "three", "github.com/here/three").await["number"], 1_000_002);
    }

    /// Also where what has the old ids is pruned, edits go along to the new ones.
    async fn a_source_that_numbers_anew(backend: Backend) {
        let (there, here, upstream, folder) = two(backend).await;
        let settings = hurried(folder.path());
        let connection = here.app.test_database.connect().await;
        let edit = json!({ "id": id("Release", 10_001), "license": "Ours" });
        here.edit(Role::Editor, "updateRelease", edit, "").await;
        let cell = element::Entity::find_by_id(10_001).one(&connection).await.unwrap().unwrap();
        let place = grid_package::Entity::find_by_id(cell.grid_package_id).one(&connection).await.unwrap().unwrap();
        let cells = json!([{ "featureId": id("Feature", cell.feature_id), "packageId": id("Package", place.package_id), "text": "ours" }]);
        here.edit(Role::Editor, "setCells", json!({ "gridId": id("Grid", place.grid_id), "cells": cells }), "").await;
        for table in ["version", "element"] {
            let sql = format!("UPDATE {table} SET id = id + 500000");
            there.app.test_database.connect().await.execute_unprepared(&sql).await.unwrap();
        }
        let report = take_over(&here.app.database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert_eq!((report.kept, report.problems.len()), (2, 0), "{report:?}");
        let release = version::Entity::find_by_id(510_001).one(&connection).await.unwrap().unwrap();
        assert_eq!((release.license.as_deref(), release.edited.0.as_slice()), (Some("Ours"), &["license".to_owned()][..]));
        let cell = element::Entity::find_by_id(510_001).one(&connection).await.unwrap().unwrap();
        assert_eq!((cell.text.as_str(), cell.edited.0.as_slice()), ("ours", &["text".to_owned()][..]));
        let report = take_over(&here.app.database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert_eq!((report.changed(), report.kept), (false, 2), "{report:?}");
    }

    /// What a source has no more stays if something was made in it here, with all that belongs to it.
    async fn what_was_made_in_what_goes(backend: Backend) {
        let (there, here, upstream, folder) = two(backend).await;
        let settings = hurried(folder.path());
        let release = json!({ "packageId": id("Package", 683), "version": "99" });
        here.edit(Role::Editor, "createRelease", release, "").await;
        let query = "{ grids(first: 3, filter: { featuresCount: { gt: 1 }, packagesCount: { gt: 2 } }) { nodes { id number slug \
            featuresCount features(first: 2) { nodes { id number title } } packages(first: 9) { nodes { id number slug } } } } }";
        let grids = here.app.data(query).await;
        let grids = grids["grids"]["nodes"].as_array().unwrap();
        let made = json!({ "gridId": grids[0]["id"], "title": "Made here" });
        here.edit(Role::Editor, "createFeature", made, "").await;
        // A cell where there was none.
        let (feature, package) = (&grids[1]["features"]["nodes"][0], &grids[1]["packages"]["nodes"][0]);
        let connection = here.app.test_database.connect().await;
        let empty = format!(
            "DELETE FROM element WHERE feature_id = {} AND grid_package_id = (SELECT id FROM grid_package WHERE grid_id = {} AND package_id = {})",
            feature["number"], grids[1]["number"], package["number"],
        );
        connection.execute_unprepared(&empty).await.unwrap();
        there.app.test_database.connect().await.execute_unprepared(&empty).await.unwrap();
        let cells = json!([{ "featureId": feature["id"], "packageId": package["id"], "text": "ours" }]);
        here.edit(Role::Editor, "setCells", json!({ "gridId": grids[1]["id"], "cells": cells }), "").await;

        there.edit(Role::Moderator, "deletePackage", json!({ "id": id("Package", 683) }), "").await;
        there.edit(Role::Moderator, "deleteGrid", json!({ "id": grids[0]["id"] }), "").await;
        there.edit(Role::Moderator, "deleteFeature", json!({ "id": feature["id"] }), "").await;
        let out = json!({ "gridId": grids[1]["id"], "packageIds": [package["id"], grids[1]["packages"]["nodes"][1]["id"]] });
        there.edit(Role::Editor, "removePackagesFromGrid", out, "").await;
        there.edit(Role::Moderator, "deleteGrid", json!({ "id": grids[2]["id"] }), "").await;
        let report = take_over(&here.app.database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        let mut held: Vec<String> = report.held.iter().map(ToString::to_string).collect();
        held.sort_unstable();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut expected = [
            format!("features/{} ({}), which has rows of editors or another source", feature["number"], text(&feature["title"])),
            format!("grids/{} ({}), which has rows of editors or another source", grids[0]["number"], text(&grids[0]["slug"])),
            "packages/683 (django-queued-storage), which has rows of editors or another source".to_owned(),
        ];
        expected.sort_unstable();
        assert_eq!(held, expected);
        assert_eq!((report.packages.removed, report.grids.removed, report.pairings.removed > 1), (0, 1, true), "{report:?}");
        let kept = format!(
            "{{ package(slug: \"django-queued-storage\") {{ releases(first: 1) {{ totalCount }} }} \
               a: grid(slug: {}) {{ featuresCount }} b: grid(slug: {}) {{ packages(first: 1) {{ nodes {{ id }} }} }} c: grid(slug: {}) {{ id }} }}",
            grids[0]["slug"], grids[1]["slug"], grids[2]["slug"],
        );
        let found = here.app.data(&kept).await;
        assert!(found["package"]["releases"]["totalCount"].as_i64() > Some(0));
        assert_eq!(found["a"]["featuresCount"].as_i64(), grids[0]["featuresCount"].as_i64().map(|count| count + 1));
        assert_eq!((&found["b"]["packages"]["nodes"][0]["id"], &found["c"]), (&package["id"], &Value::Null));
        let report = take_over(&here.app.database, &upstream.url(), &settings, pruning(Prune::Yes)).await.unwrap();
        assert!(!report.changed() && report.held.len() == 3, "{report:?}");
    }

    /// What moves to the repository of something that was made here is reported, however it is spelled.
    async fn a_package_that_moves(backend: Backend) {
        let (there, here, upstream, folder) = two(backend).await;
        let settings = hurried(folder.path());
        make(&here, "one", "github.com/here/one").await;
        let sql = "UPDATE package SET repo_url = 'https://www.github.com/Here/One.git' WHERE id = 683";
        there.app.test_database.connect().await.execute_unprepared(sql).await.unwrap();
        // An id that leaves no room is none.
        let sql = "UPDATE directory SET next_id = 1000000001";
        there.app.test_database.connect().await.execute_unprepared(sql).await.unwrap();
        make(&there, "far", "github.com/there/far").await;
        let skip = Options { skip_invalid: true, ..Options::default() };
        let report = take_over(&here.app.database, &upstream.url(), &settings, skip).await.unwrap();
        let mut problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        problems.sort_unstable();
        assert_eq!(problems, [
            "packages/1000000001: id is 1000000001; ids of a source are at most 1000000000",
            "packages/683: its repository is that of \"one\", made here",
        ]);
        assert_eq!(make(&here, "two", "github.com/here/two").await["number"], 1_000_001);
    }

    async fn what_is_out_stays_out(backend: Backend) {
        let (_there, here, upstream, folder) = two(backend).await;
        let settings = hurried(folder.path());
        here.edit(Role::Moderator, "deletePackage", json!({ "id": id("Package", 683) }), "").await;
        let two = here.app.data("{ packages(first: 2, filter: { gridsCount: { gt: 0 } }) { nodes { id slug } } }").await;
        let (one, other) = (&two["packages"]["nodes"][0], &two["packages"]["nodes"][1]);
        let merge = json!({ "packageId": one["id"], "intoId": other["id"] });
        here.edit(Role::Moderator, "mergePackages", merge, "").await;
        let own = make(&here, "own", "github.com/here/own").await;
        let whole = files(&here.app.database).await;
        let revision = here.revision().await;
        for how in [Prune::No, Prune::OrGiveUp] {
            let report = take_over(&here.app.database, &upstream.url(), &settings, pruning(how)).await.unwrap();
            assert!(!report.changed() && report.left_out > 2, "{report:?}");
        }
        assert_eq!(here.revision().await, revision);
        assert_eq!(files(&here.app.database).await, whole);
        let query = format!("{{ a: package(slug: {}) {{ id }} b: package(slug: \"own\") {{ id }} }}", one["slug"]);
        let found = here.app.data(&query).await;
        assert_eq!(found, json!({ "a": { "id": other["id"] }, "b": { "id": own["id"] } }));
    }
}
