//! The cells of a package in a grid in their order, so that PostgreSQL reads them without sorting. An
//! index of SQLite ends in the row's id anyway.

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
        if manager.get_database_backend() != sea_orm::DbBackend::Postgres {
            return Ok(());
        }
        manager.create_index(column::index("element", &["grid_package_id", "id"])).await?;
        let former = Index::drop().name("element_grid_package_id_idx").to_owned();
        manager.drop_index(former).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != sea_orm::DbBackend::Postgres {
            return Ok(());
        }
        manager.create_index(column::index("element", &["grid_package_id"])).await?;
        let index = Index::drop().name("element_grid_package_id_id_idx").to_owned();
        manager.drop_index(index).await
    }
}
