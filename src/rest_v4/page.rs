//! Answers as pages, for people who follow a link in a browser.

use percent_encoding::percent_decode_str;

use super::route::{Place, Root};
use super::{ALLOW, Form, indent, metadata};

/// What such a page may do: look as it looks.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark;--line:light-dark(#d8dee4,#30363d);--soft:light-dark(#f6f8fa,#161b22);\
--ink:light-dark(#1f2328,#e6edf3);--quiet:light-dark(#59636e,#9198a1);--link:light-dark(#0a58ca,#79b8ff);\
--key:light-dark(#8250df,#d2a8ff);--text:light-dark(#0a6640,#7ee2a8)}\
body{margin:0;background:light-dark(#fff,#0d1117);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\
header{background:var(--soft);border-bottom:1px solid var(--line)}\
header div,main{max-width:64rem;margin:0 auto;padding:.75rem 1rem}\
nav a:not(:last-child)::after{content:' /';color:var(--quiet)}\
h1{font-size:1.6rem;margin:.5rem 0}p{margin:.25rem 0 1rem;color:var(--quiet);white-space:pre-line}\
a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}\
pre{margin:0;padding:.75rem 1rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;\
border:1px solid var(--line);font:.875rem/1.55 ui-monospace,monospace}\
.ask{background:var(--soft);border-radius:.5rem .5rem 0 0;border-bottom:0}\
.body{border-radius:0 0 .5rem .5rem}.head{color:var(--quiet)}.k{color:var(--key)}.s{color:var(--text)}\
.pages{display:flex;gap:1rem;justify-content:flex-end;margin:0 0 .75rem}";

/// The page of an answer with this status, whose data is `body` (compact JSON).
pub fn page(form: &Form, status: u16, body: &[u8]) -> Vec<u8> {
    let title = escape(&metadata::name(&form.target));
    let request = &form.request;
    // The page of HEAD is as long as that of GET.
    let method = if request.method == "HEAD" { "GET" } else { &request.method };
    let mut asked = format!("{method} {}", shown(&request.path));
    if let Some(query) = request.query.as_deref().filter(|query| !query.is_empty()) {
        asked.push('?');
        asked.push_str(query);
    }
    let json = indent::indent(body, 4);
    let json = highlighted(&String::from_utf8_lossy(&json));
    let (trail, pages) = (trail(form), pages(body));
    let asked = escape(&asked);
    let meaning = meaning(status);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <style>{STYLE}</style></head><body><header><div><nav aria-label=\"Where this is\">{trail}\
         </nav></div></header><main><h1>{title}</h1>{pages}<pre class=\"ask\"><b>{asked}</b></pre>\
         <pre class=\"body\"><span class=\"head\"><b>HTTP {status} {meaning}</b>\n\
         Allow: {ALLOW}\nContent-Type: application/json\nVary: Accept</span>\n\n{json}</pre>\
         </main></body></html>\n"
    )
    .into_bytes()
}

/// The page for addresses that lead nowhere.
pub fn nowhere() -> Vec<u8> {
    let root = Root::V4.path();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Not found</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <style>{STYLE}</style></head><body><main><h1>Not found</h1><p>There is nothing at this \
         address. <a href=\"{root}/\">{root}/</a> tells what there is.</p></main></body></html>\n"
    )
    .into_bytes()
}

/// Where the page is: the root, the list, the record.
fn trail(form: &Form) -> String {
    let (prefix, root) = (form.request.base.prefix(), form.target.root);
    let format = form.query.format();
    let mut steps = vec![("Api Root".to_owned(), format!("{prefix}{}/", root.path()))];
    if let Place::List(resource) | Place::Instance(resource, _) = &form.target.place {
        let name = resource.name();
        let title = format!("{} List", resource.record());
        steps.push((title, format!("{prefix}{}/{name}/", root.path())));
    }
    if let Place::Instance(resource, _) = &form.target.place {
        let path = super::address::escape_path(&form.target.path);
        steps.push((format!("{} Instance", resource.record()), format!("{prefix}{path}")));
    }
    steps
        .iter()
        .map(|(title, path)| {
            format!("<a href=\"{}\">{title}</a> ", escape(&(path.clone() + &format)))
        })
        .collect()
}

/// The pages before and after, of a list.
fn pages(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Page {
        next: Option<String>,
        previous: Option<String>,
    }

    let Ok(Page { next, previous }) = serde_json::from_slice(body) else {
        return String::new();
    };
    let link = |title: &str, rel: &str, address: Option<String>| {
        let link = |it: String| format!("<a rel=\"{rel}\" href=\"{}\">{title}</a>", escape(&it));
        address.map(link).unwrap_or_default()
    };
    let (previous, next) = (link("← Previous", "prev", previous), link("Next →", "next", next));
    if previous.is_empty() && next.is_empty() {
        return String::new();
    }
    format!("<div class=\"pages\">{previous}{next}</div>")
}

/// Indented JSON as HTML: names and texts have colours, addresses can be clicked.
fn highlighted(json: &str) -> String {
    let mut html = String::with_capacity(json.len() * 2);
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        html.push_str(&rest[..start]);
        let end = end_of_text(&rest[start..]) + start;
        let text = &rest[start..end];
        rest = &rest[end..];
        let inner = text.trim_matches('"');
        let is_address = ["http://", "https://"].iter().any(|it| inner.starts_with(it))
            && !inner.contains(|c: char| c == '\\' || c.is_whitespace());
        if rest.starts_with(':') {
            html.extend(["<span class=\"k\">", &escape(text), "</span>"]);
        } else if is_address {
            let inner = escape(inner);
            html.extend(["\"<a href=\"", &inner, "\" rel=\"nofollow\">", &inner, "</a>\""]);
        } else {
            html.extend(["<span class=\"s\">", &escape(text), "</span>"]);
        }
    }
    html.push_str(rest);
    html
}

/// Where a JSON text that begins with its quote ends.
fn end_of_text(json: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return place + 1,
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    json.len()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A path as people read it.
fn shown(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

fn meaning(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        405 => "Method Not Allowed",
        _ => "Not Found",
    }
}
