//! Stars, forks and scores that are unknown: a source gives 0 for them, and no last commit.

use packgrid::auth::Role;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::editing::{Editors, id};
use crate::migrations::count_from;
use crate::support::files::{Files, package};
use crate::support::{App, Backend, on_both};

/// Stars, forks and the last commit of packages 1 to 5; unknown are those of 2 and 4, and forks of 3.
async fn directory(backend: Backend) -> (App, Files) {
    let commit = json!("2026-09-20T00:00:00Z");
    let packages = [
        (7, 3, commit.clone()),
        (0, 0, Value::Null),
        (9, 0, Value::Null),
        (0, 0, Value::Null),
        (0, 0, commit),
    ];
    let packages = packages.into_iter().zip(1..).map(|((stars, forks, commit), id)| {
        package(id, json!({
            "repo_watchers": stars, "repo_forks": forks, "last_updated": commit, "supports_python3": true, "grids": [],
        }))
    });
    let files = Files::of_packages(Value::from_iter(packages));
    let app = App::empty(backend).await;
    files.import(&app.database).await.unwrap();
    (app, files)
}

async fn sorted(app: &App, order: &str) -> Vec<i64> {
    let data =
        app.data(&format!("{{ packages(orderBy: [{order}]) {{ nodes {{ number }} }} }}")).await;
    data["packages"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["number"].as_i64().unwrap())
        .collect()
}

const COUNTS: &str = "repoWatchers repoForks score scoreParts { stars }";

async fn counts(app: &App, number: i64) -> Value {
    let data =
        app.data(&format!("{{ packageBy(key: {{ number: {number} }}) {{ {COUNTS} }} }}")).await;
    data["packageBy"].clone()
}

