//! The rows and the cells of the grids' comparison tables.

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
        let cascade = ForeignKeyAction::Cascade;
        manager
            .create_table(
                Table::create()
                    .table("feature")
                    .col(column::id())
                    .col(column::reference("grid_id"))
                    .col(column::text("title", 100))
                    .col(column::text("description", 1000))
                    .foreign_key(&mut column::foreign_key("feature", "grid_id", "grid", cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("feature", &["grid_id", "id"])).await?;

        manager
            .create_table(
                Table::create()
                    .table("element")
                    .col(column::id())
                    .col(column::reference("feature_id"))
                    .col(column::reference("grid_package_id"))
                    .col(column::text("text", 1000))
                    .foreign_key(&mut column::foreign_key(
                        "element",
                        "feature_id",
                        "feature",
                        cascade,
                    ))
                    .foreign_key(&mut column::foreign_key(
                        "element",
                        "grid_package_id",
                        "grid_package",
                        cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("element", &["feature_id", "grid_package_id"])).await?;
        manager.create_index(column::index("element", &["grid_package_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("element").to_owned()).await?;
        manager.drop_table(Table::drop().table("feature").to_owned()).await
    }
}
