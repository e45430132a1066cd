//! What PostgreSQL narrows searches down by: each document has a lexeme for every level of popularity
//! that it reaches, and it is counted how many reach it.
//!
//! Popularity stands in the first bits of a document's number, in 256 steps; a level is eight of them.
//! All documents reach the lowest level, which therefore has no lexeme. Triggers see to both, so that
//! no writer can forget it; documents are inserted and deleted, and never changed. SQLite, which reads
//! postings in the order of popularity, needs none of this.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Writing to the index of all documents takes longer than making it anew.
const UP: &str = "
LOCK TABLE search_document;
CREATE TABLE search_level (level integer PRIMARY KEY, documents integer NOT NULL);
INSERT INTO search_level SELECT level, count(*) FROM search_document
    CROSS JOIN LATERAL generate_series(0, (255 - (id >> 40))::integer / 8) AS level
    GROUP BY level ORDER BY level;
DROP INDEX search_document_terms_idx;
UPDATE search_document SET terms = terms || array_to_tsvector(ARRAY(
    SELECT 'p/' || level FROM generate_series(1, (255 - (id >> 40))::integer / 8) AS level));
CREATE INDEX search_document_terms_idx ON search_document USING gin (terms)
    WITH (fastupdate = off);

CREATE OR REPLACE FUNCTION search_document_level() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$ BEGIN
    NEW.terms := NEW.terms || array_to_tsvector(ARRAY(
        SELECT 'p/' || level
        FROM generate_series(1, (255 - (NEW.id >> 40))::integer / 8) AS level));
    RETURN NEW;
END $$;
CREATE TRIGGER search_document_level BEFORE INSERT ON search_document
    FOR EACH ROW EXECUTE FUNCTION search_document_level();

CREATE OR REPLACE FUNCTION search_level_count() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$ BEGIN
    INSERT INTO search_level AS known
    SELECT level, CASE TG_OP WHEN 'DELETE' THEN -count(*) ELSE count(*) END FROM written
    CROSS JOIN LATERAL generate_series(0, (255 - (id >> 40))::integer / 8) AS level
    GROUP BY level ORDER BY level
    ON CONFLICT (level) DO UPDATE SET documents = known.documents + excluded.documents;
    RETURN NULL;
END $$;
CREATE TRIGGER search_level_insert AFTER INSERT ON search_document
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION search_level_count();
CREATE TRIGGER search_level_delete AFTER DELETE ON search_document
    REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION search_level_count();
";

const DOWN: &str = "
LOCK TABLE search_document;
DROP TRIGGER search_level_delete ON search_document;
DROP TRIGGER search_level_insert ON search_document;
DROP TRIGGER search_document_level ON search_document;
DROP FUNCTION search_level_count();
DROP FUNCTION search_document_level();
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
