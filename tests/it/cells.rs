//! The comparison table: `cells` on the edges between grids and packages.

use std::collections::HashMap;

use packgrid::rules::verdict;
use serde_json::{Value, json};

use crate::support::files::{Files, category, grid, package};
use crate::support::{App, Backend, TestDatabase, on_both};

const LARGE: i64 = 7;
const SMALL: i64 = 3;

const TEXTS: [&str; 8] =
    ["yes", "no", "+++", "yes, since 4.2", "not yet", "", "50% off", "No: Straße"];

const CELLS: &str = "cells { feature { id number title } text verdict strength remark \
    element { number text verdict strength remark package { number } feature { number } } }";

/// A grid of 100 packages and 20 features, one of 5 and 3 with packages of the other, and who wrote
/// what where: (feature, package) to element and text.
struct Table {
    app: App,
    written: HashMap<(i64, i64), (i64, &'static str)>,
}

/// Features in the order in which they are listed: those of the two grids alternate at first.
fn features(grid: i64) -> Vec<i64> {
    match grid {
        LARGE => (1..=6).step_by(2).chain(7..24).collect(),
        _ => (2..=6).step_by(2).collect(),
    }
}

fn packages(grid: i64) -> std::ops::RangeInclusive<i64> {
    if grid == LARGE { 1..=100 } else { 1..=5 }
}

impl Table {
    async fn new(backend: Backend) -> Self {
        let mut rng = fastrand::Rng::with_seed(7);
        let titles = ["b", "A", "a", "C"];
        let records: Vec<Value> = packages(LARGE)
            .map(|id| {
                let title = titles[id as usize % 4];
                package(id, json!({ "grids": [], "title": title, "repo_watchers": id % 7 }))
            })
            .collect();
        let mut grids = Vec::new();
        let (mut rows, mut cells) = (Vec::new(), Vec::new());
        let mut written = HashMap::new();
        for id in [LARGE, SMALL] {
            let slug = format!("grid-{id}");
            let links: Vec<i64> = packages(id).collect();
            grids.push(grid(id, json!({ "slug": slug, "packages": links })));
            for feature in features(id) {
                rows.push(
                    json!({ "id": feature, "grid": id, "title": format!("Feature {feature}") }),
                );
                for package in packages(id) {
                    if rng.u8(0..3) == 0 {
                        continue;
                    }
                    let element = 10_000 - written.len() as i64;
                    let text = TEXTS[rng.usize(0..TEXTS.len())];
                    written.insert((feature, package), (element, text));
                    cells.push(json!({
                        "id": element, "feature": feature, "package": package, "text": text,
                    }));
                }
            }
        }
        let files = Files::new(json!([category(4, json!({}))]), json!(grids), json!(records));
        files.write("features.json", &json!(rows).to_string());
        files.write("elements.json", &json!(cells).to_string());
        let app = App::generous_on(TestDatabase::empty(backend).await).await;
        files.import(&app.database).await.unwrap();
        Self { app, written }
    }

    /// What stands in a package's column of a grid's table.
    fn check(&self, grid: i64, package: i64, cells: &Value) {
        let expected: Vec<Value> = features(grid)
            .into_iter()
            .map(|feature| {
                let written = self.written.get(&(feature, package));
                let text = written.map_or("", |(_, text)| text);
                let read = verdict::read(text);
                let verdict = format!("{:?}", read.verdict).to_uppercase();
                let element = written.map(|(element, _)| {
                    json!({
                        "number": element, "text": text, "verdict": verdict, "remark": read.remark,
                        "strength": read.strength, "package": { "number": package },
                        "feature": { "number": feature },
                    })
                });
                json!({
                    "feature": {
                        "id": base64(format!("Feature:{feature}")), "number": feature,
                        "title": format!("Feature {feature}"),
                    },
                    "text": text, "verdict": verdict, "strength": read.strength,
                    "remark": read.remark, "element": element,
                })
            })
            .collect();
        assert_eq!(cells, &json!(expected), "package {package} in grid {grid}");
    }
}

fn base64(text: String) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
}

