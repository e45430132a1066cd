//! Edits of what somebody else has edited meanwhile.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::Editors;
use super::table::{MUTATIONS, World, about, input_fields};
use super::whole::assert_same;
use crate::support::{Backend, on_both};

/// The mutations that can be told what they are an edit of, each with the field that names it.
fn expecting() -> impl Iterator<Item = (&'static str, &'static str)> {
    MUTATIONS.into_iter().filter_map(|(mutation, _)| {
        let fields = input_fields(mutation);
        let names = if mutation == "mergePackages" { "packageId" } else { "id" };
        fields.iter().any(|field| field == "expectedRevision").then_some((mutation, names))
    })
}

impl Editors {
    /// The revision that last changed an object.
    pub async fn revision_of(&self, id: &Value) -> String {
        let kinds = ["Package", "Grid", "Feature", "Release", "Category"];
        let parts = kinds.map(|kind| format!("... on {kind} {{ revision }}")).join(" ");
        let data = self.app.data(&format!("{{ node(id: {id}) {{ {parts} }} }}")).await;
        data["node"]["revision"].as_str().unwrap().to_owned()
    }
}

#[test]
fn whatever_is_edited_can_be_expected_at_a_revision() {
    for (mutation, _) in MUTATIONS {
        let has_id = input_fields(mutation).iter().any(|field| field == "id");
        let expects = expecting().any(|(it, _)| it == mutation);
        assert_eq!(has_id || mutation == "mergePackages", expects, "{mutation}");
    }
}

