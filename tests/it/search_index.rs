//! Searching: what is found and when, and that both databases find the same.

use packgrid::search::{self, Kind, Match, Query};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::crowd::kept::searched;
use crate::support::files::{Files, category, grid, package};
use crate::support::searching::{find, find_among, index, suggest, title};
use crate::support::{Backend, TestDatabase, on_both};

/// Titles of what is found, best first.
async fn titles(test_database: &TestDatabase, text: &str) -> Vec<String> {
    let database = test_database.open().await;
    let connection = test_database.connect().await;
    let mut titles = Vec::new();
    for hit in find(&database, text).await {
        titles.push(title(&connection, &hit).await);
    }
    titles
}

/// Changes the directory by SQL and then these documents, in one transaction.
async fn change(test_database: &TestDatabase, sql: &str, kind: Kind, ids: &[i64]) {
    let database = test_database.open().await;
    let transaction = database.begin().await.unwrap();
    transaction.execute_unprepared(sql).await.unwrap();
    match kind {
        Kind::Category => search::index(&transaction, ids, &[], &[]).await.unwrap(),
        Kind::Grid => search::index(&transaction, &[], ids, &[]).await.unwrap(),
        Kind::Package => search::index(&transaction, &[], &[], ids).await.unwrap(),
    }
    transaction.commit().await.unwrap();
}

/// Every row that searches read.
async fn rows(test_database: &TestDatabase) -> Vec<String> {
    searched(&test_database.connect().await).await
}

/// Three packages in two categories, and a grid.
async fn small(backend: Backend) -> TestDatabase {
    let test_database = TestDatabase::empty(backend).await;
    let database = test_database.open().await;
    let bare = |title: &str, stars: i64, category: i64| {
        json!({"title": title, "slug": title.to_lowercase().replace(' ', "-"), "repo_watchers": stars,
               "repo_description": "", "participants": [], "pypi_url": "", "category": category, "grids": []})
    };
    let files = Files::new(
        json!([category(4, json!({"title": "Gadgets"})), category(5, json!({"title": "Widgets"}))]),
        json!([grid(84, json!({"title": "Boxes", "packages": [1]}))]),
        json!([
            package(1, bare("Alpha tool", 10, 4)),
            package(2, bare("Beta tool", 1_000, 4)),
            package(3, bare("Gamma tool", 100, 5)),
        ]),
    );
    files.import(&database).await.unwrap();
    index(&database).await;
    test_database
}