on_both! {
    /// Exactly one for each feature, in the order of `features`, however the packages are chosen.
    async fn a_cell_for_each_feature(backend: Backend) {
        let table = Table::new(backend).await;
        for (grid, arguments, count) in [
            (LARGE, "first: 100", 100),
            (SMALL, "", 5),
            (LARGE, "last: 3", 3),
            (LARGE, "first: 0", 0),
            (LARGE, "first: 30, orderBy: [{ field: WATCHERS, direction: DESC }]", 30),
            (LARGE, "first: 100, filter: { repoWatchers: { eq: 3 } }", 14),
            (LARGE, "last: 4, orderBy: { field: NUMBER }, filter: { number: { lte: 50 } }", 4),
            (SMALL, "filter: { number: { in: [] } }", 0),
        ] {
            let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
            let query = format!(
                "{{ grid(slug: \"grid-{grid}\") {{ features(first: 100) {{ nodes {{ number }} }} \
                 packages{arguments} {{ edges {{ node {{ number }} {CELLS} }} }} }} }}"
            );
            let data = table.app.data(&query).await;
            let rows: Vec<Value> = features(grid).iter().map(|id| json!({ "number": id })).collect();
            assert_eq!(data["grid"]["features"]["nodes"], json!(rows));
            let edges = data["grid"]["packages"]["edges"].as_array().unwrap();
            assert_eq!(edges.len(), count, "{query}");
            for edge in edges {
                table.check(grid, edge["node"]["number"].as_i64().unwrap(), &edge["cells"]);
            }
        }
    }

    /// Page by page they are the same cells.
    async fn cells_of_every_page(backend: Backend) {
        let table = Table::new(backend).await;
        let (mut after, mut seen) = (String::new(), 0);
        loop {
            let query = format!(
                "{{ grid(slug: \"grid-{LARGE}\") {{ packages(first: 33, \
                 orderBy: {{ field: WATCHERS, direction: DESC }}{after}) {{ \
                 edges {{ node {{ number }} {CELLS} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
            );
            let data = table.app.data(&query).await;
            let page = &data["grid"]["packages"];
            for edge in page["edges"].as_array().unwrap() {
                table.check(LARGE, edge["node"]["number"].as_i64().unwrap(), &edge["cells"]);
                seen += 1;
            }
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(seen, 100);
    }

    /// From a package, too: a column of each grid that it stands in.
    async fn cells_of_a_package(backend: Backend) {
        let table = Table::new(backend).await;
        let query = format!(
            "{{ packages(first: 100) {{ nodes {{ number \
             grids(orderBy: {{ field: PACKAGES }}, filter: {{ featuresCount: {{ gt: 0 }} }}) {{ \
             edges {{ node {{ number }} {CELLS} }} }} }} }} }}"
        );
        let data = table.app.data(&query).await;
        for package in data["packages"]["nodes"].as_array().unwrap() {
            let number = package["number"].as_i64().unwrap();
            let edges = package["grids"]["edges"].as_array().unwrap();
            let grids: Vec<i64> =
                edges.iter().map(|edge| edge["node"]["number"].as_i64().unwrap()).collect();
            assert_eq!(grids, if number <= 5 { vec![SMALL, LARGE] } else { vec![LARGE] });
            for (grid, edge) in grids.iter().zip(edges) {
                table.check(*grid, number, &edge["cells"]);
            }
        }
    }

    /// As many statements for 100 packages with 20 features as for 5 with 3, word for word.
    async fn statements_do_not_depend_on_size(backend: Backend) {
        let table = Table::new(backend).await;
        for (cells, statements) in [
            // The grid, its packages; the features and what was written.
            ("cells { verdict text }", 4),
            ("cells { feature { id title } text verdict strength remark element { id } }", 4),
            ("created cells { feature { title grid { title } } element { text package { title } } }", 6),
        ] {
            let mut lists = Vec::new();
            for grid in [LARGE, SMALL] {
                let query = format!(
                    "{{ grid(slug: \"grid-{grid}\") {{ packages(first: 100, \
                     filter: {{ isActive: true }}, orderBy: {{ field: WATCHERS }}) {{ \
                     edges {{ node {{ id }} {cells} }} }} }} }}"
                );
                let (data, mut run) = table.app.counted(&query).await;
                let edges = data["grid"]["packages"]["edges"].as_array().unwrap();
                assert_eq!(edges.len() as i64, *packages(grid).end());
                assert_eq!(run.len(), statements, "{run:#?}");
                // Those of one level are under way together, in no order.
                run.sort();
                lists.push(run);
            }
            assert_eq!(lists[0], lists[1]);
        }
        let query = "{ packages(first: 100) { nodes { grids { edges { cells { feature { title } text } } } } } }";
        assert_eq!(table.app.counted(query).await.1.len(), 4);
    }
}
