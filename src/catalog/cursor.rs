//! Cursors: a row's place in a list as an opaque text.
//!
//! Inside is JSON in URL-safe Base64: which list and order it belongs to, the values the row is
//! sorted by, its id. Clients must not look inside, and cannot do harm if they do: it holds nothing
//! that the row does not show.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::Value;
use thiserror::Error;

use super::page::{Nulls, Position, SortKey};
use crate::database::{Cell, CellKind};

/// No real cursor is longer: a title has at most 100 characters, and folding makes up to 18 of one
/// (U+FDFA), of at most four bytes each.
const LONGEST: usize = 16 * 1024;

/// Why a text is not a cursor here.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CursorError {
    #[error("it is not a cursor")]
    Garbled,
    #[error("it is a cursor of another list or order")]
    OtherList,
}

/// What cursors of a list called `name` are marked with when it is sorted by `keys`, the id last: the
/// order is part of it, since a place in one order is none in another.
pub fn mark(name: &str, keys: &[SortKey]) -> String {
    let mut mark = name.to_owned();
    for (place, key) in keys.iter().enumerate().take(keys.len().saturating_sub(1)) {
        mark.push(if place == 0 { ':' } else { ',' });
        mark.push_str(key.column);
        mark.push(if key.descending { '-' } else { '+' });
        if key.nulls == Nulls::First {
            mark.push('0');
        }
    }
    mark
}

/// The cursor of a row at `position` of a list called `list`.
pub fn encode(list: &str, position: &Position) -> String {
    let mut parts = Vec::with_capacity(position.values.len() + 2);
    parts.push(Value::from(list));
    parts.extend(position.values.iter().map(|cell| match cell {
        Cell::Null | Cell::Other => Value::Null,
        Cell::Int(value) => Value::from(*value),
        Cell::Text(text) => Value::from(text.as_ref()),
    }));
    parts.push(Value::from(position.id));
    BASE64.encode(Value::Array(parts).to_string())
}

/// The place that `cursor` tells in a list called `list`, which is sorted by `keys` (the id last).
///
/// # Errors
/// When it is no cursor, or one of another list.
pub fn decode(cursor: &str, list: &str, keys: &[SortKey]) -> Result<Position, CursorError> {
    if cursor.len() > LONGEST {
        return Err(CursorError::Garbled);
    }
    let bytes = BASE64.decode(cursor).map_err(|_| CursorError::Garbled)?;
    let parts: Vec<Value> = serde_json::from_slice(&bytes).map_err(|_| CursorError::Garbled)?;
    match parts.first() {
        Some(Value::String(name)) if name == list => {}
        Some(Value::String(_)) => return Err(CursorError::OtherList),
        _ => return Err(CursorError::Garbled),
    }
    if parts.len() != keys.len() + 1 {
        return Err(CursorError::Garbled);
    }
    let mut cells = parts
        .into_iter()
        .skip(1)
        .zip(keys)
        .map(|(part, key)| cell(part, key).ok_or(CursorError::Garbled))
        .collect::<Result<Vec<_>, _>>()?;
    match cells.pop() {
        Some(Cell::Int(id)) => Ok(Position { values: cells, id }),
        _ => Err(CursorError::Garbled),
    }
}

fn cell(part: Value, key: &SortKey) -> Option<Cell> {
    match (part, key.kind) {
        (Value::Null, _) => (key.nulls != Nulls::Never).then_some(Cell::Null),
        // PostgreSQL takes no text with U+0000.
        (Value::String(text), CellKind::Text) if !text.contains('\0') => {
            Some(Cell::Text(text.into()))
        }
        (Value::Number(number), CellKind::Int32 | CellKind::Int64 | CellKind::Bool) => {
            number.as_i64().map(Cell::Int)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [SortKey; 2] = [
        SortKey {
            table: "c",
            column: "title_folded",
            kind: CellKind::Text,
            descending: false,
            nulls: Nulls::Never,
        },
        SortKey {
            table: "c",
            column: "id",
            kind: CellKind::Int64,
            descending: false,
            nulls: Nulls::Never,
        },
    ];

    #[test]
    fn goes_round() {
        let position = Position { values: vec![Cell::Text("ß \"x\"".into())], id: 683 };
        assert_eq!(decode(&encode("Package", &position), "Package", &KEYS), Ok(position));
    }

    #[test]
    fn what_is_none() {
        let other = encode("Grid", &Position { values: vec![Cell::Text("x".into())], id: 1 });
        assert_eq!(decode(&other, "Package", &KEYS), Err(CursorError::OtherList));
        let long = "A".repeat(LONGEST + 1);
        for json in [
            "",
            "x",
            "[]",
            "{}",
            "[1]",
            "[\"Package\"]",
            "[\"Package\",1,2]",
            "[\"Package\",\"a\",1.5]",
            "[\"Package\",null,1]",
            "[\"Package\",\"\\u0000\",1]",
            "[\"Package\",\"a\",1,1]",
        ] {
            let cursor = BASE64.encode(json);
            assert_eq!(decode(&cursor, "Package", &KEYS), Err(CursorError::Garbled), "{json}");
        }
        for cursor in ["", "%", "a b", "é", long.as_str()] {
            assert_eq!(decode(cursor, "Package", &KEYS), Err(CursorError::Garbled), "{cursor}");
        }
    }
}
