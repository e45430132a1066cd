//! Values of answers as JSON.

use std::io::{self, Write};

use async_graphql::Value;

use super::definitions::OBJECT;

/// Writes a value of an answer. What is "binary" is JSON already, see [`written`](super::written);
/// the schema has nothing else that is.
///
/// # Errors
/// What `out` says.
pub fn write_value(value: &Value, out: &mut impl Write) -> io::Result<()> {
    match value {
        Value::Binary(json) => out.write_all(json),
        Value::Object(fields) => {
            let mut separator: &[u8] = b"{";
            for (name, value) in fields {
                out.write_all(separator)?;
                serde_json::to_writer(&mut *out, name.as_str())?;
                out.write_all(b":")?;
                write_value(value, out)?;
                separator = b",";
            }
            out.write_all(if fields.is_empty() { b"{}" } else { b"}" })
        }
        Value::List(items) => {
            let mut separator: &[u8] = b"[";
            for item in items {
                out.write_all(separator)?;
                write_value(item, out)?;
                separator = b",";
            }
            out.write_all(if items.is_empty() { b"[]" } else { b"]" })
        }
        Value::String(text) => Ok(serde_json::to_writer(out, text)?),
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Enum(_) => {
            Ok(serde_json::to_writer(out, value)?)
        }
    }
}

/// What the values of an answer have cost.
pub fn used_cost(data: &Value) -> u64 {
    fn of(value: &Value) -> u64 {
        match value {
            Value::Object(fields) => fields.values().map(of).sum::<u64>() + OBJECT,
            Value::List(items) => items.iter().map(of).sum(),
            Value::Binary(json) => used_in(json),
            _ => 1,
        }
    }
    of(data).saturating_sub(OBJECT)
}

/// What the values in a text have cost, which is JSON as we write it: without blanks.
fn used_in(json: &[u8]) -> u64 {
    let (mut used, mut place) = (0, 0);
    while let Some(byte) = json.get(place) {
        place += 1;
        match byte {
            b'{' => used += OBJECT,
            b'"' => {
                place = end_of_string(json, place);
                // What a colon follows is a name.
                used += u64::from(json.get(place) != Some(&b':'));
            }
            b'[' | b']' | b'}' | b',' | b':' => {}
            _ => {
                let rest = json[place..].iter().position(|byte| b",]}".contains(byte));
                place = rest.map_or(json.len(), |rest| place + rest);
                used += 1;
            }
        }
    }
    used
}

/// Where it goes on after the string that begins at `place`.
fn end_of_string(json: &[u8], mut place: usize) -> usize {
    while let Some(found) = json.get(place..).and_then(|json| memchr::memchr2(b'"', b'\\', json)) {
        place += found + 1;
        if json[place - 1] == b'"' {
            return place;
        }
        // What is escaped is no end.
        place += 1;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cost_what_their_values_do() {
        let texts = [
            r#"{"a":{"b":[1,-2.5,null,true,"x"],"c":[],"d":{}},"e":"\"{\\"}"#,
            r#"[{"n":"\\","quote\"d":"[1,2]"},{"n":""},"a:b",[[],[0]]]"#,
            r#""text""#,
            "17",
            "[]",
        ];
        for text in texts {
            let tree = Value::from_json(serde_json::from_str(text).unwrap()).unwrap();
            let whole = Value::List(vec![tree.clone()]);
            let written = Value::List(vec![Value::Binary(text.as_bytes().to_vec().into())]);
            assert_eq!(used_cost(&written), used_cost(&whole), "{text}");
            let mut out = Vec::new();
            write_value(&tree, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