on_both! {
    async fn unknown_counts_are_null_in_graphql_and_zero_in_rest(backend: Backend) {
        let (app, files) = directory(backend).await;
        let nothing = json!({ "repoWatchers": null, "repoForks": null, "score": null, "scoreParts": null });
        assert_eq!(counts(&app, 2).await, nothing);
        assert_eq!(counts(&app, 3).await["repoForks"], Value::Null);
        assert_eq!(counts(&app, 3).await["repoWatchers"], 9);
        assert_eq!(counts(&app, 5).await, json!({ "repoWatchers": 0, "repoForks": 0, "score": 0, "scoreParts": { "stars": 0 } }));
        let record = app.get("/api/v4/packages/2/").await.json();
        assert_eq!((&record["repo_watchers"], &record["repo_forks"]), (&json!(0), &json!(0)));
        let found = app.get("/api/v4/search/?q=package-2").await.json();
        assert_eq!((&found[0]["repo_watchers"], &found[0]["repo_forks"], &found[0]["score"]), (&json!(0), &json!(0), &json!(0)));
        assert!(!files.import(&app.database).await.unwrap().changed());
    }

    async fn unknown_counts_sort_last_in_both_directions(backend: Backend) {
        let (app, _files) = directory(backend).await;
        for (field, ascending, descending, first) in [
            ("WATCHERS", [5, 1, 3, 2, 4], [3, 1, 5, 4, 2], [2, 4, 5, 1, 3]),
            ("FORKS", [5, 1, 2, 3, 4], [1, 5, 4, 3, 2], [2, 3, 4, 5, 1]),
            ("SCORE", [5, 1, 3, 2, 4], [3, 1, 5, 4, 2], [2, 4, 5, 1, 3]),
        ] {
            assert_eq!(sorted(&app, &format!("{{ field: {field} }}")).await, ascending, "{field}");
            assert_eq!(sorted(&app, &format!("{{ field: {field}, direction: DESC }}")).await, descending, "{field}");
            assert_eq!(sorted(&app, &format!("{{ field: {field}, nulls: FIRST }}")).await, first, "{field}");
        }
    }

    async fn unknown_counts_match_no_comparison(backend: Backend) {
        let (app, _files) = directory(backend).await;
        for (filter, count) in [
            ("repoWatchers: { eq: 0 }", 1), ("repoWatchers: { lt: 8 }", 2), ("repoWatchers: { in: [0, 9] }", 2),
            ("repoWatchers: { isNull: true }", 2), ("repoWatchers: { isNull: false }", 3), ("repoWatchers: { ne: 0 }", 4),
            ("repoForks: { gte: 0 }", 2), ("score: { lte: 100 }", 3), ("score: { isNull: true }", 2),
        ] {
            let data = app.data(&format!("{{ packages(filter: {{ {filter} }}) {{ totalCount }} }}")).await;
            assert_eq!(data["packages"]["totalCount"], count, "{filter}");
        }
        let data = app.data("{ packages { facets { totals { packages watchers forks } } } }").await;
        assert_eq!(data["packages"]["facets"]["totals"], json!({ "packages": 5, "watchers": "16", "forks": "3" }));
    }

    async fn the_samples_stars_are_unknown_for_117_packages(backend: Backend) {
        let app = App::sample(backend).await;
        let data = app.data(
            "{ all: packages(filter: { repoWatchers: { isNull: true }, score: { isNull: true } }) { totalCount } \
             known: packages(filter: { repoWatchers: { isNull: true }, lastUpdated: { isNull: false } }) { totalCount } \
             celery: package(slug: \"celery\") { repoWatchers repoForks score } }",
        ).await;
        assert_eq!((&data["all"]["totalCount"], &data["known"]["totalCount"]), (&json!(117), &json!(0)));
        assert_eq!(data["celery"], json!({ "repoWatchers": null, "repoForks": null, "score": null }));
        let last = app.data("{ packages(last: 1, orderBy: [{ field: WATCHERS, direction: DESC }]) { nodes { repoWatchers } } }").await;
        assert_eq!(last["packages"]["nodes"], json!([{ "repoWatchers": null }]));
    }

    async fn what_was_read_changes_nothing_and_an_editors_zero_is_known(backend: Backend) {
        let (app, files) = directory(backend).await;
        let editors = Editors::of(app).await;
        let of = |number: i64, stars: Value, forks: Value| {
            json!({ "id": id("Package", number), "repoWatchers": stars, "repoForks": forks })
        };
        let payload = editors.edit(Role::Editor, "updatePackage", of(2, Value::Null, Value::Null), "").await;
        assert_eq!((&payload["revision"], &payload["changedRows"]), (&Value::Null, &json!(0)));
        // What is known cannot become unknown again.
        let errors = editors.errors(Role::Editor, "updatePackage", of(1, Value::Null, json!(3))).await;
        assert!(errors[0].starts_with("REQUIRED input.repoWatchers"), "{errors:?}");

        editors.edit(Role::Editor, "updatePackage", of(2, json!(0), json!(0)), "").await;
        let zero = json!({ "repoWatchers": 0, "repoForks": 0, "score": 0, "scoreParts": { "stars": 0 } });
        assert_eq!(counts(&editors.app, 2).await, zero);
        files.import(&editors.app.database).await.unwrap();
        assert_eq!(counts(&editors.app, 2).await, zero, "an import keeps what editors have set");
        // With the last commit the counts are known, too.
        let input = json!({ "id": id("Package", 4), "lastUpdated": "2026-09-20T00:00:00Z" });
        editors.edit(Role::Editor, "updatePackage", input, "").await;
        assert_eq!(counts(&editors.app, 4).await, zero);
    }

    async fn counts_of_older_databases_become_unknown(backend: Backend) {
        use migration::{Migrator, MigratorTrait};
        let (app, _files) = directory(backend).await;
        let before = counts(&app, 2).await;
        let connection = app.test_database.connect().await;
        Migrator::down(&connection, Some(count_from("m20261201_000041"))).await.unwrap();
        let zeros = "UPDATE package SET title = title WHERE repo_watchers = 0 AND repo_forks = 0 AND score = 0";
        assert_eq!(connection.execute_unprepared(zeros).await.unwrap().rows_affected(), 3);
        Migrator::up(&connection, None).await.unwrap();
        let app = App::on(app.test_database).await;
        assert_eq!(counts(&app, 2).await, before);
        assert_eq!(counts(&app, 3).await["repoForks"], Value::Null);
        assert_eq!(sorted(&app, "{ field: WATCHERS, direction: DESC }").await, [3, 1, 5, 4, 2]);
        assert!(connection.execute_unprepared("UPDATE package SET repo_forks = -1").await.is_err());
    }
}
