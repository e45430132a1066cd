//! Edits that send back what was read: they change nothing, whatever form it is stored in.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use packgrid::auth::Role;
use packgrid::graphql::{schema, sdl};
use serde_json::{Map, Value, json};

use super::table::{MUTATIONS, about, input_fields};
use super::whole::assert_same;
use super::{Editors, id};
use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

/// Fields of all inputs that say how to edit, not what.
const OF_ALL: [&str; 3] = ["clientMutationId", "dryRun", "expectedRevision"];

/// Mutations that make something, end it or take a change back: what they are sent is no value that is
/// stored.
const OTHERS: [&str; 12] = [
    "createPackage",
    "deletePackage",
    "mergePackages",
    "createGrid",
    "deleteGrid",
    "createFeature",
    "deleteFeature",
    "createRelease",
    "deleteRelease",
    "createCategory",
    "deleteCategory",
    "revert",
];

/// A field of an input, as it is selected of the object, and where it is in the answer.
fn selected(field: &str) -> (String, String) {
    match field.strip_suffix("Id") {
        Some(object) => (format!("{object} {{ id }}"), format!("/{object}/id")),
        None => (field.to_owned(), format!("/{field}")),
    }
}

/// The fields of an object type of the schema.
fn fields_of(name: &str) -> BTreeSet<String> {
    let document = parse_schema(sdl(&schema())).unwrap();
    let found = document.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(kind) if kind.node.name.node == name => Some(&kind.node.kind),
        _ => None,
    });
    match found {
        Some(TypeKind::Object(object)) => {
            object.fields.iter().map(|it| it.node.name.node.to_string()).collect()
        }
        Some(TypeKind::InputObject(input)) => {
            input.fields.iter().map(|it| it.node.name.node.to_string()).collect()
        }
        _ => panic!("there is no type {name}"),
    }
}

impl Editors {
    /// The ids of all objects of a type.
    async fn ids(&self, of: &str) -> Vec<String> {
        let table = match of {
            "Release" => "version".to_owned(),
            of => of.to_lowercase(),
        };
        let rows = &self.tables().await[table.as_str()];
        rows.iter().map(|row| id(of, row["id"].as_i64().unwrap())).collect()
    }

    async fn node(&self, of: &str, id: &str, fields: &str) -> Value {
        let query = format!("{{ node(id: \"{id}\") {{ ... on {of} {{ {fields} }} }} }}");
        self.app.data(&query).await["node"].take()
    }

    /// Makes an edit that changes nothing.
    async fn changes_nothing(&self, mutation: &str, input: Value) {
        let done = self.edit(Role::Admin, mutation, input.clone(), "").await;
        assert_eq!(
            (&done["revision"], &done["changedRows"]),
            (&Value::Null, &json!(0)),
            "{mutation} {input}"
        );
    }

    /// Sends every field of an update back as it was read, of every object.
    async fn send_back(&self, mutation: &str) -> usize {
        let of = about(mutation);
        let of = format!("{}{}", of[..1].to_uppercase(), &of[1..]);
        let known = fields_of(&of);
        let fields: Vec<&str> = input_fields(mutation)
            .iter()
            .map(String::as_str)
            .filter(|field| *field != "id" && !OF_ALL.contains(field))
            .collect();
        for field in &fields {
            let field = field.strip_suffix("Id").unwrap_or(field);
            assert!(
                known.contains(field),
                "{mutation} takes {field}, which {of} has not: how is it read?"
            );
        }
        let selection: Vec<String> = fields.iter().map(|field| selected(field).0).collect();
        let ids = self.ids(&of).await;
        for id in &ids {
            let read = self.node(&of, id, &selection.join(" ")).await;
            let mut input = Map::from_iter([("id".to_owned(), json!(id))]);
            for field in &fields {
                let value = read.pointer(&selected(field).1).cloned().unwrap_or_default();
                input.insert((*field).to_owned(), value);
            }
            self.changes_nothing(mutation, Value::Object(input)).await;
        }
        ids.len()
    }

    /// Declares again what is declared of every package.
    async fn declare_again(&self) {
        assert_eq!(values("deprecatePackage"), ["id", "replacementId"]);
        assert_eq!(values("undeprecatePackage"), ["id"]);
        for id in self.ids("Package").await {
            let read = self.node("Package", &id, "dateDeprecated replacedBy { id }").await;
            let replacement = &read["replacedBy"]["id"];
            if read["dateDeprecated"] != Value::Null {
                let input = json!({ "id": id, "replacementId": replacement });
                self.changes_nothing("deprecatePackage", input).await;
            } else if *replacement == Value::Null {
                self.changes_nothing("undeprecatePackage", json!({ "id": id })).await;
            }
        }
    }

