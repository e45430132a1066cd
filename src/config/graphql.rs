use std::path::PathBuf;

use serde::Deserialize;

/// `[graphql]`: what is offered at `/graphql` and beside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Graphql {
    /// Whether clients may ask for the schema: by introspection, and at `/schema.graphql`.
    pub introspection: bool,
    /// Whether GraphiQL is served at `/graphiql`.
    pub graphiql: bool,
    /// Which documents are executed.
    pub persisted: Persisted,
    /// Files that name trusted documents by their ids, in the format of Apollo's
    /// `generate-persisted-query-manifest`, of relay-compiler or of graphql-codegen.
    #[serde(deserialize_with = "super::list")]
    pub manifests: Vec<PathBuf>,
    /// Bytes of documents that clients persist by themselves (automatic persisted queries) and that
    /// are kept; those used least go first.
    pub persisted_bytes: u64,
    /// `Cache-Control` of answers to GET that have no errors. They have an `ETag` in any case, and
    /// whoever holds one asks whether it is still good.
    pub cache_control: String,
}

/// Which documents are executed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Persisted {
    /// Those that are sent; ids are not known.
    Off,
    /// Those that are sent, those that a client has persisted before, and those of the manifests.
    Allow,
    /// Those of the manifests, named by their ids or sent to the letter, and no others.
    Require,
}

impl Default for Graphql {
    fn default() -> Self {
        Self {
            introspection: true,
            graphiql: true,
            persisted: Persisted::Allow,
            manifests: Vec::new(),
            persisted_bytes: 16 * 1024 * 1024,
            cache_control: "no-cache".to_owned(),
        }
    }
}

impl Graphql {
    /// Whether the settings make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if !self.cache_control.bytes().all(printable) {
            return Err("graphql.cache_control is no header's value".to_owned());
        }
        if self.persisted == Persisted::Require && self.manifests.is_empty() {
            return Err("graphql.persisted is \"require\", and graphql.manifests names no file: \
                        nothing could be asked"
                .to_owned());
        }
        Ok(())
    }
}
