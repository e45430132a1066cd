//! What a request asks: the parameters of the GraphQL-over-HTTP specification, from a body, an
//! address or a message.

use std::sync::Arc;

use async_graphql::Variables;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The parameters of a request, as the specification names them; null is as good as absent.
#[derive(Debug, Default)]
pub struct Parameters {
    pub query: Option<String>,
    pub operation_name: Option<String>,
    pub variables: Option<SentVariables>,
    /// The id of a persisted document, in place of `query`.
    pub document_id: Option<String>,
    /// What of `extensions` is looked at; the rest is left alone.
    pub extensions: Extensions,
}

#[derive(Debug, Default)]
pub struct Extensions {
    /// Whether the answer shall say what it cost.
    pub cost: bool,
    /// By which the server knows a mutation that it has executed already; over HTTP it may also be a
    /// header.
    pub idempotency_key: Option<String>,
    /// A document's SHA-256, in Apollo's protocol of automatic persisted queries.
    pub sha256_hash: Option<String>,
}

/// The variables of a request, read or still to be.
#[derive(Debug)]
pub enum SentVariables {
    /// A text that begins as a JSON object does.
    Text(Arc<str>),
    Read(Variables),
}

/// A request as nearly all are. Of one that is otherwise more is found out by reading it all.
#[derive(Deserialize)]
struct Usual<'a> {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    #[serde(rename = "documentId")]
    document_id: Option<String>,
    doc_id: Option<String>,
    id: Option<String>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
    extensions: Option<Map<String, Value>>,
}

/// One request, or several of a batch.
pub enum Body {
    One(Parameters),
    Batch(Vec<Parameters>),
}

impl Body {
    /// Reads a JSON text.
    ///
    /// # Errors
    /// Says what is no request about it.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        if let Some(parameters) = Parameters::usual(text) {
            return Ok(Self::One(parameters));
        }
        match serde_json::from_slice(text) {
            Ok(Value::Array(requests)) => {
                let requests = requests.into_iter().map(Parameters::from_json);
                Ok(Self::Batch(requests.collect::<Result<_, _>>()?))
            }
            Ok(request) => Ok(Self::One(Parameters::from_json(request)?)),
            Err(error) => Err(format!("The body is not JSON: {error}")),
        }
    }
}

impl Body {
    /// Sets the key by which mutations are known that were executed already; those of a batch each have
    /// one of their own.
    pub fn set_idempotency_key(&mut self, key: &str) {
        match self {
            Self::One(request) => request.extensions.idempotency_key = Some(key.to_owned()),
            Self::Batch(requests) => {
                for (number, request) in requests.iter_mut().enumerate() {
                    request.extensions.idempotency_key = Some(format!("{key}/{number}"));
                }
            }
        }
    }
}

impl SentVariables {
    fn of(object: Map<String, Value>) -> Self {
        Self::Read(Variables::from_json(Value::Object(object)))
    }

    /// The variables themselves.
    ///
    /// # Errors
    /// Says what is no JSON about them.
    pub fn read(self) -> Result<Variables, String> {
        match self {
            Self::Text(text) => match serde_json::from_str(&text) {
                Ok(object) => Ok(Variables::from_json(Value::Object(object))),
                Err(error) => Err(format!("`variables` is not JSON: {error}")),
            },
            Self::Read(variables) => Ok(variables),
        }
    }

    /// As JSON.
    pub fn text(&self) -> Arc<str> {
        match self {
            Self::Text(text) => Arc::clone(text),
            // What has come as JSON is JSON again.
            Self::Read(variables) => serde_json::to_string(variables).unwrap_or_default().into(),
        }
    }
}

