//! What the history tells, and how it is asked.

use packgrid::auth::Role;
use serde_json::{Value, json};

use super::{Editors, id};
use crate::support::{Backend, on_both};

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
            "counts": [{ "of": "packages", "added": 0, "changed": 1, "removed": 0 }],
            "rows": [{ "of": "package", "number": 683, "fate": "CHANGED", "values": [{ "field": "title", "before": "a", "after": "b" }] }],
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
}

/// The number in a change's id, which is its row's.
fn change_number(change: &Value) -> i64 {
    use base64::Engine;

    let text =
        base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(change["id"].as_str().unwrap()).unwrap();
    String::from_utf8(text).unwrap().rsplit(':').next().unwrap().parse().unwrap()
}
