//! Grids, and which packages stand in them.

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
                    .table("grid")
                    .col(column::id())
                    .col(column::text("title", 100))
                    .col(column::folded_text("title_folded", backend))
                    .col(column::text("slug", 50))
                    .col(column::text("description", 1000))
                    .col(column::flag("is_locked").default(false))
                    .col(column::flag("header").default(false))
                    .col(column::time("created"))
                    .col(column::time("modified"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("grid", &["slug"])).await?;
        manager.create_index(column::index("grid", &["title_folded", "id"])).await?;

        let cascade = ForeignKeyAction::Cascade;
        manager
            .create_table(
                Table::create()
                    .table("grid_package")
                    .col(column::id())
                    .col(column::reference("grid_id"))
                    .col(column::reference("package_id"))
                    .col(column::count("position"))
                    .col(column::time("created"))
                    .col(column::time("modified"))
                    .foreign_key(&mut column::foreign_key(
                        "grid_package",
                        "grid_id",
                        "grid",
                        cascade,
                    ))
                    .foreign_key(&mut column::foreign_key(
                        "grid_package",
                        "package_id",
                        "package",
                        cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("grid_package", &["grid_id", "package_id"])).await?;
        manager
            .create_index(column::index("grid_package", &["package_id", "position", "grid_id"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("grid_package").to_owned()).await?;
        manager.drop_table(Table::drop().table("grid").to_owned()).await
    }
}
