//! Persisted operations: documents that clients name by an id instead of sending them.
//!
//! Automatic ones (the protocol of Apollo's clients) are kept once a client has sent them with
//! their SHA-256, in a cache of so many bytes. Trusted ones come from files that a client's build
//! has written: whoever runs the server can have it execute those alone.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use moka::sync::Cache;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::graphql::Parameters;
use super::refusal::Refusal;
use crate::config::{Graphql, Persisted};
use crate::graphql::ErrorCode;

/// Bytes that an entry of the cache takes beside its document.
const ENTRY: usize = 100;

type Hash = [u8; 32];

/// The documents that are known.
pub struct Documents {
    mode: Persisted,
    trusted: HashMap<String, Arc<str>>,
    /// The same by the hash of their texts.
    hashes: HashMap<Hash, Arc<str>>,
    automatic: Cache<Hash, Arc<str>>,
}

/// A document to execute.
#[derive(Debug)]
pub struct Document {
    pub text: Arc<str>,
    /// What it is to be kept under once it is found right.
    keep_as: Option<Hash>,
}

/// Why the trusted documents cannot be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    #[error("cannot read the documents in {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} has no documents in a format that is known (of Apollo, Relay or graphql-codegen): {reason}", path.display())]
    Format { path: PathBuf, reason: String },
    #[error("{} has other documents than another file, or twice, for the id {id}", path.display())]
    Twice { path: PathBuf, id: String },
}

/// A manifest: Apollo's names its format; Relay's and graphql-codegen's map ids to texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Apollo { format: String, version: u32, operations: Vec<ApolloOperation> },
    Map(HashMap<String, String>),
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

impl Documents {
    /// Reads the manifests that `settings` name.
    ///
    /// # Errors
    /// When one cannot be read, or contradicts another.
    pub fn load(settings: &Graphql) -> Result<Self, ManifestError> {
        let weight =
            |_: &Hash, text: &Arc<str>| u32::try_from(text.len() + ENTRY).unwrap_or(u32::MAX);
        let automatic =
            Cache::builder().max_capacity(settings.persisted_bytes).weigher(weight).build();
        let mut documents = Self {
            mode: settings.persisted,
            trusted: HashMap::new(),
            hashes: HashMap::new(),
            automatic,
        };
        for path in &settings.manifests {
            for (id, text) in read(path)? {
                let text: Arc<str> = text.into();
                documents.hashes.insert(hash(&text), Arc::clone(&text));
                match documents.trusted.insert(canonical(&id).into_owned(), Arc::clone(&text)) {
                    Some(other) if other != text => {
                        return Err(ManifestError::Twice { path: path.clone(), id });
                    }
                    _ => {}
                }
            }
        }
        Ok(documents)
    }

    /// The document that `parameters` send or name.
    ///
    /// # Errors
    /// When there is none, or it may not be executed.
    pub fn find(&self, parameters: &mut Parameters) -> Result<Document, Refusal> {
        let text = parameters.query.take();
        let id = parameters.document_id.take();
        let hash = parameters.extensions.sha256_hash.take();
        match (text, id, hash) {
            (Some(text), _, hash) => self.sent(text.into(), hash),
            (None, Some(id), _) => self.named(&id),
            (None, None, Some(hash)) => self.hashed(&hash),
            (None, None, None) => Err(Refusal::bad_request("There is no `query` in the request")),
        }
    }

    fn sent(&self, text: Arc<str>, hash: Option<String>) -> Result<Document, Refusal> {
        let hash = match hash {
            Some(hash) if self.mode != Persisted::Off => {
                let of_text = self::hash(&text);
                if parse_hash(&hash) != Some(of_text) {
                    return Err(Refusal::bad_request("provided sha does not match query"));
                }
                Some(of_text)
            }
            _ => None,
        };
        if self.mode == Persisted::Require {
            if !self.hashes.contains_key(&self::hash(&text)) {
                return Err(Refusal::request(
                    ErrorCode::PersistedQueryIdRequired,
                    "This server executes the documents that it knows, and this is none of them",
                ));
            }
            return Ok(Document { text, keep_as: None });
        }
        Ok(Document { text, keep_as: hash })
    }

    fn named(&self, id: &str) -> Result<Document, Refusal> {
        if self.mode == Persisted::Off {
            return Err(not_supported());
        }
        match self.lookup(id) {
            Some(text) => Ok(Document { text, keep_as: None }),
            None => {
                let message = "This server knows no document by this id";
                Err(Refusal::request(ErrorCode::PersistedQueryNotInList, message))
            }
        }
    }

    fn hashed(&self, hash: &str) -> Result<Document, Refusal> {
        if self.mode == Persisted::Off {
            return Err(not_supported());
        }
        match self.lookup(hash) {
            Some(text) => Ok(Document { text, keep_as: None }),
            None if self.mode == Persisted::Require => {
                let message = "This server knows no document by this hash, and takes no others";
                Err(Refusal::request(ErrorCode::PersistedQueryNotInList, message))
            }
            // Clients look for this message, or for its code.
            None => {
                Err(Refusal::request(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound"))
            }
        }
    }

    /// Returns the document with this id or hash. Clients send a manifest's id as `documentId` or as
    /// `sha256Hash`; ids may be of any kind, and a document's SHA-256 names it in any case.
    fn lookup(&self, id: &str) -> Option<Arc<str>> {
        let id = canonical(id);
        if let Some(text) = self.trusted.get(&*id) {
            return Some(Arc::clone(text));
        }
        let hash = parse_hash(&id)?;
        self.hashes.get(&hash).cloned().or_else(|| match self.mode {
            Persisted::Allow => self.automatic.get(&hash),
            Persisted::Off | Persisted::Require => None,
        })
    }

    /// Keeps `document`, which was found right, if its client asked for that.
    pub fn keep(&self, document: &Document) {
        if let Some(hash) = document.keep_as
            && self.automatic.get(&hash).is_none()
        {
            self.automatic.insert(hash, Arc::clone(&document.text));
            // Or it would be over its bound for a while.
            self.automatic.run_pending_tasks();
        }
    }
}

fn not_supported() -> Refusal {
    // Clients look for this message, or for its code.
    Refusal::request(ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported")
}

/// The SHA-256 of a document.
fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// Returns the one spelling of an id: without the prefix `sha256:`, a SHA-256 in small letters.
fn canonical(id: &str) -> Cow<'_, str> {
    let bare = id.strip_prefix("sha256:").unwrap_or(id);
    let has_capitals = bare.bytes().any(|byte| byte.is_ascii_uppercase());
    match parse_hash(bare) {
        Some(_) if has_capitals => Cow::Owned(bare.to_ascii_lowercase()),
        _ => Cow::Borrowed(bare),
    }
}

/// Parses a SHA-256 from its 64 hexadecimal digits, with or without the prefix `sha256:`.
fn parse_hash(text: &str) -> Option<Hash> {
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(hash)
}

fn read(path: &Path) -> Result<Vec<(String, String)>, ManifestError> {
    let wrong = |reason: String| ManifestError::Format { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path)
        .map_err(|source| ManifestError::Read { path: path.to_owned(), source })?;
    match serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))? {
        Manifest::Apollo { format, version, operations } => {
            if format != "apollo-persisted-query-manifest" || version != 1 {
                return Err(wrong(format!("its format is {format}, version {version}")));
            }
            Ok(operations.into_iter().map(|it| (it.id, it.body)).collect())
        }
        Manifest::Map(documents) => Ok(documents.into_iter().collect()),
    }
}
