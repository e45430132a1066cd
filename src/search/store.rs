//! Documents, their postings and the words of their names, as rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::{
    Expr, ExprTrait, InsertStatement, OnConflict, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult};

use super::Kind;
use super::document::{Document, DocumentId};
use super::vocabulary::{self, Changes};
use super::{postgres, sqlite};

/// Rows that one statement writes; their values are fewer than either database takes.
const ROWS_AT_ONCE: usize = 1_000;

/// Words whose trigrams one statement deletes. It looks up each word under each of the trigrams,
/// so twice as many words are four times the work.
const WORDS_AT_ONCE: usize = 20;

/// So many written documents are worth new statistics. Less than that, autovacuum sees to.
const MANY: usize = 5_000;

/// What documents are written to.
pub struct Store<'a, C> {
    connection: &'a C,
    /// Whether there are any documents so far.
    empty: bool,
    words: Changes,
    written: usize,
}

/// A document that there is.
struct Known {
    id: i64,
    digest: i64,
    names: String,
    stems: String,
}

impl<'a, C: ConnectionTrait> Store<'a, C> {
    pub async fn start(connection: &'a C) -> Result<Self, DbErr> {
        let select = Query::select().column("id").from("search_document").limit(1).to_owned();
        let empty = connection.query_one(&select).await?.is_none();
        Ok(Self { connection, empty, words: Changes::new(), written: 0 })
    }

    /// Makes `documents` those of the entities with these ids; an entity without one loses it.
    /// Tells of which entities the document was not right already.
    pub async fn replace(
        &mut self,
        kind: Kind,
        ids: &[i64],
        mut documents: Vec<Document>,
    ) -> Result<Vec<i64>, DbErr> {
        let mut known = self.known(kind, ids).await?;
        let mut gone = Vec::new();
        documents.retain(|document| match known.remove(&document.entity_id) {
            Some(known) if known.digest == document.digest => false,
            Some(known) => {
                gone.push(known);
                true
            }
            None => true,
        });
        let mut changed: Vec<i64> = documents.iter().map(|document| document.entity_id).collect();
        changed.extend(known.keys());
        gone.extend(known.into_values());
        self.delete(gone).await?;
        // FTS5 writes a segment of its own for every step back.
        documents.sort_unstable_by_key(|document| document.id);
        for documents in documents.chunks(ROWS_AT_ONCE) {
            self.insert(documents).await?;
        }
        Ok(changed)
    }

    /// Deletes the documents of entities that are not among `known`.
    pub async fn delete_others(&mut self, known: &HashSet<(Kind, i64)>) -> Result<(), DbErr> {
        if self.empty {
            return Ok(());
        }
        let select = Query::select().column("id").from("search_document").to_owned();
        let mut others = Vec::new();
        for row in self.connection.query_all(&select).await? {
            let id: i64 = row.try_get_by_index(0)?;
            let document = DocumentId(id);
            let exists =
                document.kind().is_some_and(|kind| known.contains(&(kind, document.entity_id())));
            if !exists {
                others.push(id);
            }
        }
        for ids in others.chunks(ROWS_AT_ONCE) {
            let select =
                known_documents().and_where(Expr::col("id").is_in(ids.iter().copied())).to_owned();
            let rows = self.connection.query_all(&select).await?;
            let gone =
                rows.iter().map(|row| Ok(read(row)?.1)).collect::<Result<Vec<_>, DbErr>>()?;
            self.delete(gone).await?;
        }
        Ok(())
    }

    async fn known(&self, kind: Kind, ids: &[i64]) -> Result<HashMap<i64, Known>, DbErr> {
        if self.empty {
            return Ok(HashMap::new());
        }
        let select = known_documents()
            .and_where(Expr::col("kind").eq(kind as i32))
            .and_where(Expr::col("entity_id").is_in(ids.iter().copied()))
            .to_owned();
        self.connection.query_all(&select).await?.iter().map(read).collect()
    }

