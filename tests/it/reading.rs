//! Statements: how many a query takes, and what they read.

use std::collections::BTreeSet;

use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::Value;

use crate::support::{App, Backend, NOW, TestDatabase, on_both};

/// 100 grids with 10 packages each.
async fn even(backend: Backend) -> App {
    let app = App::generous_on(TestDatabase::empty(backend).await).await;
    let mut made = generate(Shape { packages: 1000, grids: 100, seed: 5 });
    let links: Vec<_> = made.features.iter().map(|feature| feature.grid).collect();
    let link = |id: i64| *links.iter().find(|link| link.id == id).unwrap();
    for grid in &mut made.grids {
        grid.packages.clear();
    }
    for (number, package) in made.packages.iter_mut().enumerate() {
        package.grids = vec![link(number as i64 % 100 + 1)];
    }
    made.elements.clear();
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    let directory = Directory::folder(folder.path()).unwrap();
    import(&app.database, &directory, Options::default(), NOW, &mut |_| {}).await.unwrap();
    app
}

fn count(value: &Value, key: &str) -> usize {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| usize::from(name == key) + count(value, key)).sum()
        }
        Value::Array(items) => items.iter().map(|item| count(item, key)).sum(),
        _ => 0,
    }
}

on_both! {
    /// The same statements, word for word, at 10, 31, 100 and 1,000 parents.
    async fn statements_do_not_depend_on_width(backend: Backend) {
        let app = even(backend).await;
        for below in [
            "category { title }",
            "category { title } grids(first: 5) { nodes { title } }",
            "grids(first: 5) { totalCount nodes { title features(first: 3) { nodes { title } } } }",
            "category { packages(first: 2) { nodes { slug category { title } } } } \
             grids(first: 3) { nodes { packages(first: 2) { nodes { slug category { title } } } } }",
        ] {
            let mut lists = Vec::new();
            for (grids, packages) in [(10, 1), (31, 1), (100, 1), (100, 10)] {
                let query = format!(
                    "{{ grids(first: {grids}) {{ nodes {{ packages(first: {packages}) {{ nodes {{ \
                     parent: __typename {below} }} }} }} }} }}"
                );
                let (data, statements) = app.counted(&query).await;
                assert_eq!(count(&data, "parent"), grids * packages, "{below}");
                lists.push(statements);
            }
            for list in &lists[1..] {
                assert_eq!(list, &lists[0], "{below}");
            }
        }
    }

    async fn a_level_is_a_statement(backend: Backend) {
        let app = App::sample(backend).await;
        for (query, statements) in [
            ("{ __typename }", 0),
            ("{ __schema { queryType { name } } }", 0),
            ("{ package(slug: \"django-queued-storage\") { title } }", 1),
            ("{ packages(first: 50) { nodes { title category { title } grids { nodes { title } } } } }", 3),
            (
                "{ categories { nodes { packages(first: 9) { nodes { grids(first: 9) { nodes { \
                 packages(first: 9) { nodes { title } } } } } } } } }",
                4,
            ),
            (
                "{ categories { totalCount nodes { packages(first: 9) { totalCount nodes { \
                 grids(first: 9) { totalCount nodes { packages(first: 9) { totalCount nodes { \
                 title } } } } } } } } }",
                8,
            ),
            ("{ categories(first: 0) { totalCount } }", 1),
            ("{ categories(first: 0) { nodes { title } } }", 0),
            ("{ a: package(slug: \"django-hijack\") { title } b: package(slug: \"django-queued-storage\") { slug } }", 1),
            // What is not there may have been merged into another.
            ("{ a: package(slug: \"nothing\") { title } b: package(slug: \"none\") { slug } }", 2),
            // Two arms that meet again: what is at the same depth goes out together.
            (
                "{ packages(first: 40) { nodes { \
                 category { packages(first: 3) { nodes { title category { title } } } } \
                 grids { nodes { packages(first: 3) { nodes { title category { title } } } } } } } }",
                6,
            ),
            (
                "{ grid(slug: \"admin\") { features { nodes { title elements { nodes { text \
                 package { title } feature { title grid { title } } } } } } } }",
                6,
            ),
        ] {
            let (_, run) = app.counted(query).await;
            assert_eq!(run.len(), statements, "{query}\n{run:#?}");
        }
    }

    /// However its replies come in: the list is the same, 40 times over.
    async fn arms_that_meet_again_are_steady(backend: Backend) {
        let app = App::generous(backend).await;
        let query = "{ packages(first: 100) { nodes { \
            category { grids(first: 4) { nodes { packages(first: 2) { nodes { category { slug } } } } } } \
            grids { nodes { features(first: 2) { nodes { grid { slug } } } \
                packages(first: 3) { nodes { category { slug } grids { nodes { slug } } } } } } } } }";
        let (_, first) = app.counted(query).await;
        for _ in 0..40 {
            let (_, again) = app.counted(query).await;
            assert_eq!(again, first);
        }
    }

    async fn only_the_columns_asked_for_are_read(backend: Backend) {
        let app = App::sample(backend).await;
        let (_, run) = app.counted("{ packages(first: 5) { nodes { title } } }").await;
        assert_eq!(selected(&run[0]), ["id", "title"]);
        let (_, run) = app.counted("{ packages(first: 5) { nodes { __typename } } }").await;
        assert_eq!(selected(&run[0]), ["id"]);
        let (_, run) = app
            .counted("{ packages(first: 5) { nodes { ...F ... on Package { slug } } } } \
                      fragment F on Package { participants category { title } }")
            .await;
        assert_eq!(selected(&run[0]), ["category_id", "id", "participants", "slug"]);
        let (_, run) = app
            .counted("{ node(id: \"UGFja2FnZTo2ODM\") { id ... on Package { repoForks } } }")
            .await;
        assert_eq!(selected(&run[0]), ["id", "repo_forks"]);
        // Positions are read for cursors only, pairings for what is on the edge.
        let (_, run) = app.counted("{ packages(first: 5) { edges { cursor } } }").await;
        assert_eq!(selected(&run[0]), ["id", "title_folded"]);
        let (_, run) = app
            .counted("{ package(slug: \"django-hijack\") { grids { edges { created } } } }")
            .await;
        assert!(run[1].contains("\"created\""), "{}", run[1]);
        assert!(!run[1].contains("\"modified\""), "{}", run[1]);
    }

    /// No field of any type needs a statement that its selection did not foretell, each by itself.
    async fn every_field_is_foretold(backend: Backend) {
        let app = App::sample(backend).await;
        let introspection = "{ __schema { types { name kind fields { name args { name } \
            type { kind ofType { kind ofType { kind } } } } } } }";
        let schema = app.data(introspection).await;
        let roots = [
            ("Package", "packages(first: 3)", 1),
            ("Category", "categories(first: 3)", 1),
            ("Grid", "grids(first: 3)", 1),
            ("Feature", "grids(first: 3) { nodes { features(first: 3)", 2),
            ("Element", "grids(first: 3) { nodes { features(first: 3) { nodes { elements(first: 3)", 3),
            ("Release", "packages(first: 3) { nodes { releases(first: 3)", 2),
        ];
        let mut seen = 0;
        for (name, root, levels) in roots {
            let types = schema["__schema"]["types"].as_array().unwrap();
            let fields = types.iter().find(|kind| kind["name"] == name).unwrap()["fields"].as_array();
            for field in fields.unwrap() {
                let field_name = field["name"].as_str().unwrap();
                let object = field["type"]["kind"] == "OBJECT" || field["type"]["ofType"]["kind"] == "OBJECT";
                // Made of the row's own columns, like any scalar.
                let own = field_name == "scoreParts";
                // Of the sample's packages none is replaced.
                let loads = object && !own && field_name != "replacedBy";
                let below = match (object, field["args"].as_array().unwrap().len()) {
                    (true, _) if own => " { stars }",
                    (true, 0) => " { id }",
                    (true, _) => " { nodes { id } }",
                    (false, _) => "",
                };
                let query = format!("{{ {root} {{ nodes {{ {field_name}{below} }}{}", " }".repeat(levels * 2));
                let (_, run) = app.counted(&query).await;
                assert_eq!(run.len(), levels + usize::from(loads), "{query}\n{run:#?}");
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen}");
    }

    /// A request sees one moment, also when the directory changes while it is under way.
    async fn a_request_is_of_one_moment(backend: Backend) {
        let app = App::sample(backend).await;
        let (reading, writing) = (app.database.clone(), app.test_database.connect().await);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let (has_read, wait_read) = tokio::sync::oneshot::channel();
        let (has_written, wait_written) = tokio::sync::oneshot::channel::<()>();
        let reader = tokio::spawn(async move {
            reading.read(deadline, |snapshot| async move {
                let titles = |snapshot: packgrid::database::Snapshot| async move {
                    let mut select = sea_orm::sea_query::Query::select();
                    select.expr(sea_orm::sea_query::Expr::cust("count(*)")).from("package");
                    snapshot.fetch(&select, |row| row.int(0)).await.unwrap()[0]
                };
                let before = titles(snapshot.clone()).await;
                let revision = snapshot.revision();
                has_read.send(()).unwrap();
                wait_written.await.unwrap();
                (before, titles(snapshot.clone()).await, revision, snapshot.revision())
            }).await.unwrap()
        });
        wait_read.await.unwrap();
        use sea_orm::ConnectionTrait;
        writing.execute_unprepared("DELETE FROM package WHERE id = 10001").await.unwrap();
        writing.execute_unprepared("UPDATE directory SET revision = 99").await.unwrap();
        has_written.send(()).unwrap();
        let (before, after, first, last) = reader.await.unwrap();
        assert_eq!(before, after);
        assert_eq!((first, last), (Some(1), Some(1)));
        let data = app.data("{ packages(first: 0) { totalCount } }").await;
        assert_eq!(data["packages"]["totalCount"], before - 1);
    }

    /// A row of every type of column, written by sea-orm, is read and found by the read path.
    async fn one_spelling_of_a_value(backend: Backend) {
        let app = App::on(TestDatabase::sample(backend).await).await;
        let data = app
            .data("{ packageBy(key: { number: 683 }) { lastUpdated repoWatchers documentationUrl \
                   commitsOver52 participants category { showPypi } grids { nodes { isLocked } } } }")
            .await;
        let package = &data["packageBy"];
        assert_eq!(package["lastUpdated"], "2021-10-27T09:12:05Z");
        assert_eq!(package["repoWatchers"], 322);
        assert_eq!(package["commitsOver52"].as_array().unwrap().len(), 52);
        assert_eq!(package["participants"][0], "jezdez");
        assert_eq!(package["category"]["showPypi"], true);
        assert_eq!(package["grids"]["nodes"][0]["isLocked"], false);
    }
}

/// The first of a grid's packages are a range of an index, which has what a link to each needs; only
/// the page as a whole is sorted.
#[tokio::test]
async fn first_packages_of_grids_are_sought() {
    let app = even(Backend::Sqlite).await;
    let connection = app.test_database.connect().await;
    let descending = "first: 5 orderBy: [{ field: TITLE, direction: DESC }]";
    for (page, end) in [("first: 5", "<"), ("last: 5", ">"), (descending, ">")] {
        for (fields, lookups) in [("number title slug", 0), ("title repoForks", 1)] {
            let query = format!(
                "{{ grids {{ nodes {{ packages({page}) {{ nodes {{ {fields} }} }} }} }} }}"
            );
            let (_, run) = app.counted(&query).await;
            let explain = format!("EXPLAIN QUERY PLAN {}", run[1]);
            let values: [sea_orm::Value; 3] = ["[1,2]".into(), 1.into(), 4.into()];
            let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values);
            let plan: Vec<String> = connection
                .query_all_raw(explain)
                .await
                .unwrap()
                .iter()
                .map(|row| row.try_get_by_index(3).unwrap())
                .collect();
            let count = |begins: &str| plan.iter().filter(|step| step.starts_with(begins)).count();
            let sought = "SEARCH gp USING COVERING INDEX grid_package_link_idx (grid_id=?";
            let (page, last) = (format!("{sought} AND title_folded{end}?)"), format!("{sought})"));
            assert_eq!((count(&page), count(&last)), (1, 1), "{plan:#?}");
            assert_eq!(count("USE TEMP B-TREE"), 1, "{plan:#?}");
            assert_eq!(count("SEARCH c "), lookups, "{plan:#?}");
        }
    }
}

/// The names of the columns that a statement selects before FROM.
fn selected(sql: &str) -> Vec<String> {
    let list = sql.strip_prefix("SELECT ").unwrap().split(" FROM ").next().unwrap();
    let names: BTreeSet<String> = list
        .split(", ")
        .map(|column| column.rsplit('.').next().unwrap().trim_matches('"').to_owned())
        .filter(|name| name != "value" && name != "k")
        .collect();
    names.into_iter().collect()
}
