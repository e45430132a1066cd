//! What a JWT says of whoever shows it.

use serde_json::{Map, Value};

use super::Role;

/// The claims of a JWT.
pub type Claims = Map<String, Value>;

/// Characters of what somebody is called, at most.
const NAME: usize = 100;

/// The highest role that `claim` names; whoever has none of ours reads, as everybody does.
pub fn role(claims: &Claims, claim: &str) -> Role {
    let known = |value: &Value| value.as_str()?.parse::<Role>().ok();
    let role = match find(claims, claim) {
        Some(Value::Array(values)) => values.iter().filter_map(known).max(),
        Some(value) => known(value),
        None => None,
    };
    role.unwrap_or_default()
}

/// What `claim` calls them, without what controls and as far as it is not too long; null when that
/// is no text.
pub fn name(claims: &Claims, claim: &str) -> Option<String> {
    let name = find(claims, claim)?.as_str()?.chars().filter(|c| !c.is_control());
    let name: String = name.take(NAME).collect();
    Some(name).filter(|name| !name.is_empty())
}

/// The claim of this name; or, going into an object at each dot, what is there. Providers also have
/// claims with dots in their names, which are addresses.
fn find<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    let mut value = claims.get(first)?;
    for name in rest.split('.') {
        value = value.get(name)?;
    }
    Some(value)
}
