//! Undoing what was done.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::table::{MUTATIONS, World, about, make};
use super::whole::assert_same;
use super::{Editors, id};
use crate::support::{Backend, on_both};

impl Editors {
    /// Makes an edit, and tells the id of its change.
    pub async fn change(&self, mutation: &str, input: Value) -> String {
        let payload = self.edit(Role::Admin, mutation, input, "").await;
        assert_ne!(payload["revision"], Value::Null, "{mutation}: {payload}");
        self.last_change().await
    }

    /// Undoes a change, and tells the id of the one that did.
    pub async fn undo(&self, change: &str) -> String {
        self.change("revert", json!({ "changeId": change })).await
    }

    /// What is wrong with undoing a change, which leaves everything as it is.
    pub async fn not_undone(&self, change: &str) -> String {
        let before = self.tables().await;
        let mut errors = self.errors(Role::Admin, "revert", json!({ "changeId": change })).await;
        assert_same(&before, &self.tables().await, "a revert that was refused");
        errors.sort_unstable();
        errors.join("\n")
    }

    /// That undoing a change conflicts with what came later, which the message says.
    pub async fn conflicts(&self, change: &str, word: &str) {
        let errors = self.not_undone(change).await;
        assert!(errors.starts_with("CONFLICT input.changeId: "), "{errors}");
        assert!(errors.contains(word), "{errors} has no {word:?}");
    }
}

/// Makes this edit, undoes it, undoes that and undoes that again: each time all is as it was.
async fn there_and_back(editors: &Editors, mutation: &str, input: Value) {
    let (before, records) = (editors.tables().await, editors.exported().await);
    let mut change = editors.change(mutation, input).await;
    let done = editors.tables().await;
    assert!(before != done, "{mutation}");
    for (turn, expected) in [&before, &done, &before].into_iter().enumerate() {
        change = editors.undo(&change).await;
        let what = format!("{mutation}, undone {} times", turn + 1);
        assert_same(expected, &editors.tables().await, &what);
    }
    assert_eq!(records, editors.exported().await, "{mutation}");
}

