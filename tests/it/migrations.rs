//! The tables: up, down and up again; once, however many servers start; their limits and rules.

use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use packgrid::database::{DatabaseError, revision};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use tokio::time::timeout;

use crate::support::crowd::kept::{pairings_astray, searched};
use crate::support::files::revision as revision_of;
use crate::support::{Backend, TestDatabase, on_both, open};

/// How many migrations there are from the named one on, which `Migrator::down` takes back.
pub fn count_from(name: &str) -> u32 {
    let later = Migrator::migrations().iter().filter(|it| it.name() >= name).count();
    u32::try_from(later).unwrap()
}

on_both! {
    async fn up_down_and_up_again(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        Migrator::down(&connection, None).await.unwrap();
        let tables = match backend {
            Backend::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Backend::Postgres => "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
        };
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), tables);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1, "only the list of migrations is left");
        Migrator::up(&connection, None).await.unwrap();
        let database = test_database.open().await;
        database.close().await;
    }

    /// The last ones copy and count what there is already, and take it back.
    async fn up_again_with_data(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        let before = searched(&connection).await;
        Migrator::down(&connection, Some(count_from("m20261127_000026"))).await.unwrap();
        if backend == Backend::Postgres {
            let levels = "SELECT count(*) FROM search_document WHERE 'p/1'::tsquery @@ terms \
                          OR 'p/20'::tsquery @@ terms";
            let statement = sea_orm::Statement::from_string(connection.get_database_backend(), levels);
            let row = connection.query_one_raw(statement).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
        }
        Migrator::up(&connection, None).await.unwrap();
        assert_eq!(searched(&connection).await, before);
        assert_eq!(pairings_astray(&connection).await, 0);
    }

    /// Of the aliases that the table before can hold, the newest of each slug goes back there.
    async fn aliases_go_down_and_up(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        let aliases = "INSERT INTO alias (kind, slug, former_id, target_id, since) VALUES \
            ('package', 'merged', 998, 683, 4), ('package', 'merged', 999, 683, 5), ('package', 'merged', 683, 683, 6), \
            ('package', 'renamed', 683, 683, 6), ('grid', 'grid', 84, 84, 7), ('package', 'lost', 997, 996, 8)";
        connection.execute_unprepared(aliases).await.unwrap();
        Migrator::down(&connection, Some(count_from("m20261201_000030"))).await.unwrap();
        let statement = "SELECT slug || ' ' || former_id || ' ' || package_id FROM package_alias";
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), statement);
        let rows = connection.query_all_raw(statement).await.unwrap();
        let rows: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert_eq!(rows, ["merged 999 683"]);
        Migrator::up(&connection, None).await.unwrap();
        let row = entity::alias::Entity::find().one(&connection).await.unwrap().unwrap();
        let expected = entity::alias::Model {
            kind: "package".to_owned(), slug: "merged".to_owned(), former_id: 999, target_id: 683, since: 0,
        };
        assert_eq!(row, expected);
        assert_eq!(entity::alias::Entity::find().count(&connection).await.unwrap(), 1);
    }

    async fn many_servers_at_once_migrate_once(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let starts = (0..6).map(|_| {
            let url = test_database.url.clone();
            tokio::spawn(async move { open(&url).await.map(drop) })
        });
        for start in starts.collect::<Vec<_>>() {
            start.await.unwrap().unwrap();
        }
        let connection = test_database.connect().await;
        let applied = Migrator::get_migration_models(&connection).await.unwrap();
        assert_eq!(applied.len(), Migrator::migrations().len());
    }

    /// A start that has nothing to do needs no lock, and one that has waits for it.
    async fn starts_beside_a_writer(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let writer = test_database.open().await;
        let patience = Duration::from_secs(50);
        let lock = || async {
            let transaction = writer.begin().await.unwrap();
            revision::lock(&transaction).await.unwrap();
            transaction
        };
        let transaction = lock().await;
        timeout(patience, open(&test_database.url)).await.unwrap().unwrap();
        // Nothing of these is seen by deriving the rows alone.
        for sql in [
            "UPDATE directory SET derived = 0",
            "UPDATE grid SET packages_count = 99",
            "UPDATE package SET last_release_year = 1900",
        ] {
            transaction.execute_unprepared(sql).await.unwrap();
        }
        transaction.commit().await.unwrap();
        let transaction = lock().await;
        let starts: Vec<_> = (0..2)
            .map(|_| {
                let url = test_database.url.clone();
                tokio::spawn(async move { open(&url).await.map(drop) })
            })
            .collect();
        // Longer than SQLite waits by itself.
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(starts.iter().all(|start| !start.is_finished()));
        transaction.rollback().await.unwrap();
        for start in starts {
            timeout(patience, start).await.unwrap().unwrap().unwrap();
        }
        assert_eq!(revision_of(&test_database).await, 2, "one of the two did it");
        let connection = test_database.connect().await;
        let wrong = "SELECT (SELECT count(*) FROM grid WHERE packages_count = 99) \
                     + (SELECT count(*) FROM package WHERE last_release_year = 1900)";
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), wrong);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
        // A newer program knows better.
        let newer = "UPDATE directory SET derived = 1000";
        connection.execute_unprepared(newer).await.unwrap();
        open(&test_database.url).await.unwrap();
        let directory = entity::directory::Entity::find().one(&connection).await.unwrap().unwrap();
        assert_eq!((directory.derived, directory.revision), (1000, 2));
    }

    async fn a_database_from_the_future(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        connection
            .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_later', 0)")
            .await
            .unwrap();
        match open(&test_database.url).await {
            Err(error @ DatabaseError::Newer { .. }) => {
                assert!(error.to_string().contains("m20991231_000001_later"), "{error}");
            }
            other => panic!("{:?}", other.map(drop)),
        }
    }

    /// The tables themselves refuse what the domain does not allow.
    async fn tables_keep_the_rules(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let database = test_database.open().await;
        let transaction = database.begin().await.unwrap();
        transaction.rollback().await.unwrap();
        for sql in [
            "UPDATE package SET title = repeat_('x', 101)",
            "UPDATE package SET slug = repeat_('x', 51) WHERE id = 683",
            "UPDATE package SET repo_description = repeat_('x', 501)",
            "UPDATE package SET repo_url = repeat_('x', 201) WHERE id = 683",
            "UPDATE package SET pypi_version = repeat_('x', 101)",
            "UPDATE package SET repo_watchers = -1",
            "UPDATE package SET category_id = 99",
            "UPDATE package SET slug = 'django-hijack' WHERE id = 683",
            "UPDATE package SET repo_url = 'https://github.com/django-hijack/django-hijack' WHERE id = 683",
            "UPDATE category SET title = repeat_('x', 51)",
            "UPDATE category SET slug = 'apps'",
            "UPDATE grid SET description = repeat_('x', 1001)",
            "UPDATE feature SET title = repeat_('x', 101)",
            "UPDATE element SET text = repeat_('x', 1001)",
            "DELETE FROM category WHERE id = 1",
            "INSERT INTO directory (id, revision) VALUES (2, 0)",
            "INSERT INTO token (name, role, hash, created) VALUES ('x', 'boss', 'x', 0)",
            "INSERT INTO token (name, role, hash, created) VALUES (repeat_('x', 101), 'admin', 'x', 0)",
            "INSERT INTO token (name, role, hash, created) VALUES ('x', 'admin', 'x', 0), ('y', 'admin', 'x', 0)",
            "INSERT INTO grid_package (id, grid_id, package_id, position, created, modified) VALUES (900000, 84, 683, 0, 0, 0)",
            "INSERT INTO element (id, feature_id, grid_package_id, text) SELECT id + 900000, feature_id, grid_package_id, '' FROM element",
        ] {
            let sql = match backend {
                Backend::Postgres => sql.replace("repeat_(", "repeat("),
                Backend::Sqlite => {
                    let (before, after) = sql.split_once("repeat_('x', ").unwrap_or((sql, ""));
                    match after.split_once(')') {
                        Some((count, rest)) => format!("{before}'{}'{rest}", "x".repeat(count.parse().unwrap())),
                        None => sql.to_owned(),
                    }
                }
            };
            let transaction = database.begin().await.unwrap();
            let result = transaction.execute_unprepared(&sql).await;
            assert!(result.is_err(), "{sql}");
            transaction.rollback().await.unwrap();
        }
        // Deleting takes along what cannot be without.
        let transaction = database.begin().await.unwrap();
        transaction.execute_unprepared("DELETE FROM grid WHERE id = 84").await.unwrap();
        for left in [
            "SELECT count(*) FROM grid_package WHERE grid_id = 84",
            "SELECT count(*) FROM feature WHERE grid_id = 84",
            "SELECT count(*) FROM element WHERE grid_package_id NOT IN (SELECT id FROM grid_package)",
        ] {
            let statement = sea_orm::Statement::from_string(transaction.get_database_backend(), left);
            let row = transaction.query_one_raw(statement).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "{left}");
        }
        transaction.execute_unprepared("UPDATE package SET repo_url = ''").await.unwrap();
        transaction.rollback().await.unwrap();
    }
}
