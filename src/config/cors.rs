use serde::Deserialize;

/// `[cors]`: which pages of other origins may read answers in a browser.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://example.org`, or `*` for all of them; none by default.
    #[serde(deserialize_with = "super::list")]
    pub origins: Vec<String>,
}

impl Cors {
    /// Whether the origins are origins.
    pub(super) fn check(&self) -> Result<(), String> {
        for origin in &self.origins {
            let parsed = url::Url::parse(origin).map(|url| url.origin().ascii_serialization());
            if origin != "*" && parsed.as_ref() != Ok(origin) {
                return Err(format!(
                    "cors.origins has \"{origin}\"; an origin is like https://example.org, and * \
                     is all of them"
                ));
            }
        }
        Ok(())
    }
}