on_both! {
    async fn every_edit_there_and_back(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS {
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            there_and_back(&editors, mutation, input).await;
        }
    }

    /// What came from a source, and has much that goes with it.
    async fn what_was_imported(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        let (package, grid) = (id("Package", 683), id("Grid", 84));
        let data = editors.app.data("{ grid(slug: \"storage\") { id } package(slug: \"django-queued-storage\") { \
            id grids(first: 1) { nodes { packages(first: 3) { nodes { id } } } } } \
            releases: node(id: \"UmVsZWFzZTox\") { id } }").await;
        assert_eq!(data["package"]["id"], *package);
        let others = &data["package"]["grids"]["nodes"][0]["packages"]["nodes"];
        let neighbour = others.as_array().unwrap().iter().find(|it| it["id"] != *package);
        let neighbour = neighbour.unwrap()["id"].clone();
        for (mutation, input) in [
            ("deletePackage", json!({ "id": package })),
            ("deleteGrid", json!({ "id": grid })),
            ("mergePackages", json!({ "packageId": package, "intoId": neighbour })),
            ("mergePackages", json!({ "packageId": package, "intoId": world.package })),
            ("updatePackage", json!({ "id": package, "slug": "other", "repoUrl": null, "repoWatchers": 7 })),
            ("deprecatePackage", json!({ "id": package, "replacementId": neighbour })),
            ("removePackagesFromGrid", json!({ "gridId": grid, "packageIds": [package, neighbour] })),
            ("addPackagesToGrid", json!({ "gridId": world.grid, "packageIds": [package, neighbour] })),
            ("updateCategory", json!({ "id": id("Category", 1), "title": "Elsewhere", "slug": "elsewhere" })),
        ] {
            there_and_back(&editors, mutation, input).await;
        }
    }

    async fn what_was_changed_since_stands_in_the_way_only_where_it_is(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, grid, feature, release, category, .. } = World::new(&editors).await;
        for (mutation, first, field, second, other, kept) in [
            ("updatePackage", json!({ "id": package, "title": "A" }), "title", json!("B"), "repoWatchers", json!(9)),
            ("updateGrid", json!({ "id": grid, "title": "A" }), "title", json!("B"), "description", json!("kept")),
            ("updateFeature", json!({ "id": feature, "title": "A" }), "title", json!("B"), "description", json!("kept")),
            ("updateRelease", json!({ "id": release, "version": "A" }), "version", json!("B"), "license", json!("MIT")),
            ("updateCategory", json!({ "id": category, "title": "A" }), "title", json!("B"), "description", json!("kept")),
        ] {
            let what = about(mutation);
            let thing = first["id"].clone();
            let query = format!("{{ node(id: {thing}) {{ ... on {}{} {{ {field} {other} }} }} }}",
                what[..1].to_uppercase(), &what[1..]);
            let before = editors.app.data(&query).await["node"][field].clone();
            let change = editors.change(mutation, first).await;
            let mut input = json!({ "id": thing });
            input[other] = kept.clone();
            editors.change(mutation, input).await;
            editors.undo(&change).await;
            let now = editors.app.data(&query).await["node"].clone();
            assert_eq!((&now[field], &now[other]), (&before, &kept), "{mutation}");
            // Once is all that it can be undone.
            editors.conflicts(&change, what).await;

            let mut input = json!({ "id": thing });
            input[field] = json!("C");
            let change = editors.change(mutation, input.clone()).await;
            input[field] = second;
            editors.change(mutation, input.clone()).await;
            editors.conflicts(&change, what).await;
            // It is not about who was there, but about what is.
            input[field] = json!("C");
            editors.change(mutation, input).await;
            editors.undo(&change).await;
            assert_eq!(editors.app.data(&query).await["node"][field], before, "{mutation}");
        }
    }

    async fn what_is_gone_stands_in_the_way(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, delete) in [
            ("updatePackage", "deletePackage"), ("createPackage", "deletePackage"),
            ("updateGrid", "deleteGrid"), ("createGrid", "deleteGrid"), ("lockGrid", "deleteGrid"),
            ("createFeature", "deleteGrid"), ("updateFeature", "deleteFeature"),
            ("deleteFeature", "deleteGrid"), ("setCells", "deleteFeature"), ("setCells", "deletePackage"),
            ("addPackagesToGrid", "deleteGrid"), ("removePackagesFromGrid", "deleteGrid"),
            ("removePackagesFromGrid", "deletePackage"), ("updateRelease", "deleteRelease"),
            ("createRelease", "deletePackage"), ("deleteRelease", "deletePackage"),
            ("updateCategory", "deleteCategory"), ("deprecatePackage", "deletePackage"),
            ("undeprecatePackage", "deletePackage"), ("revert", "deletePackage"),
        ] {
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            let subject = about(mutation);
            let payload = editors.edit(Role::Admin, mutation, input, &format!("{subject} {{ id }}")).await;
            let change = editors.last_change().await;
            let input = match (mutation, delete) {
                ("createPackage" | "createGrid", _) => json!({ "id": payload[subject]["id"] }),
                _ => world.input(&editors, delete).await,
            };
            editors.change(delete, input).await;
            editors.conflicts(&change, "").await;
        }
    }

    /// That what replaces a package is gone is no failure of the server's.
    async fn replacements_that_are_gone_or_lead_round(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, other, .. } = World::new(&editors).await;
        let input = json!({ "id": package, "replacementId": other });
        let declared = editors.change("deprecatePackage", input.clone()).await;
        let undone = editors.undo(&declared).await;
        let back = json!({ "id": other, "replacementId": package });
        let opposite = editors.change("deprecatePackage", back).await;
        editors.conflicts(&undone, "replaced").await;
        editors.undo(&opposite).await;
        editors.change("deletePackage", json!({ "id": other })).await;
        editors.conflicts(&undone, "gone").await;
    }

    async fn no_more_features_than_a_grid_may_have(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { grid, feature, .. } = World::new(&editors).await;
        let change = editors.change("deleteFeature", json!({ "id": feature })).await;
        for number in 0..100 {
            let input = json!({ "gridId": grid, "title": number.to_string() });
            editors.edit(Role::Editor, "createFeature", input, "").await;
        }
        editors.conflicts(&change, "100").await;
    }

    async fn what_the_history_cannot_undo(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let data = editors.app.data("{ history(last: 1) { nodes { id kind } } }").await;
        let import = data["history"]["nodes"][0]["id"].as_str().unwrap();
        let errors = editors.not_undone(import).await;
        assert!(errors.starts_with("INVALID input.changeId: "), "{errors}");
        let unknown = id("DirectoryChange", 4_711);
        for wrong in [unknown.as_str(), &id("Package", 683), "", "x", "Q2hhbmdlOjQy"] {
            let errors = editors.not_undone(wrong).await;
            assert!(errors.starts_with("NOT_FOUND input.changeId: "), "{wrong}: {errors}");
        }
    }

    /// The history of everything that a change was about has its undoing as well.
    async fn histories_have_both(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS.into_iter().filter(|(it, _)| !it.starts_with("create")) {
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            let change = editors.change(mutation, input).await;
            let both = [editors.undo(&change).await, change];
            for (thing, kind) in [
                (&world.package, "Package"), (&world.other, "Package"), (&world.grid, "Grid"),
                (&world.feature, "Feature"), (&world.release, "Release"), (&world.category, "Category"),
            ] {
                let query = format!("{{ node(id: \"{thing}\") {{ ... on {kind} {{ history(first: 2) {{ nodes {{ id }} }} }} }} }}");
                let data = editors.app.data(&query).await;
                let of = data["node"]["history"]["nodes"].as_array().unwrap_or_else(|| panic!("{mutation} {kind}: {data}"));
                let of: Vec<&str> = of.iter().map(|it| it["id"].as_str().unwrap()).collect();
                let has: Vec<bool> = both.iter().map(|it| of.contains(&it.as_str())).collect();
                assert_eq!(has[0], has[1], "{mutation}: {kind} has {of:?}, of {both:?}");
            }
        }
    }

    /// Imports keep what editors have changed: that is known again when it is changed back.
    async fn which_fields_editors_have_changed(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let package = id("Package", 683);
        let edited = async || {
            let data = editors.app.data("{ package(slug: \"django-queued-storage\") { editedFields } }").await;
            data["package"]["editedFields"].clone()
        };
        let edit = async |input: Value| {
            let mut input = input;
            input["id"] = json!(package);
            editors.change("updatePackage", input).await
        };
        let first = edit(json!({ "title": "1" })).await;
        let second = edit(json!({ "title": "2", "repoForks": 2 })).await;
        let third = edit(json!({ "title": "3", "repoWatchers": 3 })).await;
        assert_eq!(edited().await, json!(["repoForks", "repoWatchers", "title"]));
        let back = editors.undo(&third).await;
        assert_eq!(edited().await, json!(["repoForks", "title"]));
        let back = editors.undo(&back).await;
        assert_eq!(edited().await, json!(["repoForks", "repoWatchers", "title"]));
        editors.undo(&back).await;
        editors.undo(&second).await;
        assert_eq!(edited().await, json!(["title"]));
        editors.undo(&first).await;
        assert_eq!(edited().await, json!([]));
    }

    async fn a_dry_run(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let grid = make(&editors, "createGrid", json!({ "title": "Mine" })).await;
        let change = editors.last_change().await;
        let input = json!({ "changeId": change, "dryRun": true });
        let payload = editors.edit(Role::Moderator, "revert", input, "change { id kind }").await;
        assert_eq!((&payload["revision"], &payload["changedRows"]), (&Value::Null, &json!(1)));
        assert_eq!(payload["change"], json!({ "id": change, "kind": "CREATE_GRID" }));
        editors.edit(Role::Editor, "updateGrid", json!({ "id": grid, "title": "Yours" }), "").await;
        editors.conflicts(&change, "grid").await;
    }
}
