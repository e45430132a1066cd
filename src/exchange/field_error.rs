//! Explains why a record could not be read: which field, its value, and what is expected.
//!
//! This is the slow path. It reads a record again that was found invalid, and knows its fields.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment, deserialize};

use super::kind::Kind;
use super::wire::PackageFacts;

/// Characters of a value that a message shows.
const SHOWN_CHARACTERS: usize = 80;

/// Why `record` is no record of this kind, whose type is `T`.
pub(super) fn explain<T: DeserializeOwned>(kind: Kind, record: &[u8]) -> String {
    let whole: Value = match serde_json::from_slice(record) {
        Ok(whole) => whole,
        Err(error) => return format!("it is not valid JSON: {}", without_position(&error)),
    };
    let Some(mut error) = error_in::<T>(record) else {
        return "it cannot be read".to_owned();
    };
    // Serde does not tell the path inside a flattened struct.
    if kind == Kind::Packages
        && error.path().iter().next().is_none()
        && let Some(inner) = error_in::<PackageFacts>(record)
        && inner.path().iter().next().is_some()
    {
        error = inner;
    }
    let text = without_position(error.inner());
    if let Some(field) = text.strip_prefix("missing field `") {
        return format!("{} is missing", field.trim_end_matches('`'));
    }
    let (name, value) = find(error.path(), &whole);
    match text.split_once(", expected ") {
        Some((_, expected)) => {
            format!("{name} must be {}; got {}", in_json_terms(expected), shown(value))
        }
        // What Serde says where one of several texts belongs, and there is none.
        None if text == "expected value" => format!("{name} must be a text; got {}", shown(value)),
        None => format!("{name}: {text}; got {}", shown(value)),
    }
}

fn error_in<T: DeserializeOwned>(
    record: &[u8],
) -> Option<serde_path_to_error::Error<serde_json::Error>> {
    deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(record)).err()
}

/// The name and the value of what is at `path`; the record itself if the path is empty.
fn find<'a>(path: &Path, whole: &'a Value) -> (String, &'a Value) {
    let (mut name, mut value) = (String::new(), whole);
    for segment in path.iter() {
        let inner = match segment {
            Segment::Map { key } => {
                name.push_str(if name.is_empty() { "" } else { "." });
                name.push_str(key);
                value.get(key)
            }
            Segment::Seq { index } => {
                name.push_str(&format!("[{index}]"));
                value.get(index)
            }
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        value = inner.unwrap_or(value);
    }
    if name.is_empty() {
        name.push_str("it");
    }
    (name, value)
}

/// What Serde expects, in the words of JSON.
fn in_json_terms(expected: &str) -> &str {
    match expected {
        "i64" | "u64" => "a whole number",
        "i32" => "a whole number of 32 bits",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        other => other,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The message without the position inside the record, which is not that in the file.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
