//! Messages that clients send over `graphql-transport-ws`, validated as the protocol demands.

use serde_json::{Map, Value};

use super::REASON;
use crate::http::graphql::Parameters;

/// Bytes of an operation's id, at most: every message about the operation repeats it.
const ID_BYTES: usize = 256;

/// A message that a client may send.
#[derive(Debug)]
pub enum ClientMessage {
    ConnectionInit { payload: Map<String, Value> },
    Ping { payload: Option<Map<String, Value>> },
    Pong,
    Subscribe { id: String, parameters: Box<Parameters> },
    Complete { id: String },
}

impl ClientMessage {
    /// Parses and validates a message.
    ///
    /// # Errors
    /// Says what is malformed, in a close frame's few bytes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let message = match serde_json::from_str(text) {
            Ok(Value::Object(message)) => message,
            Ok(other) => {
                return Err(format!("A message must be an object; got {}", json_type(&other)));
            }
            Err(error) => return Err(format!("The message is not JSON: {error}")),
        };
        Self::from_object(message)
    }

    fn from_object(mut message: Map<String, Value>) -> Result<Self, String> {
        let kind = message.remove("type").unwrap_or_default();
        match kind.as_str() {
            Some("connection_init") => {
                let payload = optional_payload(&mut message, "connection_init")?;
                Ok(Self::ConnectionInit { payload: payload.unwrap_or_default() })
            }
            Some("ping") => Ok(Self::Ping { payload: optional_payload(&mut message, "ping")? }),
            Some("pong") => optional_payload(&mut message, "pong").map(|_| Self::Pong),
            Some("subscribe") => {
                let id = id(&mut message, "subscribe")?;
                let parameters = Box::new(parameters(message.remove("payload"))?);
                Ok(Self::Subscribe { id, parameters })
            }
            Some("complete") => Ok(Self::Complete { id: id(&mut message, "complete")? }),
            _ => {
                let got = kind.as_str().unwrap_or_else(|| json_type(&kind));
                let before =
                    "`type` must be connection_init, ping, pong, subscribe or complete; got ";
                Err(quoting(before, got, ""))
            }
        }
    }
}

/// Returns a close frame's reason that quotes a text of the client's, cut so that the rest of the
/// reason fits.
pub fn quoting(before: &str, text: &str, after: &str) -> String {
    let room = REASON.saturating_sub(before.len() + after.len());
    if text.len() <= room {
        return format!("{before}{text}{after}");
    }
    let cut = text.floor_char_boundary(room.saturating_sub("…".len()));
    format!("{before}{}…{after}", &text[..cut])
}

fn optional_payload(
    message: &mut Map<String, Value>,
    of: &str,
) -> Result<Option<Map<String, Value>>, String> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(other) => {
            Err(format!("`payload` of {of} must be an object or absent; got {}", json_type(&other)))
        }
    }
}

fn id(message: &mut Map<String, Value>, of: &str) -> Result<String, String> {
    let got = match message.remove("id") {
        Some(Value::String(id)) if (1..=ID_BYTES).contains(&id.len()) => return Ok(id),
        Some(Value::String(id)) => format!("{} bytes", id.len()),
        Some(other) => json_type(&other).to_owned(),
        None => "none".to_owned(),
    };
    Err(format!("`id` of {of} must be a string of 1 to {ID_BYTES} bytes; got {got}"))
}

fn parameters(payload: Option<Value>) -> Result<Parameters, String> {
    let payload = match payload {
        Some(payload @ Value::Object(_)) => payload,
        Some(other) => {
            return Err(format!(
                "`payload` of subscribe must be an object; got {}",
                json_type(&other)
            ));
        }
        None => return Err("`payload` of subscribe must be an object; got none".to_owned()),
    };
    let parameters =
        Parameters::from_json(payload).map_err(|why| format!("`payload` of subscribe: {why}"))?;
    if !parameters.has_document() {
        let message = "`payload` of subscribe must have `query`, `documentId` or \
                       `extensions.persistedQuery`";
        return Err(message.to_owned());
    }
    Ok(parameters)
}

/// Names the JSON type of a value.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
