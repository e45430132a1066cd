//! The REST API, version 4, for clients that were there before GraphQL was: they must not notice
//! who answers. Its rules are those of Django REST framework, under which it grew up: what is
//! accepted, in which order things are checked, how addresses are spelled.
//!
//! Beside it, under `/api/packgrid/v1/`, and by the same rules, are lists of what it never had
//! (releases, features, cells, and the rest of what is known of packages), so that one packgrid can
//! take over all of another.
//!
//! A request becomes an [`Answer`] at once when the data does not matter, or else a [`Plan`], which
//! is carried out on a snapshot.

mod accept;
mod address;
mod decimal;
mod emoji;
mod indent;
mod metadata;
mod page;
mod query;
mod records;
mod route;
mod search;

use jiff::tz::TimeZone;

use accept::Renderer;
use query::Query;
use route::{Routed, Target};

pub use address::Base;
pub use records::Plan;

/// The methods that there are.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// A request, as far as it matters.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// As it was sent, percent signs and all.
    pub path: String,
    /// As it was sent; null when there is no `?`.
    pub query: Option<String>,
    /// All values of `Accept`, joined by commas; null when there is none.
    pub accept: Option<String>,
    /// What links begin with.
    pub base: Base,
    /// The zone that times are of.
    pub zone: TimeZone,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// What comes of a request.
pub enum Outcome {
    Answer(Answer),
    /// It depends on the data.
    Read(Box<Plan>),
}

/// Why a request is not answered by data.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refused {
    /// There is nothing under that address, or not in that format.
    NotFound,
    /// No record has that id or slug.
    NoMatch(&'static str),
    NotAcceptable,
    MethodNotAllowed(String),
    /// A search that is too much.
    BadQuery(String),
}

impl Refused {
    fn status(&self) -> u16 {
        match self {
            Self::NotFound | Self::NoMatch(_) => 404,
            Self::NotAcceptable => 406,
            Self::MethodNotAllowed(_) => 405,
            Self::BadQuery(_) => 400,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NotFound => "Not found.".to_owned(),
            Self::NoMatch(record) => format!("No {record} matches the given query."),
            Self::NotAcceptable => "Could not satisfy the request Accept header.".to_owned(),
            Self::MethodNotAllowed(method) => format!("Method \"{method}\" not allowed."),
            Self::BadQuery(why) => why.clone(),
        }
    }

    fn body(&self) -> Vec<u8> {
        serde_json::json!({ "detail": self.detail() }).to_string().into_bytes()
    }
}

/// Finds out what is asked for. Checked are, in this order: the address, the format, what is
/// accepted, the method.
pub fn outcome(request: Request) -> Outcome {
    let target = match route::find(&request.path) {
        Routed::To(target) => target,
        Routed::MissingSlash(path) => return Outcome::Answer(redirect(&request, &path)),
        Routed::Nowhere => return Outcome::Answer(nowhere()),
    };
    let query = Query::parse(request.query.as_deref().unwrap_or_default());
    let format = target.suffix.as_deref().or(query.last("format")).filter(|it| !it.is_empty());
    let renderer = match accept::negotiate(request.accept.as_deref(), format) {
        Ok(renderer) => renderer,
        // Nobody knows in what form it would be welcome.
        Err(refused) => {
            let form = Form { renderer: Renderer::Json { indent: 0 }, request, query, target };
            return Outcome::Answer(form.refuse(&refused));
        }
    };
    let form = Form { renderer, request, query, target };
    match form.request.method.as_str() {
        "GET" | "HEAD" => records::plan(form),
        "OPTIONS" => Outcome::Answer(form.answer(200, metadata::describe(&form.target))),
        method => {
            let refused = Refused::MethodNotAllowed(method.to_owned());
            Outcome::Answer(form.refuse(&refused))
        }
    }
}

/// A request whose answer's form is known.
struct Form {
    renderer: Renderer,
    request: Request,
    query: Query,
    target: Target,
}

impl Form {
    fn refuse(&self, refused: &Refused) -> Answer {
        self.answer(refused.status(), refused.body())
    }

    /// An answer whose data is `body`, as compact JSON.
    fn answer(&self, status: u16, body: Vec<u8>) -> Answer {
        let body = escape_separators(body);
        let (content_type, body) = match self.renderer {
            Renderer::Json { indent: 0 } => ("application/json", body),
            Renderer::Json { indent } => ("application/json", indent::indent(&body, indent)),
            Renderer::Page => ("text/html; charset=utf-8", page::page(self, status, &body)),
        };
        let headers = [("content-type", content_type), ("allow", ALLOW), ("vary", "Accept")];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
        let mut answer = Answer { status, headers, body };
        match self.renderer {
            // A page of ours has no scripts, and nobody's text is to bring one.
            Renderer::Page => answer.header("content-security-policy", page::POLICY),
            Renderer::Json { .. } => {}
        }
        answer
    }
}

impl Answer {
    fn header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }
}

/// JSON in which U+2028 and U+2029 are escaped: JavaScript, before it was mended, took them for
/// ends of lines.
fn escape_separators(body: Vec<u8>) -> Vec<u8> {
    let separator =
        |three: &[u8]| three[..2] == [0xE2, 0x80] && (three[2] == 0xA8 || three[2] == 0xA9);
    if !body.windows(3).any(separator) {
        return body;
    }
    let text = String::from_utf8_lossy(&body);
    text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029").into_bytes()
}

/// To the same address with the slash that is missing.
fn redirect(request: &Request, path: &str) -> Answer {
    let query = request.query.as_deref().filter(|query| !query.is_empty());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("{}{}{query}", request.base.prefix(), address::escape_path(path));
    let mut answer = Answer { status: 301, headers: Vec::new(), body: Vec::new() };
    answer.header("content-type", "text/html; charset=utf-8");
    answer.header("location", location);
    answer
}

/// What is no address of the API has the site's page for that.
fn nowhere() -> Answer {
    let mut answer = Answer { status: 404, headers: Vec::new(), body: page::nowhere() };
    answer.header("content-type", "text/html; charset=utf-8");
    answer.header("content-security-policy", page::POLICY);
    answer
}
