//! The README's examples: what it shows is what runs, at the cost that it promises.
//!
//! Each stands in a file of its own in `tests/cases/readme`, its variables in one beside it.

use packgrid::database::Database;
use serde_json::{Value, json};

use crate::support::files::Files;
use crate::support::{App, Backend, anew, on_both};

/// How many statements each takes, in the order of the files.
const STATEMENTS: [(&str, usize); 10] = [
    ("01-table", 5),
    ("02-filter", 1),
    ("03-order", 1),
    ("04-search", 6),
    ("05-suggest", 2),
    ("06-facets", 5),
    ("07-package", 3),
    ("08-every-wagtail", 2),
    ("09-by-stars", 2),
    ("10-replacement", 3),
];

struct Example {
    name: String,
    query: String,
    /// As the file has them; blank when there is none.
    variables: String,
}

impl Example {
    fn variables(&self) -> Value {
        if self.variables.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.variables).unwrap()
    }

    /// The same with lists of at most `width` entries, which were not empty on purpose.
    fn at_width(&self, width: usize) -> String {
        let mut pieces = self.query.split("first: ");
        let mut query = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap();
            let (number, rest) = piece.split_at(end);
            let number = if number == "0" { number.to_owned() } else { width.to_string() };
            query.push_str(&format!("first: {number}{rest}"));
        }
        query
    }
}

/// All examples, by their files' names.
fn examples() -> Vec<Example> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/readme");
    let mut examples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "graphql"))
        .map(|path| Example {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            query: std::fs::read_to_string(&path).unwrap(),
            variables: std::fs::read_to_string(path.with_extension("json")).unwrap_or_default(),
        })
        .collect();
    examples.sort_by(|one, other| one.name.cmp(&other.name));
    examples
}

fn example(name: &str) -> Example {
    examples().into_iter().find(|example| example.name == name).unwrap()
}

/// The README's blocks of code in `language`.
fn blocks(language: &str) -> Vec<String> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let opening = format!("```{language}\n");
    readme
        .split(&opening)
        .skip(1)
        .map(|after| after.split_once("```").unwrap().0.to_owned())
        .collect()
}

/// Says that a package of the sample is replaced by another.
async fn replace(database: &Database, old: &str, new: &str) {
    let sample: Vec<Value> =
        serde_json::from_str(include_str!("../../src/exchange/sample/packages.json")).unwrap();
    let find = |slug: &str| sample.iter().find(|package| package["slug"] == slug).unwrap();
    let mut package = find(old).clone();
    package["replaced_by"] = find(new)["id"].clone();
    let files = Files::new(json!([]), json!([]), json!([package]));
    files.import(database).await.unwrap();
}

#[test]
fn shows_what_the_files_have() {
    let queries: Vec<_> = examples().into_iter().map(|example| example.query).collect();
    assert_eq!(blocks("graphql"), queries);
    let json = blocks("json");
    for example in examples() {
        assert!(
            example.variables.is_empty() || json.contains(&example.variables),
            "{}.json is not in README.md",
            example.name
        );
    }
    let names: Vec<_> = examples().into_iter().map(|example| example.name).collect();
    assert_eq!(names, STATEMENTS.map(|(name, _)| name));
}

on_both! {
    /// A level is a statement, and a count or a facet is one.
    async fn costs_so_many_statements(backend: Backend) {
        let app = App::sample(backend).await;
        let mut counts = Vec::new();
        for example in examples() {
            app.statements.take();
            let answer = app.answer(&anew(&example.query), example.variables()).await;
            let run = app.statements.take();
            assert!(answer.get("errors").is_none(), "{}: {answer:#}", example.name);
            counts.push((example.name, run.len()));
        }
        assert_eq!(counts, STATEMENTS.map(|(name, count)| (name.to_owned(), count)));
    }

    /// However long the lists are. A search of everything takes a statement for each kind of thing
    /// among its results, so it is asked for one kind.
    async fn costs_the_same_at_any_width(backend: Backend) {
        let app = App::sample(backend).await;
        for example in examples() {
            let mut first = None;
            for width in [5, 20, 50] {
                app.statements.take();
                let query = example.at_width(width).replace("search(", "search(kinds: [PACKAGE], ");
                let answer = app.answer(&anew(&query), example.variables()).await;
                let mut run = app.statements.take();
                // Those that leave together arrive in any order.
                run.sort();
                assert!(answer.get("errors").is_none(), "{}: {answer:#}", example.name);
                assert_eq!(&run, first.get_or_insert_with(|| run.clone()), "{} at {width}", example.name);
            }
        }
    }

    async fn tells_what_replaces_a_package(backend: Backend) {
        let app = App::sample(backend).await;
        let example = example("10-replacement");
        let before = app.data(&example.query).await;
        assert_eq!(before["package"]["status"], "ARCHIVED");
        assert_eq!(before["package"]["replacedBy"], Value::Null);
        replace(&app.database, "drf-openapi-tester", "drf-spectacular").await;
        let after = app.data(&example.query).await;
        assert_eq!(after["package"]["status"], "REPLACED");
        assert_eq!(after["package"]["replacedBy"]["title"], "drf-spectacular");
        let back = "{ package(slug: \"drf-spectacular\") { replaces { nodes { slug } } } }";
        let back = app.data(back).await;
        assert_eq!(back["package"]["replaces"]["nodes"], json!([{ "slug": "drf-openapi-tester" }]));
    }
}
