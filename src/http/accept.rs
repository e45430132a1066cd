//! What a client takes: media types and content codings, by its `Accept…` headers (RFC 9110, 12.5).

use std::fmt::Write;

use axum::http::header::{ACCEPT, ACCEPT_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};

/// A form that GraphQL's answers can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// `application/json`, for clients that do not know the other.
    Json,
    /// `application/graphql-response+json`, which the GraphQL-over-HTTP specification made.
    GraphqlResponse,
    /// `text/event-stream`: GraphQL over server-sent events.
    EventStream,
}

impl MediaType {
    const ALL: [Self; 3] = [Self::Json, Self::GraphqlResponse, Self::EventStream];

    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application", "json"),
            Self::GraphqlResponse => ("application", "graphql-response+json"),
            Self::EventStream => ("text", "event-stream"),
        }
    }

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        }
    }

    /// The one that the client likes best; null when it takes none of them. A client that does not
    /// care, or does not say, is one that knows `application/json`.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(ACCEPT) {
            return Some(Self::Json);
        }
        let ranges: Vec<Range> = items(headers, &ACCEPT).filter_map(Range::parse).collect();
        let liked = Self::ALL.into_iter().filter_map(|media_type| {
            let (precise, at, q) = media_type.find_range(&ranges)?;
            (q > 0).then_some((q, precise, std::cmp::Reverse(at), media_type))
        });
        // Between equals: what is named, then what is named first; then the order above.
        let mut best: Option<(u16, u8, std::cmp::Reverse<usize>, Self)> = None;
        for liked in liked {
            let key = |(q, precise, at, _): &(u16, u8, std::cmp::Reverse<usize>, Self)| {
                (*q, *precise, *at)
            };
            if best.as_ref().is_none_or(|best| key(&liked) > key(best)) {
                best = Some(liked);
            }
        }
        best.map(|(.., media_type)| media_type)
    }

    /// Whether `Accept` has this media type at any weight above 0.
    pub fn is_accepted(self, headers: &HeaderMap) -> bool {
        let ranges: Vec<Range> = items(headers, &ACCEPT).filter_map(Range::parse).collect();
        self.find_range(&ranges).is_some_and(|(.., q)| q > 0)
    }

    /// The most specific range that fits it, which says how much it is liked: how precise it is,
    /// where it stands, and its weight.
    fn find_range(self, ranges: &[Range]) -> Option<(u8, usize, u16)> {
        let fit = |(at, range): (usize, &Range)| Some((range.fits(self)?, at, range.q));
        let fitting = ranges.iter().enumerate().filter_map(fit);
        fitting.max_by_key(|(precise, at, _)| (*precise, std::cmp::Reverse(*at)))
    }
}

/// A range of media types in `Accept`.
struct Range {
    kind: String,
    subtype: String,
    /// Whether it asks for another encoding than UTF-8.
    foreign: bool,
    /// How much it is liked, in thousandths.
    q: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = name.trim().split_once('/')?;
        let mut range = Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            foreign: false,
            q: 1000,
        };
        for (name, value) in parameters.split(';').filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => range.q = quality(value),
                "charset" => range.foreign = !is_utf8(value),
                _ => {}
            }
        }
        Some(range)
    }

    /// How precisely it names `media_type`; null when it does not.
    fn fits(&self, media_type: MediaType) -> Option<u8> {
        let (kind, subtype) = media_type.parts();
        match (self.kind.as_str(), self.subtype.as_str()) {
            _ if self.foreign => None,
            (a, b) if a == kind && b == subtype => Some(2),
            (a, "*") if a == kind => Some(1),
            // Only who asks for a stream of events can do something with one.
            ("*", "*") if media_type != MediaType::EventStream => Some(0),
            _ => None,
        }
    }
}

/// Whether it is what UTF-8 is called.
pub fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// A quality of 0 to 1, in thousandths. What is none is the most there is, as if it was left out.
fn quality(text: &str) -> u16 {
    let value: f32 = text.parse().unwrap_or(1.0);
    // From 0 to 1000, so nothing is cut off.
    (value.clamp(0.0, 1.0) * 1000.0).round() as u16
}

/// A form that an answer can be sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// In increasing order of preference among codings that a client gives the same weight; figures
    /// are in `cache/coded.rs`. Brotli comes before zstd, which is faster: there are clients, such as
    /// graphql-codegen on Node.js 20, that ask for zstd and cannot decode it.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::Brotli];

    /// What it is called in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The one that the client likes best; null when it takes none, or would rather have none.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        Self::best_of(&Self::ALL, headers)
    }

    /// As [`Self::negotiate`], among these, in increasing order of preference.
    pub fn best_of(codings: &[Self], headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(ACCEPT_ENCODING) {
            return None;
        }
        let liked = codings.iter().filter_map(|it| Some((liked(headers, it.name())?, *it)));
        let (q, best) = liked.max_by_key(|(q, _)| *q)?;
        (q > 0 && liked_identity(headers) <= q).then_some(best)
    }
}

/// Writes the choice of a coding into the request's `Accept-Encoding`: the layer that compresses
/// responses would choose zstd where weights are equal. The other codings stay acceptable, for the
/// `ETag`s of responses that the client has in one of them.
pub fn choose_coding<B>(mut request: Request<B>) -> Request<B> {
    let headers = request.headers_mut();
    if let Some(chosen) = Coding::negotiate(headers) {
        let mut accepted = chosen.name().to_owned();
        for name in Coding::ALL.map(Coding::name).into_iter().chain(["identity"]) {
            if name != chosen.name()
                && let Some(q) = liked(headers, name).or_else(|| liked(headers, "*"))
            {
                // Writing to a text does not fail.
                let _ = write!(accepted, ", {name};q=0.{:03}", q.min(999));
            }
        }
        if let Ok(accepted) = HeaderValue::try_from(accepted) {
            headers.insert(ACCEPT_ENCODING, accepted);
        }
    }
    request
}

