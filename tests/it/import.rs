//! Importing: everything or nothing, whatever real records are like.

use std::path::Path;

use packgrid::exchange::{Counts, Directory, ImportError, Options, import, sample};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::files::{Files, category, grid, package, package_row, problem, revision};
use crate::support::{App, Backend, NOW, TestDatabase, on_both};

on_both! {
    async fn twice_changes_nothing(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let first = import(&database, &sample(), Options::default(), NOW, &mut |_| {}).await.unwrap();
        assert_eq!(first.packages, Counts { added: 191, ..Counts::default() });
        assert_eq!(first.grids.added, 31);
        assert_eq!(first.pairings.added, 187);
        assert_eq!(first.elements.added, 1309);
        assert_eq!(first.revision, 1);
        let later = entity::Timestamp(NOW.0 + 1);
        let again = import(&database, &sample(), Options::default(), later, &mut |_| {}).await.unwrap();
        assert!(!again.changed(), "{again:?}");
        assert_eq!(again.packages, Counts { unchanged: 191, ..Counts::default() });
        assert_eq!(again.elements, Counts { unchanged: 1309, ..Counts::default() });
        assert_eq!(again.revision, 1);
        let changes = entity::change::Entity::find().all(&test_database.connect().await).await.unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].revision, changes[0].kind.as_str(), changes[0].at), (1, "import", NOW));
        let counts: Value = serde_json::from_str(&changes[0].counts).unwrap();
        assert_eq!(counts["packages"]["added"], 191);
    }

    async fn what_changed_is_brought_up_to_date(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([package(1, json!({})), package(2, json!({}))]));
        files.import(&database).await.unwrap();
        let files = Files::of_packages(json!([
            package(1, json!({"repo_watchers": 7, "title": "Ünïcode", "documentation_url": null})),
            package(2, json!({})),
            package(3, json!({})),
        ]));
        let report = files.import(&database).await.unwrap();
        assert_eq!(report.packages, Counts { added: 1, changed: 1, unchanged: 1, ..Counts::default() });
        assert_eq!(report.revision, 2);
        let row = package_row(&test_database, 1).await;
        assert_eq!((row.repo_watchers.unwrap(), row.title_folded.as_str(), row.documentation_url), (7, "ünïcode", None));
    }

    /// Everything listed under "What real records are like".
    async fn real_records(backend: Backend) {
        let app = App::empty(backend).await;
        let many: Vec<String> = (0..300).map(|number| format!("somebody-{number}")).collect();
        let title = "A title of seventy-one characters, which is more than its slug can hold";
        assert_eq!(title.chars().count(), 71);
        let oddities = [
            json!({"documentation_url": null, "pypi_version": null, "pypi_url": ""}),
            json!({"documentation_url": "", "pypi_version": "", "pypi_url": "https://pypi.org/project/x"}),
            json!({"pypi_url": "http://pypi.python.org/pypi/Some.Thing", "pypi_version": "1.4-16"}),
            json!({"pypi_url": "https://pypi.python.org/pypi/x/", "pypi_version": "0.1.1-pre1"}),
            json!({"pypi_url": "", "pypi_version": "0.1-2"}),
            json!({"repo_description": ""}),
            json!({"repo_description": "a\r\nb  :gear: `x` \"y\" 😀 "}),
            json!({"title": "Trailing space "}),
            json!({"title": title, "slug": &"a-title-of-seventy-one-characters-which-is-more-than"[..50]}),
            json!({"repo_url": ""}),
            json!({"repo_url": "https://GitHub.com/Some/Thing/"}),
            json!({"repo_url": "https://gitlab.com/group/sub/sub/thing", "participants": ["Jo Do", "Jo Do", "X"]}),
            json!({"repo_url": "https://bitbucket.org/a/b"}),
            json!({"participants": ["42", "dependabot[bot]"]}),
            json!({"participants": ["one"]}),
            json!({"participants": many}),
            json!({"participants": [], "commits_over_52": [], "grids": []}),
            json!({"repo_watchers": 0, "last_fetched": "2012-01-01T00:00:00-05:00"}),
            json!({"last_updated": null, "last_fetched": null}),
            json!({"category": "http://other.example:8080/api/v4/categories/4.json"}),
            json!({"category": 4, "grids": ["84", 84, "https://x.example/grids/84/?format=json"]}),
            json!({"extra": "fields that this version does not know", "modified": "2026-01-28T15:43:33Z"}),
        ];
        let packages: Vec<Value> =
            oddities.iter().zip(1..).map(|(changes, id)| package(id, changes.clone())).collect();
        let files = Files::of_packages(json!(packages));
        let report = files.import(&app.database).await.unwrap();
        assert_eq!(report.packages.added, oddities.len());
        assert!(!files.import(&app.database).await.unwrap().changed());
        let data = app
            .data("{ packages(first: 100) { nodes { number title repoDescription repoUrl pypiUrl pypiVersion \
                   documentationUrl participants lastUpdated commitsOver52 grids { totalCount } } } }")
            .await;
        let nodes = data["packages"]["nodes"].as_array().unwrap();
        let get = |id: i64| nodes.iter().find(|node| node["number"] == id).unwrap();
        assert_eq!(get(1)["pypiUrl"], Value::Null);
        assert_eq!(get(2)["pypiVersion"], Value::Null, "blank is none");
        assert_eq!(get(2)["documentationUrl"], Value::Null, "blank is none");
        assert_eq!(get(3)["pypiVersion"], "1.4-16");
        assert_eq!(get(7)["repoDescription"], "a\r\nb  :gear: `x` \"y\" 😀 ");
        assert_eq!(get(8)["title"], "Trailing space ");
        assert_eq!(get(10)["repoUrl"], Value::Null);
        assert_eq!(get(11)["repoUrl"], "https://GitHub.com/Some/Thing/", "kept as it came");
        assert_eq!(get(12)["participants"], json!(["Jo Do", "Jo Do", "X"]), "repeats are kept");
        assert_eq!(get(16)["participants"].as_array().unwrap().len(), 300);
        assert_eq!(get(17)["commitsOver52"], json!([]));
        assert_eq!(get(19)["lastUpdated"], Value::Null);
        assert_eq!(get(21)["grids"]["totalCount"], 1);
    }

    /// The same directory as a list, a page object and JSON lines.
    async fn three_shapes_of_file(backend: Backend) {
        let packages = [package(1, json!({})), package(2, json!({}))];
        let mut reports = Vec::new();
        for text in [
            json!(packages).to_string(),
            format!("\n {}", serde_json::to_string_pretty(&json!(packages)).unwrap()),
            json!({"count": 2, "next": null, "previous": null, "results": packages}).to_string(),
            format!("{}\n{}\n", packages[0], packages[1]),
            format!("{}\r\n\r\n{}", packages[0], packages[1]),
        ] {
            let test_database = TestDatabase::empty(backend).await;
            let files = Files::of_packages(json!([]));
            files.write("packages.json", &text);
            reports.push(files.import(&test_database.open().await).await.unwrap());
        }
        assert_eq!(reports[0].packages.added, 2);
        assert!(reports.iter().all(|report| *report == reports[0]), "{reports:#?}");
        let one_line = TestDatabase::empty(backend).await;
        let files = Files::of_packages(json!([]));
        files.write("packages.json", &packages[0].to_string());
        assert_eq!(files.import(&one_line.open().await).await.unwrap().packages.added, 1);
    }

    async fn files_that_cannot_be_read(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let whole = json!([package(1, json!({}))]).to_string();
        for (text, said) in [
            (Some(""), "is empty"),
            (Some(" \n"), "is empty"),
            (Some(&whole[..whole.len() - 1]), "was cut short"),
            (Some(&whole[..whole.len() / 2]), "was cut short"),
            (Some("<!DOCTYPE html>"), "neither a list"),
            (Some("[1, 2"), "was cut short"),
            (Some("{"), "was cut short"),
            (Some("[\"\\x\"]"), "not JSON"),
            (None, "is missing"),
        ] {
            let files = Files::of_packages(json!([]));
            match text {
                Some(text) => files.write("packages.json", text),
                None => std::fs::remove_file(files.path().join("packages.json")).unwrap(),
            }
            let error = files.import_with(&database, Options { skip_invalid: true, ..Options::default() }).await.unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("packages.json"), "{text:?}: {error}");
        }
        assert!(Directory::folder(Path::new("/no/such/folder")).is_err());
        assert_eq!(revision(&test_database).await, 0, "nothing was changed");
        let rows = entity::category::Entity::find().all(&test_database.connect().await).await.unwrap();
        assert_eq!(rows, [], "nothing stays behind");
    }

    /// A bad record is named by file and position, with the reason, and nothing is imported; or it
    /// is left out.
    async fn bad_records(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let long = |length: usize| "é".repeat(length);
        for (changes, reason) in [
            (json!({"title": long(101)}), "title has 101 characters; the most are 100"),
            (json!({"slug": long(51)}), "slug has 51 characters; the most are 50"),
            (json!({"slug": ""}), "slug is blank"),
            (json!({"slug": "a/b"}), "no address can have"),
            (json!({"slug": "package-1"}), "slug \"package-1\" is that of id 1"),
            (json!({"id": 1}), "id 1 is that of record 1"),
            (json!({"id": 0}), "id is 0"),
            (json!({"id": 3_000_000_000_i64}), "id is 3000000000"),
            (json!({"id": "2"}), "id must be a whole number; got \"2\""),
            (json!({"repo_url": "https://github.com/someone/package-1"}), "is that of id 1"),
            (json!({"repo_url": long(201)}), "repo_url has 201 characters"),
            (json!({"repo_description": long(501)}), "repo_description has 501 characters"),
            (json!({"pypi_url": long(256)}), "pypi_url has 256 characters"),
            (json!({"pypi_version": long(101)}), "pypi_version has 101 characters"),
            (json!({"repo_watchers": -1}), "repo_watchers is -1"),
            (json!({"repo_forks": 1e10}), "repo_forks must be a whole number; got 10000000000.0"),
            (json!({"repo_forks": 9_999_999_999_i64}), "repo_forks is 9999999999"),
            (json!({"category": "/api/v4/categories/5/"}), "category 5 does not exist"),
            (json!({"category": "/api/v4/categories/apps/"}), "category must be a link whose last path segment is an id"),
            (json!({"category": null}), "category must be a link"),
            (json!({"grids": ["/api/v4/grids/85/"]}), "grid 85 does not exist"),
            (json!({"created": "yesterday"}), "created must be a time as RFC 3339 writes it"),
            (json!({"created": null}), "created must be a string; got null"),
            (json!({"participants": "x"}), "participants must be a list; got \"x\""),
            (json!({"participants": ["a\u{0}b"]}), "participants contains U+0000"),
            (json!({"title": "a\u{0}b"}), "title contains U+0000"),
            (json!({"commits_over_52": [-1]}), "commits_over_52 has a negative number, -1"),
            (json!({"commits_over_52": vec![1; 53]}), "commits_over_52 has 53 weeks"),
        ] {
            let files = Files::of_packages(json!([package(1, json!({})), package(2, changes.clone())]));
            let said = problem(&files, &database).await;
            assert!(said.starts_with("packages.json: record 2 (line 1)"), "{said}");
            assert!(said.contains(reason), "{changes}: {said}");
        }
        let files = Files::of_packages(json!([]));
        files.write(
            "packages.json",
            &format!("[\n{},\n\n  {{\"id\": 2}},\n7,\n{}]", package(1, json!({})), package(3, json!({"grids": [84, 99]}))),
        );
        let Err(ImportError::Invalid(problems)) = files.import(&database).await else { panic!() };
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "packages.json: record 2 (line 4), id 2: category is missing");
        assert!(said[1] == "packages.json: record 3 (line 5): it must be the record of a package; got 7", "{said:?}");
        assert_eq!(said[2], "packages.json: record 4 (line 6), id 3: grid 99 does not exist");
        assert_eq!(revision(&test_database).await, 0, "nothing was changed");

        let report = files.import_with(&database, Options { skip_invalid: true, ..Options::default() }).await.unwrap();
        assert_eq!(report.packages, Counts { added: 2, skipped: 2, ..Counts::default() });
        assert_eq!(report.pairings, Counts { added: 2, skipped: 1, ..Counts::default() });
        assert_eq!(report.problems.len(), 3);
    }

    /// A truncated line of JSON lines is a bad record, and the others are good.
    async fn a_bad_line(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([]));
        let line = package(2, json!({})).to_string();
        files.write(
            "packages.json",
            &format!("{}\n{}\n{}\n", package(1, json!({})), &line[..line.len() / 2], package(3, json!({}))),
        );
        let said = problem(&files, &database).await;
        assert!(said.starts_with("packages.json: record 2 (line 2): it is not valid JSON: EOF while parsing"), "{said}");
        let report = files.import_with(&database, Options { skip_invalid: true, ..Options::default() }).await.unwrap();
        assert_eq!(report.packages, Counts { added: 2, skipped: 1, ..Counts::default() });
    }

    /// Pairings come from both sides, in the package's order, and go when neither names them.
    async fn pairings_from_both_sides(backend: Backend) {
        let app = App::empty(backend).await;
        let directory = |grids_of_1: Value, packages_of_7: Value| {
            Files::new(
                json!([category(4, json!({}))]),
                json!([
                    grid(5, json!({"packages": []})),
                    grid(6, json!({"packages": ["/api/v4/packages/1/"]})),
                    grid(7, json!({"packages": packages_of_7})),
                    grid(8, json!({})),
                ]),
                json!([package(1, json!({"grids": grids_of_1})), package(2, json!({"grids": [8]}))]),
            )
        };
        let order = async |id: i64| {
            let connection = app.test_database.connect().await;
            let mut rows = entity::grid_package::Entity::find().all(&connection).await.unwrap();
            rows.retain(|row| row.package_id == id);
            rows.sort_by_key(|row| row.position);
            rows.into_iter().map(|row| (row.position, row.grid_id)).collect::<Vec<_>>()
        };
        let report = directory(json!([8, 5]), json!([1, 2])).import(&app.database).await.unwrap();
        assert_eq!(report.pairings.added, 6);
        assert_eq!(order(1).await, [(0, 8), (1, 5), (2, 6), (3, 7)]);
        assert_eq!(order(2).await, [(0, 8), (1, 7)]);
        // Another order, and one that only the grid's record still knows.
        let report = directory(json!([5, 8]), json!([1])).import(&app.database).await.unwrap();
        assert_eq!(report.pairings, Counts { changed: 2, unchanged: 3, removed: 1, ..Counts::default() });
        assert_eq!(order(1).await, [(0, 5), (1, 8), (2, 6), (3, 7)]);
        assert_eq!(order(2).await, [(0, 8)]);
        // A package whose record is not read keeps what the grids' records do not speak of.
        let files = Files::new(
            json!([category(4, json!({}))]),
            json!([grid(8, json!({"packages": []})), grid(9, json!({"packages": [2]}))]),
            json!([]),
        );
        files.import(&app.database).await.unwrap();
        assert_eq!(order(1).await, [(0, 5), (1, 6), (2, 7)], "grid 8 has said who stands in it");
        assert_eq!(order(2).await, [(0, 9)]);
    }

    /// Two rows can swap what is unique.
    async fn unique_values_can_be_swapped(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let names = |one: i64, other: i64| {
            let of = |id: i64, name: i64| package(id, json!({
                "slug": format!("slug-{name}"), "repo_url": format!("https://github.com/a/{name}"),
            }));
            Files::new(
                json!([category(4, json!({"slug": format!("c-{one}")})), category(5, json!({"slug": format!("c-{other}")}))]),
                json!([grid(84, json!({"slug": format!("g-{one}")})), grid(85, json!({"slug": format!("g-{other}")}))]),
                json!([of(1, one), of(2, other)]),
            )
        };
        names(1, 2).import(&database).await.unwrap();
        let report = names(2, 1).import(&database).await.unwrap();
        assert_eq!((report.categories.changed, report.grids.changed, report.packages.changed), (2, 2, 2));
        // One that is in the database and not in the files stands in the way, though.
        let files = Files::new(json!([]), json!([]), json!([package(3, json!({"slug": "slug-1", "grids": []}))]));
        assert!(problem(&files, &database).await.ends_with("slug \"slug-1\" is that of id 2"));
    }

    async fn features_and_cells(backend: Backend) {
        let app = App::empty(backend).await;
        let files = Files::of_packages(json!([package(1, json!({})), package(2, json!({"grids": []}))]));
        let features = json!([
            {"id": 3, "grid": "https://x.example/api/v4/grids/84/", "title": "Python 3"},
            {"id": 4, "grid": 84, "title": "Tests", "description": "Has tests"},
        ]);
        files.write("features.json", &features.to_string());
        let elements = |text: &str| json!([
            {"id": 9, "feature": "/api/v4/features/3/", "package": "/api/v4/packages/1/", "text": text},
            {"id": 10, "feature": 4, "package": 1, "text": ""},
        ]).to_string();
        files.write("elements.json", &elements("yes"));
        let report = files.import(&app.database).await.unwrap();
        assert_eq!((report.features.added, report.elements.added), (2, 2));
        files.write("elements.json", &elements("no, not yet"));
        let report = files.import(&app.database).await.unwrap();
        assert_eq!(report.elements, Counts { changed: 1, unchanged: 1, ..Counts::default() });
        let data = app.data("{ grid(slug: \"grid-84\") { features { nodes { description elements { nodes { \
                             text verdict remark package { number } } } } } } }").await;
        assert_eq!(
            data["grid"]["features"]["nodes"],
            json!([
                {"description": "", "elements": {"nodes": [
                    {"text": "no, not yet", "verdict": "NO", "remark": "not yet", "package": {"number": 1}}]}},
                {"description": "Has tests", "elements": {"nodes": [
                    {"text": "", "verdict": "EMPTY", "remark": null, "package": {"number": 1}}]}},
            ])
        );
        // The same cells under each other's ids.
        files.write("elements.json", &elements("yes").replace("\"id\":9,", "\"id\":0,").replace("\"id\":10,", "\"id\":9,").replace("\"id\":0,", "\"id\":10,"));
        let report = files.import(&app.database).await.unwrap();
        assert_eq!(report.elements.added, 2);
        for (element, reason) in [
            (json!({"id": 1, "feature": 5, "package": 1, "text": ""}), "feature 5 does not exist"),
            (json!({"id": 1, "feature": 3, "package": 2, "text": ""}), "package 2 does not stand in grid 84"),
            (json!({"id": 1, "feature": 3, "package": 1, "text": "x".repeat(1001)}), "text has 1001 characters"),
        ] {
            files.write("elements.json", &json!([element]).to_string());
            let said = problem(&files, &app.database).await;
            assert!(said.starts_with("elements.json: record 1 (line 1), id 1: ") && said.contains(reason), "{said}");
        }
        files.write("elements.json", &json!([
            {"id": 1, "feature": 3, "package": 1, "text": "a"}, {"id": 2, "feature": 3, "package": 1, "text": "b"},
        ]).to_string());
        assert!(problem(&files, &app.database).await.contains("cell (feature, package) (3, 1) is that of record 1"));
        files.write("features.json", &json!([{"id": 1, "grid": 99, "title": "x"}]).to_string());
        files.write("elements.json", "[]");
        assert!(problem(&files, &app.database).await.contains("grid 99 does not exist"));
    }

    /// An import sees and changes one state, also when two run at once.
    async fn two_at_once(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let (one, other) = (sample(), sample());
        let (mut silent, mut quiet) = (|_| {}, |_| {});
        let (one, other) = tokio::join!(
            import(&database, &one, Options::default(), NOW, &mut silent),
            import(&database, &other, Options::default(), NOW, &mut quiet),
        );
        let revisions = [one, other].map(|result| result.map(|report| report.revision));
        assert!(revisions.iter().all(|revision| matches!(revision, Ok(1 | 2))), "{revisions:?}");
        let changes = entity::change::Entity::find().all(&test_database.connect().await).await.unwrap();
        assert_eq!(changes.len(), 1, "the second one found nothing to do");
    }
}
