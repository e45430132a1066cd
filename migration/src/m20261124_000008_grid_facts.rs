//! What lists of grids, of categories and of the rows and cells of tables are sorted and filtered by.

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
        for (table, column) in columns(manager) {
            let mut alter = Table::alter();
            manager.alter_table(alter.table(table).add_column(column).to_owned()).await?;
        }
        for column in ["created", "modified", "packages_count"] {
            manager.create_index(column::index("grid", &[column, "id"])).await?;
        }
        let cascade = ForeignKeyAction::Cascade;
        manager
            .create_table(
                Table::create()
                    .table("category_grid")
                    .col(column::reference("category_id"))
                    .col(column::reference("grid_id"))
                    .col(column::count("packages_count"))
                    .primary_key(Index::create().col("category_id").col("grid_id"))
                    .foreign_key(&mut column::foreign_key(
                        "category_grid",
                        "category_id",
                        "category",
                        cascade,
                    ))
                    .foreign_key(&mut column::foreign_key(
                        "category_grid",
                        "grid_id",
                        "grid",
                        cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("category_grid", &["grid_id"])).await?;
        let mut directory = Table::alter();
        directory
            .table("directory")
            .add_column(ColumnDef::new("derived").integer().not_null().default(0));
        manager.alter_table(directory.to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut directory = Table::alter();
        manager.alter_table(directory.table("directory").drop_column("derived").to_owned()).await?;
        manager.drop_table(Table::drop().table("category_grid").to_owned()).await?;
        for column in ["created", "modified", "packages_count"] {
            let name = format!("grid_{column}_id_idx");
            manager.drop_index(Index::drop().name(name).table("grid").to_owned()).await?;
        }
        for (table, column) in columns(manager) {
            let mut alter = Table::alter();
            alter.table(table).drop_column(column.get_column_name());
            manager.alter_table(alter.to_owned()).await?;
        }
        Ok(())
    }
}

fn columns(manager: &SchemaManager<'_>) -> Vec<(&'static str, ColumnDef)> {
    let backend = manager.get_database_backend();
    let folded = |name| column::folded_text(name, backend).default("").to_owned();
    vec![
        ("category", folded("slug_folded")),
        ("category", folded("description_folded")),
        ("category", column::count("packages_count").default(0).to_owned()),
        ("grid", folded("slug_folded")),
        ("grid", folded("description_folded")),
        ("grid", column::count("packages_count").default(0).to_owned()),
        ("grid", column::count("features_count").default(0).to_owned()),
        ("feature", folded("title_folded")),
        ("feature", folded("description_folded")),
        ("element", folded("text_folded")),
        (
            "element",
            column::word("verdict", &["yes", "no", "text", "empty"]).default("empty").to_owned(),
        ),
        ("element", column::count("strength").default(0).to_owned()),
    ]
}
