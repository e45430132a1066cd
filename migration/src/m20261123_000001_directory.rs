//! The directory's one row, and what happened to it.

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
        manager
            .create_table(
                Table::create()
                    .table("directory")
                    .col(
                        ColumnDef::new("id")
                            .big_integer()
                            .not_null()
                            .primary_key()
                            .check(Expr::col("id").eq(1)),
                    )
                    .col(column::reference("revision"))
                    .col(ColumnDef::new("source").text())
                    .col(column::nullable_time("synced_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .exec_stmt(
                Query::insert()
                    .into_table("directory")
                    .columns(["id", "revision"])
                    .values_panic([1.into(), 0.into()])
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("change")
                    .col(column::id())
                    .col(column::reference("revision"))
                    .col(column::time("at"))
                    .col(column::text("kind", 50))
                    .col(column::long_text("counts"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("change", &["revision"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("change").to_owned()).await?;
        manager.drop_table(Table::drop().table("directory").to_owned()).await
    }
}
