//! Connections: pages, counts, orders, edges.

use serde_json::{Value, json};

use crate::support::{App, Backend, on_both};

/// Every list there is, with the argument's place marked.
const LISTS: [&str; 9] = [
    "packages(@)",
    "categories(@)",
    "grids(@)",
    "package(slug: \"django-hijack\") { grids(@)",
    "category(slug: \"apps\") { packages(@)",
    "category(slug: \"frameworks\") { grids(@)",
    "grid(slug: \"files-images\") { packages(@)",
    "grid(slug: \"files-images\") { features(@)",
    "grid(slug: \"admin\") { features(first: 1) { nodes { elements(@)",
];

fn query(list: &str, arguments: &str, selection: &str) -> String {
    let list = match arguments {
        "" => list.replace("(@)", ""),
        arguments => list.replace('@', arguments),
    };
    format!("{{ {list} {{ {selection} }}{}", " }".repeat(list.matches('{').count() + 1))
}

/// The connection that a query asked for, wherever it stands in the answer.
fn connection(data: &Value) -> &Value {
    match data {
        Value::Object(fields) if fields.contains_key("pageInfo") => data,
        Value::Object(fields) => connection(fields.values().next().unwrap()),
        Value::Array(items) => connection(&items[0]),
        other => panic!("no connection: {other}"),
    }
}

const PAGE: &str = "edges { cursor node { id } } nodes { id } totalCount \
                    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

