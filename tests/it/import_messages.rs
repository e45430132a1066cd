//! What an import says of records that it cannot take: which, where, why, and each cause once.

use axum::Router;
use axum::routing::get;
use packgrid::config::Sync;
use packgrid::exchange::fetch::fetch;
use packgrid::exchange::{ImportError, Options, Prune};
use serde_json::{Value, json};

use crate::support::files::{Files, category, grid, package, problem};
use crate::support::{App, Backend, TestDatabase, on_both};

const SKIP: Options =
    Options { skip_invalid: true, prune: Prune::No, dry_run: false, overwrite_edits: false };

/// The problems of an import that gives up.
async fn problems(files: &Files, app: &App) -> (Vec<String>, String) {
    match files.import(&app.database).await {
        Err(error @ ImportError::Invalid(_)) => {
            let text = error.to_string();
            let ImportError::Invalid(problems) = error else { unreachable!() };
            (problems.iter().map(ToString::to_string).collect(), text)
        }
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn an_invalid_record_is_named_with_its_id_field_and_value(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        for (changes, reason) in [
            (json!({"title": null}), "title must be a string; got null"),
            (json!({"repo_watchers": "many"}), "repo_watchers must be a whole number; got \"many\""),
            (json!({"participants": ["a", 7]}), "participants[1] must be a string; got 7"),
            (json!({"grids": [84, {"id": 1}]}),
             "grids[1] must be a link whose last path segment is an id, or an id; got {\"id\":1}"),
            (json!({"category": "/api/v4/categories/apps/"}),
             "category must be a link whose last path segment is an id, or an id; got \"/api/v4/categories/apps/\""),
            (json!({"created": "yesterday"}),
             "created must be a time as RFC 3339 writes it, such as 2026-11-26T06:00:00Z; got \"yesterday\""),
            (json!({"commits_over_52": [1_000_000_000_000_i64]}),
             "commits_over_52[0] must be a whole number of 32 bits; got 1000000000000"),
            (json!({"pypi_downloads": "few"}), "pypi_downloads must be a whole number; got \"few\""),
            (json!({"date_deprecated": "soon"}),
             "date_deprecated must be a time as RFC 3339 writes it, such as 2026-11-26T06:00:00Z; got \"soon\""),
        ] {
            let files = Files::of_packages(json!([package(1, json!({})), package(5, changes)]));
            let said = problem(&files, &database).await;
            assert_eq!(said, format!("packages.json: record 2 (line 1), id 5: {reason}"));
        }
        let files = Files::of_packages(json!([package(1, json!({"grids": []}))]));
        files.write("grids.json", &json!([grid(84, json!({"is_locked": "no"}))]).to_string());
        assert_eq!(
            problem(&files, &database).await,
            "grids.json: record 1 (line 1), id 84: is_locked must be true or false; got \"no\""
        );
        files.write("grids.json", &json!([grid(84, json!({}))]).to_string());
        let version = json!([{"id": 3, "package": 1, "number": "1", "development_status": "done"}]);
        files.write("versions.json", &version.to_string());
        assert_eq!(
            problem(&files, &database).await,
            "versions.json: record 1 (line 1), id 3: development_status must be one of `unknown`, `planning`, \
             `pre-alpha`, `alpha`, `beta`, `stable`, `mature`, `inactive`; got \"done\""
        );
        for value in [json!(null), json!(7), json!(["beta"])] {
            let version = json!([{"id": 3, "package": 1, "number": "1", "development_status": value}]);
            files.write("versions.json", &version.to_string());
            let expected = format!("id 3: development_status must be a text; got {value}");
            let said = problem(&files, &database).await;
            assert!(said.ends_with(&expected), "{said}");
        }
    }

    /// What refers to a row that is missing may refer to the record whose id cannot be read.
    async fn one_record_without_an_id_is_one_problem(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::new(
            json!([category(4, json!({})), category(5, json!({"id": null}))]),
            json!([grid(84, json!({"packages": [1, 2]}))]),
            json!([package(1, json!({})), package(2, json!({"category": "/api/v4/categories/5/"}))]),
        );
        let said = problem(&files, &database).await;
        assert!(said.starts_with("categories.json: record 2 (line 1): id must be a whole number; got null"), "{said}");
        assert!(said.contains("1 package"), "{said}");
    }

    /// What depends on an invalid record is counted under it, down to releases and cells.
    async fn one_invalid_category_is_one_problem(backend: Backend) {
        let app = App::empty(backend).await;
        let ids: Vec<i64> = (1..=90).collect();
        let packages: Vec<Value> = ids.iter().map(|id| package(*id, json!({"grids": [84]}))).collect();
        let files = Files::new(
            json!([category(4, json!({"title": "x".repeat(51)})), category(5, json!({}))]),
            json!([grid(84, json!({"packages": ids}))]),
            json!(packages),
        );
        files.write("features.json", &json!([{"id": 1, "grid": 84, "title": "F"}]).to_string());
        let of_each = |record: fn(i64) -> Value| {
            json!(ids.iter().map(|id| record(*id)).collect::<Vec<_>>()).to_string()
        };
        files.write("versions.json", &of_each(|id| json!({"id": id, "package": id, "number": "1"})));
        files.write("elements.json", &of_each(|id| json!({"id": id, "feature": 1, "package": id, "text": "yes"})));
        let expected = "categories.json: record 1 (line 1), id 4: title has 51 characters; the most are 50; not \
                        imported either, since they depend on it: 90 packages, 90 pairings, 90 versions, 90 elements";
        let (said, error) = problems(&files, &app).await;
        assert_eq!(said, [expected]);
        assert_eq!(error, "1 record is invalid, and 360 more records and links depend on that; nothing was imported");
        let report = files.import_with(&app.database, SKIP).await.unwrap();
        assert_eq!(report.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        let skipped = report.kinds().map(|(kind, counts)| (kind, counts.skipped));
        assert_eq!(skipped, [
            ("categories", 1), ("grids", 0), ("packages", 90), ("versions", 90), ("pairings", 90),
            ("features", 0), ("elements", 90),
        ]);
        assert_eq!((report.skipped(), report.grids.added, report.features.added), (361, 1, 1));
    }

    /// The first record that refers to what is not there stands for the others.
    async fn what_is_missing_is_one_problem(backend: Backend) {
        let app = App::empty(backend).await;
        let packages: Vec<Value> = (1..=3).map(|id| package(id, json!({"grids": [84, 99]}))).collect();
        let files = Files::of_packages(json!(packages));
        let features: Vec<Value> = (1..=2).map(|id| json!({"id": id, "grid": 99, "title": "F"})).collect();
        files.write("features.json", &json!(features).to_string());
        let cells = [(1, 1, 1), (2, 2, 1), (3, 1, 3)];
        let cells: Vec<Value> = cells.iter().map(|(id, feature, package)| {
            json!({"id": id, "feature": feature, "package": package, "text": "yes"})
        }).collect();
        files.write("elements.json", &json!(cells).to_string());
        let (said, _) = problems(&files, &app).await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].ends_with(
            "grid 99 does not exist; not imported either, since they depend on it: 2 pairings, 2 features, 3 elements"
        ), "{said:?}");
        // Cells of a package that does not stand in their grid are one problem, too.
        let files = Files::of_packages(json!([package(1, json!({"grids": []}))]));
        let features: Vec<Value> = (1..=3).map(|id| json!({"id": id, "grid": 84, "title": "F"})).collect();
        files.write("features.json", &json!(features).to_string());
        let cells: Vec<Value> =
            (1..=3).map(|id| json!({"id": id, "feature": id, "package": 1, "text": "yes"})).collect();
        files.write("elements.json", &json!(cells).to_string());
        let (said, _) = problems(&files, &app).await;
        assert_eq!(said, ["elements.json: record 1 (line 1), id 1: package 1 does not stand in grid 84, which feature \
                           1 belongs to; not imported either, since they depend on it: 2 elements"]);
    }
}

