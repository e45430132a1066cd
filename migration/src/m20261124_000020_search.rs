//! What searches are answered from: a document for each category, grid and package, the words of
//! their names, and the trigrams of these words.
//!
//! Spelled in SQL, because the two databases have little in common here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of `search_index` (stems) and `search_title` (words as they are) only postings are stored. The
/// tokens are made by us and joined by spaces; of the tokenizers, `ascii` is the one that takes
/// bytes from 0x80 as they come. Titles are looked up by their beginnings, and nothing else is.
const SQLITE: &str = "
CREATE TABLE search_document (
    id INTEGER PRIMARY KEY,
    kind integer NOT NULL CHECK (kind BETWEEN 0 AND 2),
    entity_id bigint NOT NULL,
    digest bigint NOT NULL,
    title text NOT NULL,
    title_key text NOT NULL,
    slug_key text NOT NULL,
    names text NOT NULL,
    stems text NOT NULL
);
CREATE VIRTUAL TABLE search_index USING fts5 (
    stems, content = '', contentless_delete = 1, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE search_title USING fts5 (
    title, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'none',
    prefix = '1 2 3 4 5 6 7 8'
);
CREATE TABLE search_word (word text NOT NULL PRIMARY KEY, documents integer NOT NULL) WITHOUT ROWID;
CREATE TABLE search_trigram (
    trigram text NOT NULL, letters integer NOT NULL, word text NOT NULL,
    PRIMARY KEY (trigram, letters, word)
) WITHOUT ROWID;
";

const POSTGRES: &str = "
CREATE TABLE search_document (
    id bigint PRIMARY KEY,
    kind integer NOT NULL CHECK (kind BETWEEN 0 AND 2),
    entity_id bigint NOT NULL,
    digest bigint NOT NULL,
    title text NOT NULL,
    title_key text COLLATE \"C\" NOT NULL,
    slug_key text COLLATE \"C\" NOT NULL,
    names text COLLATE \"C\" NOT NULL,
    stems text COLLATE \"C\" NOT NULL,
    terms tsvector NOT NULL
);
-- Nothing is planned by them (see the statements), and they cost a second.
ALTER TABLE search_document ALTER terms SET STATISTICS 0;
-- What is new would first go into a list that every search has to look through.
CREATE INDEX search_document_terms_idx ON search_document USING gin (terms)
    WITH (fastupdate = off);
CREATE TABLE search_word (
    word text COLLATE \"C\" NOT NULL PRIMARY KEY, documents integer NOT NULL
);
CREATE TABLE search_trigram (
    trigram text COLLATE \"C\" NOT NULL, letters integer NOT NULL,
    word text COLLATE \"C\" NOT NULL, PRIMARY KEY (trigram, letters, word)
);
";

const INDEXES: &str = "
CREATE UNIQUE INDEX search_document_kind_entity_id_key ON search_document (kind, entity_id);
CREATE INDEX search_document_title_key_idx ON search_document (title_key, id);
CREATE INDEX search_document_slug_key_idx ON search_document (slug_key, id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(tables).await?;
        connection.execute_unprepared(INDEXES).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() != DbBackend::Postgres {
            connection
                .execute_unprepared("DROP TABLE search_index; DROP TABLE search_title;")
                .await?;
        }
        connection
            .execute_unprepared(
                "DROP TABLE search_trigram; DROP TABLE search_word; DROP TABLE search_document;",
            )
            .await
            .map(drop)
    }
}
