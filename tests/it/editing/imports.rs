//! Imports and syncs beside editors: each knows what is whose.

use packgrid::auth::Role;
use packgrid::exchange::{ImportError, Options, Report, import, sample};
use serde_json::{Value, json};

use super::{Editors, id};
use crate::support::files::{Files, category, grid, package as record};
use crate::support::{App, Backend, NOW, on_both};

/// Brings the sample directory in once more, from files.
async fn again(editors: &Editors, options: Options) -> Result<Report, ImportError> {
    import(&editors.app.database, &sample(), options, NOW, &mut |_| {}).await
}

async fn package(editors: &Editors, fields: &str) -> Value {
    let query = format!("{{ package(slug: \"django-queued-storage\") {{ {fields} }} }}");
    editors.app.data(&query).await["package"].take()
}

on_both! {
    async fn what_editors_change_stays(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let input = json!({ "id": id("Package", 683), "title": "Queued!", "documentationUrl": "https://example.org/" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        let before = package(&editors, "title documentationUrl revision editedFields").await;
        assert_eq!(before["editedFields"], json!(["documentationUrl", "title"]));
        let report = again(&editors, Options::default()).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        assert_eq!((report.kept, report.left_out), (2, 0));
        assert_eq!(package(&editors, "title documentationUrl revision editedFields").await, before);
        let options = Options { overwrite_edits: true, ..Options::default() };
        let report = again(&editors, options).await.unwrap();
        assert_eq!((report.packages.changed, report.kept), (1, 0));
        let after = package(&editors, "title editedFields history(first: 1) { nodes { kind } }").await;
        assert_eq!(after, json!({
            "title": "django-queued-storage", "editedFields": [],
            "history": { "nodes": [{ "kind": "IMPORT" }] },
        }));
        assert!(!again(&editors, Options::default()).await.unwrap().changed());
    }

    async fn what_editors_take_out_stays_out(backend: Backend) {
        let editors = Editors::sample(backend).await;
        editors.edit(Role::Moderator, "deletePackage", json!({ "id": id("Package", 683) }), "").await;
        let grids = editors.app.data("{ grids(first: 2, filter: { featuresCount: { gt: 1 }, packagesCount: { gt: 2 } }) { nodes { id \
            packages(first: 1) { nodes { id } } features(first: 1) { nodes { id } } } } }").await;
        let (one, other) = (&grids["grids"]["nodes"][0], &grids["grids"]["nodes"][1]);
        let input = json!({ "gridId": one["id"], "packageIds": [one["packages"]["nodes"][0]["id"]] });
        editors.edit(Role::Editor, "removePackagesFromGrid", input, "").await;
        let input = json!({ "id": one["features"]["nodes"][0]["id"] });
        editors.edit(Role::Moderator, "deleteFeature", input, "").await;
        editors.edit(Role::Moderator, "deleteGrid", json!({ "id": other["id"] }), "").await;
        let merge = json!({ "packageId": id("Package", 10_001), "intoId": id("Package", 10_002) });
        editors.edit(Role::Moderator, "mergePackages", merge, "").await;
        let revision = editors.revision().await;
        let report = again(&editors, Options::default()).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        assert!(report.left_out > 5, "{report:?}");
        assert_eq!(editors.revision().await, revision);
        let options = Options { overwrite_edits: true, ..Options::default() };
        let report = again(&editors, options).await.unwrap();
        assert_eq!((report.packages.added, report.grids.added, report.features.added > 1), (2, 1, true));
        assert!(!again(&editors, options).await.unwrap().changed());
        // What was brought back is there for later imports, too.
        let report = again(&editors, Options::default()).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        assert_eq!((report.kept, report.left_out, report.gave_way), (0, 0, 0));
        let data = editors.app.data("{ package(slug: \"django-hijack\") { number } }").await;
        assert_eq!(data["package"]["number"], 10_001);
    }

    /// What comes new to what is out is out as well, and each link is counted once.
    async fn what_belongs_to_what_is_out(backend: Backend) {
        let editors = Editors::of(App::empty(backend).await).await;
        let (categories, packages) = (json!([category(4, json!({}))]), json!([record(1, json!({"grids": [84]}))]));
        let files = Files::new(categories, json!([grid(84, json!({"packages": [1]}))]), packages);
        files.import(&editors.app.database).await.unwrap();
        editors.edit(Role::Moderator, "deleteGrid", json!({ "id": id("Grid", 84) }), "").await;
        files.write("features.json", &json!([{"id": 1, "grid": 84, "title": "F"}]).to_string());
        files.write("elements.json", &json!([{"id": 1, "feature": 1, "package": 1, "text": "yes"}]).to_string());
        let report = files.import(&editors.app.database).await.unwrap();
        // The grid, the package's place in it, the feature, and its cell.
        assert_eq!((report.changed(), report.left_out, report.gave_way), (false, 4, 0));

        let files = Files::of_packages(json!([record(1, json!({"grids": [85]}))]));
        files.write("grids.json", &json!([grid(85, json!({"packages": [1]}))]).to_string());
        files.import(&editors.app.database).await.unwrap();
        let input = json!({ "gridId": id("Grid", 85), "packageIds": [id("Package", 1)] });
        editors.edit(Role::Editor, "removePackagesFromGrid", input, "").await;
        let report = files.import(&editors.app.database).await.unwrap();
        assert_eq!((report.changed(), report.left_out), (false, 1));
    }

    async fn what_was_made_here_stays(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let made = json!({ "title": "Made here", "categoryId": id("Category", 1), "repoUrl": "github.com/made/here" });
        let made = editors.edit(Role::Editor, "createPackage", made, "package { id number }").await;
        assert_eq!(made["package"]["number"], 1_000_000);
        let grid = editors.app.data("{ grids(first: 1, filter: { featuresCount: { gt: 1 } }) { nodes { id features(first: 1) { nodes { id } } } } }").await;
        let grid = &grid["grids"]["nodes"][0];
        let input = json!({ "gridId": grid["id"], "packageIds": [made["package"]["id"]] });
        editors.edit(Role::Editor, "addPackagesToGrid", input, "").await;
        let cells = json!([{ "featureId": grid["features"]["nodes"][0]["id"], "packageId": made["package"]["id"], "text": "yes" }]);
        editors.edit(Role::Editor, "setCells", json!({ "gridId": grid["id"], "cells": cells }), "").await;
        let report = again(&editors, Options::default()).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        assert_eq!((report.kept, report.left_out), (0, 0));
    }
}