impl Parameters {
    /// Whether they send a document or name one.
    pub fn has_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.extensions.sha256_hash.is_some()
    }

    /// Reads a request as nearly all are, without looking into its variables; null of any other.
    fn usual(text: &[u8]) -> Option<Self> {
        // Serde reads a struct from an array as well.
        if !text.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let usual: Usual<'_> = serde_json::from_slice(text).ok()?;
        let variables = usual.variables.map(RawValue::get);
        if variables.is_some_and(|text| !text.starts_with('{')) {
            return None;
        }
        Some(Self {
            query: given(usual.query),
            operation_name: given(usual.operation_name),
            document_id: given(usual.document_id).or(given(usual.doc_id)).or(given(usual.id)),
            variables: variables.map(|text| SentVariables::Text(text.into())),
            extensions: Extensions::from_json(usual.extensions).ok()?,
        })
    }

    /// Reads a JSON object.
    ///
    /// # Errors
    /// Says what is no request about it.
    pub fn from_json(request: Value) -> Result<Self, String> {
        let Value::Object(mut request) = request else {
            return Err("A GraphQL request is a JSON object".to_owned());
        };
        let mut text = |name: &str| match request.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(given(Some(text))),
            Some(_) => Err(format!("`{name}` must be a text")),
        };
        let (query, operation_name) = (text("query")?, text("operationName")?);
        let mut document_id = None;
        for name in IDS {
            document_id = document_id.or(text(name)?);
        }
        let variables = object("variables", request.remove("variables"))?;
        let extensions = object("extensions", request.remove("extensions"))?;
        Ok(Self {
            query,
            operation_name,
            document_id,
            variables: variables.map(SentVariables::of),
            extensions: Extensions::from_json(extensions)?,
        })
    }

    /// Reads the query of an address: texts, of which `variables` and `extensions` are JSON.
    ///
    /// # Errors
    /// Says what is no request about it.
    pub fn from_address(query: &str) -> Result<Self, String> {
        let mut found = Self::default();
        let (mut variables, mut extensions) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| {
                let text = text.replace('+', " ");
                percent_decode_str(&text)
                    .decode_utf8()
                    .map(std::borrow::Cow::into_owned)
                    .map_err(|_| "The address is not UTF-8 where it is decoded".to_owned())
            };
            let (name, value) = (decoded(name)?, decoded(value)?);
            let twice = || format!("The address has `{name}` twice");
            match name.as_str() {
                "query" => once(&mut found.query, value, twice)?,
                "operationName" => once(&mut found.operation_name, value, twice)?,
                name if IDS.contains(&name) => once(&mut found.document_id, value, twice)?,
                name @ ("variables" | "extensions") if !value.is_empty() => {
                    let value = serde_json::from_str(&value)
                        .map_err(|error| format!("`{name}` is not JSON: {error}"))?;
                    let value = object(name, Some(value))?;
                    let place = if name == "variables" { &mut variables } else { &mut extensions };
                    once(place, value, twice)?;
                }
                _ => {}
            }
        }
        found.variables = variables.flatten().map(SentVariables::of);
        found.extensions = Extensions::from_json(extensions.flatten())?;
        for text in [&mut found.query, &mut found.operation_name, &mut found.document_id] {
            *text = given(text.take());
        }
        Ok(found)
    }
}

/// A text as it counts: an empty one is as good as absent. Apollo Client and GraphiQL send an empty
/// `operationName` where the operation has no name.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// What a persisted document's id may be called: by the specification's draft, and by Relay's
/// clients.
const IDS: [&str; 3] = ["documentId", "doc_id", "id"];

impl Extensions {
    fn from_json(extensions: Option<Map<String, Value>>) -> Result<Self, String> {
        let mut extensions = extensions.unwrap_or_default();
        let cost = match extensions.remove("cost") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(cost)) => cost,
            Some(_) => return Err("`extensions.cost` must be true or false".to_owned()),
        };
        let persisted = object("extensions.persistedQuery", extensions.remove("persistedQuery"))?;
        let sha256_hash = match persisted {
            None => None,
            Some(mut persisted) => {
                if persisted.get("version") != Some(&Value::from(1)) {
                    return Err("`extensions.persistedQuery.version` must be 1".to_owned());
                }
                match persisted.remove("sha256Hash") {
                    Some(Value::String(hash)) => Some(hash),
                    _ => {
                        let message = "`extensions.persistedQuery.sha256Hash` must be a text";
                        return Err(message.to_owned());
                    }
                }
            }
        };
        let idempotency_key = match extensions.remove("idempotencyKey") {
            None | Some(Value::Null) => None,
            Some(Value::String(key)) if is_key(&key) => Some(key),
            Some(_) => return Err(format!("`extensions.idempotencyKey` must be {KEY}")),
        };
        Ok(Self { cost, idempotency_key, sha256_hash })
    }
}

/// What a key has to be.
pub const KEY: &str = "a text of 1 to 200 characters of ASCII";

/// Whether a text is an `Idempotency-Key`.
pub fn is_key(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

fn object(name: &str, value: Option<Value>) -> Result<Option<Map<String, Value>>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("`{name}` must be an object")),
    }
}

fn once<T>(place: &mut Option<T>, value: T, twice: impl Fn() -> String) -> Result<(), String> {
    if place.replace(value).is_some() { Err(twice()) } else { Ok(()) }
}
