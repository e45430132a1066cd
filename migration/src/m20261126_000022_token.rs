//! Tokens: what editors and their programs show to say who they are.

use sea_orm_migration::prelude::*;

use crate::column;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ROLES: [&str; 4] = ["reader", "editor", "moderator", "admin"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("token")
                    .col(column::id())
                    .col(column::text("name", 100))
                    .col(column::word("role", &ROLES))
                    .col(column::text("hash", 64))
                    .col(column::time("created"))
                    .col(column::nullable_time("expires"))
                    .col(column::nullable_time("revoked"))
                    .col(column::nullable_time("last_used"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("token", &["hash"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("token").to_owned()).await
    }
}
