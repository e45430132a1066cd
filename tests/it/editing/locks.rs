//! A locked grid changes only by a moderator's hand.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::Editors;
use super::table::World;
use super::whole::assert_same;
use crate::support::{Backend, on_both};

/// The mutations that change a grid and whose editors are not moderators, and what names the grid.
const OF_GRIDS: [(&str, &str); 6] = [
    ("updateGrid", "id"),
    ("createFeature", "gridId"),
    ("updateFeature", "id"),
    ("setCells", "gridId"),
    ("addPackagesToGrid", "gridId"),
    ("removePackagesFromGrid", "gridId"),
];

impl Editors {
    async fn lock(&self, world: &World) {
        self.edit(Role::Moderator, "lockGrid", json!({ "id": world.grid }), "").await;
    }

    /// That an editor is told that the grid is locked, and changes nothing, where a moderator does.
    async fn only_by_a_moderator(&self, mutation: &str, input: Value, path: &str) {
        let before = self.tables().await;
        let mut dry = input.clone();
        dry["dryRun"] = json!(true);
        for input in [&input, &dry] {
            let errors = self.errors(Role::Editor, mutation, input.clone()).await;
            let [error] = errors.as_slice() else {
                panic!("{mutation}: {errors:?}");
            };
            assert!(error.starts_with(&format!("LOCKED input.{path}: ")), "{mutation}: {error}");
        }
        assert_same(&before, &self.tables().await, mutation);
        let payload = self.edit(Role::Moderator, mutation, input, "").await;
        assert_ne!(payload["revision"], Value::Null, "{mutation}");
    }
}

on_both! {
    async fn whatever_changes_it(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, path) in OF_GRIDS {
            let world = World::new(&editors).await;
            editors.lock(&world).await;
            let input = world.input(&editors, mutation).await;
            editors.only_by_a_moderator(mutation, input, path).await;
        }
    }

    async fn undoing_what_was_done_before(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in OF_GRIDS.into_iter().filter(|(it, _)| *it != "createFeature") {
            let world = World::new(&editors).await;
            let input = world.input(&editors, mutation).await;
            let change = editors.change(mutation, input).await;
            editors.lock(&world).await;
            let input = json!({ "changeId": change });
            editors.only_by_a_moderator("revert", input, "changeId").await;
        }
    }

    async fn until_it_is_unlocked(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in OF_GRIDS {
            let world = World::new(&editors).await;
            editors.lock(&world).await;
            editors.edit(Role::Moderator, "unlockGrid", json!({ "id": world.grid }), "").await;
            let input = world.input(&editors, mutation).await;
            editors.edit(Role::Editor, mutation, input, "").await;
        }
    }

    /// What stands in it is not locked with it.
    async fn not_its_packages(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for mutation in ["updatePackage", "deprecatePackage", "undeprecatePackage", "createRelease", "updateRelease", "createPackage", "createGrid"] {
            let world = World::new(&editors).await;
            editors.lock(&world).await;
            let input = world.input(&editors, mutation).await;
            editors.edit(Role::Editor, mutation, input, "").await;
        }
    }

    async fn what_a_lock_says(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        let input = json!({ "id": world.grid });
        let payload = editors.edit(Role::Moderator, "lockGrid", input.clone(), "grid { isLocked }").await;
        assert_eq!((&payload["grid"]["isLocked"], &payload["changedRows"]), (&json!(true), &json!(1)));
        let payload = editors.edit(Role::Admin, "lockGrid", input.clone(), "grid { isLocked }").await;
        assert_eq!((&payload["grid"]["isLocked"], &payload["revision"]), (&json!(true), &Value::Null));
        let payload = editors.edit(Role::Admin, "unlockGrid", input, "grid { isLocked }").await;
        assert_eq!((&payload["grid"]["isLocked"], &payload["changedRows"]), (&json!(false), &json!(1)));
        // An import may bring a lock, too; editors find it there.
        let data = editors.app.data("{ grids(first: 100) { nodes { id isLocked } } }").await;
        let grids = data["grids"]["nodes"].as_array().unwrap();
        for grid in grids.iter().filter(|grid| grid["isLocked"] == true).take(1) {
            let input = json!({ "id": grid["id"], "title": "Mine" });
            let errors = editors.errors(Role::Editor, "updateGrid", input).await;
            assert!(errors[0].starts_with("LOCKED input.id: "), "{errors:?}");
        }
    }

    /// A locked grid is told together with what else is wrong.
    async fn with_everything_else(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let world = World::new(&editors).await;
        editors.lock(&world).await;
        let input = json!({ "id": world.grid, "title": "", "slug": "Ä", "expectedRevision": "1" });
        let errors = editors.errors(Role::Editor, "updateGrid", input).await;
        let heads: Vec<_> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
        assert_eq!(heads, ["CONFLICT input.expectedRevision", "LOCKED input.id", "REQUIRED input.title", "INVALID input.slug"]);
    }
}
