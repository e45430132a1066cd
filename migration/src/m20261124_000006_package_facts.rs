//! What else is known of packages, and what of it lists are sorted and filtered by.

use sea_orm_migration::prelude::*;

use crate::column;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns that an index may lead with, each followed by the id, which settles ties.
const SORTED: [&str; 9] = [
    "created",
    "modified",
    "repo_watchers",
    "repo_forks",
    "pypi_downloads",
    "score",
    "last_updated",
    "last_released",
    "grids_count",
];

/// A category's packages by stars, and what packages are counted by and summed up: an index to be
/// read instead of the rows, which are ten times as wide. (With columns of few values in front, SQLite
/// would take it for pages, too, and sort them.)
const COUNTED: [&str; 10] = [
    "category_id",
    "repo_watchers",
    "id",
    "status",
    "supports_python3",
    "last_release_year",
    "pypi_license_folded",
    "pypi_license",
    "repo_forks",
    "pypi_downloads",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns(manager) {
            let mut table = Table::alter();
            manager.alter_table(table.table("package").add_column(column).to_owned()).await?;
        }
        // Checked at the commit: of two packages that come in together, the first may name the other.
        // (sea-query has no word for it.)
        manager
            .get_connection()
            .execute_unprepared(
                "ALTER TABLE package ADD COLUMN replaced_by_id bigint REFERENCES package (id) \
                 ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
            )
            .await?;
        for column in SORTED {
            manager.create_index(column::index("package", &[column, "id"])).await?;
        }
        let mut counted = column::index("package", &COUNTED);
        manager.create_index(counted.name("package_counted_idx").to_owned()).await?;
        manager.create_index(column::index("package", &["category_id", "score", "id"])).await?;
        manager.create_index(column::index("package", &["replaced_by_id", "title_folded"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in SORTED {
            drop_index(manager, &[column, "id"]).await?;
        }
        let counted = Index::drop().name("package_counted_idx").table("package").to_owned();
        manager.drop_index(counted).await?;
        drop_index(manager, &["category_id", "score", "id"]).await?;
        drop_index(manager, &["replaced_by_id", "title_folded"]).await?;
        let names = columns(manager).into_iter().map(|column| column.get_column_name());
        for name in names.chain(["replaced_by_id".to_owned()]) {
            let mut table = Table::alter();
            manager.alter_table(table.table("package").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

fn columns(manager: &SchemaManager<'_>) -> Vec<ColumnDef> {
    let backend = manager.get_database_backend();
    let mut downloads = column::nullable_time("pypi_downloads");
    downloads.check(Expr::col("pypi_downloads").gte(0));
    let mut license = column::nullable_folded_text("pypi_license", backend);
    license.check(Expr::expr(Func::cust("length").arg(Expr::col("pypi_license"))).lte(200));
    vec![
        column::folded_text("slug_folded", backend).default("").to_owned(),
        column::folded_text("repo_description_folded", backend).default("").to_owned(),
        column::nullable_folded_text("repo_url_folded", backend),
        downloads,
        license,
        column::nullable_folded_text("pypi_license_folded", backend),
        column::nullable_text("pypi_requires_python", 200),
        column::word("supports_python3", &["yes", "no", "unknown"]).default("unknown").to_owned(),
        ColumnDef::new("score").integer().not_null().default(0).to_owned(),
        column::count("score_quarters").default(0).to_owned(),
        column::nullable_time("date_deprecated"),
        column::nullable_time("date_repo_archived"),
        column::word("status", &["active", "deprecated", "archived", "replaced"])
            .default("active")
            .to_owned(),
        column::nullable_time("last_released"),
        ColumnDef::new("last_release_year").integer().to_owned(),
        ColumnDef::new("commits_total_52").integer().to_owned(),
        column::count("participants_count").default(0).to_owned(),
        column::count("grids_count").default(0).to_owned(),
    ]
}

async fn drop_index(manager: &SchemaManager<'_>, columns: &[&str]) -> Result<(), DbErr> {
    let name = format!("package_{}_idx", columns.join("_"));
    manager.drop_index(Index::drop().name(name).table("package").to_owned()).await
}
