//! Stars, forks and scores that are unknown: null instead of 0. Sources give 0 for a repository whose
//! host they have never asked, which then has no last commit either.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::column;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COUNTS: [&str; 2] = ["repo_watchers", "repo_forks"];

/// The indexes with these columns. SQLite makes a column nullable by a new one in its place.
const INDEXES: [(&str, &[&str]); 5] = [
    ("package_repo_watchers_id_idx", &["repo_watchers", "id"]),
    ("package_repo_forks_id_idx", &["repo_forks", "id"]),
    ("package_score_id_idx", &["score", "id"]),
    ("package_category_id_score_id_idx", &["category_id", "score", "id"]),
    (
        "package_counted_idx",
        &[
            "category_id",
            "repo_watchers",
            "id",
            "status",
            "supports_python3",
            "last_release_year",
            "pypi_license_folded",
            "pypi_license",
            "repo_forks",
            "pypi_downloads",
        ],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set_nullable(manager, true).await?;
        let connection = manager.get_connection();
        for column in COUNTS {
            // What an editor has set is known.
            let sql = format!(
                "UPDATE package SET {column} = NULL WHERE {column} = 0 AND last_updated IS NULL \
                 AND edited NOT LIKE '%\"{column}\"%'"
            );
            connection.execute_unprepared(&sql).await?;
        }
        let sql = "UPDATE package SET score = NULL WHERE repo_watchers IS NULL";
        connection.execute_unprepared(sql).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COUNTS.into_iter().chain(["score"]) {
            let sql = format!("UPDATE package SET {column} = 0 WHERE {column} IS NULL");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        set_nullable(manager, false).await
    }
}

async fn set_nullable(manager: &SchemaManager<'_>, nullable: bool) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Postgres {
        let change = if nullable { "DROP" } else { "SET" };
        for column in COUNTS.into_iter().chain(["score"]) {
            let sql = format!("ALTER TABLE package ALTER COLUMN {column} {change} NOT NULL");
            connection.execute_unprepared(&sql).await?;
        }
        return Ok(());
    }
    for (name, _) in INDEXES {
        let index = Index::drop().name(name).table("package").to_owned();
        manager.drop_index(index).await?;
    }
    for column in COUNTS.into_iter().chain(["score"]) {
        let null = if nullable { "" } else { " NOT NULL DEFAULT 0" };
        let check = if column == "score" { "" } else { " CHECK (new_column >= 0)" };
        for sql in [
            format!("ALTER TABLE package ADD COLUMN new_column integer{null}{check}"),
            format!("UPDATE package SET new_column = {column}"),
            format!("ALTER TABLE package DROP COLUMN {column}"),
            format!("ALTER TABLE package RENAME COLUMN new_column TO {column}"),
        ] {
            connection.execute_unprepared(&sql).await?;
        }
    }
    for (name, columns) in INDEXES {
        let mut index = column::index("package", columns);
        manager.create_index(index.name(name).to_owned()).await?;
    }
    Ok(())
}
