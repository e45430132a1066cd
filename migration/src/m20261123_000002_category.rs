//! Categories.

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
        manager
            .create_table(
                Table::create()
                    .table("category")
                    .col(column::id())
                    .col(column::text("title", 50))
                    .col(column::folded_text("title_folded", backend))
                    .col(column::text("slug", 50))
                    .col(column::long_text("description"))
                    .col(column::text("title_plural", 50))
                    .col(column::flag("show_pypi").default(true))
                    .col(column::time("created"))
                    .col(column::time("modified"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("category", &["slug"])).await?;
        manager.create_index(column::index("category", &["title_folded", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("category").to_owned()).await
    }
}