fn liked_identity(headers: &HeaderMap) -> u16 {
    liked(headers, "identity").unwrap_or(0)
}

/// How much the client likes this content coding, in thousandths; null when it does not name it.
fn liked(headers: &HeaderMap, name: &str) -> Option<u16> {
    items(headers, &ACCEPT_ENCODING).find_map(|item| {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        coding.trim().eq_ignore_ascii_case(name).then(|| {
            let q = parameters.split(';').find_map(|part| {
                let (name, value) = part.split_once('=')?;
                name.trim().eq_ignore_ascii_case("q").then(|| quality(value.trim()))
            });
            q.unwrap_or(1000)
        })
    })
}

/// Whether the client takes this content coding. `identity` is taken unless it is excluded.
pub fn takes_coding(headers: &HeaderMap, coding: &str) -> bool {
    let q = liked(headers, coding).or_else(|| liked(headers, "*"));
    q.map_or(coding == "identity", |q| q > 0)
}

/// The items of a header that is a list.
pub fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Request};

    use super::Coding::{Brotli, Gzip, Zstd};
    use super::MediaType::{EventStream, GraphqlResponse, Json};
    use super::{Coding, MediaType, choose_coding, takes_coding};

    fn negotiate(values: &[&str]) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("accept", HeaderValue::from_str(value).expect("a header"));
        }
        MediaType::negotiate(&headers)
    }

    #[test]
    fn media_types() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (values, liked) in [
            (vec![], Some(Json)),
            (vec!["*/*"], Some(Json)),
            (vec!["application/*"], Some(Json)),
            (vec![browser], Some(Json)),
            (vec!["application/json"], Some(Json)),
            (vec!["application/json; charset=utf-8"], Some(Json)),
            (vec!["application/json; charset=latin1"], None),
            (vec!["APPLICATION/GraphQL-Response+JSON"], Some(GraphqlResponse)),
            (
                vec!["application/graphql-response+json, application/json;q=0.9"],
                Some(GraphqlResponse),
            ),
            (
                vec!["application/json;q=0.9, application/graphql-response+json"],
                Some(GraphqlResponse),
            ),
            (vec!["application/json;q=0.9", "application/graphql-response+json;q=0.1"], Some(Json)),
            (vec!["application/json, application/graphql-response+json"], Some(Json)),
            (vec!["application/graphql-response+json, */*"], Some(GraphqlResponse)),
            (vec!["*/*;q=0.5, application/json;q=0"], Some(GraphqlResponse)),
            (vec!["application/json;q=0, application/graphql-response+json;q=0.000, */*"], None),
            (vec!["application/json;q=0"], None),
            (vec!["text/event-stream"], Some(EventStream)),
            (vec!["text/event-stream, application/json;q=0.5"], Some(EventStream)),
            (vec!["text/html"], None),
            (vec![""], None),
            (vec!["nonsense"], None),
        ] {
            assert_eq!(negotiate(&values), liked, "{values:?}");
        }
    }

    #[test]
    fn coding_that_is_liked_best() {
        for (value, best) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("zstd, br", Some(Brotli)),
            ("gzip, zstd", Some(Zstd)),
            ("br;q=0.9, zstd, gzip;q=0.9", Some(Zstd)),
            ("br;q=0, zstd;q=0.2, gzip;q=0.2", Some(Zstd)),
            ("gzip, deflate, br", Some(Brotli)),
            ("br;q=0.5, gzip;q=0.8", Some(Gzip)),
            ("GZIP;q=0.001", Some(Gzip)),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip", Some(Gzip)),
            ("deflate, gzip;q=0", None),
            ("*", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("accept-encoding", HeaderValue::from_static(value));
            assert_eq!(Coding::negotiate(&headers), best, "{value}");
        }
        assert_eq!(Coding::negotiate(&HeaderMap::new()), None);
    }

    #[test]
    fn the_choice_of_a_coding_is_written_down() {
        for (value, written) in [
            ("gzip, deflate, br, zstd", "br, gzip;q=0.999, zstd;q=0.999"),
            ("zstd;q=0.5, *;q=0.2", "zstd, gzip;q=0.200, br;q=0.200, identity;q=0.200"),
            ("gzip, br;q=0, identity;q=0", "gzip, br;q=0.000, identity;q=0.000"),
            ("identity, br;q=0.5", "identity, br;q=0.5"),
            ("*", "*"),
        ] {
            let request = Request::get("/").header("accept-encoding", value);
            let request = choose_coding(request.body(()).expect("a request"));
            assert_eq!(request.headers()["accept-encoding"], written, "{value}");
            assert_eq!(choose_coding(request).headers()["accept-encoding"], written, "{value}");
        }
    }

    #[test]
    fn codings() {
        for (value, coding, taken) in [
            ("gzip, br", "br", true),
            ("gzip, br;q=0", "br", false),
            ("gzip;q=0.000, *", "gzip", false),
            ("*", "zstd", true),
            ("gzip", "zstd", false),
            ("gzip", "identity", true),
            ("identity;q=0", "identity", false),
            ("*;q=0", "identity", false),
            ("", "identity", true),
            ("GZIP", "gzip", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("accept-encoding", HeaderValue::from_static(value));
            assert_eq!(takes_coding(&headers, coding), taken, "{value} {coding}");
        }
    }
}
