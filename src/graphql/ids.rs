//! Global ids: opaque texts that name one object of the directory.

use async_graphql::ID;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use super::errors::Failure;
use crate::catalog::Listable;

/// The global id of the row of `E` with this id.
pub fn encode<E: Listable>(id: i64) -> ID {
    ID(BASE64.encode(format!("{}:{id}", E::NAME)))
}

/// The type's name and the row's id in a global id.
///
/// # Errors
/// When it is not one that this server made.
pub fn decode(id: &ID) -> Result<(String, i64), Failure> {
    let garbled = || Failure::user(format!("{:?} is not an id of this directory", shortened(id)));
    let bytes = BASE64.decode(id.as_str()).map_err(|_| garbled())?;
    let text = String::from_utf8(bytes).map_err(|_| garbled())?;
    let (name, number) = text.split_once(':').ok_or_else(garbled)?;
    // `+1` and `01` are numbers to Rust, but no ids that this server made.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) || number.starts_with('0') {
        return Err(garbled());
    }
    let number = number.parse().map_err(|_| garbled())?;
    Ok((name.to_owned(), number))
}

/// At most 40 characters of what the user sent: enough to recognise it.
fn shortened(id: &ID) -> String {
    let mut text: String = id.chars().take(40).collect();
    if text.len() < id.len() {
        text.push('…');
    }
    text
}
