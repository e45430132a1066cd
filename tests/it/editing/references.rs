//! Edits of what is not there, is another's, or stands elsewhere.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::inputs::put;
use super::table::{MUTATIONS, World, make};
use super::whole::assert_same;
use super::{Editors, id};
use crate::support::{Backend, on_both};

/// The fields of inputs that are global ids, and the type that each names.
fn ids(input: &Value, mutation: &str) -> Vec<(&'static str, &'static str)> {
    let own = match mutation {
        it if it.ends_with("Package") => "Package",
        it if it.ends_with("Grid") => "Grid",
        it if it.ends_with("Feature") => "Feature",
        it if it.ends_with("Release") => "Release",
        _ => "Category",
    };
    let fields = [
        ("id", own),
        ("categoryId", "Category"),
        ("packageId", "Package"),
        ("intoId", "Package"),
        ("replacementId", "Package"),
        ("gridId", "Grid"),
        ("packageIds", "Package"),
        ("cells", "Feature"),
        ("cells", "Package"),
    ];
    let there = fields.into_iter().filter(|(field, _)| input.get(field).is_some());
    let path = |(field, of)| match (field, of) {
        ("packageIds", _) => ("packageIds.0", of),
        ("cells", "Feature") => ("cells.0.featureId", of),
        ("cells", _) => ("cells.0.packageId", of),
        _ => (field, of),
    };
    there.map(path).collect()
}

