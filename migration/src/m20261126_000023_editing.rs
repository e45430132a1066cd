//! What editing needs: rows that know when they last changed and what editors changed of them, the
//! history, and what editors took out.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::column;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables whose rows know which revision changed them last.
const TABLES: [&str; 7] =
    ["category", "grid", "package", "grid_package", "version", "feature", "element"];

/// Those whose rows know what editors changed of them. Of a pairing there is nothing to change.
const EDITED: [&str; 6] = ["category", "grid", "package", "version", "feature", "element"];

/// The source of rows that were made here, which is no address.
const HERE: &str = "here";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in TABLES {
            let sql = format!("ALTER TABLE {table} ADD COLUMN revision bigint NOT NULL DEFAULT 0");
            connection.execute_unprepared(&sql).await?;
            // Nobody knows any more when they last changed; not later than now.
            let sql = format!("UPDATE {table} SET revision = (SELECT revision FROM directory)");
            connection.execute_unprepared(&sql).await?;
        }
        for table in EDITED {
            let sql = format!("ALTER TABLE {table} ADD COLUMN edited text NOT NULL DEFAULT '[]'");
            connection.execute_unprepared(&sql).await?;
        }
        let sql = "ALTER TABLE directory ADD COLUMN next_id bigint NOT NULL DEFAULT 1000000";
        connection.execute_unprepared(sql).await?;
        // No row that is made here may take the id of one that there is.
        for table in TABLES {
            let sql = format!(
                "UPDATE directory SET next_id = (SELECT max(id) + 1 FROM {table}) \
                 WHERE next_id <= (SELECT max(id) FROM {table})"
            );
            connection.execute_unprepared(&sql).await?;
        }
        let sql = format!("INSERT INTO source (id, url) VALUES (0, '{HERE}')");
        connection.execute_unprepared(&sql).await?;
        for (name, kind) in
            [("actor", "text"), ("role", "text"), ("rows", "text"), ("reverts", "bigint")]
        {
            let sql = format!("ALTER TABLE change ADD COLUMN {name} {kind}");
            connection.execute_unprepared(&sql).await?;
        }
        let collation = match manager.get_database_backend() {
            DbBackend::Postgres => " COLLATE \"C\"",
            _ => "",
        };
        let sql = format!("ALTER TABLE change ADD COLUMN actor_folded text{collation}");
        connection.execute_unprepared(&sql).await?;
        manager
            .create_table(
                Table::create()
                    .table("change_subject")
                    .col(column::text("kind", 20))
                    .col(column::reference("subject_id"))
                    .col(column::reference("revision"))
                    .primary_key(Index::create().col("kind").col("subject_id").col("revision"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("change_subject", &["revision"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("idempotency")
                    .col(column::text("owner", 400))
                    .col(column::text("key", 255))
                    .col(column::text("field", 255))
                    .col(column::text("request", 64))
                    .col(column::time("at"))
                    .col(column::long_text("outcome"))
                    .primary_key(Index::create().col("owner").col("key").col("field"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("idempotency", &["at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("package_alias")
                    .col(column::text("slug", 50).primary_key())
                    .col(column::reference("former_id"))
                    .col(column::reference("package_id"))
                    .foreign_key(&mut column::foreign_key(
                        "package_alias",
                        "package_id",
                        "package",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("package_alias", &["former_id"])).await?;
        manager.create_index(column::index("package_alias", &["package_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("taken_out")
                    .col(column::text("kind", 20))
                    .col(column::reference("row_id"))
                    .col(column::reference("other_id"))
                    .primary_key(Index::create().col("kind").col("row_id").col("other_id"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["taken_out", "package_alias", "idempotency", "change_subject"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let connection = manager.get_connection();
        for name in ["actor_folded", "actor", "role", "rows", "reverts"] {
            connection
                .execute_unprepared(&format!("ALTER TABLE change DROP COLUMN {name}"))
                .await?;
        }
        for table in TABLES {
            // Without their source they are what they would be without this migration.
            let sql = format!("UPDATE {table} SET source_id = NULL WHERE source_id = 0");
            connection.execute_unprepared(&sql).await?;
            connection
                .execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN revision"))
                .await?;
        }
        for table in EDITED {
            connection
                .execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN edited"))
                .await?;
        }
        connection.execute_unprepared("DELETE FROM source WHERE id = 0").await?;
        connection.execute_unprepared("ALTER TABLE directory DROP COLUMN next_id").await?;
        Ok(())
    }
}
