//! Two packages that become one.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::table::{World, make};
use super::whole::assert_same;
use super::{Editors, id};
use crate::support::{Backend, on_both};

impl Editors {
    /// What a query of a package says.
    async fn of_package(&self, id: &str, fields: &str) -> Value {
        let query = format!("{{ node(id: \"{id}\") {{ ... on Package {{ {fields} }} }} }}");
        self.app.data(&query).await["node"].take()
    }

    /// The title of whoever answers to a slug.
    async fn called(&self, slug: &str) -> Value {
        self.app.data(&format!("{{ package(slug: \"{slug}\") {{ title }} }}")).await["package"]["title"].take()
    }

    async fn package(&self, title: &str) -> String {
        make(self, "createPackage", json!({ "title": title, "categoryId": id("Category", 1) }))
            .await
    }

    async fn merge(&self, package: &str, into: &str) -> String {
        self.change("mergePackages", json!({ "packageId": package, "intoId": into })).await
    }

    async fn place(&self, grid: &str, packages: &[&str]) {
        let input = json!({ "gridId": grid, "packageIds": packages });
        self.edit(Role::Editor, "addPackagesToGrid", input, "").await;
    }

    async fn cells(&self, grid: &str, cells: &[(&str, &str, &str)]) {
        let cell = |(feature, package, text): &(&str, &str, &str)| json!({ "featureId": feature, "packageId": package, "text": text });
        let cells: Vec<Value> = cells.iter().map(cell).collect();
        self.edit(Role::Editor, "setCells", json!({ "gridId": grid, "cells": cells }), "").await;
    }
}

