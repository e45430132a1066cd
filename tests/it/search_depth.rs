//! Searching where there is much: many matches, many words.

use std::collections::BTreeSet;

use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use packgrid::search::{self, Kind, Reach};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::support::files::{Files, category, grid, package};
use crate::support::searching::{find, find_as_far, suggest};
use crate::support::{App, Backend, NOW, TestDatabase, on_both};

/// The directory with these packages.
async fn directory(backend: Backend, packages: Vec<Value>) -> TestDatabase {
    let test_database = TestDatabase::empty(backend).await;
    let database = test_database.open().await;
    Files::of_packages(json!(packages)).import(&database).await.unwrap();
    test_database
}

/// Words of 32 letters, as long as words are that can be mended.
fn long_words(rng: &mut fastrand::Rng, count: usize) -> String {
    let word = |_| std::iter::repeat_with(|| rng.lowercase()).take(32).collect::<String>();
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

/// Whether a package has a word, by how many packages are more popular.
type Has = fn(i64) -> bool;

on_both! {
    /// A filter narrows down the most popular matches, which may be the very ones that it leaves out;
    /// the total says so.
    async fn a_filter_narrows_down_what_is_found_without_it(backend: Backend) {
        let packages = (1..=950).map(|id| {
            // The three least popular ones are the only ones without stars worth speaking of.
            let stars = if id > 947 { id - 947 } else { 1_000 + id };
            package(id, json!({ "title": format!("Shared {id}"), "repo_watchers": stars, "grids": [] }))
        });
        let app = App::on(directory(backend, packages.collect()).await).await;
        let answer = app.data(r#"{
            all: search(query: "shared") { totalCount totalCountIsCapped }
            few: search(query: "shared", filter: { repoWatchers: { lt: 100 } }) {
                totalCount totalCountIsCapped nodes { title } facets { totals { packages } }
            }
            rarer: search(query: "shared 949", filter: { repoWatchers: { lt: 100 } }) {
                totalCountIsCapped nodes { title }
            }
        }"#).await;
        assert_eq!(answer["all"], json!({ "totalCount": 200, "totalCountIsCapped": true }));
        assert_eq!(answer["few"], json!({
            "totalCount": 0, "totalCountIsCapped": true, "nodes": [],
            "facets": { "totals": { "packages": 0 } },
        }));
        assert_eq!(answer["rarer"], json!({
            "totalCountIsCapped": false, "nodes": [{ "title": "Shared 949" }],
        }));
    }

    /// A total, its facets and totals with a filter are counts of the same packages.
    async fn totals_agree_with_and_without_a_filter(backend: Backend) {
        for (count, is_capped) in [(150, false), (1_500, true)] {
            let test_database = TestDatabase::empty(backend).await;
            let folder = tempfile::tempdir().unwrap();
            generate(Shape::of(count, 1)).write(folder.path()).unwrap();
            let files = Directory::folder(folder.path()).unwrap();
            let database = test_database.open().await;
            import(&database, &files, Options::default(), NOW, &mut |_| {}).await.unwrap();
            let app = App::on(test_database).await;
            let search = async |arguments: &str| {
                let query = format!(
                    "{{ search(query: \"django\"{arguments}) {{ totalCount totalCountIsCapped facets {{ \
                     totals {{ packages active }} statuses {{ status count }} licenses {{ license count }} }} }} }}"
                );
                app.data(&query).await["search"].clone()
            };
            let number = |value: &Value| value.as_i64().unwrap();
            let all = search(", kinds: [PACKAGE]").await;
            let total = number(&all["totalCount"]);
            assert_eq!(all["totalCountIsCapped"], is_capped, "{all}");
            assert_eq!(all["facets"]["totals"]["packages"], total);
            let mut sum = 0;
            for active in [true, false] {
                let found = search(&format!(", kinds: [PACKAGE], filter: {{ isActive: {active} }}")).await;
                assert_eq!(found["totalCountIsCapped"], is_capped);
                sum += number(&found["totalCount"]);
            }
            assert_eq!(sum, total);
            for (facet, name, field) in [("statuses", "status", "status"), ("licenses", "license", "license")] {
                for value in all["facets"][facet].as_array().unwrap() {
                    let is = match (&value[name], name) {
                        (Value::Null, _) => "{ isNull: true }".to_owned(),
                        (word, "status") => format!("{{ eq: {} }}", word.as_str().unwrap()),
                        (text, _) => format!("{{ eq: {text} }}"),
                    };
                    let found = search(&format!(", kinds: [PACKAGE], filter: {{ {field}: {is} }}")).await;
                    assert_eq!(found["totalCount"], value["count"], "{field} {is}");
                }
            }
            // Whatever the kinds are, a filter narrows down what is found without it.
            let everything = search("").await;
            let packages = search(", filter: {}").await;
            assert_eq!(packages["totalCount"], everything["facets"]["totals"]["packages"]);
            assert!(number(&everything["totalCount"]) >= number(&packages["totalCount"]));
        }
    }

    /// What is called exactly so is found among its kind, whatever else is called so, too.
    async fn exact_names_among_many(backend: Backend) {
        let packages = (1..=210).map(|id| package(id, json!({ "title": "Same", "repo_watchers": 100, "grids": [] })));
        let files = Files::new(
            json!([category(4, json!({}))]),
            json!([grid(84, json!({ "title": "Same" }))]),
            Value::from_iter(packages),
        );
        let app = App::empty(backend).await;
        files.import(&app.database).await.unwrap();
        let data = app.data("{ search(query: \"same\", kinds: [GRID]) { edges { match node { number } } } }").await;
        assert_eq!(data["search"]["edges"], json!([{ "match": "EXACT", "node": { "number": 84 } }]));
    }

    /// Searches in one request follow each other in one order, and a filter of nothing costs none.
    async fn statements_of_filtered_searches(backend: Backend) {
        let app = App::sample(backend).await;
        let (_, plain) = app.counted("{ search(query: \"admin\", kinds: [PACKAGE]) { totalCount } }").await;
        let (_, nothing) = app.counted("{ search(query: \"admin\", filter: {}) { totalCount } }").await;
        assert_eq!(nothing, plain);
        let query = "{ a: search(query: \"admin\", filter: { isActive: true }) { totalCount } \
                       b: search(query: \"admin\", filter: { license: { eq: \"MIT\" } }) { totalCount } }";
        let (_, first) = app.counted(query).await;
        assert_eq!(first.len(), plain.len() + 2);
        for _ in 0..20 {
            assert_eq!(app.counted(query).await.1, first);
        }
    }

    /// The most popular matches are found whether there are many among what is popular, many
    /// elsewhere, or nearly enough.
    async fn the_most_popular_matches(backend: Backend) {
        const PACKAGES: i64 = 6_000;
        // `early` has so many matches among the first that it looks
        // as if the next few had enough, and they have none.
        // `again` has fewer than expected there, and enough further on.
        let words: [(&str, Has); 8] = [
            ("again", |place| if place < 1_000 { place % 6 == 5 } else { place >= 2_000 }),
            ("second", |place| place % 2 == 1),
            ("tenth", |place| place % 10 == 9),
            ("everywhere", |_| true),
            ("popular", |place| place < 1_500),
            ("early", |place| !(190..5_600).contains(&place)),
            ("unpopular", |place| place >= 2_000),
            ("rare", |place| place % 1_000 == 999),
        ];
        // As popular as they are in a real directory; or none at all. Between equals the one with the
        // lower id comes first.
        for (how, most_stars) in [("various", 100_000.0), ("none", 0.0)] {
            let packages = (0..PACKAGES).map(|place| {
                let has: Vec<&str> = words.iter().filter(|word| word.1(place)).map(|word| word.0).collect();
                let stars = (most_stars * (-place as f64 / 700.0).exp()) as i64;
                let mut of = json!({ "repo_description": has.join(" "), "repo_watchers": stars, "grids": [] });
                if place % 50 == 49 {
                    of["title"] = json!(format!("Suggested {place}"));
                }
                package(place + 1, of)
            });
            let test_database = directory(backend, packages.collect()).await;
            let database = test_database.open().await;
            // Enough among the first thousand, among some thousands, and in all.
            for limit in [10, 50, 120, 200] {
                let most: Vec<i64> = (0..PACKAGES).filter(|place| place % 50 == 49).take(limit).collect();
                let suggested = suggest(&database, "sugg", limit).await;
                let suggested: Vec<i64> = suggested.iter().map(|suggestion| suggestion.id - 1).collect();
                assert_eq!(suggested, most, "{limit} {how}");
            }
            for (word, has) in words {
                for reach in [Reach::Usual, Reach::Anew] {
                    let most: BTreeSet<i64> =
                        (0..PACKAGES).filter(|place| has(*place)).take(reach.matches()).collect();
                    let hits = find_as_far(&database, word, reach).await;
                    let found: BTreeSet<i64> = hits.iter().map(|hit| hit.id - 1).collect();
                    assert_eq!(found, most, "{word} {reach:?} {how}");
                }
            }
        }
    }

    /// More words and trigrams come and go in one call than a statement has room for.
    async fn very_many_words(backend: Backend) {
        let mut rng = fastrand::Rng::with_seed(7);
        let ids: Vec<i64> = (1..=160).collect();
        let test_database = directory(backend, ids.iter().map(|id| package(*id, json!({}))).collect()).await;
        let database = test_database.open().await;
        let connection = test_database.connect().await;
        let texts: Vec<String> = ids.iter().map(|_| long_words(&mut rng, 15)).collect();
        let rows = async |table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table}");
            let statement = Statement::from_string(connection.get_database_backend(), sql);
            connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
        };
        let describe = async |texts: &[String]| {
            let transaction = database.begin().await.unwrap();
            for (id, text) in ids.iter().zip(texts) {
                let sql = format!("UPDATE package SET repo_description = '{text}' WHERE id = {id}");
                transaction.execute_unprepared(&sql).await.unwrap();
            }
            search::index(&transaction, &[], &[], &ids).await.unwrap();
            transaction.commit().await.unwrap();
            (rows("search_word").await, rows("search_trigram").await)
        };
        let none: Vec<String> = ids.iter().map(|_| String::new()).collect();
        let before = describe(&none).await;
        let with = describe(&texts).await;
        assert!(with.0 >= before.0 + 2_400 && with.1 > before.1 + 70_000, "{before:?} {with:?}");
        for (id, text) in ids.iter().zip(&texts).step_by(40) {
            let last = text.rsplit(' ').next().unwrap();
            let hits = find(&database, last).await;
            assert_eq!(hits.iter().map(|hit| (hit.kind, hit.id)).collect::<Vec<_>>(), [(Kind::Package, *id)]);
        }
        assert_eq!(describe(&none).await, before);
    }
}