    async fn delete(&mut self, documents: Vec<Known>) -> Result<(), DbErr> {
        for document in &documents {
            let words = vocabulary::of_columns(&document.names, &document.stems);
            vocabulary::note(&mut self.words, words, -1);
        }
        for documents in documents.chunks(ROWS_AT_ONCE) {
            let ids = documents.iter().map(|document| document.id);
            if self.connection.get_database_backend() != DbBackend::Postgres {
                for table in ["search_index", "search_title"] {
                    let of = Expr::col("rowid").is_in(ids.clone());
                    let delete = Query::delete().from_table(table).and_where(of).to_owned();
                    self.connection.execute(&delete).await?;
                }
            }
            let of = Expr::col("id").is_in(ids);
            let delete = Query::delete().from_table("search_document").and_where(of).to_owned();
            self.connection.execute(&delete).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, documents: &[Document]) -> Result<(), DbErr> {
        self.written += documents.len();
        let postgres = self.connection.get_database_backend() == DbBackend::Postgres;
        let mut rows = Query::insert();
        let columns = [
            "id",
            "kind",
            "entity_id",
            "digest",
            "title",
            "title_key",
            "slug_key",
            "names",
            "stems",
        ];
        rows.into_table("search_document")
            .columns(columns.into_iter().chain(postgres.then_some("terms")));
        let mut postings = Query::insert();
        postings.into_table("search_index").columns(["rowid", "stems"]);
        let mut titles = Query::insert();
        titles.into_table("search_title").columns(["rowid", "title"]);
        for document in documents {
            let (names, stems) = (document.names(), document.stems());
            vocabulary::note(&mut self.words, vocabulary::of_columns(&names, &stems), 1);
            let mut values: Vec<SimpleExpr> = vec![
                document.id.0.into(),
                (document.kind as i32).into(),
                document.entity_id.into(),
                document.digest.into(),
                document.title.as_str().into(),
                document.title_key.as_str().into(),
                document.slug_key.as_str().into(),
                names.into(),
                stems.into(),
            ];
            if postgres {
                values.push(Expr::val(postgres::postings(document)).cast_as("tsvector"));
            } else {
                add(&mut postings, sqlite::postings(document).map(Into::into))?;
                add(&mut titles, sqlite::title(document).map(Into::into))?;
            }
            add(&mut rows, values)?;
        }
        self.connection.execute(&rows).await?;
        if !postgres {
            self.connection.execute(&postings).await?;
            self.connection.execute(&titles).await?;
        }
        Ok(())
    }

    /// Writes what is left: the words, and statistics for the database's planner when much is new.
    pub async fn finish(self) -> Result<(), DbErr> {
        let mut changes: Vec<(String, i32)> =
            self.words.into_iter().filter(|(_, by)| *by != 0).collect();
        changes.sort_unstable();
        for changes in changes.chunks(ROWS_AT_ONCE) {
            write_words(self.connection, changes).await?;
        }
        if self.written >= MANY {
            // One by one, as SQLite takes them.
            for table in ["search_document", "search_word", "search_trigram"] {
                self.connection.execute_unprepared(&format!("ANALYZE {table}")).await?;
            }
        }
        Ok(())
    }
}

async fn write_words(
    connection: &impl ConnectionTrait,
    changes: &[(String, i32)],
) -> Result<(), DbErr> {
    let words = changes.iter().map(|(word, _)| word.as_str());
    let select = Query::select()
        .columns(["word", "documents"])
        .from("search_word")
        .and_where(Expr::col("word").is_in(words))
        .to_owned();
    let mut known: HashMap<String, i32> = HashMap::new();
    for row in connection.query_all(&select).await? {
        known.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    let mut counts = Query::insert();
    counts.into_table("search_word").columns(["word", "documents"]);
    let mut trigrams = Vec::new();
    let (mut any, mut gone) = (false, Vec::new());
    for (word, by) in changes {
        let before = known.get(word);
        let documents = before.copied().unwrap_or(0) + by;
        if documents <= 0 {
            gone.push(word.as_str());
            continue;
        }
        any = true;
        add(&mut counts, [word.as_str().into(), documents.into()])?;
        if before.is_none() {
            trigrams.extend(vocabulary::trigrams(word).into_iter().map(|of| (of, word.as_str())));
        }
    }
    for gone in gone.chunks(WORDS_AT_ONCE) {
        let of = Expr::col("word").is_in(gone.iter().copied());
        let words = Query::delete().from_table("search_word").and_where(of.clone()).to_owned();
        connection.execute(&words).await?;
        // Their key begins with the trigram and the number of letters.
        let begins: BTreeSet<String> =
            gone.iter().flat_map(|word| vocabulary::trigrams(word)).collect();
        let trigrams = Query::delete()
            .from_table("search_trigram")
            .and_where(Expr::col("trigram").is_in(begins))
            .and_where(Expr::col("letters").is_in(gone.iter().map(|word| letters(word))))
            .and_where(of)
            .to_owned();
        connection.execute(&trigrams).await?;
    }
    if any {
        let update = OnConflict::column("word").update_column("documents").to_owned();
        connection.execute(counts.on_conflict(update)).await?;
    }
    for trigrams in trigrams.chunks(10 * ROWS_AT_ONCE) {
        let mut insert = Query::insert();
        insert.into_table("search_trigram").columns(["trigram", "letters", "word"]);
        for (trigram, word) in trigrams {
            let letters = letters(word).into();
            add(&mut insert, [trigram.as_str().into(), letters, (*word).into()])?;
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}

/// How many letters a word has, as searches for nearly right ones limit them.
fn letters(word: &str) -> i32 {
    i32::try_from(word.chars().count()).unwrap_or(i32::MAX)
}

fn known_documents() -> SelectStatement {
    Query::select()
        .columns(["entity_id", "id", "digest", "names", "stems"])
        .from("search_document")
        .to_owned()
}

fn read(row: &QueryResult) -> Result<(i64, Known), DbErr> {
    let known = Known {
        id: row.try_get_by_index(1)?,
        digest: row.try_get_by_index(2)?,
        names: row.try_get_by_index(3)?,
        stems: row.try_get_by_index(4)?,
    };
    Ok((row.try_get_by_index(0)?, known))
}

fn add(
    insert: &mut InsertStatement,
    values: impl IntoIterator<Item = SimpleExpr>,
) -> Result<(), DbErr> {
    insert.values(values).map(drop).map_err(|error| DbErr::Custom(error.to_string()))
}
