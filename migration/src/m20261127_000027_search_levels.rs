//! What PostgreSQL narrows searches down by: each document has a lexeme for every level of popularity
//! that it reaches, and it is counted how many reach it.
//!
//! Popularity stands in the first bits of a document's number, in 256 steps; a level is eight of them.
//! All documents reach the lowest level, which therefore has no lexeme. SQLite, which reads postings
//! in the order of popularity, needs none of this.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Writing to the index of all documents takes longer than making it anew.
const UP: &str = "
CREATE TABLE search_level (level integer PRIMARY KEY, documents integer NOT NULL);
INSERT INTO search_level SELECT level, count(*) FROM search_document
    CROSS JOIN LATERAL generate_series(0, (255 - (id >> 40))::integer / 8) AS level
    GROUP BY level ORDER BY level;
DROP INDEX search_document_terms_idx;
UPDATE search_document SET terms = terms || array_to_tsvector(ARRAY(
    SELECT 'p/' || level FROM generate_series(1, (255 - (id >> 40))::integer / 8) AS level));
CREATE INDEX search_document_terms_idx ON search_document USING gin (terms)
    WITH (fastupdate = off);
";

const DOWN: &str = "
DROP INDEX search_document_terms_idx;
UPDATE search_document SET terms = ts_delete(terms, ARRAY(
    SELECT 'p/' || level FROM generate_series(1, 31) AS level));
CREATE INDEX search_document_terms_idx ON search_document USING gin (terms)
    WITH (fastupdate = off);
DROP TABLE search_level;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, DOWN).await
    }
}

async fn on_postgres(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
