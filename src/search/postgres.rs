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

/// The statement around the column that is read of the first so many matches.
///
/// A GIN index gives all matches at once, in the order of the rows on disk, for a microsecond each:
/// of a word that most documents have, finding the first few that way costs tens of milliseconds.
/// Looking through the documents themselves, the most popular first, costs half a microsecond each
/// and stops at the last match that is wanted, but of a rare word looks through very many. So the
/// first 2,000 are probed. When a share d of N documents matches, L matches are in the first L / d,
/// and the index gives d N: with n found in the probe, the documents cost less when
/// n² > 2,000² L / 2 N, which for 100,000 is 20 L. Further down fewer may match: two and a half times
/// as many as should do are looked through, and then the index is asked after all.
///
/// The subqueries around the parameters keep the planner from planning by their values, which
/// differ from one use of a prepared statement to the next.
macro_rules! first_matches {
    ($column:literal) => {
        concat!(
            "WITH probe AS MATERIALIZED ( \
                SELECT count(*) AS found FROM ( \
                    SELECT terms FROM search_document ORDER BY id LIMIT 2000 \
                ) AS h WHERE h.terms @@ (SELECT CAST($1 AS tsquery)) \
            ), head AS MATERIALIZED ( SELECT h.id, h.",
            $column,
            " FROM ( \
                    SELECT * FROM search_document ORDER BY id LIMIT ( \
                        SELECT CASE WHEN found * found > 20 * CAST($2 AS bigint) \
                        THEN 5000 * CAST($2 AS bigint) / found ELSE 0 END FROM probe) \
                ) AS h WHERE h.terms @@ (SELECT CAST($1 AS tsquery)) ORDER BY h.id LIMIT $2 \
            ), every AS MATERIALIZED ( \
                SELECT id FROM search_document WHERE terms @@ (SELECT CAST($1 AS tsquery)) \
                AND (SELECT count(*) FROM head) < $2 \
            ) SELECT * FROM head WHERE (SELECT count(*) FROM head) >= $2 \
            UNION ALL ( SELECT d.id, d.",
            $column,
            " FROM (SELECT id FROM every ORDER BY id LIMIT $2) AS first \
                JOIN search_document AS d ON d.id = first.id \
            ) ORDER BY id"
        )
    };
}

/// As [`super::sqlite::MATCHES`].
pub const MATCHES: &str = first_matches!("stems");

/// As [`super::sqlite::TITLES`].
pub const TITLES: &str = first_matches!("title");

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
