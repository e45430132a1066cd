//! Searching in PostgreSQL: a `tsvector` whose lexemes are made here, none of PostgreSQL's own
//! parsing, and no extension.

use sea_orm::Value;

use super::document::Document;
use super::expression::Expression;
use super::terms::{FIELD, GAP};

/// Marks that tell lexemes apart from stems, which have letters and digits only. Each class has
/// lexemes of its own instead of PostgreSQL's weights: for those every match would be looked up in
/// its row again.
const NAME_STEM: &str = "n/";
const TITLE_WORD: &str = "t/";
const KIND: &str = "k/";

/// The subquery around the column that is read of matches among as many of the most popular documents
/// as `$reach` says, which has rows of a level, how many documents are wanted, and whether so many of
/// them match that they are looked through; without a row, none.
macro_rules! matches_among {
    ($column:literal, $reach:literal) => {
        concat!(
            "SELECT id, ",
            $column,
            " FROM search_document WHERE terms @@ ( \
                SELECT CAST('(' || $1 || ') & ''p/' || level || '''' AS tsquery) FROM ",
            $reach,
            " WHERE level > 0 AND NOT frequent) \
            UNION ALL ( SELECT id, ",
            $column,
            " FROM ( \
                    SELECT * FROM search_document ORDER BY id LIMIT coalesce( \
                        (SELECT CAST(wanted AS bigint) FROM ",
            $reach,
            " WHERE frequent), 0) \
                ) AS h WHERE terms @@ (SELECT CAST($1 AS tsquery)) ORDER BY id LIMIT $2)"
        )
    };
}

/// The statement around the column that is read of the first so many matches.
///
/// A GIN index gives all matches at once, in the order of the rows on disk, for a microsecond each:
/// of a word that most documents have, finding the first few that way costs tens of milliseconds.
/// But what has two lexemes it finds in not much more than the rarer one takes. So triggers give each
/// document a lexeme for every level of popularity that it reaches, and `search_level` tells how many
/// reach it.
///
/// The *nearest* matches are those among the thousand most popular documents, or some more. If they
/// are not enough, the *nearer* ones may be: among as many documents as should have enough, were
/// matches as frequent there, and some more for the standard deviation of that, twice. If they are
/// not, since what is popular has more words, the *further* ones are, among three times as many; and
/// else *every* match is fetched. Documents that popularity does not tell apart are looked through
/// themselves, and so are more of them when most match: 0.4 microseconds for each document, against
/// one for each match.
///
/// The 200 most popular of 6,400 matches among 108,000 documents take 0.9 ms, and of 320 among 5,400
/// as long. Without levels, by looking through popular documents or else the whole index, it was 2.0
/// ms; the 100 most popular of 1,200 that have it in their names took 2.4 ms, and take 0.8.
///
/// `narrow` is whether the nearest are found by levels too, in SQL. For the beginning of a word, the
/// index reads all that has any word that begins so first: looking through the documents is faster.
///
/// The subqueries around the parameters keep the planner from planning by their values, which
/// differ from one use of a prepared statement to the next; OFFSET 0 keeps it from looking through all
/// documents in order when it expects most of them to match.
macro_rules! first_matches {
    ($column:literal, narrow: $narrow:literal) => {
        concat!(
            "WITH near AS MATERIALIZED ( \
                SELECT level, documents FROM search_level \
                WHERE level > 0 AND documents BETWEEN 1000 AND 2000 AND ",
            $narrow,
            " ORDER BY level DESC LIMIT 1 \
            ), nearest AS MATERIALIZED ( ( SELECT * FROM ( SELECT id, ",
            $column,
            " FROM search_document WHERE terms @@ ( \
                            SELECT CAST('(' || $1 || ') & ''p/' || level || '''' AS tsquery) \
                            FROM near) OFFSET 0 \
                    ) AS h ORDER BY id LIMIT $2) \
                UNION ALL ( SELECT id, ",
            $column,
            " FROM ( \
                        SELECT * FROM search_document ORDER BY id LIMIT coalesce(( \
                            SELECT 1000 FROM search_level WHERE level = 0 \
                            AND documents >= 1000 AND NOT EXISTS (SELECT FROM near)), 0) \
                    ) AS h WHERE terms @@ (SELECT CAST($1 AS tsquery)) ORDER BY id LIMIT $2) \
            ), sample AS MATERIALIZED ( \
                SELECT found, documents, documents * (1 + 2 / sqrt(found)) * $2 / found AS wanted \
                FROM ( \
                    SELECT count(*) AS found, coalesce((SELECT documents FROM near), 1000) AS documents \
                    FROM nearest \
                ) AS n WHERE found BETWEEN 1 AND CAST($2 AS bigint) - 1 \
            ), far AS MATERIALIZED ( \
                SELECT level, wanted, found * l.documents > 0.4 * s.documents * wanted AS frequent \
                FROM search_level AS l, sample AS s WHERE l.documents >= wanted \
                ORDER BY level DESC LIMIT 1 \
            ), nearer AS MATERIALIZED ( ",
            matches_among!($column, "far"),
            "), farther AS MATERIALIZED ( \
                SELECT level, 3 * wanted AS wanted, \
                    found * l.documents > 1.2 * s.documents * wanted AS frequent \
                FROM search_level AS l, sample AS s WHERE l.documents >= 3 * wanted \
                AND (SELECT count(*) FROM nearer) < $2 ORDER BY level DESC LIMIT 1 \
            ), further AS MATERIALIZED ( ",
            matches_among!($column, "farther"),
            "), enough AS MATERIALIZED ( \
                SELECT (SELECT count(*) FROM nearest) >= $2 AS nearest, \
                    (SELECT count(*) FROM nearer) >= $2 AS nearer, \
                    (SELECT count(*) FROM further) >= $2 AS further \
            ), every AS MATERIALIZED ( \
                SELECT id FROM search_document WHERE terms @@ ( \
                    SELECT CAST($1 AS tsquery) FROM enough \
                    WHERE NOT (nearest OR nearer OR further)) \
            ) SELECT * FROM ( \
                SELECT * FROM nearest WHERE (SELECT nearest FROM enough) \
                UNION ALL SELECT * FROM nearer WHERE (SELECT nearer FROM enough) \
                UNION ALL SELECT * FROM further WHERE (SELECT further FROM enough) \
                UNION ALL ( SELECT d.id, d.",
            $column,
            " FROM (SELECT id FROM every ORDER BY id LIMIT $2) AS first \
                    JOIN search_document AS d ON d.id = first.id) \
            ) AS m ORDER BY id LIMIT $2"
        )
    };
}

