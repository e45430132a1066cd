//! The tables: up, down and up again; once, however many servers start; their limits and rules.

use migration::{Migrator, MigratorTrait};
use packgrid::database::DatabaseError;
use sea_orm::ConnectionTrait;

use crate::support::{Backend, TestDatabase, on_both, open};

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
            "INSERT INTO grid_package (grid_id, package_id, position, created, modified) VALUES (84, 683, 0, 0, 0)",
            "INSERT INTO element (feature_id, grid_package_id, text) SELECT feature_id, grid_package_id, '' FROM element",
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