on_both! {
    async fn recorded_searches(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        index(&database).await;
        let connection = test_database.connect().await;
        let statements = database.record_statements();
        let mut answers = String::new();
        for text in include_str!("../cases/searches.txt").lines() {
            let hits = find(&database, text).await;
            let taken = statements.take().len();
            assert!(taken <= search::STATEMENTS, "{text}: {taken} statements");
            answers.push_str(&format!("{text}\n  {} found\n", hits.len()));
            for hit in hits.iter().take(4) {
                let title = title(&connection, hit).await;
                answers.push_str(&format!("  {:.4} {:?} {title}\n", hit.score, hit.matched));
            }
        }
        insta::with_settings!({ snapshot_path => "../cases/answers", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("searches", answers);
        });
    }

    async fn found_the_moment_it_is_saved(backend: Backend) {
        let test_database = small(backend).await;
        let database = test_database.open().await;
        let transaction = database.begin().await.unwrap();
        transaction.execute_unprepared("UPDATE package SET title = 'Zeppelin' WHERE id = 1").await.unwrap();
        search::index(&transaction, &[], &[], &[1]).await.unwrap();
        assert!(find(&database, "zeppelin").await.is_empty(), "not before the commit");
        assert_eq!(find(&database, "alpha tool").await[0].matched, Match::Exact);
        transaction.commit().await.unwrap();
        let hits = find(&database, "zeppelin").await;
        assert_eq!((hits.len(), hits[0].kind, hits[0].id), (1, Kind::Package, 1));
        assert_eq!(hits[0].matched, Match::Exact);

        let transaction = database.begin().await.unwrap();
        transaction.execute_unprepared("UPDATE package SET title = 'Balloon' WHERE id = 1").await.unwrap();
        search::index(&transaction, &[], &[], &[1]).await.unwrap();
        transaction.rollback().await.unwrap();
        assert!(find(&database, "balloon").await.is_empty());
    }

    async fn what_changes_or_goes(backend: Backend) {
        let test_database = small(backend).await;
        let found = async |text: &str| titles(&test_database, text).await;
        assert_eq!(found("tool").await, ["Beta tool", "Gamma tool", "Alpha tool"]);
        assert_eq!(found("gadgets").await[0], "Gadgets (category)");
        assert_eq!(found("gadget tool").await, ["Beta tool", "Alpha tool"]);

        // What is more popular comes first.
        change(&test_database, "UPDATE package SET repo_watchers = 50000 WHERE id = 1", Kind::Package, &[1]).await;
        assert_eq!(found("tool").await, ["Alpha tool", "Beta tool", "Gamma tool"]);

        // A category's title is in the documents of its packages.
        change(&test_database, "UPDATE category SET title = 'Gizmos' WHERE id = 4", Kind::Category, &[4]).await;
        assert_eq!(found("gizmo tool").await, ["Alpha tool", "Beta tool"]);
        assert_eq!(found("gadgets").await, Vec::<String>::new());

        change(&test_database, "UPDATE grid SET description = 'Crates' WHERE id = 84", Kind::Grid, &[84]).await;
        assert_eq!(found("crate").await, ["Boxes (grid)"]);

        change(&test_database, "DELETE FROM package WHERE id IN (1, 2)", Kind::Package, &[1, 2, 77]).await;
        assert_eq!(found("tool").await, ["Gamma tool"]);
        assert_eq!(found("alhpa").await, Vec::<String>::new(), "nor by a slip");
        change(&test_database, "DELETE FROM grid", Kind::Grid, &[84]).await;
        assert_eq!(found("boxes").await, Vec::<String>::new());
        change(&test_database, "DELETE FROM category WHERE id = 4", Kind::Category, &[4]).await;
        assert_eq!(found("gizmos").await, Vec::<String>::new());

        // Kept in step, it is what would be made anew.
        let kept = rows(&test_database).await;
        let connection = test_database.connect().await;
        let tables =
            ["search_document", "search_word", "search_trigram", "search_index", "search_title"];
        for table in tables.iter().take(if backend == Backend::Sqlite { 5 } else { 3 }) {
            connection.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
        }
        index(&test_database.open().await).await;
        assert_eq!(rows(&test_database).await, kept);
    }

    /// Also what was changed past it.
    async fn rebuilding_mends_what_is_wrong_and_leaves_what_is_right(backend: Backend) {
        let test_database = small(backend).await;
        let database = test_database.open().await;
        let right = rows(&test_database).await;
        index(&database).await;
        assert_eq!(rows(&test_database).await, right);
        let connection = test_database.connect().await;
        connection.execute_unprepared("DELETE FROM package WHERE id = 2").await.unwrap();
        connection.execute_unprepared("UPDATE package SET title = 'Delta tool' WHERE id = 3").await.unwrap();
        assert_eq!(find(&database, "beta").await.len(), 1, "nobody told the index");
        index(&database).await;
        assert!(find(&database, "beta").await.is_empty());
        assert_eq!(titles(&test_database, "tool").await, ["Delta tool", "Alpha tool"]);
    }

    async fn kinds_and_repeats(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        index(&database).await;
        let all = find(&database, "wagtail").await;
        let mut once: Vec<_> = all.iter().map(|hit| (hit.kind, hit.id)).collect();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len());
        assert_eq!(find(&database, "wagtail").await, all, "the same each time");
        assert!(all.is_sorted_by(|a, b| a.score >= b.score));
        for kinds in [&[Kind::Grid][..], &[Kind::Package], &[Kind::Category, Kind::Grid]] {
            let of_kinds = find_among(&database, "wagtail -events", kinds).await;
            assert!(!of_kinds.is_empty());
            assert!(of_kinds.iter().all(|hit| kinds.contains(&hit.kind)), "{kinds:?}");
        }
        assert!(find_among(&database, "wagtail", &[]).await.is_empty());
    }

    async fn suggestions(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        index(&database).await;
        let suggested = async |prefix: &str| -> Vec<String> {
            suggest(&database, prefix, 3).await.into_iter().map(|s| s.title).collect()
        };
        assert_eq!(suggested("wag").await, ["wagtail", "Wagtail", "Wagtail events"]);
        assert_eq!(suggested("Ｗag").await, ["wagtail", "Wagtail", "Wagtail events"]);
        assert_eq!(suggested("wagtail e").await, ["Wagtail events"]);
        assert_eq!(suggested("events wag").await, ["Wagtail events"]);
        assert_eq!(suggested("wagt events").await, Vec::<String>::new(), "only the last is a beginning");
        assert_eq!(suggested("django-rest-framework-s").await, ["django-rest-framework-simplejwt"]);
        assert_eq!(suggested("dj").await.len(), 3);
        assert_eq!(suggested("jwt").await, Vec::<String>::new());
        for nothing in ["", " ", "🚀", "\0", "\"*", "zzzz"] {
            assert_eq!(suggested(nothing).await, Vec::<String>::new(), "{nothing:?}");
        }
        for hostile in ["wag*", "\"wag", "(wag", "wag'", "wag\\", "wag\0", "wag:*&!|", "-wag"] {
            assert_eq!(suggested(hostile).await.len(), 3, "{hostile:?}");
        }
        assert!(suggested(&"x".repeat(10_000)).await.is_empty());
        assert!(suggested(&"dj ".repeat(300)).await.is_empty());
        assert!(suggest(&database, "wag", 0).await.is_empty());
        let statements = database.record_statements();
        suggested("dja").await;
        assert_eq!(statements.take().len(), 1);
    }

    /// Whatever is typed is answered.
    async fn hostile_texts(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        index(&database).await;
        let mut texts: Vec<String> = [
            "", " ", "\0", "\0\0wagtail\0", "wag\0tail", "\"", "\"\"", "\"\"\"", "'", "''", "\\", "\\'", "\\\\",
            "*", "**", "a*", "*a", "^a", "a^2", "a:b", ":", "::", "name:", "name : x", "{", "{a b} : c", "-", "--",
            "---a", "- a", "a - b", "+a", "NOT", "NOT a", "a NOT", "AND", "OR", "NEAR", "NEAR(", "NEAR(a b, 5)",
            "a NEAR/3 b", "(((", ")))", "((a) OR (b", "a <-> b", "a <2> b", "!a", "a & b", "a | b", "a:*A", "%", "_",
            "%a%", "$1", "$9999", "?", "?1", ":1", "@x", "@@", "--; DROP TABLE package", "/* x */", "\r\n\t",
            "\u{feff}wagtail", "\u{200b}", "\u{202e}wagtail", "\u{301}", "a\u{301}\u{301}\u{301}", "\u{fffd}", "\u{10ffff}",
            "🚀", "👩‍👩‍👧‍👦", "🇩🇪", "ﷺ", "½", "²", "Ⅷ", "ı", "İ", "ß", "ẞ", "ſ", "кириллица", "wаgtail", "検索", "ไทย",
            "हिन्दी", "עברית", "n/wagtail", "w/wagtail", "k/p", "t/wagtail", "·", "¦", "wagtail · ¦",
        ]
        .into_iter()
        .map(str::to_owned)
        .collect();
        for piece in ["x", "x ", "\"", "-", "- ", "(", "ü", "🚀", "a OR ", "\"a b\" ", "-x ", "'\\"] {
            let many = piece.repeat(1_000);
            let most: String = many.chars().take(1_000).collect();
            assert!(Query::parse(&piece.repeat(10_000)).is_err());
            if Query::parse(&most).is_ok() {
                texts.push(most);
            }
            texts.push(piece.repeat(32 / piece.split(' ').count().min(2)).trim_end().to_owned());
        }
        for text in texts {
            let Ok(query) = Query::parse(&text) else { continue };
            let hits = find(&database, &text).await;
            assert!(!query.is_empty() || hits.is_empty(), "{text:?}");
            suggest(&database, &text, 10).await;
            search::highlight(&query, "Wagtail and ½ ﬁle 🚀, x", 5);
        }
        // The letters of other alphabets are other letters, however alike they look.
        let cyrillic = find(&database, "wаgtail").await;
        assert!(cyrillic.iter().all(|hit| hit.matched == Match::Likeness), "{cyrillic:?}");
    }
}