on_both! {
    async fn nothing_by_this_id(backend: Backend) {
        let editors = Editors::sample(backend).await;
        for (mutation, _) in MUTATIONS {
            let world = World::new(&editors).await;
            let mut usual = world.input(&editors, mutation).await;
            if mutation == "updatePackage" {
                usual["categoryId"] = json!(world.category);
            }
            let before = editors.tables().await;
            for (path, of) in ids(&usual, mutation) {
                let mut wrong = vec![id("User", 1), id(of, 0), String::new(), "?".to_owned(), "x".repeat(10_000), id(of, -1), "UGFja2FnZTo".to_owned()];
                let others = ["Package", "Grid", "Feature", "Release", "Category", "Element"];
                wrong.extend(others.into_iter().filter(|other| *other != of).map(|other| id(other, 84)));
                // Who does not stand in a grid can be taken out of it.
                if mutation != "removePackagesFromGrid" || of != "Package" {
                    wrong.extend([id(of, 4_711_000), id(of, i64::MAX)]);
                }
                for wrong in wrong {
                    let mut input = usual.clone();
                    put(&mut input, path, json!(wrong));
                    editors.refused(mutation, input, &format!("NOT_FOUND input.{path}")).await;
                }
            }
            assert_same(&before, &editors.tables().await, mutation);
        }
    }

    async fn names_of_others(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, grid, release, category, .. } = World::new(&editors).await;
        let input = json!({
            "title": "The first", "categoryId": category, "slug": "first",
            "repoUrl": "https://github.com/First/One", "pypiUrl": "First.One",
        });
        make(&editors, "createPackage", input).await;
        make(&editors, "createGrid", json!({ "title": "First grid" })).await;
        make(&editors, "createRelease", json!({ "packageId": package, "version": "first" })).await;
        make(&editors, "createCategory", json!({ "title": "First kind" })).await;
        let new = json!({ "title": "The second", "categoryId": category });
        for (create, update, thing, usual, field, spellings, name) in [
            ("createPackage", "updatePackage", &package, &new, "slug", &["first", "FIRST", " first "][..], "The first"),
            ("createPackage", "updatePackage", &package, &new, "repoUrl", &["https://github.com/First/One", "git@GITHUB.com:first/ONE.git", "github.com/first/one/issues/1"], "\"first\""),
            ("createPackage", "updatePackage", &package, &new, "pypiUrl", &["First.One", "first-one", "FIRST__one", "http://pypi.python.org/pypi/first_one"], "\"first\""),
            ("createGrid", "updateGrid", &grid, &json!({ "title": "Second grid" }), "slug", &["first-grid", "First-Grid"], "First grid"),
            ("createCategory", "updateCategory", &category, &json!({ "title": "Second kind" }), "slug", &["first-kind"], "First kind"),
            ("createRelease", "updateRelease", &release, &json!({ "packageId": package }), "version", &["first", " first "], "first"),
        ] {
            for spelling in spellings {
                let mut input = usual.clone();
                if field == "repoUrl" {
                    input["slug"] = json!("second");
                }
                input[field] = json!(spelling);
                let error = editors.refused(create, input, &format!("TAKEN input.{field}")).await;
                assert!(error.contains(name), "{error}");
                let mut input = json!({ "id": thing });
                input[field] = json!(spelling);
                let error = editors.refused(update, input, &format!("TAKEN input.{field}")).await;
                assert!(error.contains(name), "{error}");
            }
        }
        // A title that suggests a slug that is taken.
        editors.refused("createGrid", json!({ "title": "First Grid" }), "TAKEN input.slug").await;
        editors.refused("createPackage", json!({ "title": "First", "categoryId": category }), "TAKEN input.slug").await;
        // That of a package that was merged is in no use any more.
        let World { package: from, other: into, number, .. } = World::new(&editors).await;
        editors.change("mergePackages", json!({ "packageId": from, "intoId": into })).await;
        editors.change("updatePackage", json!({ "id": package, "slug": format!("own-{number}") })).await;
    }

    async fn cells_elsewhere(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, other, grid, feature, .. } = World::new(&editors).await;
        let elsewhere = World::new(&editors).await;
        let cell = |feature: &str, package: &str| json!({ "featureId": feature, "packageId": package, "text": "x" });
        for (wrong, path) in [
            (cell(&elsewhere.feature, &package), "featureId"), (cell(&feature, &other), "packageId"), (cell(&feature, &elsewhere.package), "packageId"),
        ] {
            let input = json!({ "gridId": grid, "cells": [cell(&feature, &package), wrong] });
            editors.refused("setCells", input, &format!("NOT_FOUND input.cells.1.{path}")).await;
        }
        let input = json!({ "gridId": grid, "cells": [cell(&feature, &package), cell(&feature, &package)] });
        editors.refused("setCells", input, "INVALID input.cells.1").await;
    }

    async fn too_many_at_once(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, grid, feature, .. } = World::new(&editors).await;
        let cell = json!({ "featureId": feature, "packageId": package, "text": "x" });
        let error = editors.refused("setCells", json!({ "gridId": grid, "cells": vec![cell; 2_001] }), "TOO_LONG input.cells").await;
        assert!(error.contains("2000"), "{error}");
        for mutation in ["addPackagesToGrid", "removePackagesFromGrid"] {
            let many: Vec<String> = (1..=101).map(|number| id("Package", number)).collect();
            let input = json!({ "gridId": grid, "packageIds": many });
            let error = editors.refused(mutation, input, "TOO_LONG input.packageIds").await;
            assert!(error.contains("100"), "{error}");
        }
        let packages = editors.app.data("{ packages(first: 100) { nodes { id } } }").await;
        let hundred: Vec<&Value> = packages["packages"]["nodes"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        assert_eq!(hundred.len(), 100);
        for (mutation, more) in [("addPackagesToGrid", true), ("removePackagesFromGrid", false)] {
            let input = json!({ "gridId": grid, "packageIds": hundred });
            let payload = editors.edit(Role::Editor, mutation, input, "grid { packagesCount }").await;
            let has = payload["grid"]["packagesCount"].as_i64().unwrap();
            assert!((has >= 100) == more, "{mutation}: {payload}");
        }
        // The same twice is once.
        let twice = json!({ "gridId": grid, "packageIds": [hundred[0], hundred[0]] });
        assert_eq!(editors.edit(Role::Editor, "addPackagesToGrid", twice.clone(), "").await["changedRows"], 1);
        assert_eq!(editors.edit(Role::Editor, "removePackagesFromGrid", twice, "").await["changedRows"], 1);
        for number in 1..100 {
            make(&editors, "createFeature", json!({ "gridId": grid, "title": number.to_string() })).await;
        }
        let input = json!({ "gridId": grid, "title": "one more" });
        let error = editors.refused("createFeature", input, "TOO_LONG input.gridId").await;
        assert!(error.contains("100"), "{error}");
    }

    /// 2,000 cells are a table of 20 packages with 100 features.
    async fn a_whole_table(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let grid = make(&editors, "createGrid", json!({ "title": "Large" })).await;
        let packages = editors.app.data("{ packages(first: 20) { nodes { id } } }").await;
        let packages: Vec<&Value> = packages["packages"]["nodes"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        editors.edit(Role::Editor, "addPackagesToGrid", json!({ "gridId": grid, "packageIds": packages }), "").await;
        let mut cells = Vec::new();
        for number in 0..100 {
            let input = json!({ "gridId": grid, "title": number.to_string() });
            let feature = make(&editors, "createFeature", input).await;
            cells.extend(packages.iter().map(|package| json!({ "featureId": feature, "packageId": package, "text": "yes" })));
        }
        let input = json!({ "gridId": grid, "cells": cells });
        let set = editors.edit(Role::Editor, "setCells", input.clone(), "").await;
        assert_eq!(set["changedRows"], 2_000);
        let change = editors.last_change().await;
        assert_eq!(editors.edit(Role::Editor, "setCells", input, "").await["revision"], Value::Null);
        editors.undo(&change).await;
    }

    async fn replacements_in_a_circle(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package: a, other: b, .. } = World::new(&editors).await;
        let World { package: c, .. } = World::new(&editors).await;
        let by = |it: &str, other: &str| json!({ "id": it, "replacementId": other });
        editors.refused("deprecatePackage", by(&a, &a), "CYCLE input.replacementId").await;
        editors.edit(Role::Editor, "deprecatePackage", by(&a, &b), "").await;
        editors.refused("deprecatePackage", by(&b, &a), "CYCLE input.replacementId").await;
        editors.edit(Role::Editor, "deprecatePackage", by(&b, &c), "").await;
        editors.refused("deprecatePackage", by(&c, &a), "CYCLE input.replacementId").await;
        editors.refused("deprecatePackage", by(&c, &b), "CYCLE input.replacementId").await;
        // Merging cannot make one, either.
        let World { package: d, .. } = World::new(&editors).await;
        editors.edit(Role::Editor, "deprecatePackage", by(&c, &d), "").await;
        editors.refused("mergePackages", json!({ "packageId": d, "intoId": a }), "CYCLE input.intoId").await;
        editors.edit(Role::Moderator, "mergePackages", json!({ "packageId": a, "intoId": d }), "").await;
        let data = editors.app.data(&format!("{{ node(id: \"{d}\") {{ ... on Package {{ replacedBy {{ id }} }} }} }}")).await;
        assert_eq!(data["node"]["replacedBy"], Value::Null);
    }

    async fn what_is_still_needed(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, category, .. } = World::new(&editors).await;
        editors.edit(Role::Editor, "updatePackage", json!({ "id": package, "categoryId": category }), "").await;
        let error = editors.refused("deleteCategory", json!({ "id": category }), "IN_USE input.id").await;
        assert!(error.contains("1 package"), "{error}");
        editors.refused("deleteCategory", json!({ "id": id("Category", 1) }), "IN_USE input.id").await;
        editors.refused("mergePackages", json!({ "packageId": package, "intoId": package }), "INVALID input.intoId").await;
    }
}