/// A package of the REST API, version 3.
fn old_package(slug: &str) -> Value {
    json!({
        "absolute_url": format!("/packages/p/{slug}/"), "category": "/api/v3/categories/apps/", "grids": [],
        "commits_over_52": "0,1", "participants": "a,b", "resource_uri": format!("/api/v3/packages/{slug}/"),
        "slug": slug, "title": slug, "usage_count": 3,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_another_api_are_recognised() {
    let test_database = TestDatabase::empty(Backend::Sqlite).await;
    let database = test_database.open().await;
    let page = json!({"meta": {"limit": 20, "total_count": 2}, "category": null, "objects": [old_package("a")]});
    let list = json!([old_package("a"), old_package("b")]);
    let lines = format!("{}\n{}\n", old_package("a"), old_package("b"));
    let version_3 = "packages.json: this looks like the REST API, version 3; packgrid reads version 4 (…/api/v4/)";
    for (text, said) in [
        (page.to_string(), version_3),
        (serde_json::to_string_pretty(&page).unwrap(), version_3),
        (list.to_string(), version_3),
        (lines, version_3),
        (
            json!({"data": {"packages": {"nodes": []}}}).to_string(),
            "this is a response to a GraphQL request",
        ),
        (
            json!({"items": [], "page": 1}).to_string(),
            "this is an object with the keys `items`, `page`",
        ),
    ] {
        let files = Files::of_packages(json!([]));
        files.write("packages.json", &text);
        let error = files.import_with(&database, SKIP).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_api_is_recognised() {
    let root = json!({
        "categories": "/api/v3/categories/", "grids": "/api/v3/grids/", "packages": "/api/v3/packages/",
        "users": "/api/v3/users/",
    });
    let list = json!({"meta": {"total_count": 1}, "objects": [old_package("a")]});
    let page = json!({"count": 0, "next": null, "previous": null, "results": []});
    let router = Router::new()
        .route("/api/v3/", get(async move || axum::Json(root.clone())))
        .route("/api/v3/packages/", get(async move || axum::Json(list.clone())))
        .route("/api/v4/packages/", get(async move || axum::Json(page.clone())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let settings = Sync { folder: Some(folder.path().to_owned()), attempts: 1, ..Sync::default() };
    for (path, said) in [
        ("/api/v3/", "looks like the REST API, version 3; packgrid reads version 4 (SITE/api/v4/)"),
        (
            "/api/v3/packages/",
            "looks like the REST API, version 3; packgrid reads version 4 (SITE/api/v4/)",
        ),
        ("/api/v4/packages/", "this is one of its lists; the API is SITE/api/v4/"),
    ] {
        let result = fetch(&format!("{site}{path}"), 1, &settings, &mut |_| {}).await;
        let error = result.err().map(|error| error.to_string()).unwrap();
        assert!(error.contains(&said.replace("SITE", &site)), "{error}");
    }
}
