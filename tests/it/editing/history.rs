//! What the history tells, and how it is asked.

use std::collections::{BTreeMap, BTreeSet};

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::table::{World, make};
use super::{Editors, id};
use crate::support::{App, Backend, on_both};

/// The revisions of a list of changes.
fn revisions(list: &Value) -> Vec<i64> {
    let revision = |change: &Value| change["revision"].as_str().unwrap().parse().unwrap();
    list["nodes"].as_array().unwrap().iter().map(revision).collect()
}

/// Makes the revisions 2 to 9: titles of a package by an editor, one by an admin, cells, a lock.
async fn edited(backend: Backend) -> Editors {
    let editors = Editors::sample(backend).await;
    for (role, title) in [(Role::Editor, "a"), (Role::Admin, "b"), (Role::Editor, "c")] {
        let input = json!({ "id": id("Package", 683), "title": title });
        editors.edit(role, "updatePackage", input, "").await;
    }
    let grid = editors.app.data("{ grids(first: 1, filter: { featuresCount: { gt: 0 }, packagesCount: { gt: 0 } }) { nodes { id \
        features(first: 1) { nodes { id } } packages(first: 1) { nodes { id } } } } }").await;
    let grid = &grid["grids"]["nodes"][0];
    let (feature, package) =
        (&grid["features"]["nodes"][0]["id"], &grid["packages"]["nodes"][0]["id"]);
    for text in ["yes", "no", ""] {
        let cells = json!([{ "featureId": feature, "packageId": package, "text": text }]);
        editors
            .edit(Role::Editor, "setCells", json!({ "gridId": grid["id"], "cells": cells }), "")
            .await;
    }
    for mutation in ["lockGrid", "unlockGrid"] {
        editors.edit(Role::Moderator, mutation, json!({ "id": grid["id"] }), "").await;
    }
    editors
}

