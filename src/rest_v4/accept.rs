//! In what form an answer is welcome.
//!
//! Quality values do not count, not even 0: the most specific range wins, and of equals JSON.

use super::Refused;
use super::decimal::Decimal;

/// The most that JSON is indented by.
const MOST_INDENT: i64 = 8;

/// A form of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// `application/json`, each level indented by so many spaces; with 0, compact.
    Json { indent: usize },
    /// `text/html`: a page for people.
    Page,
}

impl Renderer {
    /// In the order in which they are preferred.
    const ALL: [Self; 2] = [Self::Json { indent: 0 }, Self::Page];

    /// What a format is called in addresses.
    pub fn format(self) -> &'static str {
        match self {
            Self::Json { .. } => "json",
            Self::Page => "api",
        }
    }

    fn media_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Json { .. } => ("application", "json"),
            Self::Page => ("text", "html"),
        }
    }
}

/// A range of media types.
struct Range {
    kind: String,
    subtype: String,
    parameters: Vec<(String, String)>,
}

impl Range {
    fn parse(text: &str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (kind, subtype) = name.split_once('/').unwrap_or((&name, ""));
        let parameters = parts.filter_map(|part| part.split_once('=')).map(|(name, value)| {
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
        });
        let parameters = parameters.collect();
        Self { kind: kind.to_owned(), subtype: subtype.to_owned(), parameters }
    }

    fn precedence(&self) -> u8 {
        let only_quality = || self.parameters.iter().all(|(name, _)| name == "q");
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", _) => 0,
            (_, "*") => 1,
            _ if only_quality() => 2,
            _ => 3,
        }
    }

    fn fits(&self, renderer: Renderer) -> bool {
        let (kind, subtype) = renderer.media_type();
        (self.subtype == "*" || self.subtype == subtype) && (self.kind == "*" || self.kind == kind)
    }

    /// What `indent` says; 0 for what is no number.
    fn indent(&self) -> usize {
        let indent = self.parameters.iter().rev().find(|(name, _)| name == "indent");
        let indent = indent.and_then(|(_, value)| Decimal::parse(value));
        indent.map_or(0, |indent| indent.saturating().min(MOST_INDENT) as usize)
    }
}

/// Chooses among the forms that `format`, if there is one, leaves over.
pub fn negotiate(accept: Option<&str>, format: Option<&str>) -> Result<Renderer, Refused> {
    let allowed = |renderer: &Renderer| format.is_none_or(|format| format == renderer.format());
    let renderers: Vec<Renderer> = Renderer::ALL.into_iter().filter(allowed).collect();
    if renderers.is_empty() {
        return Err(Refused::NotFound);
    }
    let ranges: Vec<Range> = accept.unwrap_or("*/*").split(',').map(Range::parse).collect();
    for precedence in (0..=3).rev() {
        for renderer in &renderers {
            let mut ranges = ranges.iter().filter(|range| range.precedence() == precedence);
            if let Some(range) = ranges.find(|range| range.fits(*renderer)) {
                return Ok(match renderer {
                    Renderer::Json { .. } => Renderer::Json { indent: range.indent() },
                    Renderer::Page => Renderer::Page,
                });
            }
        }
    }
    Err(Refused::NotAcceptable)
}

#[cfg(test)]
mod tests {
    use super::Renderer::{self, Page};
    use super::negotiate;
    use crate::rest_v4::Refused;

    const JSON: Renderer = Renderer::Json { indent: 0 };

    #[test]
    fn the_most_specific_range_wins() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, format, expected) in [
            (None, None, Ok(JSON)),
            (Some("*/*"), None, Ok(JSON)),
            (Some("text/html,application/json;q=0.9"), None, Ok(JSON)),
            (Some("application/json;q=0"), None, Ok(JSON)),
            (Some("*/*, text/html"), None, Ok(Page)),
            (Some("text/*"), None, Ok(Page)),
            (Some("TEXT/HTML"), None, Ok(Page)),
            (Some("application/*, text/html"), None, Ok(Page)),
            (Some("text/html;level=1, application/json"), None, Ok(Page)),
            (Some(browser), None, Ok(Page)),
            (Some(""), None, Err(Refused::NotAcceptable)),
            (Some("*"), None, Err(Refused::NotAcceptable)),
            (Some("nonsense"), None, Err(Refused::NotAcceptable)),
            (Some("image/png"), None, Err(Refused::NotAcceptable)),
            (Some("text/html"), Some("json"), Err(Refused::NotAcceptable)),
            (Some("application/json"), Some("api"), Err(Refused::NotAcceptable)),
            (Some(browser), Some("json"), Ok(JSON)),
            (None, Some("api"), Ok(Page)),
            (None, Some("JSON"), Err(Refused::NotFound)),
            (Some("image/png"), Some("xml"), Err(Refused::NotFound)),
        ] {
            assert_eq!(negotiate(accept, format), expected, "{accept:?} {format:?}");
        }
    }

    #[test]
    fn json_is_indented_as_asked() {
        for (accept, indent) in [
            ("application/json; indent=4", 4),
            ("*/*; indent=2", 2),
            ("application/json; indent=99", 8),
            ("application/json; indent=0", 0),
            ("application/json; indent=-1", 0),
            ("application/json; indent=x", 0),
            ("application/json;indent=\"3\"", 3),
        ] {
            assert_eq!(negotiate(Some(accept), None), Ok(Renderer::Json { indent }), "{accept}");
        }
    }
}
