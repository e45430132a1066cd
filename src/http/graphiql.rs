//! GraphiQL, embedded: its stock page loads itself from a CDN, so it is blank without internet and
//! open to whatever the CDN serves.

use std::borrow::Cow;
use std::io::Read;

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;

use super::accept::Coding;

/// The built files, each compressed by Brotli (`.br`) and gzip (`.gz`); `graphiql/` makes them.
#[derive(RustEmbed)]
#[folder = "graphiql/dist/"]
struct Files;

/// The file of the page itself.
const PAGE: &str = "index.html";

/// Nothing from anywhere but here. Monaco, GraphiQL's editor, sets styles of its own from script,
/// which no hash or nonce can allow.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
     'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src \
     'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /graphiql`.
pub async fn page(headers: HeaderMap) -> Response {
    // The page names its assets by their contents' hash, so it alone has to be asked for anew.
    serve(PAGE, &headers, "no-cache")
}

/// `GET /graphiql/`. The addresses of the page's assets are relative to `/graphiql`, so the page is
/// served there alone.
pub async fn redirect(RawQuery(query): RawQuery) -> Redirect {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("../graphiql{query}"))
}

/// `GET /graphiql/…`.
pub async fn asset(Path(file): Path<String>, query: RawQuery, headers: HeaderMap) -> Response {
    if file == PAGE {
        return redirect(query).await.into_response();
    }
    // The build gives assets names that hold their contents' hash; of the rest it does not.
    let lasting = file.starts_with("assets/");
    let cache_control = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    serve(&file, &headers, cache_control)
}

fn serve(file: &str, headers: &HeaderMap, cache_control: &'static str) -> Response {
    let coding = Coding::best_of(&[Coding::Gzip, Coding::Brotli], headers);
    let suffix = if coding == Some(Coding::Brotli) { "br" } else { "gz" };
    let Some(found) = Files::get(&format!("{file}.{suffix}")) else {
        let message = "GraphiQL has no such file; its page is /graphiql.\n";
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    let contents = match coding {
        None => match unpack(&found.data) {
            Ok(contents) => Cow::Owned(contents),
            Err(error) => {
                tracing::error!(%error, file, "a built file is broken");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        },
        Some(_) => found.data,
    };
    let mut response = (
        [
            (header::CONTENT_TYPE, content_type(file)),
            (header::VARY, "Accept-Encoding"),
            (header::CACHE_CONTROL, cache_control),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ],
        contents,
    )
        .into_response();
    if let Some(coding) = coding {
        let coding = HeaderValue::from_static(coding.name());
        response.headers_mut().insert(header::CONTENT_ENCODING, coding);
    }
    response
}

/// For the rare client that takes nothing compressed.
fn unpack(gzip: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut contents)?;
    Ok(contents)
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
