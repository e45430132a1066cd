//! Type-ahead.

use super::Kind;
use super::dialect::dialect;
use super::document::DocumentId;
use super::query::{LONGEST, MOST_WORDS};
use super::terms::words;
use crate::database::{DatabaseError, Row, Snapshot};

/// Something that is called as somebody has begun to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub kind: Kind,
    pub id: i64,
    pub title: String,
}

/// Titles with these words, the last of which may be the beginning of one; the most popular
/// `limit` of them, the most popular first. A text without words, or one that is longer than a
/// query may be, is the beginning of nothing.
///
/// One statement.
///
/// # Errors
/// What the database says.
pub async fn suggest(
    snapshot: &Snapshot,
    prefix: &str,
    limit: usize,
) -> Result<Vec<Suggestion>, DatabaseError> {
    if prefix.chars().nth(LONGEST).is_some() {
        return Ok(vec![]);
    }
    let mut words = words(prefix);
    if words.len() > MOST_WORDS {
        return Ok(vec![]);
    }
    let Some(last) = words.pop() else {
        return Ok(vec![]);
    };
    let dialect = dialect(snapshot);
    let text = (dialect.spell_title)(&words, &last);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    snapshot
        .fetch_sql(dialect.titles, vec![text.into(), limit.into()], |row: &Row<'_>| {
            let id = DocumentId(row.int(0)?);
            let title = row.text(1)?.into();
            match id.kind() {
                Some(kind) => Ok(Suggestion { kind, id: id.entity_id(), title }),
                None => Err(DatabaseError::UnexpectedValue(format!("document {}", id.0))),
            }
        })
        .await
}
