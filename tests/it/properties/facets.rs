//! Facets are counts of exactly the packages of a list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::directory::Shape;
use super::model::{Kind, Value};
use super::question::{LISTS, List, Page, Question};
use super::{World, seeds};
use crate::support::{Backend, on_both};

/// Questions for each directory.
const QUESTIONS: usize = 40;

const FACETS: &str = "facets { \
    categories(first: 100) { category { number } count } grids(first: 100) { grid { number } count } \
    licenses(first: 100) { license count } supportsPython3 { support count } statuses { status count } \
    releaseYears(first: 100) { year count } \
    totals { packages active watchers forks downloads } two: licenses(first: 2) { license count } }";

/// How many there are of each value, the value as JSON text.
type Counts = BTreeMap<String, i64>;

fn counted(values: impl Iterator<Item = Json>) -> Counts {
    let mut counts = Counts::new();
    for value in values {
        *counts.entry(value.to_string()).or_default() += 1;
    }
    counts
}

fn shown(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => json!(number),
        Value::Word(word) => json!(word),
        other => panic!("{other:?} is no value of a facet"),
    }
}

/// The counts of an answer, of which each value is in the field `name`. The most frequent come
/// first.
fn told(facet: &Json, name: &str, at: &str) -> Counts {
    let buckets = facet.as_array().unwrap();
    let count = |bucket: &Json| bucket["count"].as_i64().unwrap();
    assert!(buckets.is_sorted_by(|one, other| count(one) >= count(other)), "{facet}\n{at}");
    let value = |bucket: &Json| match &bucket[name] {
        Json::Object(object) => object["number"].to_string(),
        value => value.to_string(),
    };
    let counts: Counts = buckets.iter().map(|bucket| (value(bucket), count(bucket))).collect();
    assert_eq!(counts.len(), buckets.len(), "a value is there twice: {facet}\n{at}");
    counts
}

/// Compares the facets of a list with those of these packages.
fn check(world: &World, ids: &[i64], facets: &Json, at: &str) {
    let package = |id: &i64| world.model.row(Kind::Package, *id);
    let by = |field: &str| counted(ids.iter().map(|id| shown(&package(id).fields[field])));
    for (facet, name, field) in [
        ("categories", "category", "category"),
        ("supportsPython3", "support", "supportsPython3"),
        ("statuses", "status", "status"),
        ("releaseYears", "year", "lastReleaseYear"),
    ] {
        assert_eq!(told(&facets[facet], name, at), by(field), "{facet}\n{at}");
    }
    let grids = ids.iter().flat_map(|id| world.model.related(Kind::Package, *id, "grids").1);
    let grids = counted(grids.map(Json::from));
    assert_eq!(told(&facets["grids"], "grid", at), grids, "grids\n{at}");

    // One licence whatever its spelling; the first of them is shown.
    let mut spelled: BTreeMap<&Value, (&str, i64)> = BTreeMap::new();
    for row in ids.iter().map(package) {
        let entry = spelled.entry(&row.fields["license"]).or_insert((&row.license, 0));
        *entry = (entry.0.min(&row.license), entry.1 + 1);
    }
    let shown = |value: &Value, license: &str| match value {
        Value::Null => Json::Null,
        _ => json!(license),
    };
    let licenses: Counts = spelled
        .into_iter()
        .map(|(value, (license, count))| (shown(value, license).to_string(), count))
        .collect();
    assert_eq!(told(&facets["licenses"], "license", at), licenses, "licenses\n{at}");
    let all = facets["licenses"].as_array().unwrap();
    assert_eq!(facets["two"], json!(all[..all.len().min(2)]), "the first licences\n{at}");

    let sum = |field: &str| -> String {
        let known = ids.iter().filter_map(|id| match package(id).fields[field] {
            Value::Int(number) => Some(number),
            _ => None,
        });
        known.sum::<i64>().to_string()
    };
    let active = Value::Word("ACTIVE".to_owned());
    let active = ids.iter().filter(|id| package(id).fields["status"] == active).count();
    let totals = json!({
        "packages": ids.len(), "active": active, "watchers": sum("repoWatchers"),
        "forks": sum("repoForks"), "downloads": sum("pypiDownloads"),
    });
    assert_eq!(facets["totals"], totals, "{at}");
}

on_both! {
    async fn facets_count_the_list(backend: Backend) {
        let lists: Vec<List> = LISTS.into_iter().filter(|list| list.of == Kind::Package).collect();
        let mut used = BTreeSet::new();
        for seed in seeds(3) {
            let mut world = World::of(seed, backend, Shape::small(seed)).await;
            for number in 0..QUESTIONS {
                let list = lists[number % lists.len()];
                let question = Question::random_hit(&mut world, list, &mut used);
                // Whatever the page, facets are of the whole list.
                let page = Page { size: Some(world.rng.usize(0..3)), ..Page::default() };
                let field = question.field(&page, FACETS);
                let Some(kind) = list.parent else {
                    let request = question.request(&format!("list: {field}"));
                    let (data, at) = world.ask(&request).await;
                    check(&world, &ids(&world, &question, None), &data["list"]["facets"], &at);
                    continue;
                };
                let parents = world.parents(list, 31);
                let request = question.request_of(kind, &parents, &field);
                let (data, at) = world.ask(&request).await;
                for (index, parent) in parents.iter().enumerate() {
                    let answer = &data["nodes"][index]["list"];
                    check(&world, &ids(&world, &question, Some(*parent)), &answer["facets"], &at);
                }
            }
        }
    }
}

fn ids(world: &World, question: &Question, parent: Option<i64>) -> Vec<i64> {
    question.whole(world, parent).into_iter().map(|position| position.id).collect()
}
