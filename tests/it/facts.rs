//! What is known of packages beside the REST API's record.

use entity::{PackageStatus, Support, version};
use packgrid::exchange::{Counts, Options};
use packgrid::rules::text::fold;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::support::files::{
    Files, category, change, grid, package, package_row, problem, revision,
};
use crate::support::{App, Backend, TestDatabase, on_both};

fn version(id: i64, package: i64, number: &str, changes: Value) -> Value {
    change(json!({ "id": id, "package": package, "number": number }), changes)
}

on_both! {
    /// What a record leaves out stays as it is known; null says that there is none.
    async fn what_is_left_out_stays(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let whole = json!({
            "pypi_downloads": 3_000_000_000_i64, "pypi_license": "MIT", "pypi_requires_python": ">=3.9",
            "supports_python3": true, "date_deprecated": "2024-01-01T00:00:00Z",
            "date_repo_archived": "2024-02-01T00:00:00Z", "replaced_by": "/api/v4/packages/2/",
        });
        // The one that it is replaced by comes after it.
        let both = |changes: Value| json!([package(1, changes), package(2, json!({}))]);
        Files::of_packages(both(whole.clone())).import(&database).await.unwrap();
        let first = package_row(&test_database, 1).await;
        assert_eq!(first.pypi_downloads, Some(3_000_000_000));
        assert_eq!(first.pypi_license.as_deref(), Some("MIT"));
        assert_eq!(first.pypi_license_folded.as_deref(), Some("mit"));
        assert_eq!(first.pypi_requires_python.as_deref(), Some(">=3.9"));
        assert_eq!(first.supports_python3, Support::Yes);
        assert_eq!(first.replaced_by_id, Some(2));
        assert_eq!(first.status, PackageStatus::Replaced);
        assert_eq!(first.date_deprecated, Some("2024-01-01T00:00:00Z".parse().unwrap()));
        // The REST API's record alone changes nothing of it.
        let report = Files::of_packages(both(json!({}))).import(&database).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        assert_eq!(package_row(&test_database, 1).await, first);
        for (cleared, status) in [
            ("replaced_by", PackageStatus::Deprecated),
            ("date_deprecated", PackageStatus::Archived),
            ("date_repo_archived", PackageStatus::Active),
        ] {
            let report = Files::of_packages(both(json!({ cleared: null }))).import(&database).await.unwrap();
            assert_eq!(report.packages, Counts { changed: 1, unchanged: 1, ..Counts::default() });
            assert_eq!(package_row(&test_database, 1).await.status, status, "{cleared}");
        }
        let none = json!({"pypi_downloads": null, "pypi_license": null, "supports_python3": null});
        Files::of_packages(both(none)).import(&database).await.unwrap();
        let last = package_row(&test_database, 1).await;
        assert_eq!((last.pypi_downloads, last.pypi_license_folded, last.supports_python3), (None, None, Support::Unknown));
        assert_eq!(last.pypi_requires_python.as_deref(), Some(">=3.9"));
    }

    async fn facts_that_cannot_be(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        for (changes, said) in [
            (json!({"replaced_by": 1}), "replaced_by is the package itself"),
            (json!({"replaced_by": 7}), "replaced_by names package 7, which does not exist"),
            (json!({"pypi_downloads": -1}), "pypi_downloads is -1; it is from 0 to 1000000000000"),
            (json!({"pypi_downloads": 1_000_000_000_001_i64}), "pypi_downloads is 1000000000001"),
            (json!({"pypi_downloads": "x"}), "pypi_downloads must be a whole number; got \"x\""),
            (json!({"pypi_license": "x".repeat(201)}), "pypi_license has 201 characters; the most are 200"),
            (json!({"pypi_requires_python": "\u{0}"}), "pypi_requires_python contains U+0000"),
            (json!({"supports_python3": "yes"}), "supports_python3 must be true or false; got \"yes\""),
            (json!({"date_deprecated": "yesterday"}), "a time as RFC 3339 writes it"),
            (json!({"last_updated": "-005000-01-01T00:00:00Z"}), "a time in the years 1 to 9999 (UTC)"),
            (json!({"created": "0000-12-31T23:59:59Z"}), "a time in the years 1 to 9999 (UTC)"),
            (json!({"created": "0001-01-01T00:00:00+01:00"}), "a time in the years 1 to 9999 (UTC)"),
            (json!({"participants": ["x".repeat(200), "x".repeat(201)]}), "a name in participants has 201 characters; the most are 200"),
        ] {
            let files = Files::of_packages(json!([package(1, changes)]));
            let problem = problem(&files, &database).await;
            assert!(problem.contains(said), "{problem}");
        }
        for (record, said) in [
            (version(1, 9, "1.0", json!({})), "package 9 does not exist"),
            (version(1, 1, " ", json!({})), "number is blank"),
            (version(0, 1, "1.0", json!({})), "id is 0"),
            (version(1, 1, &"1".repeat(101), json!({})), "number has 101 characters"),
            (version(1, 1, "1.0", json!({"development_status": "ready"})), "inactive`; got \"ready\""),
            (json!({"id": 1, "package": 1}), "number is missing"),
        ] {
            let files = Files::of_packages(json!([package(1, json!({}))]));
            files.write("versions.json", &json!([record]).to_string());
            let problem = problem(&files, &database).await;
            assert!(problem.contains(said), "{problem}");
        }
        let files = Files::of_packages(json!([package(1, json!({}))]));
        let times = json!([
            version(1, 1, "1.0", json!({"upload_time": "0001-01-01T00:00:00Z"})),
            version(2, 2, "1.0", json!({"upload_time": "9999-12-30T00:00:00Z"})),
        ]);
        let files_of_all_times = Files::of_packages(json!([package(1, json!({})), package(2, json!({}))]));
        files_of_all_times.write("versions.json", &times.to_string());
        let twice = json!([version(1, 1, "1.0", json!({})), version(2, 1, "1.0", json!({}))]);
        files.write("versions.json", &twice.to_string());
        let problem = problem(&files, &database).await;
        assert!(problem.contains("version (package, number) (1, \"1.0\") is that of record 1"), "{problem}");
        let long = json!([category(4, json!({"description": "x".repeat(10_001)}))]);
        let problem = crate::support::files::problem(&Files::new(long, json!([]), json!([])), &database).await;
        assert!(problem.contains("description has 10001 characters; the most are 10000"), "{problem}");
        assert_eq!(revision(&test_database).await, 0);
        files_of_all_times.import(&database).await.unwrap();
        assert_eq!(package_row(&test_database, 1).await.last_release_year, Some(1));
        assert_eq!(package_row(&test_database, 2).await.last_release_year, Some(9999));
    }

    /// Whatever a text within its limits folds to, it can be stored and found.
    async fn the_longest_texts(backend: Backend) {
        let mut expanding: Vec<char> = ('\u{a0}'..'\u{20000}').filter(|c| !c.is_control()).collect();
        expanding.sort_by_cached_key(|c| std::cmp::Reverse(fold(&c.to_string()).len()));
        let mut rng = fastrand::Rng::with_seed(1);
        let mut random = |from: &[char]| -> Vec<char> {
            (0..10_000).map(|_| rng.choice(from).copied().unwrap()).collect()
        };
        let rare: Vec<char> = ('\u{20000}'..'\u{2a000}').collect();
        let texts = [
            vec!['\u{fdfa}'; 10_000],
            expanding[..10_000].to_vec(),
            random(&expanding[..100]),
            random(&expanding[..1_000]),
            random(&rare),
            // Half of a row's size is the text itself, half its folded form.
            random(&[&rare[..], &expanding[..1_000].repeat(30)].concat()),
        ];
        let cut = |text: &[char], length: usize| text[..length].iter().collect::<String>();
        let (mut categories, mut grids, mut packages) = (vec![], vec![], vec![]);
        let (mut versions, mut features, mut elements) = (vec![], vec![], vec![]);
        for (id, text) in (1..).zip(&texts) {
            let names = |title| json!({"title": cut(text, title), "slug": cut(text, 50)});
            let mut record = category(id, names(50));
            (record["title_plural"], record["description"]) = (json!(cut(text, 50)), json!(cut(text, 10_000)));
            categories.push(record);
            let mut record = grid(id, names(100));
            record["description"] = json!(cut(text, 1_000));
            grids.push(record);
            let mut record = package(id, names(100));
            record["category"] = json!(id);
            record["grids"] = json!([id]);
            record["repo_description"] = json!(cut(text, 500));
            record["repo_url"] = json!(format!("https://github.com/{}", cut(text, 181)));
            record["pypi_url"] = json!(format!("https://pypi.org/project/{}", cut(text, 230)));
            record["pypi_version"] = json!(cut(text, 100));
            record["pypi_license"] = json!(cut(text, 200));
            record["pypi_requires_python"] = json!(cut(text, 200));
            record["participants"] = json!([cut(text, 200), "Jo"]);
            record["replaced_by"] = json!(texts.len() as i64 + 1);
            packages.push(record);
            versions.push(version(id, id, &cut(text, 100), json!({"license": cut(text, 200)})));
            features.push(json!({"id": id, "grid": id, "title": cut(text, 100), "description": cut(text, 1_000)}));
            elements.push(json!({"id": id, "feature": id, "package": id, "text": cut(text, 1_000)}));
        }
        packages.push(package(texts.len() as i64 + 1, json!({"category": 1, "grids": [1]})));
        let app = App::empty(backend).await;
        let files = Files::new(json!(categories), json!(grids), json!(packages));
        files.write("versions.json", &json!(versions).to_string());
        files.write("features.json", &json!(features).to_string());
        files.write("elements.json", &json!(elements).to_string());
        files.import(&app.database).await.unwrap();
        assert!(!files.import(&app.database).await.unwrap().changed());
        for text in &texts {
            let slug = cut(text, 50);
            let query = json!(slug).to_string();
            let data = app.data(&format!("{{ package(slug: {query}) {{ title }} }}")).await;
            assert_eq!(data["package"]["title"], cut(text, 100));
        }
        let data = app.data("{ packages(filter: { participant: \"jo\" }) { totalCount } }").await;
        assert_eq!(data["packages"]["totalCount"], texts.len());
    }

    /// A directory may have larger tables from before there was a limit.
    async fn features_beyond_the_limit_stay(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([]));
        files.import(&database).await.unwrap();
        let connection = test_database.connect().await;
        for id in 1..=103 {
            let sql = format!("INSERT INTO feature (id, grid_id, title, description) VALUES ({id}, 84, 'x', '')");
            connection.execute_unprepared(&sql).await.unwrap();
        }
        let features = |ids: std::ops::RangeInclusive<i64>| -> String {
            Value::from_iter(ids.map(|id| json!({"id": id, "grid": 84, "title": "y"}))).to_string()
        };
        files.write("features.json", &features(1..=103));
        assert_eq!(files.import(&database).await.unwrap().features.changed, 103);
        files.write("features.json", &features(103..=104));
        let problem = problem(&files, &database).await;
        assert!(problem.contains("record 2 (line 1), id 104: grid 84 has 100 features already"), "{problem}");
    }

    async fn a_grid_has_at_most_100_features(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([]));
        let features = |ids: std::ops::RangeInclusive<i64>| -> String {
            let features = ids.map(|id| json!({"id": id, "grid": 84, "title": format!("Feature {id}")}));
            Value::from_iter(features).to_string()
        };
        files.write("features.json", &features(1..=100));
        assert_eq!(files.import(&database).await.unwrap().features.added, 100);
        files.write("features.json", &features(100..=101));
        let problem = problem(&files, &database).await;
        assert!(problem.contains("record 2 (line 1), id 101: grid 84 has 100 features already"), "{problem}");
        files.write("features.json", &features(51..=100));
        assert!(!files.import(&database).await.unwrap().changed());
    }

    /// A feature whose record is wrong stays in its grid, which may be full with it.
    async fn full_grids_that_exchange_features(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let grids = json!([grid(84, json!({})), grid(85, json!({}))]);
        let files = Files::new(json!([category(4, json!({}))]), grids, json!([]));
        let feature = |id: i64, grid: i64| json!({"id": id, "grid": grid, "title": "x"});
        let full = (1..=200).map(|id| feature(id, if id <= 100 { 84 } else { 85 }));
        files.write("features.json", &Value::from_iter(full).to_string());
        files.import(&database).await.unwrap();
        for records in [[feature(999, 84), feature(1, 85)], [feature(1, 85), feature(999, 84)]] {
            files.write("features.json", &json!(records).to_string());
            let skip = Options { skip_invalid: true, ..Options::default() };
            let report = files.import_with(&database, skip).await.unwrap();
            assert!(!report.changed(), "{report:?}");
        }
        // One that makes room lets another come.
        files.write("features.json", &json!([feature(1, 85), feature(101, 84)]).to_string());
        assert_eq!(files.import(&database).await.unwrap().features.changed, 2);
    }

    async fn releases_are_known_by_package_and_number(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([package(1, json!({})), package(2, json!({}))]));
        let write = |versions: Value| files.write("versions.json", &versions.to_string());
        write(json!([
            version(1, 1, "1.0", json!({"upload_time": "2020-01-01T00:00:00Z", "license": "MIT"})),
            version(2, 1, "1.1", json!({"upload_time": "2021-12-31T23:59:59-02:00"})),
            version(3, 1, "2.0", json!({"upload_time": "2024-01-01T00:00:00Z", "hidden": true})),
            version(4, 2, "0.1", json!({"development_status": "pre-alpha", "supports_python3": false})),
        ]));
        let report = files.import(&database).await.unwrap();
        assert_eq!(report.versions, Counts { added: 4, ..Counts::default() });
        let first = package_row(&test_database, 1).await;
        // What was withdrawn does not count, and years are those of UTC.
        assert_eq!(first.last_released, Some("2022-01-01T01:59:59Z".parse().unwrap()));
        assert_eq!(first.last_release_year, Some(2022));
        assert_eq!(package_row(&test_database, 2).await.last_released, None);
        let changes = revision(&test_database).await;
        assert!(!files.import(&database).await.unwrap().changed());
        assert_eq!(revision(&test_database).await, changes);
        // Without the file, what is known stays.
        std::fs::remove_file(files.path().join("versions.json")).unwrap();
        assert!(!files.import(&database).await.unwrap().changed());
        // The same number under another id, and another number under the same id.
        write(json!([version(9, 1, "1.0", json!({"upload_time": "2023-05-05T00:00:00Z"})), version(2, 2, "5", json!({}))]));
        let report = files.import(&database).await.unwrap();
        assert_eq!(report.versions, Counts { added: 2, removed: 2, ..Counts::default() });
        let rows = version::Entity::find().all(&test_database.connect().await).await.unwrap();
        let mut known: Vec<(i64, i64, String)> =
            rows.into_iter().map(|row| (row.id, row.package_id, row.number)).collect();
        known.sort();
        let expected = [(2, 2, "5"), (3, 1, "2.0"), (4, 2, "0.1"), (9, 1, "1.0")];
        assert_eq!(known, expected.map(|(id, package, number)| (id, package, number.to_owned())));
        assert_eq!(package_row(&test_database, 1).await.last_release_year, Some(2023));
    }
}