on_both! {
    async fn at_the_right_revision(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, names) in expecting() {
            let world = World::new(&editors).await;
            let mut input = world.input(&editors, mutation).await;
            input["expectedRevision"] = json!(editors.revision_of(&input[names]).await);
            if mutation == "mergePackages" {
                input["expectedIntoRevision"] = json!(editors.revision_of(&input["intoId"]).await);
            }
            let payload = editors.edit(Role::Admin, mutation, input, "").await;
            assert_ne!(payload["revision"], Value::Null, "{mutation}");
        }
    }

    async fn at_another_one(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, names) in expecting() {
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            let current = editors.revision_of(&input[names]).await;
            let number: i64 = current.parse().unwrap();
            let before = editors.tables().await;
            let now = editors.revision().await;
            for wrong in [number - 1, number + 1, 0, -1, i64::MAX] {
                let mut input = input.clone();
                input["expectedRevision"] = json!(wrong.to_string());
                let errors = editors.errors(Role::Admin, mutation, input.clone()).await;
                let [error] = errors.as_slice() else {
                    panic!("{mutation}: {errors:?}");
                };
                let code = if wrong > now { "FUTURE_REVISION" } else { "CONFLICT" };
                assert!(error.starts_with(&format!("{code} input.expectedRevision: ")), "{mutation}: {error}");
                assert!(error.contains(&current), "{mutation}: {error}");

                let what = about(mutation);
                let gone = if mutation.starts_with("delete") { "deletedId" } else { "" };
                let fields = format!("{what} {{ id revision }} {gone}");
                let payload = editors.payload(Role::Admin, mutation, input.clone(), &fields).await;
                let thing = if mutation == "mergePackages" { "intoId" } else { names };
                let now = json!({ "id": input[thing], "revision": editors.revision_of(&input[thing]).await });
                assert_eq!(payload[what], now, "{mutation}");
                assert_eq!((&payload["changedRows"], &payload["deletedId"]), (&json!(0), &Value::Null), "{mutation}");
            }
            assert_same(&before, &editors.tables().await, mutation);
        }
    }

    async fn of_the_package_that_stays(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        let mut input = world.input(&editors, "mergePackages").await;
        input["expectedRevision"] = json!("1");
        input["expectedIntoRevision"] = json!("1");
        let errors = editors.errors(Role::Moderator, "mergePackages", input.clone()).await;
        assert!(errors[0].starts_with("CONFLICT input.expectedRevision: "), "{errors:?}");
        assert!(errors[1].starts_with("CONFLICT input.expectedIntoRevision: "), "{errors:?}");
        input["expectedRevision"] = json!(editors.revision_of(&input["packageId"]).await);
        let errors = editors.errors(Role::Moderator, "mergePackages", input).await;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("CONFLICT input.expectedIntoRevision: "), "{errors:?}");
    }

    /// After a database was restored from a backup, clients know revisions that it does not have.
    async fn a_revision_of_the_future_is_told_apart(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        let now = editors.revision().await;
        let input = json!({ "id": world.package, "title": "T", "expectedRevision": (now + 5).to_string() });
        let errors = editors.errors(Role::Editor, "updatePackage", input.clone()).await;
        let at = editors.revision_of(&json!(world.package)).await;
        assert_eq!(errors, [format!(
            "FUTURE_REVISION input.expectedRevision: Revision {} is expected, and the directory is only at {now}: the \
             database may have been restored from a backup; look at it again and send the revision {at} that it is at",
            now + 5
        )]);
        let payload = editors.payload(Role::Editor, "updatePackage", input, "package { revision }").await;
        assert_eq!(payload["package"]["revision"], json!(at), "what is there now");
        let mut input = world.input(&editors, "mergePackages").await;
        input["expectedIntoRevision"] = json!((editors.revision().await + 1).to_string());
        let errors = editors.errors(Role::Moderator, "mergePackages", input).await;
        assert!(errors[0].starts_with("FUTURE_REVISION input.expectedIntoRevision: "), "{errors:?}");
    }

    /// Two people read, and both write: the second is told.
    async fn two_at_the_same_thing(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, .. } = World::new(&editors).await;
        let read = editors.revision_of(&json!(package)).await;
        let edit = |title: &str| json!({ "id": package, "title": title, "expectedRevision": read });
        let made = editors.edit(Role::Editor, "updatePackage", edit("First"), "package { revision }").await;
        let second = editors.payload(Role::Editor, "updatePackage", edit("Second"), "package { title revision }").await;
        assert_eq!(second["errors"][0]["code"], "CONFLICT");
        assert_eq!(second["package"], json!({ "title": "First", "revision": made["revision"] }));
        assert_eq!(made["package"]["revision"], made["revision"]);
        let mut again = edit("Second");
        again["expectedRevision"] = made["revision"].clone();
        editors.edit(Role::Editor, "updatePackage", again, "").await;
    }

    /// Without it, only what was sent is written.
    async fn fields_that_were_not_sent(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, .. } = World::new(&editors).await;
        let query = format!("{{ node(id: \"{package}\") {{ ... on Package {{ title repoDescription repoWatchers }} }} }}");
        for (field, value) in [("title", json!("T")), ("repoDescription", json!("D")), ("repoWatchers", json!(3))] {
            let mut input = json!({ "id": package });
            input[field] = value;
            editors.edit(Role::Editor, "updatePackage", input, "").await;
        }
        let now = editors.app.data(&query).await;
        assert_eq!(now["node"], json!({ "title": "T", "repoDescription": "D", "repoWatchers": 3 }));
    }

    async fn cells_one_by_one(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, other, grid, feature, .. } = World::new(&editors).await;
        let place = json!({ "gridId": grid, "packageIds": [other] });
        editors.edit(Role::Editor, "addPackagesToGrid", place, "").await;
        let cell = |package: &str, text: &str, expected: Value| {
            json!({ "featureId": feature, "packageId": package, "text": text, "expectedRevision": expected })
        };
        let input = |cells: &[Value]| json!({ "gridId": grid, "cells": cells });
        let set = async |cells: &[Value]| {
            editors.edit(Role::Editor, "setCells", input(cells), "").await["revision"].clone()
        };
        // The one was set at some revision, the other never was.
        let first = set(&[cell(&package, "1", Value::Null)]).await;
        let errors = editors.errors(Role::Editor, "setCells", input(&[
            cell(&other, "new", json!(0)), cell(&package, "2", json!(0)),
        ])).await;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("CONFLICT input.cells.1.expectedRevision: "), "{errors:?}");
        assert!(errors[0].contains(first.as_str().unwrap()), "{errors:?}");
        let errors = editors.errors(Role::Editor, "setCells", input(&[
            cell(&other, "new", json!("1")), cell(&package, "2", json!("1")),
        ])).await;
        let paths: Vec<_> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
        assert_eq!(paths, ["CONFLICT input.cells.0.expectedRevision", "CONFLICT input.cells.1.expectedRevision"]);

        let future = json!((editors.revision().await + 1).to_string());
        let errors = editors.errors(Role::Editor, "setCells", input(&[cell(&package, "2", future)])).await;
        assert!(errors[0].starts_with("FUTURE_REVISION input.cells.0.expectedRevision: "), "{errors:?}");

        let second = set(&[cell(&other, "new", json!(0)), cell(&package, "2", first.clone())]).await;
        let errors = editors.errors(Role::Editor, "setCells", input(&[cell(&package, "3", first)])).await;
        assert!(errors[0].starts_with("CONFLICT input.cells.0.expectedRevision: "), "{errors:?}");
        set(&[cell(&package, "3", second.clone()), cell(&other, "3", second)]).await;

        // The payload has what is there now.
        let stale = input(&[cell(&package, "4", json!("1"))]);
        let payload = editors.payload(Role::Editor, "setCells", stale, "grid { id featuresCount }").await;
        assert_eq!(payload["grid"], json!({ "id": grid, "featuresCount": 1 }));
    }
}
