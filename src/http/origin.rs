//! Pages of other sites: which of them may use the API, and what the log says of the others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use super::{App, cache, client};

/// How long a browser may remember what another site's pages may do.
const CORS_MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a refused origin is not logged again.
const QUIET: Duration = Duration::from_secs(60 * 60);

/// Refused origins that are logged in that time, at most: anybody can make up others.
const LOGGED: usize = 20;

/// The origins that were refused lately.
#[derive(Default)]
pub struct RefusedOrigins(Mutex<HashMap<String, Instant>>);

impl RefusedOrigins {
    /// Whether the log does not have this origin yet, and has room for it.
    fn is_news(&self, origin: &str, now: Instant) -> bool {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logged.retain(|_, at| now.duration_since(*at) < QUIET);
        let is_news = logged.len() < LOGGED && !logged.contains_key(origin);
        if is_news {
            logged.insert(origin.to_owned(), now);
        }
        is_news
    }
}

/// What pages of other origins may do; null when there are none.
pub fn cors(app: &App) -> Option<CorsLayer> {
    let origins = &app.0.config.cors.origins;
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            cache::CACHE_STATUS,
            header::ETAG,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
        ])
        .max_age(CORS_MAX_AGE);
    if origins.iter().any(|origin| origin == "*") {
        return Some(layer.allow_origin(Any));
    }
    if origins.is_empty() {
        return None;
    }
    let app = app.clone();
    Some(layer.allow_origin(AllowOrigin::predicate(move |_, parts| {
        let is_allowed = app.allows_origin(parts);
        if !is_allowed && is_preflight(parts) {
            app.log_refused_origin(parts);
        }
        is_allowed
    })))
}

/// Whether a browser asks if a page of another site may send a request.
pub fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

impl App {
    /// Whether the settings let pages of the request's origin read answers.
    pub fn allows_origin(&self, parts: &Parts) -> bool {
        let origin = parts.headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
        let mut origins = self.0.config.cors.origins.iter();
        origins.any(|allowed| allowed == "*" || Some(allowed.as_bytes()) == origin)
    }

    /// Tells the operator of a request that is refused for its origin: the page's developer sees no
    /// more than that the connection failed.
    pub fn log_refused_origin(&self, parts: &Parts) {
        let origin = parts.headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
        let origin = String::from_utf8_lossy(origin.unwrap_or_default());
        let origin = &origin[..origin.floor_char_boundary(200)];
        let client = client::address(parts, &self.0.config.server.trusted_proxies);
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if self.0.refused_origins.is_news(origin, Instant::now()) {
            tracing::warn!(
                origin,
                host,
                %client,
                "cross-origin request refused: its origin is neither this host nor in the setting \
                 cors.origins; this origin is not logged again for an hour"
            );
        } else {
            tracing::debug!(origin, host, %client, "cross-origin request refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{LOGGED, QUIET, RefusedOrigins};

    #[test]
    fn each_refused_origin_is_news_once_an_hour_up_to_a_limit() {
        let (origins, now) = (RefusedOrigins::default(), Instant::now());
        assert!(origins.is_news("https://a.example", now));
        assert!(!origins.is_news("https://a.example", now));
        assert!(origins.is_news("https://a.example", now + QUIET));
        for n in 1..LOGGED {
            assert!(origins.is_news(&n.to_string(), now + QUIET), "{n}");
        }
        assert!(!origins.is_news("https://b.example", now + QUIET));
        assert!(origins.is_news("https://b.example", now + 2 * QUIET));
    }
}
