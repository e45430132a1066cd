//! Releases in the order of their versions, and what packages say of the newest one.

use packgrid::auth::Role;
use serde_json::{Value, json};

use crate::editing::Editors;
use crate::support::files::{Files, package};
use crate::support::{App, Backend, on_both};

/// A directory of packages with these releases: package, version, year of publication, hidden.
async fn directory(backend: Backend, releases: &[(i64, &str, i64, bool)]) -> App {
    let packages = (1..=4).map(|id| package(id, json!({ "grids": [] })));
    let files = Files::of_packages(Value::from_iter(packages));
    let versions = releases.iter().zip(1..).map(|((package, number, year, hidden), id)| {
        json!({
            "id": id, "package": package, "number": number, "hidden": hidden,
            "upload_time": format!("{year}-01-01T00:00:00Z"),
        })
    });
    files.write("versions.json", &Value::from_iter(versions).to_string());
    let app = App::empty(backend).await;
    files.import(&app.database).await.unwrap();
    app
}

fn texts(nodes: &Value, field: &str) -> Vec<String> {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.map(|node| node[field].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn versions_are_sorted_by_pep_440(backend: Backend) {
        let sorted = [
            "latest", "0.1-2", "0.1.1-pre1", "0.1.1", "1.0.dev3", "1.0b3", "1.0rc1", "v1.0", "1.0+local",
            "1.0.post1", "1.4-16", "1.9", "1.10", "1.11", "2.0.dev1", "2.0a1", "2.0b1", "2.0", "1!0.1",
        ];
        let mut shuffled = sorted;
        fastrand::Rng::with_seed(1).shuffle(&mut shuffled);
        let releases: Vec<_> = shuffled.iter().map(|number| (1, *number, 2020, false)).collect();
        let app = directory(backend, &releases).await;
        let ask = async |direction: &str, page: &str| {
            let query = format!(
                "{{ package(slug: \"package-1\") {{ releases({page}, orderBy: [{{ field: VERSION, direction: {direction} }}]) \
                 {{ nodes {{ version isPrerelease }} pageInfo {{ endCursor }} }} }} }}"
            );
            app.data(&query).await["package"]["releases"].clone()
        };
        let ascending = ask("ASC", "first: 100").await;
        assert_eq!(texts(&ascending["nodes"], "version"), sorted);
        let mut backwards = sorted;
        backwards.reverse();
        assert_eq!(texts(&ask("DESC", "first: 100").await["nodes"], "version"), backwards);
        // In pages, too.
        let first = ask("ASC", "first: 7").await;
        let next = format!("first: 100, after: {}", first["pageInfo"]["endCursor"]);
        assert_eq!(texts(&ask("ASC", &next).await["nodes"], "version"), sorted[7..]);

        let are = ["0.1.1-pre1", "1.0.dev3", "1.0b3", "1.0rc1", "2.0.dev1", "2.0a1", "2.0b1"];
        for node in ascending["nodes"].as_array().unwrap() {
            assert_eq!(node["isPrerelease"], are.contains(&node["version"].as_str().unwrap()), "{node}");
        }
        let data = app.data(
            "{ package(slug: \"package-1\") { releases(first: 100, filter: { isPrerelease: true }, \
             orderBy: [{ field: VERSION }]) { nodes { version } } } \
             packages(filter: { releases: { some: { isPrerelease: true } } }) { totalCount } }",
        ).await;
        assert_eq!(texts(&data["package"]["releases"]["nodes"], "version"), are);
        assert_eq!(data["packages"]["totalCount"], 1);
    }

    async fn the_last_release_is_no_prerelease(backend: Backend) {
        let app = directory(backend, &[
            (1, "1.0", 2020, false), (1, "1.1", 2021, true), (1, "2.0b1", 2022, false), (1, "2.0.dev1", 2023, false),
            // With nothing but pre-releases, the newest of them that is not hidden.
            (2, "1.0a1", 2020, false), (2, "1.0a2", 2021, false), (2, "1.0a3", 2022, true),
            (3, "1.0", 2019, true),
        ]).await;
        let released = async |app: &App| {
            let data = app.data("{ packages(orderBy: [{ field: NUMBER }]) { nodes { lastReleased lastReleaseYear } } }").await;
            data["packages"]["nodes"].clone()
        };
        let year = |year: i64| json!({ "lastReleased": format!("{year}-01-01T00:00:00Z"), "lastReleaseYear": year });
        let none = json!({ "lastReleased": null, "lastReleaseYear": null });
        assert_eq!(released(&app).await, json!([year(2020), year(2021), none, none]));
        let rest = app.get("/api/v4/search/?q=package-1").await;
        assert!(rest.text().contains("\"last_released\":\"2019-12-31T19:00:00-05:00\""), "{}", rest.text());

        // Edits, which touch a few packages only, come to the same.
        let editors = Editors::of(app).await;
        let add = async |package: i64, version: &str, year: i64| {
            let input = json!({
                "packageId": crate::editing::id("Package", package), "version": version,
                "releasedAt": format!("{year}-01-01T00:00:00Z"),
            });
            editors.edit(Role::Editor, "createRelease", input, "release { isPrerelease }").await["release"]["isPrerelease"].clone()
        };
        assert_eq!(add(1, "3.0rc1", 2025).await, true);
        assert_eq!(add(2, "1.0", 2018).await, false);
        assert_eq!(add(4, "0.1.dev0", 2024).await, true);
        assert_eq!(released(&editors.app).await, json!([year(2020), year(2018), none, year(2024)]));
    }

    /// A database that knew no order of versions yet has it after the next start.
    async fn releases_of_older_databases_are_sorted(backend: Backend) {
        use sea_orm::ConnectionTrait;
        let app = directory(backend, &[(1, "1.10", 2020, false), (1, "1.9", 2021, false), (1, "2.0b1", 2022, false)]).await;
        let connection = app.test_database.connect().await;
        for sql in [
            "UPDATE version SET number_key = '', prerelease = false",
            "UPDATE package SET last_released = NULL",
            "UPDATE directory SET derived = 1",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        let app = App::on(app.test_database).await;
        let data = app.data(
            "{ package(slug: \"package-1\") { lastReleased releases(orderBy: [{ field: VERSION }]) { nodes { version } } } }",
        ).await;
        assert_eq!(texts(&data["package"]["releases"]["nodes"], "version"), ["1.9", "1.10", "2.0b1"]);
        assert_eq!(data["package"]["lastReleased"], "2021-01-01T00:00:00Z");
    }
}