    /// Has the packages of every grid stand where they stand, with the cells that they have, and the
    /// lock as it is.
    async fn fill_again(&self) {
        assert_eq!(values("addPackagesToGrid"), ["gridId", "packageIds"]);
        assert_eq!(values("removePackagesFromGrid"), ["gridId", "packageIds"]);
        assert_eq!(values("setCells"), ["cells", "gridId"]);
        let of_cell = ["expectedRevision", "featureId", "packageId", "text"].map(str::to_owned);
        assert_eq!(fields_of("CellInput"), BTreeSet::from(of_cell));
        assert_eq!((values("lockGrid"), values("unlockGrid")), (vec!["id"], vec!["id"]));
        let all = self.ids("Package").await;
        for id in self.ids("Grid").await {
            let fields = "isLocked packages(first: 100) { edges { node { id } cells { feature { id } text element { revision } } } }";
            let read = self.node("Grid", &id, fields).await;
            let lock = if read["isLocked"] == true { "lockGrid" } else { "unlockGrid" };
            self.changes_nothing(lock, json!({ "id": id })).await;
            let edges = read["packages"]["edges"].as_array().unwrap();
            let packages: Vec<&Value> = edges.iter().map(|edge| &edge["node"]["id"]).collect();
            let input = json!({ "gridId": id, "packageIds": packages });
            self.changes_nothing("addPackagesToGrid", input).await;
            let others = all.iter().filter(|it| !packages.contains(&&json!(it)));
            let others: Vec<&String> = others.take(100).collect();
            self.changes_nothing(
                "removePackagesFromGrid",
                json!({ "gridId": id, "packageIds": others }),
            )
            .await;
            let cells = edges.iter().flat_map(|edge| {
                edge["cells"].as_array().unwrap().iter().map(|cell| {
                    json!({
                        "featureId": cell["feature"]["id"], "packageId": edge["node"]["id"],
                        "text": cell["text"], "expectedRevision": revision(cell),
                    })
                })
            });
            let cells: Vec<Value> = cells.collect();
            self.changes_nothing("setCells", json!({ "gridId": id, "cells": cells })).await;
        }
    }

    /// That every mutation that is sent what is stored changes nothing.
    async fn all_stays(&self) {
        let (tables, revision) = (self.tables().await, self.revision().await);
        for (mutation, _) in MUTATIONS {
            match mutation {
                it if it.starts_with("update") => {
                    assert!(self.send_back(it).await > 0, "{it}: there is nothing to send back");
                }
                "deprecatePackage" => self.declare_again().await,
                "setCells" => self.fill_again().await,
                "undeprecatePackage"
                | "addPackagesToGrid"
                | "removePackagesFromGrid"
                | "lockGrid"
                | "unlockGrid" => {}
                it => assert!(OTHERS.contains(&it), "{it}: what is stored of what it is sent?"),
            }
        }
        assert_same(&tables, &self.tables().await, "sent back");
        assert_eq!(self.revision().await, revision);
    }
}

/// The revision of a table's cell.
fn revision(cell: &Value) -> Value {
    match &cell["element"] {
        Value::Null => json!("0"),
        element => element["revision"].clone(),
    }
}

/// The fields of the input of a mutation that say what to edit, sorted.
fn values(mutation: &str) -> Vec<&'static str> {
    let fields = input_fields(mutation).iter().map(String::as_str);
    let mut fields: Vec<&str> = fields.filter(|field| !OF_ALL.contains(field)).collect();
    fields.sort_unstable();
    fields
}