fn ids(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    /// Walking the pages gives exactly the list, in either direction, in pages of any size.
    async fn pages_are_the_list(backend: Backend) {
        let app = App::sample(backend).await;
        for list in LISTS {
            let whole = app.data(&query(list, "first: 100", PAGE)).await;
            let mut all = ids(connection(&whole));
            let total = connection(&whole)["totalCount"].as_u64().unwrap() as usize;
            if total > 100 {
                let cursor = connection(&whole)["pageInfo"]["endCursor"].as_str().unwrap();
                let rest = format!("first: 100, after: \"{cursor}\"");
                let rest = app.data(&query(list, &rest, PAGE)).await;
                all.extend(ids(connection(&rest)));
            }
            assert_eq!(all.len(), total, "{list}");
            assert!(total > 0, "{list}");
            for size in [1, 3, 7, 50] {
                if total / size > 40 {
                    continue;
                }
                for (count, cursor, end, more) in [
                    ("first", "after", "endCursor", "hasNextPage"),
                    ("last", "before", "startCursor", "hasPreviousPage"),
                ] {
                    let mut seen: Vec<String> = Vec::new();
                    let mut place = String::new();
                    loop {
                        let arguments = format!("{count}: {size}{place}");
                        let data = app.data(&query(list, &arguments, PAGE)).await;
                        let page = connection(&data);
                        let found = ids(page);
                        assert!(found.len() <= size);
                        assert_eq!(page["totalCount"], json!(total));
                        let edges = page["edges"].as_array().unwrap();
                        assert_eq!(edges.len(), found.len());
                        assert_eq!(edges[0]["cursor"], page["pageInfo"]["startCursor"]);
                        assert_eq!(edges[found.len() - 1]["cursor"], page["pageInfo"]["endCursor"]);
                        assert_eq!(edges[0]["node"]["id"], json!(found[0]));
                        if count == "first" {
                            seen.extend(found);
                        } else {
                            seen.splice(0..0, found);
                        }
                        place = format!(", {cursor}: {}", page["pageInfo"][end]);
                        if page["pageInfo"][more] == false {
                            break;
                        }
                    }
                    assert_eq!(seen, all, "{list} by {count}: {size}");
                }
            }
        }
    }

    async fn ranges_between_two_cursors(backend: Backend) {
        let app = App::sample(backend).await;
        let all = app.data(&query("packages(@)", "first: 30", PAGE)).await;
        let cursor = |index: usize| all["packages"]["edges"][index]["cursor"].to_string();
        let between = format!("after: {}, before: {}", cursor(4), cursor(10));
        let expected = &ids(&all["packages"])[5..10];
        let part = app.data(&query("packages(@)", &between, PAGE)).await;
        assert_eq!(ids(&part["packages"]), expected);
        assert_eq!(part["packages"]["pageInfo"]["hasNextPage"], false);
        assert_eq!(part["packages"]["pageInfo"]["hasPreviousPage"], true);
        let part = app.data(&query("packages(@)", &format!("first: 2, {between}"), PAGE)).await;
        assert_eq!(ids(&part["packages"]), &expected[..2]);
        assert_eq!(part["packages"]["pageInfo"]["hasNextPage"], true);
        let part = app.data(&query("packages(@)", &format!("last: 2, {between}"), PAGE)).await;
        assert_eq!(ids(&part["packages"]), &expected[3..]);
        assert_eq!(part["packages"]["pageInfo"]["hasNextPage"], true);
        assert_eq!(part["packages"]["pageInfo"]["hasPreviousPage"], true);
    }

    /// A page is the same whatever is selected of it, alone and beside others, and whether there is more
    /// is told to whoever asks.
    async fn pages_by_what_is_selected(backend: Backend) {
        let app = App::sample(backend).await;
        let parts = [
            "nodes { id } pageInfo { __typename }",
            "nodes { id } pageInfo { hasNextPage }",
            "nodes { id } pageInfo { hasPreviousPage }",
            "nodes { id __typename } pageInfo { hasNextPage hasPreviousPage }",
            "nodes { id } edges { cursor } pageInfo { startCursor endCursor }",
        ];
        for list in LISTS {
            for size in ["first: 0", "first: 2", "last: 2"] {
                let whole = app.data(&query(list, size, PAGE)).await;
                let whole = connection(&whole);
                for part in parts {
                    let alone = app.data(&query(list, size, part)).await;
                    let alone = connection(&alone);
                    assert_eq!(ids(alone), ids(whole), "{list} {size} {part}");
                    for (name, value) in alone["pageInfo"].as_object().unwrap() {
                        if name != "__typename" {
                            assert_eq!(*value, whole["pageInfo"][name], "{list} {size} {part}");
                        }
                    }
                }
            }
        }
        let both = app.data("{ grids(first: 5) { nodes { \
            a: packages(first: 1) { nodes { title } } \
            b: packages(first: 1) { nodes { title repoForks } pageInfo { hasNextPage } } totalCount: packagesCount } } }").await;
        for grid in both["grids"]["nodes"].as_array().unwrap() {
            assert_eq!(grid["a"]["nodes"][0]["title"], grid["b"]["nodes"][0]["title"]);
            assert_eq!(grid["b"]["pageInfo"]["hasNextPage"], grid["totalCount"].as_i64().unwrap() > 1, "{grid}");
        }
    }

    async fn an_empty_page_still_counts(backend: Backend) {
        let app = App::sample(backend).await;
        for list in LISTS {
            let data = app.data(&query(list, "first: 0", PAGE)).await;
            let page = connection(&data);
            assert_eq!(page["nodes"], json!([]), "{list}");
            assert!(page["totalCount"].as_u64().unwrap() > 0, "{list}");
            assert_eq!(
                page["pageInfo"],
                json!({"hasNextPage": true, "hasPreviousPage": false, "startCursor": null, "endCursor": null}),
                "{list}"
            );
        }
    }

    async fn twenty_unless_told_otherwise(backend: Backend) {
        let app = App::sample(backend).await;
        let data = app.data(&query("packages(@)", "", PAGE)).await;
        assert_eq!(ids(&data["packages"]).len(), 20);
        assert_eq!(data["packages"]["totalCount"], 191);
    }

    /// By title whatever its case, as the folded title tells, alike on both databases.
    async fn lists_are_by_title(backend: Backend) {
        let app = App::sample(backend).await;
        for (list, name) in [("packages", "packages"), ("grids", "grids"), ("categories", "categories")] {
            let data = app.data(&format!("{{ {list}(first: 100) {{ nodes {{ title number }} }} }}")).await;
            let titles: Vec<_> = data[name]["nodes"].as_array().unwrap().iter().map(|node| {
                (packgrid::rules::text::fold(node["title"].as_str().unwrap()), node["number"].as_i64())
            }).collect();
            let mut sorted = titles.clone();
            sorted.sort();
            assert_eq!(titles, sorted, "{list}");
        }
    }

    /// A list goes on where it was, also when its entries come and go in between.
    async fn cursors_survive_changes(backend: Backend) {
        let app = App::sample(backend).await;
        use sea_orm::ConnectionTrait;
        let connection = app.test_database.connect().await;
        let whole = app.data("{ packages(first: 9) { edges { cursor node { number } } } }").await;
        let edge = |index: usize| &whole["packages"]["edges"][index];
        for gone in [0, 2] {
            let delete = format!("DELETE FROM package WHERE id = {}", edge(gone)["node"]["number"]);
            connection.execute_unprepared(&delete).await.unwrap();
        }
        let next = format!("{{ packages(first: 1, after: {}) {{ nodes {{ number }} }} }}", edge(2)["cursor"]);
        let next = app.data(&next).await;
        assert_eq!(next["packages"]["nodes"][0]["number"], edge(3)["node"]["number"]);
    }

    /// Folding makes 18 characters of one here: the longest cursor that there can be.
    async fn the_longest_cursor(backend: Backend) {
        let app = App::sample(backend).await;
        use sea_orm::ActiveModelTrait;
        let title = "\u{FDFA}".repeat(100);
        let row = entity::package::ActiveModel {
            id: sea_orm::Set(683),
            title_folded: sea_orm::Set(packgrid::rules::text::fold(&title)),
            title: sea_orm::Set(title),
            ..Default::default()
        };
        row.update(&app.test_database.connect().await).await.unwrap();
        let last = app.data("{ packages(last: 1) { nodes { number } pageInfo { startCursor } } }").await;
        assert_eq!(last["packages"]["nodes"][0]["number"], 683);
        let query = format!(
            "{{ packages(last: 1, before: {}) {{ nodes {{ title }} }} }}",
            last["packages"]["pageInfo"]["startCursor"]
        );
        assert_ne!(app.data(&query).await["packages"]["nodes"], json!([]));
    }

    async fn edges_tell_of_the_pairing(backend: Backend) {
        let app = App::sample(backend).await;
        let data = app
            .data("{ package(slug: \"django-queued-storage\") { grids { edges { created modified node { slug } } } } \
                   grid(slug: \"files-images\") { packages { edges { created node { slug } } } } }")
            .await;
        let edge = &data["package"]["grids"]["edges"][0];
        assert_eq!(edge["node"]["slug"], "files-images");
        assert_eq!(edge["created"], "2026-09-21T14:13:20Z");
        assert_eq!(edge["modified"], edge["created"]);
        assert_eq!(data["grid"]["packages"]["edges"].as_array().unwrap().len(), 5);
    }

    /// Real directories hold one repository, or one name on the package index, several times.
    async fn of_several_packages_the_first(backend: Backend) {
        let app = App::sample(backend).await;
        use sea_orm::ActiveModelTrait;
        for id in [10190, 10002] {
            let row = entity::package::ActiveModel {
                id: sea_orm::Set(id),
                repo_key: sea_orm::Set("github.com/jazzband/django-queued-storage".to_owned()),
                pypi_name: sea_orm::Set("django-queued-storage".to_owned()),
                ..Default::default()
            };
            row.update(&app.test_database.connect().await).await.unwrap();
        }
        let query = "{ repository: packageBy(key: { repoUrl: \"github.com/Jazzband/django-queued-storage\" }) \
            { number } pypi: packageBy(key: { pypiName: \"django_queued_storage\" }) { number } }";
        let first = json!({"repository": {"number": 683}, "pypi": {"number": 683}});
        assert_eq!(app.data(query).await, first);
    }
}
