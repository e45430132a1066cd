//! The releases of packages.

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
        let status =
            ["unknown", "planning", "pre-alpha", "alpha", "beta", "stable", "mature", "inactive"];
        manager
            .create_table(
                Table::create()
                    .table("version")
                    .col(column::id())
                    .col(column::reference("package_id"))
                    .col(column::text("number", 100))
                    .col(column::folded_text("number_folded", backend))
                    .col(column::nullable_text("license", 200))
                    .col(column::nullable_folded_text("license_folded", backend))
                    .col(column::nullable_text("requires_python", 200))
                    .col(column::nullable_time("upload_time"))
                    .col(column::word("development_status", &status))
                    .col(column::word("supports_python3", &["yes", "no", "unknown"]))
                    .col(column::flag("hidden").default(false))
                    .foreign_key(&mut column::foreign_key(
                        "version",
                        "package_id",
                        "package",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("version", &["package_id", "number"])).await?;
        manager.create_index(column::index("version", &["package_id", "upload_time", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("version").to_owned()).await
    }
}
