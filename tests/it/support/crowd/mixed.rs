//! One client that makes edits of all kinds, as a seed has it.

use std::io;

use fastrand::Rng;
use packgrid::auth::Role;
use serde_json::{Value, json};

use super::line::Line;

/// Ids of what is there before anybody edits.
#[derive(Clone, Debug)]
pub struct World {
    pub categories: Vec<String>,
    pub grids: Vec<String>,
    pub packages: Vec<String>,
}

impl World {
    /// Looks at a directory through a server; some dozens of each kind are enough to quarrel about.
    pub async fn look(line: &mut Line) -> Self {
        let query = "{ categories { nodes { id } } grids(first: 20) { nodes { id } } packages(first: 60) { nodes { id } } }";
        let data = data(line, query).await;
        let ids = |list: &str| {
            let nodes = data[list]["nodes"].as_array().unwrap();
            nodes.iter().map(|node| text(&node["id"])).collect()
        };
        Self { categories: ids("categories"), grids: ids("grids"), packages: ids("packages") }
    }
}

/// What is asked of a server.
#[derive(Clone, Debug)]
pub struct Asked {
    pub mutation: &'static str,
    pub role: Role,
    pub input: Value,
}

impl Asked {
    pub fn new(mutation: &'static str, input: Value) -> Self {
        let moderated = mutation.starts_with("delete")
            || matches!(mutation, "mergePackages" | "lockGrid" | "unlockGrid" | "revert");
        let role = if moderated { Role::Moderator } else { Role::Editor };
        Self { mutation, role, input }
    }

    /// The request, whose payload tells `it`, what the edit was about, by these fields.
    pub fn body(&self, it: &str) -> Value {
        let mut name = self.mutation.to_owned();
        name[..1].make_ascii_uppercase();
        let query = format!(
            "mutation Edit($input: {name}Input!) {{ it: {}(input: $input) {{ {it} revision errors {{ code message path }} }} }}",
            self.mutation
        );
        json!({ "query": query, "variables": { "input": self.input } })
    }
}

/// A client, and what it remembers.
pub struct Mixed {
    pub name: usize,
    rng: Rng,
    world: World,
    /// What it made itself, and may delete.
    packages: Vec<String>,
    features: Vec<String>,
    releases: Vec<String>,
    revisions: Vec<i64>,
    made: usize,
}

