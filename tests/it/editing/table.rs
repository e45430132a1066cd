//! Every mutation, who may make it, and an input with which it succeeds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use packgrid::auth::Role;
use packgrid::graphql::{schema, sdl};
use serde_json::{Value, json};

use super::{Editors, id};

/// The mutations, and the least role that makes each.
pub const MUTATIONS: [(&str, Role); 24] = [
    ("createPackage", Role::Editor),
    ("updatePackage", Role::Editor),
    ("deletePackage", Role::Moderator),
    ("deprecatePackage", Role::Editor),
    ("undeprecatePackage", Role::Editor),
    ("mergePackages", Role::Moderator),
    ("addPackagesToGrid", Role::Editor),
    ("removePackagesFromGrid", Role::Editor),
    ("createGrid", Role::Editor),
    ("updateGrid", Role::Editor),
    ("deleteGrid", Role::Moderator),
    ("lockGrid", Role::Moderator),
    ("unlockGrid", Role::Moderator),
    ("createFeature", Role::Editor),
    ("updateFeature", Role::Editor),
    ("deleteFeature", Role::Moderator),
    ("setCells", Role::Editor),
    ("createRelease", Role::Editor),
    ("updateRelease", Role::Editor),
    ("deleteRelease", Role::Moderator),
    ("createCategory", Role::Admin),
    ("updateCategory", Role::Admin),
    ("deleteCategory", Role::Admin),
    ("revert", Role::Editor),
];

/// Objects of one's own to edit: a package in a grid with a cell there and a release, another one
/// that stands nowhere, and a category that no package has.
#[derive(Clone, Debug)]
pub struct World {
    /// Tells worlds apart.
    pub number: i64,
    pub category: String,
    pub package: String,
    pub other: String,
    pub grid: String,
    pub feature: String,
    pub release: String,
}

impl World {
    pub async fn new(editors: &Editors) -> Self {
        let number = editors.revision().await;
        let category =
            make(editors, "createCategory", json!({ "title": format!("Kind {number}") })).await;
        let mut packages = Vec::new();
        for name in ["own", "other"] {
            let input = json!({
                "title": format!("The {name} {number}"), "categoryId": id("Category", 1),
                "repoUrl": format!("https://github.com/world-{number}/{name}-{number}"),
            });
            packages.push(make(editors, "createPackage", input).await);
        }
        let [package, other] = <[String; 2]>::try_from(packages).unwrap();
        let grid = make(editors, "createGrid", json!({ "title": format!("Grid {number}") })).await;
        let place = json!({ "gridId": grid, "packageIds": [package] });
        editors.edit(Role::Admin, "addPackagesToGrid", place, "").await;
        let input = json!({ "gridId": grid, "title": "Typed" });
        let feature = make(editors, "createFeature", input).await;
        let cells = json!([{ "featureId": feature, "packageId": package, "text": "yes" }]);
        let input = json!({ "gridId": grid, "cells": cells });
        editors.edit(Role::Admin, "setCells", input, "").await;
        let input = json!({ "packageId": package, "version": "1.0" });
        let release = make(editors, "createRelease", input).await;
        Self { number, category, package, other, grid, feature, release }
    }

