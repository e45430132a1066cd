//! Packages.

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
        // A category that still has packages cannot be deleted.
        let mut category =
            column::foreign_key("package", "category_id", "category", ForeignKeyAction::Restrict);
        manager
            .create_table(
                Table::create()
                    .table("package")
                    .col(column::id())
                    .col(column::reference("category_id"))
                    .col(column::text("title", 100))
                    .col(column::folded_text("title_folded", backend))
                    .col(column::text("slug", 50))
                    .col(column::text("repo_description", 500))
                    .col(column::text("repo_url", 200))
                    .col(column::long_text("repo_key"))
                    .col(column::text("pypi_url", 255))
                    .col(column::long_text("pypi_name"))
                    .col(column::nullable_text("pypi_version", 100))
                    .col(ColumnDef::new("documentation_url").text())
                    .col(column::count("repo_watchers"))
                    .col(column::count("repo_forks"))
                    .col(column::nullable_time("last_updated"))
                    .col(column::nullable_time("last_fetched"))
                    .col(column::long_text("commits_over_52"))
                    .col(column::long_text("participants"))
                    .col(column::time("created"))
                    .col(column::time("modified"))
                    .foreign_key(&mut category)
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::unique("package", &["slug"])).await?;
        // At most one spelling each; packages without a repository are many.
        let mut repo_url = column::unique("package", &["repo_url"]);
        repo_url.cond_where(Expr::col("repo_url").ne(""));
        manager.create_index(repo_url).await?;
        manager.create_index(column::index("package", &["title_folded", "id"])).await?;
        manager
            .create_index(column::index("package", &["category_id", "title_folded", "id"]))
            .await?;
        manager.create_index(column::index("package", &["repo_key", "id"])).await?;
        manager.create_index(column::index("package", &["pypi_name", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("package").to_owned()).await
    }
}
