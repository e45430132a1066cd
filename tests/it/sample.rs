//! The sample directory: real packages, and the record field for field.

use serde_json::{Value, json};

use crate::support::{App, Backend, on_both};

fn record() -> Value {
    serde_json::from_str(include_str!("../../scripts/sample/record-683.json")).unwrap()
}

fn facts() -> Vec<Value> {
    serde_json::from_str(include_str!("../../scripts/sample/facts.json")).unwrap()
}

on_both! {
    /// The answer has every field of the record with the record's value.
    async fn the_record_field_for_field(backend: Backend) {
        let app = App::sample(backend).await;
        let data = app
            .data("{ package(slug: \"django-queued-storage\") { category { number } grids { nodes { number } } \
                   number title slug lastUpdated lastFetched repoUrl pypiVersion created modified repoForks \
                   repoDescription pypiUrl documentationUrl repoWatchers commitsOver52 participants } }")
            .await;
        let package = &data["package"];
        let record = record();
        assert_eq!(record.as_object().unwrap().len(), 18);
        for (field, value) in record.as_object().unwrap() {
            let name = match field.as_str() {
                "id" => "number".to_owned(),
                field => camel_case(field),
            };
            match field.as_str() {
                "category" => assert_eq!(package["category"]["number"], 4),
                "grids" => assert_eq!(package["grids"]["nodes"], json!([{"number": 84}])),
                "last_updated" | "last_fetched" | "created" | "modified" => {
                    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
                    assert_eq!(time(&package[&name]), time(value), "{field}");
                }
                _ => assert_eq!(&package[&name], value, "{field}"),
            }
        }
    }

    async fn every_fact_is_in_it(backend: Backend) {
        let app = App::sample(backend).await;
        for fact in facts() {
            let query = "query ($name: String!) { packageBy(key: { pypiName: $name }) { title repoUrl \
                pypiVersion repoWatchers repoForks documentationUrl repoDescription \
                grids(first: 100) { nodes { title } } } }";
            let answer = app.answer(query, json!({"name": fact["pypi_name"]})).await;
            let package = &answer["data"]["packageBy"];
            let name = &fact["pypi_name"];
            assert_eq!(package["title"], fact["title"], "{name}");
            assert_eq!(package["repoUrl"], fact["repo_url"], "{name}");
            assert_eq!(package["pypiVersion"], fact["version"], "{name}");
            assert_eq!(package["documentationUrl"], fact["documentation_url"], "{name}");
            assert_eq!(package["repoWatchers"], fact["stars"], "{name}");
            assert_eq!(package["repoForks"], fact["forks"], "{name}");
            assert!(package["repoDescription"].as_str().unwrap().ends_with('.'), "{name}");
            let topics: Vec<&str> = fact["topics"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
            for grid in package["grids"]["nodes"].as_array().unwrap() {
                assert!(topics.contains(&grid["title"].as_str().unwrap()), "{name} in {grid}");
            }
        }
    }

    /// Licence, Python and the latest release; of the record nobody knows them.
    async fn every_release_is_in_it(backend: Backend) {
        let app = App::sample(backend).await;
        let query = "query ($name: String!) { packageBy(key: { pypiName: $name }) { pypiLicense \
            pypiRequiresPython supportsPython3 releases { nodes { version releasedAt license \
            requiresPython developmentStatus supportsPython3 } } } }";
        for fact in facts() {
            let name = &fact["pypi_name"];
            let answer = app.answer(query, json!({"name": name})).await;
            let package = &answer["data"]["packageBy"];
            let requires_python = match &fact["requires_python"] {
                Value::String(blank) if blank.is_empty() => &Value::Null,
                other => other,
            };
            assert_eq!(package["pypiLicense"], fact["license"], "{name}");
            assert_eq!(package["pypiRequiresPython"], *requires_python, "{name}");
            assert_eq!(package["supportsPython3"], python3(&fact), "{name}");
            let releases = package["releases"]["nodes"].as_array().unwrap();
            assert_eq!(releases.len(), 1, "{name}: {answer}");
            let release = &releases[0];
            let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            assert_eq!(release["version"], fact["version"], "{name}");
            assert_eq!(time(&release["releasedAt"]), time(&fact["released"]), "{name}");
            assert_eq!(release["license"], fact["license"], "{name}");
            assert_eq!(release["requiresPython"], *requires_python, "{name}");
            assert_eq!(release["developmentStatus"], status(&fact), "{name}");
            assert_eq!(release["supportsPython3"], python3(&fact), "{name}");
        }
        let record = app.answer(query, json!({"name": "django-queued-storage"})).await;
        assert_eq!(
            record["data"]["packageBy"],
            json!({"pypiLicense": null, "pypiRequiresPython": null, "supportsPython3": "UNKNOWN",
                   "releases": {"nodes": []}})
        );
    }

    /// A grid for each topic of more than one package; seven features each, and a cell for every
    /// package.
    async fn every_grid_is_compared(backend: Backend) {
        let app = App::sample(backend).await;
        let data = app
            .data("{ grids(first: 100) { totalCount nodes { title packages(first: 0) { totalCount } \
                   features { nodes { title elements(first: 0) { totalCount } } } } } }")
            .await;
        let mut topics = std::collections::BTreeMap::<String, usize>::new();
        for fact in facts() {
            for topic in fact["topics"].as_array().unwrap() {
                *topics.entry(topic.as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        topics.retain(|_, packages| *packages > 1);
        // The record stands in the grid of its topic.
        *topics.get_mut("Files/Images").unwrap() += 1;
        assert_eq!(data["grids"]["totalCount"], topics.len());
        for grid in data["grids"]["nodes"].as_array().unwrap() {
            let packages = topics[grid["title"].as_str().unwrap()];
            assert_eq!(grid["packages"]["totalCount"], packages, "{}", grid["title"]);
            let features = grid["features"]["nodes"].as_array().unwrap();
            let titles: Vec<_> = features.iter().map(|feature| feature["title"].as_str().unwrap()).collect();
            assert_eq!(
                titles,
                ["Newest Python", "Newest Django", "Licence", "Typed", "Wheel", "Latest release", "Maturity"]
            );
            for feature in features {
                assert_eq!(feature["elements"]["totalCount"], packages, "{}", grid["title"]);
            }
        }
    }
}

/// What a fact's classifiers and its lower bound say of Python 3.
fn python3(fact: &Value) -> &'static str {
    let versions = fact["pythons"].as_array().unwrap();
    let any =
        |major: &str| versions.iter().any(|version| version.as_str().unwrap().starts_with(major));
    if any("3") || fact["requires_python"].as_str().is_some_and(|asked| asked.contains(">=3")) {
        "YES"
    } else if any("2") {
        "NO"
    } else {
        "UNKNOWN"
    }
}

fn status(fact: &Value) -> &'static str {
    match fact["status"].as_str() {
        None => "UNKNOWN",
        Some("3 - Alpha") => "ALPHA",
        Some("4 - Beta") => "BETA",
        Some("5 - Production/Stable") => "STABLE",
        Some("6 - Mature") => "MATURE",
        Some(other) => panic!("no fact had {other} so far"),
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut result = words.next().unwrap().to_owned();
    for word in words {
        result.push_str(&word[..1].to_uppercase());
        result.push_str(&word[1..]);
    }
    result
}