impl Mixed {
    pub fn new(name: usize, seed: u64, world: World) -> Self {
        let rng = Rng::with_seed(seed.wrapping_mul(1_000).wrapping_add(name as u64));
        let (packages, features, releases, revisions) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name, rng, world, packages, features, releases, revisions, made: 0 }
    }

    /// Sends an edit; null when it was refused, or changed nothing.
    pub async fn send(&mut self, line: &mut Line, asked: &Asked) -> io::Result<Option<i64>> {
        let payload = self.send_as(line, asked, None).await?;
        Ok(payload["revision"].is_string().then(|| number(&payload["revision"])))
    }

    /// Sends an edit under a key and remembers what came of it, which it returns.
    pub async fn send_as(
        &mut self,
        line: &mut Line,
        asked: &Asked,
        key: Option<&str>,
    ) -> io::Result<Value> {
        let it = match asked.mutation {
            "createPackage" => "package { id }",
            "createFeature" => "feature { id }",
            "createRelease" => "release { id }",
            _ => "",
        };
        let (status, mut answer) = line.ask(asked.role, key, &asked.body(it)).await?;
        assert!(status == 200 && answer.get("errors").is_none(), "{asked:?}\n{answer:#}");
        let payload = answer["data"]["it"].take();
        if payload["revision"].is_string() {
            self.revisions.push(number(&payload["revision"]));
            match asked.mutation {
                "createPackage" => self.packages.push(text(&payload["package"]["id"])),
                "createFeature" => self.features.push(text(&payload["feature"]["id"])),
                "createRelease" => self.releases.push(text(&payload["release"]["id"])),
                _ => {}
            }
        }
        Ok(payload)
    }

    /// What it asks next; null where there is nothing of the kind that it has thought of.
    pub async fn next(&mut self, line: &mut Line) -> io::Result<Option<Asked>> {
        self.made += 1;
        let asked = match self.rng.u32(..100) {
            0..25 => {
                let id = self.any_package();
                self.updated(id, None)
            }
            25..35 => {
                let id = self.any_package();
                let query = json!({ "query": format!("{{ node(id: \"{id}\") {{ ... on Package {{ revision }} }} }}") });
                let (_, answer) = line.ask(Role::Reader, None, &query).await?;
                let expected = answer["data"]["node"]["revision"].as_str().map(str::to_owned);
                expected.map(|expected| self.updated(id, Some(expected))).unwrap_or_default()
            }
            35..46 => {
                let title = format!("Crowd {} {}", self.name, self.made);
                let category = self.rng.choice(&self.world.categories);
                let description = format!("Made by client {}", self.name);
                let input = json!({ "title": title, "categoryId": category, "repoDescription": description });
                Some(Asked::new("createPackage", input))
            }
            46..55 => {
                let packages = [self.any_package(), self.any_package()];
                Some(Asked::new(
                    "addPackagesToGrid",
                    json!({ "gridId": self.grid(), "packageIds": packages }),
                ))
            }
            55..60 => {
                let packages = [self.any_package()];
                Some(Asked::new(
                    "removePackagesFromGrid",
                    json!({ "gridId": self.grid(), "packageIds": packages }),
                ))
            }
            60..76 => self.cells(line).await?,
            76..80 => {
                let title = format!("Feature {} {}", self.name, self.made);
                Some(Asked::new("createFeature", json!({ "gridId": self.grid(), "title": title })))
            }
            80..84 => {
                let version = format!("{}.{}", self.name, self.made);
                let input = json!({ "packageId": self.any_package(), "version": version, "releasedAt": "2026-05-01T00:00:00Z" });
                Some(Asked::new("createRelease", input))
            }
            84..87 => {
                let input =
                    json!({ "id": self.any_package(), "replacementId": self.any_package() });
                Some(Asked::new("deprecatePackage", input))
            }
            87..89 => Some(Asked::new("undeprecatePackage", json!({ "id": self.any_package() }))),
            89..91 => taken(&mut self.rng, &mut self.packages)
                .map(|id| Asked::new("deletePackage", json!({ "id": id }))),
            91..92 => taken(&mut self.rng, &mut self.features)
                .map(|id| Asked::new("deleteFeature", json!({ "id": id }))),
            92..93 => taken(&mut self.rng, &mut self.releases)
                .map(|id| Asked::new("deleteRelease", json!({ "id": id }))),
            93..95 => taken(&mut self.rng, &mut self.packages).map(|id| {
                let into = self.any_package();
                Asked::new("mergePackages", json!({ "packageId": id, "intoId": into }))
            }),
            95..96 => Some(Asked::new("lockGrid", json!({ "id": self.grid() }))),
            96..98 => Some(Asked::new("unlockGrid", json!({ "id": self.grid() }))),
            _ => self.undone(line).await?,
        };
        Ok(asked)
    }

    fn updated(&mut self, id: String, expected: Option<String>) -> Option<Asked> {
        let note = format!("Client {} was here {} times", self.name, self.made);
        let mut input = json!({ "id": id });
        match self.rng.u32(..4) {
            0 => input["repoDescription"] = note.into(),
            1 => input["documentationUrl"] = format!("https://example.org/{}", self.made).into(),
            2 => {
                input["categoryId"] =
                    self.rng.choice(&self.world.categories).unwrap().as_str().into()
            }
            _ => input["repoWatchers"] = self.rng.u32(..5_000).into(),
        }
        if let Some(expected) = expected {
            input["expectedRevision"] = expected.into();
        }
        Some(Asked::new("updatePackage", input))
    }

    /// Cells of what stands in a grid by now.
    async fn cells(&mut self, line: &mut Line) -> io::Result<Option<Asked>> {
        let grid = self.grid();
        let query = format!(
            "{{ node(id: \"{grid}\") {{ ... on Grid {{ features(first: 5) {{ nodes {{ id }} }} packages(first: 5) {{ nodes {{ id }} }} }} }} }}"
        );
        let (_, answer) = line.ask(Role::Reader, None, &json!({ "query": query })).await?;
        let node = &answer["data"]["node"];
        let mut cells = Vec::new();
        for feature in node["features"]["nodes"].as_array().into_iter().flatten() {
            for package in node["packages"]["nodes"].as_array().into_iter().flatten() {
                if self.rng.u32(..4) == 0 {
                    let word = ["yes", "no", "++", "", "since 2.0"][self.rng.usize(..5)];
                    let text = if word.is_empty() {
                        String::new()
                    } else {
                        format!("{word} {}", self.made)
                    };
                    cells.push(json!({ "featureId": feature["id"], "packageId": package["id"], "text": text }));
                }
            }
        }
        let input = json!({ "gridId": grid, "cells": cells });
        Ok((!cells.is_empty()).then(|| Asked::new("setCells", input)))
    }

    /// Takes something back that it did, if it can.
    async fn undone(&mut self, line: &mut Line) -> io::Result<Option<Asked>> {
        let Some(revision) = self.rng.choice(&self.revisions) else {
            return Ok(None);
        };
        let query = format!(
            "{{ history(first: 1, filter: {{ revision: {{ eq: \"{revision}\" }} }}) {{ nodes {{ id }} }} }}"
        );
        let (_, answer) = line.ask(Role::Reader, None, &json!({ "query": query })).await?;
        let change = &answer["data"]["history"]["nodes"][0]["id"];
        assert!(change.is_string(), "revision {revision}\n{answer:#}");
        Ok(Some(Asked::new("revert", json!({ "changeId": change }))))
    }

    fn any_package(&mut self) -> String {
        let own = self.packages.len();
        let number = self.rng.usize(..own + self.world.packages.len());
        self.packages.get(number).unwrap_or_else(|| &self.world.packages[number - own]).clone()
    }

    fn grid(&mut self) -> String {
        self.rng.choice(&self.world.grids).unwrap().clone()
    }
}

fn taken(rng: &mut Rng, from: &mut Vec<String>) -> Option<String> {
    (!from.is_empty()).then(|| from.swap_remove(rng.usize(..from.len())))
}

/// The data of the answer to a query.
pub async fn data(line: &mut Line, query: &str) -> Value {
    let (_, mut answer) = line.ask(Role::Reader, None, &json!({ "query": query })).await.unwrap();
    assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
    answer["data"].take()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A number that is sent as text.
pub fn number(value: &Value) -> i64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}
