//! What follows from packages and grids: counts, scores, and everything that is made anew by rules
//! that have changed.

use entity::{Timestamp, package};
use migration::{Migrator, MigratorTrait};
use packgrid::editing::upkeep;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Statement};
use serde_json::{Value, json};

use crate::support::crowd::kept::pairings_astray;
use crate::support::files::{Files, category, grid, package, package_row, revision};
use crate::support::{App, Backend, NOW, TestDatabase, on_both, open};

on_both! {
    /// Counts follow what they count, also where the rows themselves do not change.
    async fn counts_are_kept(backend: Backend) {
        let app = App::empty(backend).await;
        let counts = "{ categories { nodes { packagesCount packages(first: 0) { totalCount } grids { totalCount nodes { number } } } } \
            grids { nodes { number packagesCount packages(first: 0) { totalCount } featuresCount features(first: 0) { totalCount } } } \
            packages { nodes { number gridsCount grids(first: 0) { totalCount } } } }";
        let check = |data: &Value| {
            for (list, kept, counted) in [
                ("categories", "packagesCount", "packages"),
                ("grids", "packagesCount", "packages"),
                ("grids", "featuresCount", "features"),
                ("packages", "gridsCount", "grids"),
            ] {
                for node in data[list]["nodes"].as_array().unwrap() {
                    assert_eq!(node[kept], node[counted]["totalCount"], "{list} {node}");
                }
            }
        };
        let packages = |category: i64, grids: Value| {
            json!([
                package(1, json!({"category": category, "grids": grids})),
                package(2, json!({"category": 4, "grids": [84]})),
            ])
        };
        let directory = |packages: Value, of_84: Value, of_85: Value| {
            Files::new(
                json!([category(4, json!({})), category(5, json!({}))]),
                json!([grid(84, json!({"packages": of_84})), grid(85, json!({"packages": of_85}))]),
                packages,
            )
        };
        let files = directory(packages(5, json!([84, 85])), json!([1, 2]), json!([1]));
        files.write("features.json", "[{\"id\": 1, \"grid\": 85, \"title\": \"x\"}]");
        files.import(&app.database).await.unwrap();
        let data = app.data(counts).await;
        check(&data);
        assert_eq!(data["categories"]["nodes"][1]["grids"]["totalCount"], 2);
        assert_eq!(data["categories"]["nodes"][0]["grids"]["nodes"], json!([{"number": 84}]));
        // It leaves a grid.
        directory(packages(5, json!([85])), json!([2]), json!([1])).import(&app.database).await.unwrap();
        let data = app.data(counts).await;
        check(&data);
        assert_eq!(data["categories"]["nodes"][1]["grids"]["nodes"], json!([{"number": 85}]));
        // It changes its category.
        directory(packages(4, json!([85])), json!([2]), json!([1])).import(&app.database).await.unwrap();
        let data = app.data(counts).await;
        check(&data);
        assert_eq!(data["categories"]["nodes"][1]["grids"]["totalCount"], 0);
        assert_eq!(data["categories"]["nodes"][0]["grids"]["totalCount"], 2);
    }

    /// Pairings have their package's title beside them, whoever writes, and grids are sorted by it.
    async fn pairings_are_sorted(backend: Backend) {
        let app = App::empty(backend).await;
        let connection = app.test_database.connect().await;
        let titled = |titles: [&str; 3]| {
            let packages: Vec<_> = (1..)
                .zip(titles)
                .map(|(id, title)| package(id, json!({"title": title, "grids": if id < 3 { json!([84]) } else { json!([85]) }})))
                .collect();
            let grids = json!([grid(84, json!({"packages": [1, 2]})), grid(85, json!({"packages": [3]}))]);
            Files::new(json!([category(4, json!({}))]), grids, json!(packages))
        };
        let sorted = async |query: &str| {
            assert_eq!(pairings_astray(&connection).await, 0);
            let (data, _) = app.counted(query).await;
            let nodes = data["grid"]["packages"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let query = "{ grid(slug: \"grid-84\") { packages { nodes { title } } } }";
        titled(["b", "C", "a"]).import(&app.database).await.unwrap();
        assert_eq!(sorted(query).await, ["b", "C"]);
        titled(["D", "C", "a"]).import(&app.database).await.unwrap();
        assert_eq!(sorted(query).await, ["C", "D"]);
        for (sql, titles) in [
            ("UPDATE grid_package SET package_id = 3 WHERE package_id = 2", ["a", "D"]),
            ("UPDATE package SET title = 'e', title_folded = 'e' WHERE id = 3", ["D", "e"]),
            ("UPDATE package SET title = 'E' WHERE id = 3", ["D", "E"]),
            ("UPDATE package SET slug = 'another' WHERE id = 3", ["D", "E"]),
            ("UPDATE package SET title = 'A', title_folded = 'a'", ["A", "A"]),
        ] {
            connection.execute_unprepared("DELETE FROM grid_package WHERE grid_id = 85").await.unwrap();
            connection.execute_unprepared(sql).await.unwrap();
            assert_eq!(sorted(query).await, titles, "{sql}");
        }
        // Of packages with one title the lower number comes first, from either end, and in pieces.
        let numbers = |data: &Value| {
            let nodes = data["grid"]["packages"]["edges"].as_array().unwrap();
            nodes.iter().map(|edge| edge["node"]["number"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        for order in ["", "orderBy: [{ field: TITLE }]", "orderBy: [{ field: NUMBER }]"] {
            let ask = |page: &str| format!(
                "{{ grid(slug: \"grid-84\") {{ packages({page} {order}) {{ edges {{ cursor node {{ number }} }} }} }} }}"
            );
            let first = app.counted(&ask("first: 1")).await.0;
            assert_eq!(numbers(&first), [1]);
            let cursor = first["grid"]["packages"]["edges"][0]["cursor"].as_str().unwrap();
            assert_eq!(numbers(&app.data(&ask(&format!("first: 9 after: \"{cursor}\""))).await), [3]);
            assert_eq!(numbers(&app.data(&ask("last: 1")).await), [3]);
        }
    }

    /// The database looks at its tables anew when much was written, be it releases alone.
    async fn statistics_follow(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let files = Files::of_packages(json!([package(1, json!({}))]));
        files.import(&database).await.unwrap();
        let connection = test_database.connect().await;
        let looked_at = async || {
            let sql = match backend {
                Backend::Sqlite => "SELECT CAST(stat AS integer) FROM sqlite_stat1 WHERE tbl = 'version'",
                Backend::Postgres => "SELECT CAST(reltuples AS bigint) FROM pg_class WHERE relname = 'version'",
            };
            let statement = Statement::from_string(connection.get_database_backend(), sql);
            let row = connection.query_one_raw(statement).await.unwrap();
            row.map_or(0, |row| row.try_get_by_index::<i64>(0).unwrap())
        };
        assert!(looked_at().await <= 0);
        let versions = (1..=1_000).map(|id| json!({"id": id, "package": 1, "number": format!("{id}")}));
        files.write("versions.json", &Value::from_iter(versions).to_string());
        assert_eq!(files.import(&database).await.unwrap().versions.added, 1_000);
        assert_eq!(looked_at().await, 1_000);
    }

    /// A score ages with the quarters that pass without a commit; the daily pass sees to it.
    async fn scores_age(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let database = test_database.open().await;
        let packages = json!([
            package(1, json!({"repo_watchers": 322, "last_updated": "2026-09-20T00:00:00Z", "supports_python3": true})),
            package(2, json!({"repo_watchers": 100, "last_updated": null, "supports_python3": null})),
        ]);
        let files = Files::of_packages(packages);
        files.import(&database).await.unwrap();
        // NOW is 2026-09-21.
        assert_eq!((package_row(&test_database, 1).await.score, package_row(&test_database, 1).await.score_quarters), (Some(322), 0));
        assert_eq!(package_row(&test_database, 2).await.score, Some(60), "100 less 10 less 30");
        assert_eq!(upkeep::rescore(&database, NOW).await.unwrap(), 0);
        assert_eq!(revision(&test_database).await, 1);
        let later: Timestamp = "2027-03-20T00:00:00Z".parse().unwrap();
        assert_eq!(upkeep::rescore(&database, later).await.unwrap(), 1);
        assert_eq!(revision(&test_database).await, 2);
        assert_eq!(package_row(&test_database, 1).await.score, Some(257), "two quarters: 322 less 64.4");
        assert_eq!(upkeep::rescore(&database, later).await.unwrap(), 0);
        assert_eq!(revision(&test_database).await, 2);
        // An import that brings nothing new leaves it as it is.
        assert!(!files.import(&database).await.unwrap().changed());
        assert_eq!(package_row(&test_database, 1).await.score, Some(257));
        let app = App::on(test_database).await;
        let data = app
            .data("{ packages(orderBy: [{ field: SCORE, direction: DESC }]) { nodes { score scoreParts { stars quarters inactivity python3 } } } }")
            .await;
        assert_eq!(
            data["packages"]["nodes"],
            json!([
                {"score": 257, "scoreParts": {"stars": 322, "quarters": 2, "inactivity": 64.4, "python3": 0.0}},
                {"score": 60, "scoreParts": {"stars": 100, "quarters": 1, "inactivity": 10.0, "python3": 30.0}},
            ])
        );
    }

    /// A database that another version of the rules was used on is brought up at the next start.
    async fn what_is_derived_is_made_anew(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        let rows = || package::Entity::find().order_by_asc(package::Column::Id).all(&connection);
        let before = rows().await.unwrap();
        for sql in [
            "UPDATE directory SET derived = 0",
            "UPDATE package SET slug_folded = '', repo_description_folded = '', score = 7, grids_count = 0, last_released = NULL, last_release_year = NULL",
            "UPDATE grid SET packages_count = 99",
            "UPDATE element SET verdict = 'empty', strength = 0, text_folded = ''",
            "DELETE FROM participant",
            "DELETE FROM category_grid",
            "DELETE FROM search_document",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        let app = App::on(test_database).await;
        let after = rows().await.unwrap();
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after);
        }
        assert_eq!(revision(&app.test_database).await, 2);
        let data = app
            .data("{ packages(filter: { participant: \"JEZDEZ\" }) { nodes { number } } \
                   search(query: \"queued storage\", first: 1) { nodes { ... on Package { number } } } \
                   category(slug: \"other\") { grids { nodes { packagesCount } } } \
                   grid(slug: \"admin\") { features { nodes { elements(filter: { verdict: { eq: YES } }, first: 0) { totalCount } } } } }")
            .await;
        assert_eq!(data["packages"]["nodes"], json!([{"number": 683}]));
        assert_eq!(data["search"]["nodes"], json!([{"number": 683}]));
        assert_eq!(data["category"]["grids"]["nodes"], json!([{"packagesCount": 5}]));
        let yes: i64 = data["grid"]["features"]["nodes"].as_array().unwrap().iter()
            .map(|feature| feature["elements"]["totalCount"].as_i64().unwrap()).sum();
        assert!(yes > 0);
        // Once.
        app.test_database.open().await;
        assert_eq!(revision(&app.test_database).await, 2);
    }

    /// A database as the first release made it, with a package in it.
    async fn a_database_of_the_first_release(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let url = match backend {
            Backend::Sqlite => format!("{}?mode=rwc", test_database.url),
            Backend::Postgres => test_database.url.clone(),
        };
        let connection = sea_orm::Database::connect(&url).await.unwrap();
        Migrator::up(&connection, Some(5)).await.unwrap();
        for sql in [
            "INSERT INTO category (id, title, title_folded, slug, description, title_plural, show_pypi, created, modified) \
             VALUES (1, 'App', 'app', 'apps', '', 'Apps', true, 0, 0)",
            "INSERT INTO package (id, category_id, title, title_folded, slug, repo_description, repo_url, repo_key, pypi_url, \
             pypi_name, pypi_version, documentation_url, repo_watchers, repo_forks, last_updated, last_fetched, commits_over_52, \
             participants, created, modified) VALUES (5, 1, 'Ünïcode', 'ünïcode', 'Some-Thing', 'Does THINGS', \
             'https://github.com/a/b', 'github.com/a/b', '', '', NULL, NULL, 10, 1, NULL, NULL, '[1,2]', '[\"Jo\"]', 0, 0)",
            "INSERT INTO grid (id, title, title_folded, slug, description, is_locked, header, created, modified) \
             VALUES (3, 'Grid', 'grid', 'grid', '', false, false, 0, 0)",
            "INSERT INTO grid_package (grid_id, package_id, position, created, modified) VALUES (3, 5, 0, 0, 0)",
            "INSERT INTO feature (id, grid_id, title, description) VALUES (1, 3, 'Typed', '')",
            "INSERT INTO element (feature_id, grid_package_id, text) SELECT 1, id, '++ since 2.0' FROM grid_package",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        connection.close().await.unwrap();
        open(&test_database.url).await.unwrap().close().await;
        let app = App::on(test_database).await;
        let data = app
            .data("{ package(slug: \"Some-Thing\") { score commitsTotal52 participantsCount gridsCount status supportsPython3 \
                   grids { edges { cells { verdict strength remark feature { title } } } } } \
                   packages(filter: { repoDescription: { contains: \"things\" }, slug: { startsWith: \"some\" } }) { totalCount } \
                   search(query: \"thing\") { totalCount } }")
            .await;
        assert_eq!(pairings_astray(&app.test_database.connect().await).await, 0);
        assert_eq!(
            data["package"],
            json!({"score": 6, "commitsTotal52": 3, "participantsCount": 1, "gridsCount": 1, "status": "ACTIVE",
                "supportsPython3": "UNKNOWN", "grids": {"edges": [{"cells": [
                    {"verdict": "YES", "strength": 2, "remark": "since 2.0", "feature": {"title": "Typed"}}]}]}})
        );
        assert_eq!((&data["packages"]["totalCount"], &data["search"]["totalCount"]), (&json!(1), &json!(1)));
    }
}
