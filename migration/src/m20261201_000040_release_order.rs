//! What releases are sorted by, and whether they are pre-releases; both follow from the version.

use sea_orm_migration::prelude::*;

use crate::column;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for column in [
            column::folded_text("number_key", backend).default("").to_owned(),
            column::flag("prerelease").default(false).to_owned(),
        ] {
            let mut table = Table::alter();
            manager.alter_table(table.table("version").add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["number_key", "prerelease"] {
            let mut table = Table::alter();
            manager.alter_table(table.table("version").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
