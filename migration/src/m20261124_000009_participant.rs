//! Who contributed to which package, for finding packages by a name.

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
                    .table("participant")
                    .col(column::folded_text("name_folded", backend))
                    .col(column::reference("package_id"))
                    .primary_key(Index::create().col("name_folded").col("package_id"))
                    .foreign_key(&mut column::foreign_key(
                        "participant",
                        "package_id",
                        "package",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("participant", &["package_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("participant").to_owned()).await
    }
}
