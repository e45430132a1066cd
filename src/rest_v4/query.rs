//! What stands behind the `?`, as forms write it.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// What is escaped in a query: everything but letters, digits and `_.-~`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');

/// Parameters by name, in the order of code points; the values of each as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(BTreeMap<String, Vec<String>>);

impl Query {
    /// Reads a query. Pairs with nothing in them vanish; only `&` stands between two.
    pub fn parse(text: &str) -> Self {
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.entry(unescape(name)).or_default().push(unescape(value));
        }
        Self(parameters)
    }

    /// The value of a parameter; of several the last.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.last().map(String::as_str)
    }

    /// The `?format=` alone, as a link has it; nothing if there is none.
    pub fn format(&self) -> String {
        let format = self.last("format").map(|format| Self::default().with("format", format));
        format.map(|query| query.spelled()).unwrap_or_default()
    }

    /// With this parameter, once.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), vec![value.into()]);
        self
    }

    /// Without this parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// As a link has it, with the `?`; nothing if there is no parameter.
    pub fn spelled(&self) -> String {
        let pairs =
            self.0.iter().flat_map(|(name, values)| values.iter().map(move |it| (name, it)));
        let mut spelled = String::new();
        for (name, value) in pairs {
            spelled.push(if spelled.is_empty() { '?' } else { '&' });
            spelled.extend([&escape(name), "=", &escape(value)]);
        }
        spelled
    }
}

fn unescape(text: &str) -> String {
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_decode(&bytes).decode_utf8_lossy().into_owned()
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string().replace("%20", "+")
}
