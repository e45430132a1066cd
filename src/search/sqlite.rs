//! Searching in SQLite: FTS5, which holds the postings and nothing else.

use sea_orm::Value;

use super::document::Document;
use super::expression::Expression;
use super::terms::FIELD;

/// Marks that tell tokens apart from stems, which have letters and digits only. A column for the
/// names would do the same, but of a word that many descriptions have, all places would be read to
/// find those in names.
const NAME_STEM: &str = "n·";
const KIND: &str = "k·";

/// The first so many matches. The table of postings is read first (CROSS JOIN), in the order of
/// its numbers, and no further than the limit.
pub const MATCHES: &str = "\
    SELECT d.id, d.stems FROM search_index AS i CROSS JOIN search_document AS d \
    ON d.id = i.rowid WHERE i.search_index MATCH $1 ORDER BY i.rowid LIMIT $2";

/// The titles of the first so many matches.
pub const TITLES: &str = "\
    SELECT d.id, d.title FROM search_title AS i CROSS JOIN search_document AS d \
    ON d.id = i.rowid WHERE i.search_title MATCH $1 ORDER BY i.rowid LIMIT $2";

/// The words that answer a [`super::vocabulary::question`], by the number that was given along:
/// those that have most of the trigrams first. Under −1 the most frequent words from $2 to $3.
pub const WORDS: &str = "\
    SELECT number, word FROM ( \
        SELECT number, s.word, row_number() OVER ( \
            PARTITION BY number ORDER BY shared DESC, w.documents DESC, s.word) AS place \
        FROM ( \
            SELECT json_extract(k.value, '$[0]') AS number, t.word, count(*) AS shared \
            FROM json_each($1) AS k CROSS JOIN search_trigram AS t \
            ON t.trigram = json_extract(k.value, '$[1]') \
            AND t.letters BETWEEN json_extract(k.value, '$[2]') AND json_extract(k.value, '$[3]') \
            GROUP BY 1, 2 HAVING count(*) >= min(json_extract(k.value, '$[4]')) \
        ) AS s JOIN search_word AS w ON w.word = s.word \
        UNION ALL SELECT * FROM ( \
            SELECT -1, word, row_number() OVER (ORDER BY documents DESC, word) AS place \
            FROM search_word WHERE word >= $2 AND word < $3 ORDER BY place LIMIT $4 \
        ) \
    ) WHERE place <= $4 ORDER BY number, place";

/// A row of `search_index`: its number and the stems.
pub fn postings(document: &Document) -> [Value; 2] {
    let mut text = String::new();
    for field in &document.fields {
        for stem in field {
            text.push_str(stem);
            text.push(' ');
        }
        text.push_str(FIELD);
        text.push(' ');
    }
    for stem in document.fields[..2].iter().flatten() {
        text.push_str(NAME_STEM);
        text.push_str(stem);
        text.push(' ');
    }
    text.push_str(KIND);
    text.push_str(document.kind.token());
    [document.id.0.into(), text.into()]
}

/// A row of `search_title`: its number and the words.
pub fn title(document: &Document) -> [Value; 2] {
    [document.id.0.into(), document.title_words.join(" ").into()]
}

/// Spells an expression for MATCH. Every token stands in quotes, where nothing has a meaning but
/// the quote and U+0000; and tokens, which are letters and digits, have neither.
pub fn spell(expression: &Expression) -> String {
    let mut text = String::new();
    write(expression, &mut text);
    text
}

/// Spells, for `search_title`: these words, and one that begins so.
pub fn spell_title(words: &[String], prefix: &str) -> String {
    let mut text = String::new();
    for word in words {
        quote("", word, " AND ", &mut text);
    }
    quote("", prefix, " *", &mut text);
    text
}

fn write(expression: &Expression, text: &mut String) {
    match expression {
        Expression::All(all) => join(all, " AND ", text),
        Expression::Any(any) => join(any, " OR ", text),
        Expression::Without(wanted, unwanted) => {
            text.push('(');
            write(wanted, text);
            text.push_str(") NOT (");
            write(unwanted, text);
            text.push(')');
        }
        Expression::Stems(stems) => quote("", &stems.join(" "), "", text),
        Expression::NameStem(stem) => quote(NAME_STEM, stem, "", text),
        Expression::Kind(kind) => quote(KIND, kind.token(), "", text),
    }
}

fn join(expressions: &[Expression], between: &str, text: &mut String) {
    text.push('(');
    for (number, expression) in expressions.iter().enumerate() {
        if number > 0 {
            text.push_str(between);
        }
        write(expression, text);
    }
    text.push(')');
}

fn quote(mark: &str, token: &str, after: &str, text: &mut String) {
    text.push('"');
    text.push_str(mark);
    for c in token.chars().filter(|c| *c != '\0') {
        if c == '"' {
            text.push(c);
        }
        text.push(c);
    }
    text.push('"');
    text.push_str(after);
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{spell, spell_title};
    use crate::search::Kind;
    use crate::search::expression::Expression;

    #[test]
    fn spelling() {
        let stems =
            |stems: &[&str]| Expression::Stems(stems.iter().map(|s| (*s).to_owned()).collect());
        let expression = Expression::Without(
            Box::new(Expression::all(vec![
                Expression::any(vec![
                    stems(&["rest", "framework"]),
                    Expression::NameStem("x".to_owned()),
                ]),
                Expression::Kind(Kind::Grid),
            ])),
            Box::new(stems(&["cm"])),
        );
        assert_eq!(spell(&expression), r#"((("rest framework" OR "n·x") AND "k·g")) NOT ("cm")"#);
    }

    /// Whatever a token holds, FTS5 takes it as a token.
    #[test]
    fn nasty_tokens_go_there_and_back() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE search_index USING fts5 (stems, \
                 content = '', contentless_delete = 1, tokenize = 'ascii'); \
                 CREATE VIRTUAL TABLE search_title USING fts5 (title, content = '', \
                 contentless_delete = 1, tokenize = 'ascii', detail = 'none', prefix = '1 2')",
            )
            .unwrap();
        let tokens = ["and", "or", "not", "near", "検索", "übung", "½", "1", "x·"];
        for (rowid, token) in tokens.iter().enumerate() {
            for (table, column) in [("search_index", "stems"), ("search_title", "title")] {
                let sql = format!("INSERT INTO {table} (rowid, {column}) VALUES (?, ?)");
                connection.execute(&sql, (rowid as i64, token)).unwrap();
            }
        }
        let found = |table: &str, text: String| -> Vec<i64> {
            let sql = format!("SELECT rowid FROM {table} WHERE {table} MATCH ?");
            let mut statement = connection.prepare(&sql).unwrap();
            let rows = statement.query_map([text], |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        for (rowid, token) in tokens.iter().enumerate() {
            let token = (*token).to_owned();
            let titles = found("search_title", spell_title(std::slice::from_ref(&token), &token));
            assert_eq!(titles, [rowid as i64], "{token}");
            let stems = Expression::Stems(vec![token.clone()]);
            assert_eq!(found("search_index", spell(&stems)), [rowid as i64], "{token}");
        }
        for hostile in ["\"", "\" OR \"", "*", ")", "a\0b", "title : x", "^x", "", " "] {
            let token = hostile.to_owned();
            if !hostile.contains(' ') {
                found("search_title", spell_title(std::slice::from_ref(&token), hostile));
            }
            found("search_index", spell(&Expression::Stems(vec![token.clone()])));
            found("search_index", spell(&Expression::NameStem(token)));
        }
    }
}