    /// An input with which this mutation changes something in this world.
    pub async fn input(&self, editors: &Editors, mutation: &str) -> Value {
        let number = self.number;
        let (package, other, grid) = (&self.package, &self.other, &self.grid);
        let (feature, release, category) = (&self.feature, &self.release, &self.category);
        match mutation {
            "createPackage" => json!({
                "title": format!("New {number}"), "categoryId": id("Category", 1),
                "repoUrl": format!("https://github.com/new/new-{number}"),
            }),
            "updatePackage" => json!({ "id": package, "title": format!("Renamed {number}") }),
            "deprecatePackage" => json!({ "id": package, "replacementId": other }),
            "undeprecatePackage" => {
                let before = json!({ "id": package, "replacementId": other });
                editors.edit(Role::Admin, "deprecatePackage", before, "").await;
                json!({ "id": package })
            }
            "deletePackage" => json!({ "id": package }),
            "mergePackages" => json!({ "packageId": package, "intoId": other }),
            "addPackagesToGrid" => json!({ "gridId": grid, "packageIds": [other] }),
            "removePackagesFromGrid" => json!({ "gridId": grid, "packageIds": [package] }),
            "createGrid" => json!({ "title": format!("New grid {number}") }),
            "updateGrid" => json!({ "id": grid, "title": format!("Renamed grid {number}") }),
            "deleteGrid" | "lockGrid" => json!({ "id": grid }),
            "unlockGrid" => {
                editors.edit(Role::Admin, "lockGrid", json!({ "id": grid }), "").await;
                json!({ "id": grid })
            }
            "createFeature" => json!({ "gridId": grid, "title": "Fast" }),
            "updateFeature" => json!({ "id": feature, "description": "Has annotations" }),
            "deleteFeature" => json!({ "id": feature }),
            "setCells" => {
                let cell = json!({ "featureId": feature, "packageId": package, "text": "no" });
                json!({ "gridId": grid, "cells": [cell] })
            }
            "createRelease" => json!({ "packageId": package, "version": "2.0" }),
            "updateRelease" => json!({ "id": release, "isHidden": true }),
            "deleteRelease" => json!({ "id": release }),
            "createCategory" => json!({ "title": format!("New kind {number}") }),
            "updateCategory" => json!({ "id": category, "description": "What is left" }),
            "deleteCategory" => json!({ "id": category }),
            "revert" => {
                let input = json!({ "id": package, "repoDescription": "to be undone" });
                editors.edit(Role::Editor, "updatePackage", input, "").await;
                json!({ "changeId": editors.last_change().await })
            }
            other => panic!("{other} is in no table"),
        }
    }
}

/// Adds something, and tells its id.
pub async fn make(editors: &Editors, mutation: &str, input: Value) -> String {
    let what = mutation.trim_start_matches("create").to_lowercase();
    let made = editors.edit(Role::Admin, mutation, input, &format!("{what} {{ id }}")).await;
    made[what]["id"].as_str().unwrap().to_owned()
}

impl Editors {
    /// The global id of the newest change.
    pub async fn last_change(&self) -> String {
        let data = self.app.data("{ history(first: 1) { nodes { id } } }").await;
        data["history"]["nodes"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// What the payload of a mutation is about: a field of it.
pub fn about(mutation: &str) -> &'static str {
    match mutation {
        "addPackagesToGrid" | "removePackagesFromGrid" | "setCells" => "grid",
        "revert" => "change",
        it if it.ends_with("Package") || it.ends_with("Packages") => "package",
        it if it.ends_with("Grid") => "grid",
        it if it.ends_with("Feature") => "feature",
        it if it.ends_with("Release") => "release",
        _ => "category",
    }
}

/// The fields of type `Mutation`, with their descriptions.
pub fn described() -> Vec<(String, String)> {
    let document = parse_schema(sdl(&schema())).unwrap();
    let mutation = document.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(kind) if kind.node.name.node == "Mutation" => Some(&kind.node),
        _ => None,
    });
    let TypeKind::Object(object) = &mutation.unwrap().kind else {
        panic!("no type Mutation");
    };
    let fields = object.fields.iter().map(|field| &field.node);
    fields
        .map(|field| {
            let text = field.description.as_ref().map_or("", |text| &text.node);
            let words: Vec<&str> = text.split_whitespace().collect();
            (field.name.node.to_string(), words.join(" "))
        })
        .collect()
}

/// The fields of the input of a mutation.
pub fn input_fields(mutation: &str) -> &'static [String] {
    static INPUTS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
        let document = parse_schema(sdl(&schema())).unwrap();
        let inputs = document.definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(kind) => match &kind.node.kind {
                TypeKind::InputObject(input) => Some((&kind.node.name.node, &input.fields)),
                _ => None,
            },
            _ => None,
        });
        inputs
            .map(|(name, fields)| {
                let fields = fields.iter().map(|field| field.node.name.node.to_string());
                (name.to_string(), fields.collect())
            })
            .collect()
    });
    &INPUTS[&format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..])]
}
