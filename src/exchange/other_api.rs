//! Recognises JSON of other APIs, so that an import can say what it was given.

use serde_json::{Map, Value};

/// Keys that a message names, at most.
const SHOWN_KEYS: usize = 8;

/// JSON that is neither records nor a page of the REST API, version 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OtherApi {
    /// Another version of the REST API.
    Version(u32),
    /// The root of an API, which names its lists.
    Root,
    /// The response to a request that failed, with its message.
    Error(String),
    /// A response to a GraphQL request.
    Graphql,
    /// An object with these keys.
    Unknown(Vec<String>),
}

impl OtherApi {
    /// What `value` is; `None` if it may be a record or a page of version 4.
    pub fn of(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let has = |key: &str| object.contains_key(key);
        let version = version_in(value);
        if has("objects") && has("meta") || has("resource_uri") && version != Some(4) {
            return Some(Self::Version(version.unwrap_or(3)));
        }
        if has("id") || has("results") {
            return None;
        }
        let is_root = ["packages", "grids", "categories"]
            .iter()
            .all(|list| object.get(*list).is_some_and(|link| link.is_string() || link.is_object()));
        if is_root || object.values().any(|list| list.get("list_endpoint").is_some()) {
            let version = version.filter(|version| *version != 4);
            return Some(version.map_or(Self::Root, Self::Version));
        }
        if let Some(message) = object.get("detail").and_then(Value::as_str) {
            return Some(Self::Error(message.to_owned()));
        }
        if has("errors") || has("data") && object.len() <= 2 {
            return Some(Self::Graphql);
        }
        Some(Self::Unknown(keys(object)))
    }

    /// What it is, for people; `v4` is where version 4 may be found.
    pub fn describe(&self, v4: &str) -> String {
        match self {
            Self::Version(version) => format!(
                "this looks like the REST API, version {version}; packgrid reads version 4 ({v4})"
            ),
            Self::Root => "this is the root of the REST API, not one of its lists".to_owned(),
            Self::Error(message) => format!("this is an error response: {message:?}"),
            Self::Graphql => format!(
                "this is a response to a GraphQL request; packgrid reads the REST API, version 4 ({v4})"
            ),
            Self::Unknown(keys) => format!(
                "this is an object with the keys {}; packgrid reads the records of the REST API, \
                 version 4 ({v4})",
                keys.join(", ")
            ),
        }
    }
}

fn keys(object: &Map<String, Value>) -> Vec<String> {
    let mut keys: Vec<String> =
        object.keys().take(SHOWN_KEYS).map(|key| format!("`{key}`")).collect();
    if object.len() > SHOWN_KEYS {
        keys.push("…".to_owned());
    }
    keys
}

/// The version of the first link in `value` that names one, such as `/api/v3/packages/`.
fn version_in(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => {
            let after = text.split_once("/api/v")?.1;
            after.split('/').next()?.parse().ok()
        }
        Value::Array(values) => values.iter().find_map(version_in),
        Value::Object(values) => values.values().find_map(version_in),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::OtherApi;

    #[test]
    fn tells_other_apis_from_records_and_pages() {
        let v3 = json!({"meta": {"total_count": 1}, "objects": [{"resource_uri": "/api/v3/packages/x/"}]});
        assert_eq!(OtherApi::of(&v3), Some(OtherApi::Version(3)));
        let v1 =
            json!({"meta": {}, "objects": [{"resource_uri": "/api/v1/packages/x/", "id": "1"}]});
        assert_eq!(OtherApi::of(&v1), Some(OtherApi::Version(1)));
        let lists = |version: &str| {
            json!({"categories": format!("{version}categories/"), "grids": format!("{version}grids/"),
                   "packages": format!("{version}packages/")})
        };
        assert_eq!(OtherApi::of(&lists("/api/v3/")), Some(OtherApi::Version(3)));
        assert_eq!(OtherApi::of(&lists("https://x.example/api/v4/")), Some(OtherApi::Root));
        assert_eq!(
            OtherApi::of(&json!({"detail": "Not found."})),
            Some(OtherApi::Error("Not found.".to_owned()))
        );
        assert_eq!(OtherApi::of(&json!({"data": {"packages": []}})), Some(OtherApi::Graphql));
        assert_eq!(
            OtherApi::of(&json!({"items": []})),
            Some(OtherApi::Unknown(vec!["`items`".to_owned()]))
        );
        for ours in [json!({"count": 0, "results": []}), json!({"id": 1}), json!([]), json!(7)] {
            assert_eq!(OtherApi::of(&ours), None, "{ours}");
        }
    }
}
