//! What a link to a package needs stands beside each of its pairings: title and slug, as the folded
//! title does already.
//!
//! With them in the index a grid's packages, as most pages show them, are read from one range of it.
//! Before, each was looked up in a table of wide rows: the first 5 of each of 157 grids took 3.8 ms
//! of PostgreSQL's time, and take 1.2 (100,000 packages). The same triggers keep them, under other
//! names.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::m20261127_000025_pairing_titles as titles;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE: [&str; 3] = [
    "CREATE TRIGGER grid_package_link_insert AFTER INSERT ON grid_package BEGIN \
        UPDATE grid_package SET (title_folded, title, slug) = \
        (SELECT title_folded, title, slug FROM package WHERE id = NEW.package_id) \
        WHERE id = NEW.id; \
     END",
    "CREATE TRIGGER grid_package_link_update AFTER UPDATE OF package_id ON grid_package \
     WHEN OLD.package_id <> NEW.package_id BEGIN \
        UPDATE grid_package SET (title_folded, title, slug) = \
        (SELECT title_folded, title, slug FROM package WHERE id = NEW.package_id) \
        WHERE id = NEW.id; \
     END",
    "CREATE TRIGGER package_link_update AFTER UPDATE OF title_folded, title, slug ON package \
     WHEN (OLD.title_folded, OLD.title, OLD.slug) <> (NEW.title_folded, NEW.title, NEW.slug) BEGIN \
        UPDATE grid_package SET title_folded = NEW.title_folded, title = NEW.title, slug = NEW.slug \
        WHERE package_id = NEW.id; \
     END",
];

const POSTGRES: [&str; 5] = [
    "CREATE OR REPLACE FUNCTION grid_package_link() RETURNS trigger LANGUAGE plpgsql \
     SET search_path FROM CURRENT AS $$ BEGIN \
        SELECT title_folded, title, slug INTO NEW.title_folded, NEW.title, NEW.slug \
        FROM package WHERE id = NEW.package_id; \
        RETURN NEW; \
     END $$",
    "CREATE TRIGGER grid_package_link_insert BEFORE INSERT ON grid_package \
     FOR EACH ROW EXECUTE FUNCTION grid_package_link()",
    "CREATE TRIGGER grid_package_link_update BEFORE UPDATE OF package_id ON grid_package \
     FOR EACH ROW WHEN (OLD.package_id <> NEW.package_id) EXECUTE FUNCTION grid_package_link()",
    "CREATE OR REPLACE FUNCTION package_link() RETURNS trigger LANGUAGE plpgsql \
     SET search_path FROM CURRENT AS $$ BEGIN \
        UPDATE grid_package \
        SET title_folded = NEW.title_folded, title = NEW.title, slug = NEW.slug \
        WHERE package_id = NEW.id; \
        RETURN NULL; \
     END $$",
    "CREATE TRIGGER package_link_update AFTER UPDATE OF title_folded, title, slug ON package \
     FOR EACH ROW WHEN \
     ((OLD.title_folded, OLD.title, OLD.slug) IS DISTINCT FROM (NEW.title_folded, NEW.title, NEW.slug)) \
     EXECUTE FUNCTION package_link()",
];

const SQLITE_GONE: [&str; 3] = [
    "DROP TRIGGER package_link_update",
    "DROP TRIGGER grid_package_link_update",
    "DROP TRIGGER grid_package_link_insert",
];

const POSTGRES_GONE: [&str; 5] = [
    "DROP TRIGGER package_link_update ON package",
    "DROP TRIGGER grid_package_link_update ON grid_package",
    "DROP TRIGGER grid_package_link_insert ON grid_package",
    "DROP FUNCTION package_link()",
    "DROP FUNCTION grid_package_link()",
];

/// SQLite has no INCLUDE.
const INDEX: [&str; 2] = [
    "CREATE INDEX grid_package_link_idx ON grid_package \
     (grid_id, title_folded, package_id, title, slug)",
    "CREATE INDEX grid_package_link_idx ON grid_package \
     (grid_id, title_folded, package_id) INCLUDE (title, slug)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        titles::untie(manager).await?;
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        run(
            manager,
            &[
                "ALTER TABLE grid_package ADD COLUMN title text NOT NULL DEFAULT ''",
                "ALTER TABLE grid_package ADD COLUMN slug text NOT NULL DEFAULT ''",
                "UPDATE grid_package SET (title, slug) = \
                 (SELECT title, slug FROM package WHERE package.id = grid_package.package_id)",
                INDEX[usize::from(postgres)],
            ],
        )
        .await?;
        run(manager, if postgres { &POSTGRES } else { &SQLITE }).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        run(manager, if postgres { &POSTGRES_GONE } else { &SQLITE_GONE }).await?;
        run(
            manager,
            &[
                "DROP INDEX grid_package_link_idx",
                "ALTER TABLE grid_package DROP COLUMN slug",
                "ALTER TABLE grid_package DROP COLUMN title",
            ],
        )
        .await?;
        titles::tie(manager).await
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for sql in statements {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