on_both! {
    async fn filters_and_orders(backend: Backend) {
        let editors = edited(backend).await;
        for (filter, expected) in [
            ("{}", (1..10).rev().collect::<Vec<i64>>()),
            ("{ by: { eq: \"THE EDITOR\" } }", vec![7, 6, 5, 4, 2]),
            ("{ by: { isNull: true } }", vec![1]),
            ("{ by: { contains: \"admin\" } }", vec![3]),
            ("{ kind: { eq: SET_CELLS } }", vec![7, 6, 5]),
            ("{ kind: { in: [LOCK_GRID, UNLOCK_GRID] } }", vec![9, 8]),
            ("{ kind: { notIn: [LOCK_GRID, UNLOCK_GRID, SET_CELLS] } }", vec![4, 3, 2, 1]),
            ("{ kind: { ne: UPDATE_PACKAGE }, revision: { lt: \"6\" } }", vec![5, 1]),
            ("{ revision: { eq: \"4\" } }", vec![4]),
            ("{ revision: { ne: \"4\", gt: \"2\", lte: 5 } }", vec![5, 3]),
            ("{ revision: { in: [\"2\", \"99\"] } }", vec![2]),
            ("{ revision: { notIn: [\"2\"], gte: \"1\", lt: \"4\" } }", vec![3, 1]),
            ("{ at: { lt: \"2020-01-01T00:00:00Z\" } }", vec![]),
            ("{ or: [{ kind: { eq: IMPORT } }, { not: { revision: { lt: \"9\" } } }] }", vec![9, 1]),
            ("{ and: [{ kind: { eq: UPDATE_PACKAGE } }, { by: { startsWith: \"the a\" } }] }", vec![3]),
        ] {
            let query = format!("{{ history(filter: {filter}) {{ totalCount nodes {{ revision }} }} }}");
            let data = editors.app.data(&query).await;
            assert_eq!(revisions(&data["history"]), expected, "{filter}");
            assert_eq!(data["history"]["totalCount"], expected.len(), "{filter}");
        }
        let data = editors.app.data("{ history(first: 3, orderBy: [{ field: REVISION }]) { nodes { revision } } }").await;
        assert_eq!(revisions(&data["history"]), [1, 2, 3]);
    }

    async fn pages(backend: Backend) {
        let editors = edited(backend).await;
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = "query ($after: String) { history(first: 4, after: $after) { nodes { revision } pageInfo { hasNextPage endCursor } } }";
            let answer = editors.app.answer(query, json!({ "after": after })).await;
            let page = &answer["data"]["history"];
            seen.extend(revisions(page));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, (1..10).rev().collect::<Vec<i64>>());
    }

    /// Histories of many are one statement more, however many they are.
    async fn of_many_at_once(backend: Backend) {
        let editors = edited(backend).await;
        for list in ["packages", "grids", "categories"] {
            let mut statements = Vec::new();
            for first in [2, 30, 100] {
                let query = format!("{{ {list}(first: {first}) {{ nodes {{ history(first: 5) {{ totalCount nodes {{ revision kind by }} }} }} }} }}");
                statements.push(editors.app.counted(&query).await.1.len());
            }
            assert_eq!(statements, [3, 3, 3], "{list}");
        }
    }

    async fn what_a_change_tells(backend: Backend) {
        let editors = edited(backend).await;
        let query = "{ package(slug: \"django-queued-storage\") { history { nodes { id revision kind by role reverts counts { of added changed removed } \
            rows { of number fate values { field before after } } } } } }";
        let data = editors.app.data(query).await;
        let change = &data["package"]["history"]["nodes"][1];
        assert_eq!(*change, json!({
            "id": id("Change", change_number(change)), "revision": "3", "kind": "UPDATE_PACKAGE", "by": "the admin", "role": "ADMIN", "reverts": null,
            "counts": [{ "of": "PACKAGE", "added": 0, "changed": 1, "removed": 0 }],
            "rows": [{ "of": "PACKAGE", "number": 683, "fate": "CHANGED", "values": [{ "field": "title", "before": "a", "after": "b" }] }],
        }));
        let node = format!("{{ node(id: {}) {{ __typename ... on DirectoryChange {{ revision }} }} }}", change["id"]);
        let node = editors.app.data(&node).await;
        assert_eq!(node["node"], json!({ "__typename": "DirectoryChange", "revision": "3" }));
        let data = editors.app.data("{ history(first: 1, filter: { kind: { eq: IMPORT } }) { nodes { by role rows { of } counts { of } } } }").await;
        let import = &data["history"]["nodes"][0];
        assert_eq!((&import["by"], &import["role"], &import["rows"]), (&Value::Null, &Value::Null, &Value::Null));
        let first = editors.app.answer("{ history { nodes { rows(first: 2501) { of } } } }", Value::Null).await;
        assert_eq!(first["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }

    async fn values_are_told_as_the_fields_of_the_schema_tell_them(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let package = id("Package", 683);
        let read = "title category { id title } lastUpdated supportsPython3 repoWatchers pypiUrl documentationUrl replacedBy { id title }";
        let before = editors.app.data(&format!("{{ node(id: \"{package}\") {{ ... on Package {{ {read} }} }} }}")).await["node"].take();
        let input = json!({
            "id": package, "categoryId": id("Category", 1), "lastUpdated": "2025-01-29T00:00:00.5Z", "supportsPython3": "NO",
            "repoWatchers": 7, "pypiUrl": null, "documentationUrl": "https://example.org/",
        });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        let rows = "history(first: 1) { nodes { rows { of number fate node { __typename id ... on Package { slug } } \
            values { field before after beforeNode { id ... on Category { slug } } afterNode { id ... on Category { slug } } } } } }";
        let data = editors.app.data(&format!("{{ {rows} }}")).await;
        let row = &data["history"]["nodes"][0]["rows"][0];
        assert_eq!(row["node"], json!({ "__typename": "Package", "id": package, "slug": "django-queued-storage" }));
        assert_eq!((&row["of"], &row["number"], &row["fate"]), (&json!("PACKAGE"), &json!(683), &json!("CHANGED")));
        let plain = |field: &str, before: Value, after: &str| json!({
            "field": field, "before": before, "after": after, "beforeNode": null, "afterNode": null,
        });
        assert_eq!(row["values"], json!([
            {
                "field": "category", "before": before["category"]["title"], "after": "App",
                "beforeNode": { "id": before["category"]["id"], "slug": "other" }, "afterNode": { "id": id("Category", 1), "slug": "apps" },
            },
            plain("documentationUrl", before["documentationUrl"].clone(), "https://example.org/"),
            plain("editedFields", json!(""), "category, documentationUrl, lastUpdated, pypiUrl, repoWatchers, supportsPython3"),
            plain("lastUpdated", before["lastUpdated"].clone(), "2025-01-29T00:00:00.5Z"),
            { "field": "pypiUrl", "before": before["pypiUrl"], "after": null, "beforeNode": null, "afterNode": null },
            plain("repoWatchers", json!(before["repoWatchers"].to_string()), "7"),
            plain("supportsPython3", before["supportsPython3"].clone(), "NO"),
        ]));
        let edited = editors.app.data("{ package(slug: \"django-queued-storage\") { editedFields } }").await;
        let edited: Vec<&str> = edited["package"]["editedFields"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(json!(edited.join(", ")), row["values"][2]["after"]);

        // What is gone keeps the title that it had in the change, and its lists are lists.
        editors.edit(Role::Moderator, "deletePackage", json!({ "id": package }), "").await;
        let all = rows.replace("rows {", "rows(first: 500) {");
        let data = editors.app.data(&format!("{{ {all} }}")).await;
        let rows = data["history"]["nodes"][0]["rows"].as_array().unwrap();
        let of = |kind: &str| rows.iter().find(|row| row["of"] == kind).unwrap_or_else(|| panic!("{kind}: {data}"));
        let value = |row: &Value, field: &str| {
            let values = row["values"].as_array().unwrap();
            values.iter().find(|value| value["field"] == field).unwrap_or_else(|| panic!("{field}: {row}")).clone()
        };
        let gone = of("PACKAGE");
        assert_eq!((&gone["node"], &gone["fate"]), (&Value::Null, &json!("REMOVED")));
        let participants = value(gone, "participants")["before"].clone();
        assert!(participants.as_str().unwrap().starts_with("jezdez, ashwoods, "), "{participants}");
        assert!(value(gone, "commitsOver52")["before"].as_str().unwrap().starts_with("0, 0, "));
        assert_eq!(value(gone, "isMadeHere")["before"], "false");
        assert_eq!(value(gone, "created")["before"], "2011-03-10T10:21:44.89261Z");
        let place = value(of("MEMBERSHIP"), "package");
        assert_eq!((&place["before"], &place["beforeNode"]), (&before["title"], &Value::Null));
        let place = value(of("MEMBERSHIP"), "grid");
        assert_ne!(place["beforeNode"]["id"], Value::Null);
    }

    async fn a_cell_and_a_release_name_what_they_belong_to(backend: Backend) {
        let editors = edited(backend).await;
        let input = json!({ "packageId": id("Package", 683), "version": "9", "developmentStatus": "PRE_ALPHA", "releasedAt": "2026-01-31T12:00:00Z" });
        editors.edit(Role::Editor, "createRelease", input, "").await;
        let query = "{ history(filter: { kind: { in: [SET_CELLS, CREATE_RELEASE] } }) { nodes { kind rows { of fate node { __typename } \
            values { field before after afterNode { __typename } } } } } }";
        let data = editors.app.data(query).await;
        let nodes = data["history"]["nodes"].as_array().unwrap();
        let values = |row: &Value, field: &str| {
            let values = row["values"].as_array().unwrap();
            values.iter().find(|value| value["field"] == field).unwrap_or_else(|| panic!("{field}: {row}")).clone()
        };
        let release = &nodes[0]["rows"][0];
        assert_eq!((&release["of"], &release["node"]["__typename"]), (&json!("RELEASE"), &json!("Release")));
        for (field, after) in [
            ("version", json!("9")), ("developmentStatus", json!("PRE_ALPHA")), ("releasedAt", json!("2026-01-31T12:00:00Z")),
            ("isHidden", json!("false")), ("package", json!("c")), ("license", Value::Null), ("isMadeHere", json!("true")),
        ] {
            let value = release["values"].as_array().unwrap().iter().find(|value| value["field"] == field);
            assert_eq!(value.map_or(&Value::Null, |value| &value["after"]), &after, "{field}");
        }
        assert_eq!(values(release, "package")["afterNode"]["__typename"], "Package");
        // The first of the cell's changes may have made it.
        let cell = &nodes[3]["rows"][0];
        assert_eq!((&cell["of"], &cell["node"]["__typename"]), (&json!("CELL"), &json!("Element")));
        if cell["fate"] == "ADDED" {
            assert_eq!(values(cell, "package")["afterNode"]["__typename"], "Package");
            assert_eq!(values(cell, "feature")["afterNode"]["__typename"], "Feature");
        }
        assert_eq!(values(cell, "text")["after"], "yes");
    }

    /// Nodes and titles of many rows are as many statements as those of one.
    async fn rows_take_no_statement_each(backend: Backend) {
        let editors = Editors::of(App::generous(backend).await).await;
        let data = editors.app.data("{ packages(first: 60) { nodes { id category { id } } } categories { nodes { id } } }").await;
        let categories = data["categories"]["nodes"].as_array().unwrap();
        for package in data["packages"]["nodes"].as_array().unwrap() {
            let other = categories.iter().find(|it| it["id"] != package["category"]["id"]).unwrap();
            let input = json!({ "id": package["id"], "categoryId": other["id"] });
            editors.edit(Role::Editor, "updatePackage", input, "").await;
        }
        let mut statements = Vec::new();
        for first in [1, 10, 60] {
            let query = format!("{{ history(first: {first}) {{ nodes {{ rows {{ node {{ id ... on Package {{ title }} }} \
                values {{ before after beforeNode {{ id }} afterNode {{ id }} }} }} }} }} }}");
            statements.push(editors.app.counted(&query).await.1.len());
        }
        assert_eq!(statements, [3, 3, 3]);

        let World { package, grid, feature, .. } = World::new(&editors).await;
        let mut cells = vec![json!({ "featureId": feature, "packageId": package })];
        for number in 1..60 {
            let input = json!({ "gridId": grid, "title": format!("Feature {number}") });
            let feature = make(&editors, "createFeature", input).await;
            cells.push(json!({ "featureId": feature, "packageId": package }));
        }
        let mut statements = Vec::new();
        for many in [1, 10, 60] {
            cells.iter_mut().for_each(|cell| cell["text"] = json!(format!("one of {many}")));
            let input = json!({ "gridId": grid, "cells": cells[..many] });
            editors.edit(Role::Editor, "setCells", input, "").await;
            let query = "{ history(first: 1) { nodes { rows(first: 100) { node { id ... on Element { package { title } } } \
                values { field before after beforeNode { id } afterNode { id } } } } } }";
            let (data, run) = editors.app.counted(query).await;
            assert_eq!(data["history"]["nodes"][0]["rows"].as_array().unwrap().len(), many);
            statements.push(run.len());
        }
        assert_eq!(statements[1..], [statements[2]; 2]);
        assert!(statements[0] <= statements[2], "{statements:?}");
        // Those that were made tell which package and feature they are of.
        let made = "{ history(first: 3) { nodes { rows(first: 100) { fate values { field after afterNode { __typename } } } } } }";
        let (data, run) = editors.app.counted(made).await;
        assert!(run.len() <= 5, "{run:#?}");
        let rows = data["history"]["nodes"][0]["rows"].as_array().unwrap();
        assert_eq!(rows.iter().filter(|row| row["fate"] == "ADDED").count(), 50);
    }

    /// Every field that the history names is one of the type that it is about.
    async fn fields_are_named_as_in_the_schema(backend: Backend) {
        let editors = Editors::of(App::generous(backend).await).await;
        let World { package, other, grid, feature, category, release, .. } = World::new(&editors).await;
        for (mutation, input) in [
            ("mergePackages", json!({ "packageId": package, "intoId": other })),
            ("deleteRelease", json!({ "id": release })),
            ("deleteFeature", json!({ "id": feature })),
            ("deleteGrid", json!({ "id": grid })),
            ("deletePackage", json!({ "id": other })),
            ("deleteCategory", json!({ "id": category })),
        ] {
            editors.edit(Role::Admin, mutation, input, "").await;
        }
        let types = [
            ("CATEGORY", "Category"), ("GRID", "Grid"), ("PACKAGE", "Package"), ("MEMBERSHIP", "GridPackageEdge"),
            ("RELEASE", "Release"), ("FEATURE", "Feature"), ("CELL", "Element"),
        ];
        let data = editors.app.data("{ __schema { types { name fields { name } } } history(first: 100) { nodes { rows { of values { field before after } } } } }").await;
        let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for change in data["history"]["nodes"].as_array().unwrap() {
            for row in change["rows"].as_array().into_iter().flatten() {
                let values = row["values"].as_array().unwrap().iter();
                for value in values.clone().flat_map(|value| [&value["before"], &value["after"]]) {
                    let text = value.as_str().unwrap_or_default();
                    let is_raw = text.starts_with('[') || text.len() > 12 && text.parse::<i64>().is_ok();
                    assert!(!is_raw, "as the database has it: {row}");
                }
                told.entry(row["of"].as_str().unwrap()).or_default().extend(values.map(|it| it["field"].as_str().unwrap()));
            }
        }
        for (kind, name) in types {
            let all = data["__schema"]["types"].as_array().unwrap();
            let fields = all.iter().find(|it| it["name"] == name).unwrap()["fields"].as_array().unwrap();
            let fields: BTreeSet<&str> = fields.iter().map(|it| it["name"].as_str().unwrap()).collect();
            // A membership is on edges of both, which name the other by their node.
            let ends = if kind == "MEMBERSHIP" { BTreeSet::from(["grid", "package"]) } else { BTreeSet::new() };
            let unknown: Vec<_> = told[kind].iter().filter(|it| !fields.contains(*it) && !ends.contains(*it)).collect();
            assert!(unknown.is_empty(), "{kind}: {unknown:?}");
        }
    }
}

/// The number in a change's id, which is its row's.
fn change_number(change: &Value) -> i64 {
    use base64::Engine;

    let text =
        base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(change["id"].as_str().unwrap()).unwrap();
    String::from_utf8(text).unwrap().rsplit(':').next().unwrap().parse().unwrap()
}
