//! Former slugs of grids and categories beside those of packages, and of such as were renamed beside
//! those that were merged.

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
        // What an alias leads to can be of three tables, so no foreign key says that it is there.
        manager
            .create_table(
                Table::create()
                    .table("alias")
                    .col(column::word("kind", &["category", "grid", "package"]))
                    .col(column::text("slug", 50))
                    .col(column::reference("former_id"))
                    .col(column::reference("target_id"))
                    .col(column::reference("since"))
                    .primary_key(Index::create().col("kind").col("slug").col("former_id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("alias", &["kind", "former_id"])).await?;
        manager.create_index(column::index("alias", &["kind", "target_id"])).await?;
        let sql = "INSERT INTO alias (kind, slug, former_id, target_id, since) \
                   SELECT 'package', slug, former_id, package_id, 0 FROM package_alias";
        manager.get_connection().execute_unprepared(sql).await?;
        manager.drop_table(Table::drop().table("package_alias").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("package_alias")
                    .col(column::text("slug", 50).primary_key())
                    .col(column::reference("former_id"))
                    .col(column::reference("package_id"))
                    .foreign_key(&mut column::foreign_key(
                        "package_alias",
                        "package_id",
                        "package",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(column::index("package_alias", &["former_id"])).await?;
        manager.create_index(column::index("package_alias", &["package_id"])).await?;
        // Of each slug the newest, and only those of merged packages.
        let sql = "INSERT INTO package_alias (slug, former_id, package_id) \
                   SELECT slug, former_id, target_id FROM alias AS a \
                   WHERE kind = 'package' AND former_id <> target_id \
                   AND target_id IN (SELECT id FROM package) AND NOT EXISTS \
                   (SELECT 1 FROM alias AS b WHERE b.kind = a.kind AND b.slug = a.slug \
                   AND b.former_id <> b.target_id \
                   AND (b.since > a.since OR b.since = a.since AND b.former_id > a.former_id))";
        manager.get_connection().execute_unprepared(sql).await?;
        manager.drop_table(Table::drop().table("alias").to_owned()).await
    }
}
