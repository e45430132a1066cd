//! What traces need: whose credential made a change, and numbers of pairings that never come back.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            "ALTER TABLE change ADD COLUMN credential text",
            "ALTER TABLE directory ADD COLUMN next_pairing_id bigint NOT NULL DEFAULT 1",
            // Those of rows that editors have made are higher.
            "UPDATE directory SET next_pairing_id = COALESCE( \
             (SELECT max(id) + 1 FROM grid_package WHERE id < 1000000), 1)",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            "ALTER TABLE directory DROP COLUMN next_pairing_id",
            "ALTER TABLE change DROP COLUMN credential",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