/// As [`super::sqlite::MATCHES`].
pub const MATCHES: &str = first_matches!("stems", narrow: "true");

/// As [`super::sqlite::TITLES`].
pub const TITLES: &str = first_matches!("title", narrow: "false");

/// As [`super::sqlite::WORDS`]. The JSON is read once (MATERIALIZED), not for each of the thousands
/// of words that a trigram has. The subquery around `documents` keeps the planner from reading all
/// words for a few.
pub const WORDS: &str = "\
    WITH k AS MATERIALIZED ( \
        SELECT (value->>0)::bigint AS number, value->>1 AS trigram, (value->>2)::integer AS shortest, \
            (value->>3)::integer AS longest, (value->>4)::integer AS needed \
        FROM json_array_elements(CAST($1 AS json)) AS j (value) \
    ) SELECT number, word FROM ( \
        SELECT number, s.word, row_number() OVER ( \
            PARTITION BY number ORDER BY shared DESC, \
            (SELECT w.documents FROM search_word AS w WHERE w.word = s.word) DESC, s.word) AS place \
        FROM ( \
            SELECT number, word, count(*) AS shared \
            FROM k JOIN search_trigram AS t \
            ON t.trigram = k.trigram AND t.letters BETWEEN k.shortest AND k.longest \
            GROUP BY number, word HAVING count(*) >= min(needed) \
        ) AS s \
        UNION ALL SELECT * FROM ( \
            SELECT -1, word, row_number() OVER (ORDER BY documents DESC, word) AS place \
            FROM search_word WHERE word >= $2 AND word < $3 ORDER BY place LIMIT $4 \
        ) AS b \
    ) AS x WHERE place <= $4 ORDER BY number, place";

/// The postings of a document, as the text of a `tsvector`.
pub fn postings(document: &Document) -> Value {
    let mut text = String::new();
    let mut place = 0;
    for (number, field) in document.fields.iter().enumerate() {
        for stem in field {
            place += 1;
            if stem != GAP && stem != FIELD {
                lexeme("", stem, &mut text);
                text.push_str(&format!(":{place} "));
                if number < 2 {
                    lexeme(NAME_STEM, stem, &mut text);
                    text.push(' ');
                }
            }
        }
        // So that no phrase reaches from one field to the next.
        place += 1;
    }
    for word in document.title_words.iter().filter(|word| *word != GAP) {
        lexeme(TITLE_WORD, word, &mut text);
        text.push(' ');
    }
    lexeme(KIND, document.kind.token(), &mut text);
    text.into()
}

/// Spells an expression as the text of a `tsquery`. Every lexeme stands in quotes, where nothing
/// has a meaning but the quote and the backslash; and lexemes, which are letters and digits, have
/// neither.
pub fn spell(expression: &Expression) -> String {
    let mut text = String::new();
    write(expression, &mut text);
    text
}

/// As [`super::sqlite::spell_title`].
pub fn spell_title(words: &[String], prefix: &str) -> String {
    let mut text = String::new();
    for word in words {
        lexeme(TITLE_WORD, word, &mut text);
        text.push_str(" & ");
    }
    lexeme(TITLE_WORD, prefix, &mut text);
    text.push_str(":*");
    text
}

fn write(expression: &Expression, text: &mut String) {
    match expression {
        Expression::All(all) => join(all, " & ", text),
        Expression::Any(any) => join(any, " | ", text),
        Expression::Without(wanted, unwanted) => {
            text.push('(');
            write(wanted, text);
            text.push_str(") & !(");
            write(unwanted, text);
            text.push(')');
        }
        Expression::Stems(stems) => {
            text.push('(');
            for (number, stem) in stems.iter().enumerate() {
                if number > 0 {
                    text.push_str(" <-> ");
                }
                lexeme("", stem, text);
            }
            text.push(')');
        }
        Expression::NameStem(stem) => lexeme(NAME_STEM, stem, text),
        Expression::Kind(kind) => lexeme(KIND, kind.token(), text),
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

fn lexeme(mark: &str, lexeme: &str, text: &mut String) {
    text.push('\'');
    text.push_str(mark);
    for c in lexeme.chars().filter(|c| *c != '\0') {
        if matches!(c, '\'' | '\\') {
            text.push(c);
        }
        text.push(c);
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::{lexeme, spell, spell_title};
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
        assert_eq!(
            spell(&expression),
            "(((('rest' <-> 'framework') | 'n/x') & 'k/g')) & !(('cm'))"
        );
    }

    #[test]
    fn spelling_titles() {
        assert_eq!(spell_title(&["a".to_owned()], "b"), "'t/a' & 't/b':*");
    }

    #[test]
    fn nasty_lexemes() {
        let mut text = String::new();
        lexeme("n/", r"it's \ :*&|!", &mut text);
        assert_eq!(text, r"'n/it''s \\ :*&|!'");
    }
}
