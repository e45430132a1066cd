//! What payloads tell, and who is told.

use entity::package;
use packgrid::auth::Role;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::table::World;
use super::{Editors, id};
use crate::support::{Backend, on_both};

/// Code and path of each error.
fn errors(payload: &Value) -> Vec<String> {
    let of = |error: &Value| format!("{} {}", error["code"], error["path"]);
    payload["errors"].as_array().unwrap().iter().map(of).collect()
}

on_both! {
    /// All that is wrong is told at once, beside what is there.
    async fn all_that_is_wrong(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let input = json!({
            "id": id("Package", 683), "expectedRevision": "0", "categoryId": id("Grid", 1),
            "title": "x".repeat(101), "slug": "no good",
        });
        let payload = editors.payload(Role::Editor, "updatePackage", input, "package { number }").await;
        assert_eq!(payload["package"], json!({ "number": 683 }), "{payload}");
        assert_eq!(errors(&payload), [
            r#""NOT_FOUND" ["input","categoryId"]"#, r#""CONFLICT" ["input","expectedRevision"]"#,
            r#""TOO_LONG" ["input","title"]"#, r#""INVALID" ["input","slug"]"#,
        ], "{payload:#}");
        let input = json!({ "id": id("Package", 683), "categoryId": id("Category", 99), "title": "" });
        let payload = editors.payload(Role::Editor, "updatePackage", input, "package { number }").await;
        assert_eq!(payload["package"], json!({ "number": 683 }), "{payload}");
        assert_eq!(errors(&payload), [
            r#""REQUIRED" ["input","title"]"#, r#""NOT_FOUND" ["input","categoryId"]"#,
        ], "{payload:#}");
        for (mutation, input) in [
            ("deprecatePackage", json!({ "id": id("Package", 683), "replacementId": id("Package", 99_999) })),
            ("mergePackages", json!({ "packageId": id("Package", 99_999), "intoId": id("Package", 683) })),
        ] {
            let payload = editors.payload(Role::Moderator, mutation, input, "package { number }").await;
            assert_eq!(payload["package"], json!({ "number": 683 }), "{payload}");
            assert_eq!(errors(&payload).len(), 1, "{payload}");
        }
    }

    /// What a dry run would make is not there, whatever gets its id.
    async fn nothing_new_of_a_dry_run(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let input = json!({ "title": "Once", "dryRun": true });
        let payload = editors.payload(Role::Editor, "createGrid", input, "grid { id }").await;
        assert_eq!(payload["grid"], Value::Null, "{payload}");
        assert_eq!((&payload["changedRows"], &payload["errors"]), (&json!(1), &json!([])));
    }

    /// The packages whose cells go with a feature, and none whose cells stay as they are.
    async fn packages_of_cells(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        let add = json!({ "gridId": world.grid, "packageIds": [world.other] });
        editors.edit(Role::Editor, "addPackagesToGrid", add, "").await;
        let cell = |package: &str, text: &str| json!({ "featureId": world.feature, "packageId": package, "text": text });
        for text in ["yes", "no"] {
            let cells = json!([cell(&world.package, text), cell(&world.other, "yes")]);
            editors.edit(Role::Editor, "setCells", json!({ "gridId": world.grid, "cells": cells }), "").await;
        }
        let last = async |package: &str| {
            let query = format!("{{ node(id: \"{package}\") {{ ... on Package {{ history(first: 1) {{ nodes {{ kind revision }} }} }} }} }}");
            editors.app.data(&query).await["node"]["history"]["nodes"][0].take()
        };
        let revision = editors.revision().await;
        assert_eq!(last(&world.package).await["revision"], revision.to_string());
        assert_eq!(last(&world.other).await["revision"], (revision - 1).to_string());
        editors.edit(Role::Moderator, "deleteFeature", json!({ "id": world.feature }), "").await;
        for package in [&world.package, &world.other] {
            assert_eq!(last(package).await["kind"], "DELETE_FEATURE");
        }
    }

    /// Two spellings of a repository that an import has brought: each is sent back as it is, and
    /// neither becomes the other.
    async fn one_repository_of_two_packages(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let connection = editors.app.test_database.connect().await;
        let other = package::Entity::find().filter(package::Column::Id.ne(683)).one(&connection).await;
        let other = other.unwrap().unwrap().id;
        for (id, url) in [(683, "https://github.com/o/n/"), (other, "https://github.com/o/n")] {
            let row = package::Entity::update_many()
                .col_expr(package::Column::RepoUrl, Expr::value(url))
                .col_expr(package::Column::RepoKey, Expr::value("github.com/o/n"))
                .filter(package::Column::Id.eq(id));
            assert_eq!(row.exec(&connection).await.unwrap().rows_affected, 1);
        }
        connection.close().await.unwrap();
        let input = json!({ "id": id("Package", 683), "repoUrl": "https://github.com/o/n/", "title": "New" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        let input = json!({ "id": id("Package", 683), "repoUrl": "git@github.com:o/n.git" });
        editors.refused("updatePackage", input, "TAKEN input.repoUrl").await;
    }
}
