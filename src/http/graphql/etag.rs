//! Which answer it is, in a word: an answer by GET has a strong `ETag`, made of everything that it
//! follows from, so that it is known before anything is executed whether a client has it already. (Of
//! what may change at the same revision it is made of the answer, so that is executed first.)

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, Response, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Parameters, SentVariables};
use crate::http::accept::{self, Coding, MediaType};
use crate::http::answering::Reply;

/// What was built: another program may answer otherwise. (`build.rs` makes it of all sources.)
const BUILD: &str = env!("SOURCES_DIGEST");

/// What an answer follows from, but for the document and the data.
pub struct Asked(Sha256);

/// The tag of an answer that is not compressed.
pub struct Tag(String);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl Asked {
    pub fn new(parameters: &Parameters, media_type: MediaType) -> Self {
        let mut asked = Self(Sha256::new());
        asked.part(BUILD);
        asked.part(media_type.content_type());
        asked.part(parameters.operation_name.as_deref().unwrap_or_default());
        let variables = parameters.variables.as_ref().map(SentVariables::text);
        asked.part(variables.as_deref().unwrap_or_default());
        asked
    }

    /// What an answer that is not GraphQL's follows from, in words.
    pub fn about(text: &str) -> Self {
        let mut asked = Self(Sha256::new());
        asked.part(BUILD);
        asked.part(text);
        asked
    }

    /// With the document.
    pub fn of(mut self, document: &str) -> Self {
        self.part(document);
        self
    }

    /// The tag of `reply`. Where the answer may be another one at the same revision, it is made of the
    /// answer itself.
    pub fn tag_of(&self, reply: &Reply) -> Tag {
        let Some(content) = reply.content else { return self.tag(reply.revision) };
        let mut all = Self(self.0.clone());
        all.0.update(content);
        all.finish()
    }

    /// The tag of the answer at `revision`; null means that it reads nothing, and is the same at
    /// every one.
    pub fn tag(&self, revision: Option<i64>) -> Tag {
        let mut all = Self(self.0.clone());
        all.part(&revision.map(|revision| revision.to_string()).unwrap_or_default());
        all.finish()
    }

    fn finish(self) -> Tag {
        // 16 bytes: nobody gains anything by finding two of the same.
        Tag(URL_SAFE_NO_PAD.encode(&self.0.finalize()[..16]))
    }

    fn part(&mut self, text: &str) {
        // With its length, so that no two sequences of parts are the same bytes.
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }
}

/// The tags of the answers that the client has.
pub fn known(headers: &HeaderMap) -> Vec<&str> {
    // It is compared weakly, and ours have no commas in them.
    let tags = accept::items(headers, &header::IF_NONE_MATCH);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')).collect()
}

/// The one of `known` that is the answer called `tag`, in a coding that the client still takes.
pub fn matching(known: &[&str], tag: &Tag, headers: &HeaderMap) -> Option<String> {
    known.iter().find_map(|known| {
        let coding = match known.strip_prefix(tag.0.as_str())? {
            "" => "identity",
            rest => {
                let mut codings = Coding::ALL.iter().map(|coding| coding.name());
                codings.find(|coding| rest.strip_prefix('-') == Some(coding))?
            }
        };
        accept::takes_coding(headers, coding).then(|| format!("\"{known}\""))
    })
}

/// Marks the tag of an answer with the coding that it is in: strong tags tell forms apart. (Two
/// that are compressed alike may differ in their bytes, one being kept and one made for a client
/// alone; that would matter to who asks for ranges, which there are none of.)
pub fn mark_coding<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    if let (Some(coding), Some(tag)) =
        (headers.get(header::CONTENT_ENCODING), headers.get(header::ETAG))
        && let (Ok(coding), Some(tag)) =
            (coding.to_str(), tag.to_str().ok().and_then(|tag| tag.strip_suffix('"')))
        && let Ok(tag) = HeaderValue::from_str(&format!("{tag}-{coding}\""))
    {
        headers.insert(header::ETAG, tag);
    }
    response
}
