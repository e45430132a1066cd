//! Undoing what others have taken the place of, or have come to depend on.

use serde_json::json;

use super::table::{World, make};
use super::{Editors, id};
use crate::support::{Backend, on_both};

on_both! {
    async fn names_of_packages(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let category = id("Category", 1);
        let input = json!({
            "title": "A", "categoryId": category, "slug": "a",
            "repoUrl": "https://github.com/Some/Body", "pypiUrl": "Some.Body",
        });
        let package = make(&editors, "createPackage", input).await;
        let gone = editors.change("deletePackage", json!({ "id": package })).await;
        for (input, word) in [
            (json!({ "title": "B", "categoryId": category, "slug": "a" }), "package"),
            (json!({ "title": "B", "categoryId": category, "slug": "b", "repoUrl": "https://github.com/Some/Body" }), "repository"),
            (json!({ "title": "B", "categoryId": category, "slug": "b", "repoUrl": "git@GitHub.com:some/body.git" }), "repository"),
            (json!({ "title": "B", "categoryId": category, "slug": "b", "pypiUrl": "some-body" }), "name on the package index"),
        ] {
            let other = make(&editors, "createPackage", input).await;
            editors.conflicts(&gone, word).await;
            editors.change("deletePackage", json!({ "id": other })).await;
        }
        editors.undo(&gone).await;

        // The same of a package that had another name for a while.
        for (field, meanwhile, taken, word) in [
            ("slug", "a-2", "a", "package"),
            ("repoUrl", "https://github.com/other/one", "https://github.com/SOME/body", "repository"),
            ("pypiUrl", "other-one", "SOME_BODY", "name on the package index"),
        ] {
            let mut input = json!({ "id": package });
            input[field] = json!(meanwhile);
            let change = editors.change("updatePackage", input).await;
            let mut input = json!({ "title": "B", "categoryId": category, "slug": "b" });
            input[field] = json!(taken);
            let other = make(&editors, "createPackage", input).await;
            editors.conflicts(&change, word).await;
            editors.change("deletePackage", json!({ "id": other })).await;
            editors.undo(&change).await;
        }
    }

    /// What a source has twice can be twice again.
    async fn names_that_were_there_twice(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let twice = editors.app.data("{ package(slug: \"django-queued-storage\") { id repoUrl } }").await;
        let package = twice["package"]["id"].as_str().unwrap().to_owned();
        let change = editors.change("updatePackage", json!({ "id": package, "repoUrl": null })).await;
        editors.undo(&change).await;
        let now = editors.app.data("{ package(slug: \"django-queued-storage\") { id repoUrl } }").await;
        assert_eq!(now, twice);
    }

    async fn a_slug_comes_back_that_leads_elsewhere_now(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, other, .. } = World::new(&editors).await;
        let slug = editors.app.data(&format!("{{ node(id: \"{package}\") {{ ... on Package {{ slug }} }} }}")).await;
        let slug = slug["node"]["slug"].clone();
        let change = editors.change("updatePackage", json!({ "id": package, "slug": "away" })).await;
        let input = json!({ "title": "B", "categoryId": id("Category", 1), "slug": slug });
        let usurper = make(&editors, "createPackage", input).await;
        editors.change("mergePackages", json!({ "packageId": usurper, "intoId": other })).await;
        editors.undo(&change).await;
        let found = editors.app.data(&format!("{{ package(slug: {slug}) {{ id }} }}")).await;
        assert_eq!(found["package"]["id"], *package);
    }

    async fn names_of_the_others(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, category, .. } = World::new(&editors).await;
        let grid = make(&editors, "createGrid", json!({ "title": "A grid" })).await;
        let release = make(&editors, "createRelease", json!({ "packageId": package, "version": "7" })).await;
        for (delete, thing, create, input, word) in [
            ("deleteGrid", &grid, "createGrid", json!({ "title": "B", "slug": "a-grid" }), "grid"),
            ("deleteRelease", &release, "createRelease", json!({ "packageId": package, "version": "7" }), "release"),
            ("deleteCategory", &category, "createCategory", json!({ "title": "Kind 1", "slug": "kind-1" }), "category"),
        ] {
            let gone = editors.change(delete, json!({ "id": thing })).await;
            let other = make(&editors, create, input).await;
            editors.conflicts(&gone, word).await;
            editors.change(delete, json!({ "id": other })).await;
            editors.undo(&gone).await;
        }
    }

    async fn places_and_cells(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, grid, feature, .. } = World::new(&editors).await;
        let place = json!({ "gridId": grid, "packageIds": [package] });
        let cell = |text: &str| json!({ "gridId": grid, "cells": [{ "featureId": feature, "packageId": package, "text": text }] });
        let taken = editors.change("removePackagesFromGrid", place.clone()).await;
        let given = editors.change("addPackagesToGrid", place.clone()).await;
        editors.conflicts(&taken, "place").await;
        editors.change("setCells", cell("new")).await;
        editors.conflicts(&given, "cells").await;
        let set = editors.last_change().await;
        editors.change("setCells", cell("newer")).await;
        editors.conflicts(&set, "cell").await;
    }

    async fn what_came_to_depend_on_it(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, other, grid, category, .. } = World::new(&editors).await;
        let usual = id("Category", 1);
        let category_made = make(&editors, "createCategory", json!({ "title": "Anew" })).await;
        let change = editors.last_change().await;
        editors.change("updatePackage", json!({ "id": package, "categoryId": category_made })).await;
        editors.conflicts(&change, "packages").await;
        editors.change("updatePackage", json!({ "id": package, "categoryId": category })).await;
        editors.undo(&change).await;

        let made = make(&editors, "createPackage", json!({ "title": "A", "categoryId": usual })).await;
        let change = editors.last_change().await;
        for (mutation, input, word) in [
            ("addPackagesToGrid", json!({ "gridId": grid, "packageIds": [made] }), "places in grids"),
            ("createRelease", json!({ "packageId": made, "version": "1" }), "releases"),
            ("deprecatePackage", json!({ "id": other, "replacementId": made }), "replaces"),
        ] {
            let dependent = editors.change(mutation, input).await;
            editors.conflicts(&change, word).await;
            editors.undo(&dependent).await;
        }
        editors.undo(&change).await;

        let made = make(&editors, "createGrid", json!({ "title": "A" })).await;
        let change = editors.last_change().await;
        let feature = make(&editors, "createFeature", json!({ "gridId": made, "title": "F" })).await;
        let featured = editors.last_change().await;
        editors.conflicts(&change, "features").await;
        let placed = editors.change("addPackagesToGrid", json!({ "gridId": made, "packageIds": [other] })).await;
        let cells = json!([{ "featureId": feature, "packageId": other, "text": "x" }]);
        let set = editors.change("setCells", json!({ "gridId": made, "cells": cells })).await;
        for change in [&change, &featured, &placed] {
            editors.conflicts(change, "").await;
        }
        // In the opposite order it all goes.
        for change in [&set, &placed, &featured, &change] {
            editors.undo(change).await;
        }
    }

    /// A category cannot come to an end that packages would be left in.
    async fn a_category_that_is_gone(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, category, .. } = World::new(&editors).await;
        editors.change("updatePackage", json!({ "id": package, "categoryId": category })).await;
        let moved = editors.change("updatePackage", json!({ "id": package, "categoryId": id("Category", 1) })).await;
        editors.change("deleteCategory", json!({ "id": category })).await;
        editors.conflicts(&moved, "category").await;
    }
}
