//! Where rows came from: the sources that a directory was fetched from.

use sea_orm_migration::prelude::*;

use crate::column;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables whose rows a source may have.
const TABLES: [&str; 7] =
    ["category", "grid", "package", "grid_package", "version", "feature", "element"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("source")
                    .col(column::id())
                    .col(column::long_text("url"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("source", &["url"])).await?;
        for table in TABLES {
            // Nobody deletes a source, so nothing has to be found by it.
            let sql =
                format!("ALTER TABLE {table} ADD COLUMN source_id bigint REFERENCES source (id)");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let mut alter = Table::alter();
            manager.alter_table(alter.table(table).drop_column("source_id").to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("source").to_owned()).await
    }
}