on_both! {
    async fn places_cells_releases_and_replacements(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let (from, into) = (editors.package("From").await, editors.package("Into").await);
        let grid = async |title: &str| make(&editors, "createGrid", json!({ "title": title })).await;
        let (both, only, own) = (grid("Both").await, grid("Only from").await, grid("Only into").await);
        let feature = async |grid: &str, title: &str| make(&editors, "createFeature", json!({ "gridId": grid, "title": title })).await;
        let mut features = Vec::new();
        for title in ["both", "from", "into", "emptied", "none"] {
            features.push(feature(&both, title).await);
        }
        let alone = feature(&only, "alone").await;
        editors.place(&both, &[&from, &into]).await;
        editors.place(&only, &[&from]).await;
        editors.place(&own, &[&into]).await;
        editors.cells(&both, &[
            (&features[0], &from, "from"), (&features[0], &into, "into"), (&features[1], &from, "from"), (&features[2], &into, "into"),
            (&features[3], &from, "from"), (&features[3], &into, "not for long"),
        ]).await;
        editors.cells(&both, &[(&features[3], &into, "")]).await;
        editors.cells(&only, &[(&alone, &from, "from")]).await;
        for (package, version, license) in [(&from, "1", "From"), (&from, "2", "From"), (&into, "2", "Into"), (&into, "3", "Into")] {
            make(&editors, "createRelease", json!({ "packageId": package, "version": version, "license": license })).await;
        }
        let (old, older) = (editors.package("Old").await, editors.package("Older").await);
        for (it, by) in [(&old, &from), (&older, &into), (&into, &from)] {
            editors.edit(Role::Editor, "deprecatePackage", json!({ "id": it, "replacementId": by }), "").await;
        }

        let before = (editors.tables().await, editors.exported().await);
        let fields = "package { id slug grids(first: 9) { nodes { title } } releases(first: 9) { nodes { version license } } \
            replaces(first: 9) { nodes { title } } replacedBy { title } gridsCount }";
        let input = json!({ "packageId": from, "intoId": into });
        let merged = editors.edit(Role::Moderator, "mergePackages", input, fields).await["package"].take();
        let merge = editors.last_change().await;
        let sorted = |list: &Value, field: &str| {
            let texts = list["nodes"].as_array().unwrap().iter().map(|it| it[field].as_str().unwrap().to_owned());
            let mut texts: Vec<String> = texts.collect();
            texts.sort_unstable();
            texts
        };
        assert_eq!((&merged["id"], &merged["slug"]), (&json!(into), &json!("into")));
        assert_eq!(sorted(&merged["grids"], "title"), ["Both", "Only from", "Only into"]);
        assert_eq!(merged["gridsCount"], 3);
        assert_eq!(sorted(&merged["releases"], "version"), ["1", "2", "3"]);
        assert_eq!(sorted(&merged["releases"], "license"), ["From", "Into", "Into"]);
        assert_eq!(sorted(&merged["replaces"], "title"), ["Old", "Older"]);
        assert_eq!(merged["replacedBy"], Value::Null, "by nobody, least of all by itself");
        assert_eq!(editors.of_package(&from, "title").await, Value::Null);
        for (grid, expected) in [
            ("both", json!([["both", "into"], ["from", "from"], ["into", "into"], ["emptied", "from"], ["none", ""]])),
            ("only-from", json!([["alone", "from"]])),
        ] {
            let query = format!("{{ grid(slug: \"{grid}\") {{ packages(first: 9) {{ edges {{ node {{ title }} cells {{ feature {{ title }} text }} }} }} }} }}");
            let answer = editors.app.data(&query).await;
            let edges = answer["grid"]["packages"]["edges"].as_array().unwrap();
            assert_eq!(edges.len(), 1, "{answer}");
            let cells = edges[0]["cells"].as_array().unwrap().iter();
            let cells: Vec<Value> = cells.map(|cell| json!([cell["feature"]["title"], cell["text"]])).collect();
            assert_eq!(json!(cells), expected, "{grid}");
        }

        let done = (editors.tables().await, editors.exported().await);
        let undone = editors.undo(&merge).await;
        assert_same(&before.0, &editors.tables().await, "undone");
        assert_eq!(before.1, editors.exported().await);
        editors.undo(&undone).await;
        assert_same(&done.0, &editors.tables().await, "done again");
        assert_eq!(done.1, editors.exported().await);
    }

    async fn slugs_of_slugs(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let (a, b, c) = (editors.package("Aa").await, editors.package("Bb").await, editors.package("Cc").await);
        let names = async || {
            let (a, b, c) = (editors.called("aa").await, editors.called("bb").await, editors.called("cc").await);
            [a, b, c]
        };
        let first = editors.merge(&a, &b).await;
        assert_eq!(names().await, ["Bb", "Bb", "Cc"]);
        let second = editors.merge(&b, &c).await;
        assert_eq!(names().await, ["Cc", "Cc", "Cc"]);
        let gone = editors.change("deletePackage", json!({ "id": c })).await;
        assert_eq!(names().await, [Value::Null, Value::Null, Value::Null]);
        // Their names are free while it is gone, and who has taken one keeps it.
        let taken = editors.package("Aa").await;
        editors.undo(&gone).await;
        assert_eq!(names().await, ["Aa", "Cc", "Cc"]);
        editors.change("deletePackage", json!({ "id": taken })).await;
        assert_eq!(names().await, ["Cc", "Cc", "Cc"]);
        let back = editors.undo(&second).await;
        assert_eq!(names().await, ["Bb", "Bb", "Cc"]);
        let once_more = editors.undo(&back).await;
        assert_eq!(names().await, ["Cc", "Cc", "Cc"]);
        editors.undo(&once_more).await;
        editors.undo(&first).await;
        assert_eq!(names().await, ["Aa", "Bb", "Cc"]);

        // Undone in the other order, each answers to its own name as well.
        let first = editors.merge(&a, &b).await;
        let second = editors.merge(&b, &c).await;
        editors.undo(&first).await;
        assert_eq!(names().await, ["Aa", "Cc", "Cc"]);
        editors.undo(&second).await;
        assert_eq!(names().await, ["Aa", "Bb", "Cc"]);
    }

    /// What happened to the one is in the history of the other, and back with it.
    async fn histories(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let (a, b, c) = (editors.package("Aa").await, editors.package("Bb").await, editors.package("Cc").await);
        let kinds = async |package: &str| {
            let history = editors.of_package(package, "history(first: 50) { totalCount nodes { kind } }").await;
            let nodes = history["history"]["nodes"].as_array().unwrap().clone();
            assert_eq!(history["history"]["totalCount"], nodes.len());
            nodes.iter().map(|node| node["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        editors.change("updatePackage", json!({ "id": a, "repoWatchers": 1 })).await;
        let first = editors.merge(&a, &b).await;
        assert_eq!(kinds(&b).await, ["MERGE_PACKAGES", "UPDATE_PACKAGE", "CREATE_PACKAGE", "CREATE_PACKAGE"]);
        editors.merge(&b, &c).await;
        let second = editors.last_change().await;
        assert_eq!(kinds(&c).await, ["MERGE_PACKAGES", "MERGE_PACKAGES", "UPDATE_PACKAGE", "CREATE_PACKAGE", "CREATE_PACKAGE", "CREATE_PACKAGE"]);
        editors.undo(&second).await;
        editors.undo(&first).await;
        assert_eq!(kinds(&a).await, ["REVERT", "MERGE_PACKAGES", "UPDATE_PACKAGE", "CREATE_PACKAGE"]);
        assert_eq!(kinds(&c).await, ["REVERT", "MERGE_PACKAGES", "CREATE_PACKAGE"]);
    }

    /// What came since is not lost by undoing a merge.
    async fn what_came_since(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let World { package, other, grid, feature, release, .. } = World::new(&editors).await;
        let merge = editors.merge(&package, &other).await;
        // What stays is another package's, and may be edited.
        editors.change("updatePackage", json!({ "id": other, "repoWatchers": 7 })).await;
        let set = editors.change("setCells", json!({ "gridId": grid, "cells": [{ "featureId": feature, "packageId": other, "text": "newer" }] })).await;
        editors.undo(&merge).await;
        assert_eq!(editors.of_package(&other, "repoWatchers gridsCount").await, json!({ "repoWatchers": 7, "gridsCount": 0 }));
        editors.change("setCells", json!({ "gridId": grid, "cells": [{ "featureId": feature, "packageId": package, "text": "newest" }] })).await;
        editors.conflicts(&set, "cell").await;

        for (mutation, input) in [
            ("removePackagesFromGrid", json!({ "gridId": grid, "packageIds": [other] })),
            ("deleteRelease", json!({ "id": release })),
            ("deletePackage", json!({ "id": other })),
        ] {
            let merge = editors.merge(&package, &other).await;
            let change = editors.change(mutation, input).await;
            editors.conflicts(&merge, "").await;
            editors.undo(&change).await;
            editors.undo(&merge).await;
        }
    }

    async fn of_a_source(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let data = editors.app.data("{ grids(first: 100) { nodes { packages(first: 2) { nodes { id } } } } }").await;
        let grids = data["grids"]["nodes"].as_array().unwrap().iter();
        let mut pairs = grids.filter_map(|grid| {
            let packages = grid["packages"]["nodes"].as_array().unwrap();
            Some((packages.first()?["id"].as_str()?.to_owned(), packages.get(1)?["id"].as_str()?.to_owned()))
        });
        for _ in 0..5 {
            let (from, into) = pairs.next().unwrap();
            let before = (editors.tables().await, editors.exported().await);
            let merge = editors.merge(&from, &into).await;
            let input = json!({ "changeId": merge });
            editors.edit(Role::Moderator, "revert", input, "").await;
            assert_same(&before.0, &editors.tables().await, "undone");
            assert_eq!(before.1, editors.exported().await);
        }
    }
}
