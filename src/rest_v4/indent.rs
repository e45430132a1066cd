//! Compact JSON, spread out over lines.

/// Indents compact JSON by so many spaces a level, as Python does: `[]` and `{}` stay as they are.
pub fn indent(json: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let mut depth: usize = 0;
    let mut in_string = false;
    let mut escaped = false;
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', depth * width));
    };
    for (place, byte) in json.iter().copied().enumerate() {
        if in_string {
            out.push(byte);
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'{' | b'[' => {
                out.push(byte);
                depth += 1;
                if !matches!(json.get(place + 1), Some(b'}' | b']')) {
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(place.checked_sub(1).and_then(|it| json.get(it)), Some(b'{' | b'[')) {
                    line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend(b": "),
            _ => {
                in_string = byte == b'"';
                out.push(byte);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn as_a_library_does() {
        for text in [
            r#"{"a":1,"b":[1,2,{}],"c":[],"d":{"e":"x,y:{\"[\\"},"f":"\\\\","g":null}"#,
            "[]",
            "{}",
            r#"[[],[[]],"",{"":""}]"#,
        ] {
            let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
            let mut expected = Vec::new();
            let formatter = serde_json::ser::PrettyFormatter::with_indent(b"   ");
            let mut serializer = serde_json::Serializer::with_formatter(&mut expected, formatter);
            serde::Serialize::serialize(&value, &mut serializer).expect("written");
            let indented = String::from_utf8(indent(text.as_bytes(), 3)).expect("UTF-8");
            assert_eq!(indented, String::from_utf8(expected).expect("UTF-8"));
        }
    }
}