/// A directory whose values are in no normal form.
async fn odd(backend: Backend) -> Editors {
    let app = App::on(TestDatabase::empty(backend).await).await;
    let long = "A title of seventy-one characters, whose slug was cut at fifty of them.";
    assert_eq!(long.chars().count(), 71);
    let packages = json!([
        package(
            1,
            json!({
                "grids": [], "title": "Trailing ", "slug": "Mixed-Case", "repo_description": " line\r\nline \r\n:gear: ",
                "repo_url": "https://GitHub.com/Some/Repo/", "pypi_url": "http://pypi.python.org/pypi/Some_Name",
                "documentation_url": "", "pypi_version": "", "pypi_license": "  MIT \r\n", "pypi_requires_python": " ",
                "supports_python3": null, "last_updated": null, "repo_watchers": 0, "date_deprecated": "2020-01-01T00:00:00.123456-05:00",
            })
        ),
        package(
            2,
            json!({
                "grids": [], "title": long, "slug": "a-title-of-seventy-one-characters-whose-slug-was-c", "repo_url": "",
                "pypi_url": "https://pypi.org/project/x", "documentation_url": "docs.example.org/ no address",
                "pypi_license": "x".repeat(200), "replaced_by": "/packages/3/", "date_deprecated": "2020-01-01T00:00:00Z",
            })
        ),
        package(
            3,
            json!({
                "grids": [], "repo_url": "https://gitlab.com/group/sub/repo/-/tree/main?x#y", "pypi_url": " ", "pypi_license": "",
                "documentation_url": null, "replaced_by": "/packages/2/", "date_deprecated": "2020-01-01T00:00:00Z",
                "date_repo_archived": "2019-12-31T23:59:59.999999Z", "repo_watchers": 0, "repo_forks": 0,
            })
        ),
        package(
            4,
            json!({ "grids": [], "repo_url": "git://example.org/Not/Ours.git", "pypi_url": "https://example.org/x", "title": "\u{1} " })
        ),
    ]);
    let grids = json!([
        grid(
            1,
            json!({ "title": " Grid ", "slug": "A Slug with.all", "description": "a\r\nb ", "is_locked": true, "packages": ["/packages/1/", "/packages/2/"] })
        ),
        grid(2, json!({ "header": true })),
    ]);
    let categories = json!([category(
        4,
        json!({ "title": "Odd ", "slug": "ODD", "description": " \t", "title_plural": " Odds" })
    )]);
    let files = Files::new(categories, grids, packages);
    files.write("versions.json", &json!([
        { "id": 1, "package": "/packages/1/", "number": " 1.4-16 ", "license": " BSD\n", "requires_python": "", "upload_time": null,
          "development_status": "pre-alpha", "supports_python3": null, "hidden": true },
        { "id": 2, "package": "/packages/1/", "number": "1.4-16", "license": null, "requires_python": " >=3 ",
          "upload_time": "2001-02-03T04:05:06.000007+01:00", "development_status": "unknown", "supports_python3": true, "hidden": false },
    ]).to_string());
    files.write(
        "features.json",
        &json!([
            { "id": 1, "grid": "/grids/1/", "title": " Typed ", "description": "\r\n" },
            { "id": 2, "grid": "/grids/1/", "title": "\u{2028}", "description": "" },
        ])
        .to_string(),
    );
    files.write("elements.json", &json!([
        { "id": 1, "feature": "/features/1/", "package": "/packages/1/", "text": " yes,\r\nsince 4.2 " },
        { "id": 2, "feature": "/features/1/", "package": "/packages/2/", "text": "  " },
    ]).to_string());
    files.import(&app.database).await.unwrap();
    Editors::of(app).await
}

on_both! {
    async fn what_is_sent_back_as_it_was_read_changes_nothing(backend: Backend) {
        Editors::sample(backend).await.all_stays().await;
    }

    async fn what_is_in_no_normal_form_stays_when_it_is_sent_back(backend: Backend) {
        odd(backend).await.all_stays().await;
    }

    /// Of an edit of one field only that one is the editors' afterwards.
    async fn fields_beside_the_changed_one_stay(backend: Backend) {
        let editors = odd(backend).await;
        let fields = "title slug repoUrl repoDescription pypiUrl documentationUrl pypiVersion pypiLicense pypiRequiresPython";
        let package = id("Package", 1);
        let mut input = editors.node("Package", &package, fields).await;
        let before = input.clone();
        input["id"] = json!(package);
        input["pypiVersion"] = json!("2.0");
        let changed = editors.edit(Role::Editor, "updatePackage", input, &format!("package {{ {fields} editedFields }}")).await;
        assert_eq!((&changed["changedRows"], &changed["package"]["editedFields"]), (&json!(1), &json!(["pypiVersion"])));
        for field in fields.split(' ').filter(|field| *field != "pypiVersion") {
            assert_eq!(changed["package"][field], before[field], "{field}");
        }
    }

    async fn null_says_of_unknown_stars_that_they_are_unknown(backend: Backend) {
        let editors = odd(backend).await;
        editors.changes_nothing("updatePackage", json!({ "id": id("Package", 1), "repoWatchers": null })).await;
    }

    async fn licences_have_spdx_identifiers_beside_them(backend: Backend) {
        let editors = Editors::sample(backend).await;
        let package = id("Package", 683);
        for (license, spdx) in [
            (json!("MIT License"), json!("MIT")), (json!("bsd-3-clause"), json!("BSD-3-Clause")),
            (json!("mit OR apache-2.0"), json!("MIT OR Apache-2.0")), (json!("BSD License"), Value::Null),
            (json!("GNU General Public License v3 (GPLv3)"), json!("GPL-3.0-only")), (Value::Null, Value::Null),
        ] {
            let input = json!({ "id": package, "pypiLicense": license });
            let changed = editors.edit(Role::Editor, "updatePackage", input, "package { pypiLicense licenseSpdx }").await;
            assert_eq!(changed["package"], json!({ "pypiLicense": license, "licenseSpdx": spdx }));
            let input = json!({ "id": id("Release", 10_001), "license": license });
            let changed = editors.edit(Role::Editor, "updateRelease", input, "release { license licenseSpdx }").await;
            assert_eq!(changed["release"], json!({ "license": license, "licenseSpdx": spdx }));
        }
    }
}
