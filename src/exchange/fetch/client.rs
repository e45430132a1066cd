//! Asking a source: politely, and again when it stumbles.

use std::time::{Duration, Instant, SystemTime};

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LINK, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, Semaphore};

use super::{FetchError, shown, v4_of};
use crate::clock;
use crate::config::Sync;
use crate::exchange::other_api::OtherApi;

/// Who is asking.
const USER_AGENT: &str = concat!("packgrid/", env!("CARGO_PKG_VERSION"));

/// The longest pause between two attempts that the source has not asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long it may take to reach the source.
const CONNECTING: Duration = Duration::from_secs(10);

/// What one can be of an answer in an error message.
const SHOWN: usize = 60;

/// What an answer means that is a page for people, with status 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Html {
    /// The source is busy, or something stands before it: that may pass.
    MayPass,
    /// The address leads to something else.
    IsFinal,
}

/// Asks one source.
pub(super) struct Client {
    http: reqwest::Client,
    settings: Sync,
    places: Semaphore,
    /// When the next request may begin.
    next: Mutex<Instant>,
}

/// What was answered.
pub(super) struct Answer<T> {
    pub value: T,
    /// The values of `Link`.
    pub links: Vec<String>,
}

/// What a failed request was due to, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The source as a whole: it cannot be reached, is busy or refuses.
    Source,
    /// Maybe what was asked for: one record can make a source fail, or spoil the JSON of its page.
    Request,
}

/// Why a request failed, after all attempts.
#[derive(Debug)]
pub(super) struct Failure {
    url: String,
    pub why: String,
    pub cause: Cause,
}

impl From<Failure> for FetchError {
    fn from(Failure { url, why, .. }: Failure) -> Self {
        Self::Failed { url, why }
    }
}

/// Why an attempt failed.
#[derive(Debug)]
struct Attempt {
    why: String,
    /// Whether another one may succeed.
    passes: bool,
    /// When the source wants to be asked again.
    after: Option<Duration>,
    cause: Cause,
}

impl Attempt {
    fn final_one(why: impl Into<String>, cause: Cause) -> Self {
        Self { why: why.into(), passes: false, after: None, cause }
    }
}

impl From<reqwest::Error> for Attempt {
    fn from(error: reqwest::Error) -> Self {
        let cause = if error.is_connect() { Cause::Source } else { Cause::Request };
        Self { why: with_causes(&error.without_url()), passes: true, after: None, cause }
    }
}

impl Client {
    pub fn new(settings: &Sync) -> Result<Self, FetchError> {
        let silence = Duration::from_secs(settings.silence_seconds);
        // Whoever was first has installed it; it is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECTING.min(silence))
            .read_timeout(silence)
            .timeout(Duration::from_secs(settings.request_seconds))
            .build()
            .map_err(|error| FetchError::Client(with_causes(&error)))?;
        Ok(Self {
            http,
            settings: settings.clone(),
            places: Semaphore::new(settings.concurrency as usize),
            next: Mutex::new(Instant::now()),
        })
    }

    /// What `url` answers, as JSON of this shape. A failure that may be due to what is asked for is
    /// tried `attempts` times, others as often as the settings say.
    pub async fn get<T: DeserializeOwned>(
        &self,
        url: &Url,
        html: Html,
        attempts: u32,
    ) -> Result<Answer<T>, Failure> {
        let pause = Duration::from_millis(self.settings.pause_millis);
        let pauses = ExponentialBuilder::default()
            .with_min_delay(pause)
            .with_max_delay(LONGEST_PAUSE.max(pause))
            .with_max_times(self.settings.attempts.saturating_sub(1) as usize)
            .with_jitter();
        let mut failed = 0;
        (|| self.attempt(url, html))
            .retry(pauses)
            .when(|attempt| {
                failed += u32::from(attempt.cause == Cause::Request);
                attempt.passes && (attempt.cause == Cause::Source || failed < attempts)
            })
            .adjust(|attempt, pause| pause.map(|pause| attempt.after.unwrap_or(pause).max(pause)))
            .notify(|attempt, pause| {
                let seconds = pause.as_secs_f32();
                tracing::warn!(url = %shown(url), "{}; asking again in {seconds:.1} s", attempt.why);
            })
            .await
            .map_err(|Attempt { why, cause, .. }| Failure { url: shown(url), why, cause })
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        url: &Url,
        html: Html,
    ) -> Result<Answer<T>, Attempt> {
        // It is never closed.
        let _place = self.places.acquire().await.ok();
        self.turn().await;
        let request = self.http.get(url.clone()).header(ACCEPT, "application/json");
        let mut response = request.send().await?;
        let status = response.status();
        if status != StatusCode::OK {
            let refused = self.refused(status, response.headers());
            if let Some(after) = refused.after {
                self.leave_alone(after).await;
            }
            return Err(refused);
        }
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if (body.len() + chunk.len()) as u64 > self.settings.page_bytes {
                let why = format!("the answer is over {} bytes", self.settings.page_bytes);
                return Err(Attempt::final_one(why, Cause::Request));
            }
            body.extend_from_slice(&chunk);
        }
        match serde_json::from_slice(&body) {
            Ok(value) => {
                let links = headers.get_all(LINK).iter();
                let links = links.filter_map(|link| link.to_str().ok()).map(str::to_owned);
                Ok(Answer { value, links: links.collect() })
            }
            Err(error) => {
                let is_html = is_html(&headers, &body);
                if error.is_data()
                    && let Some(other @ OtherApi::Version(_)) =
                        serde_json::from_slice(&body).ok().and_then(|value| OtherApi::of(&value))
                {
                    return Err(Attempt::final_one(other.describe(&v4_of(url)), Cause::Source));
                }
                // What is JSON of another shape, or a page for people, is no record's fault.
                let cause = if is_html || error.is_data() { Cause::Source } else { Cause::Request };
                let why = not_json(is_html, &body, &error);
                let passes = !is_html || html == Html::MayPass;
                Err(Attempt { why, passes, after: None, cause })
            }
        }
    }

    /// Waits until another request may begin.
    async fn turn(&self) {
        let pause = Duration::from_secs(1) / self.settings.requests_per_second;
        let wait = {
            let mut next = self.next.lock().await;
            let now = Instant::now();
            let begin = (*next).max(now);
            *next = begin + pause;
            begin - now
        };
        tokio::time::sleep(wait).await;
    }

    /// Lets no request begin before this time is over.
    async fn leave_alone(&self, time: Duration) {
        let mut next = self.next.lock().await;
        *next = (*next).max(Instant::now() + time);
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> Attempt {
        let passes = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::REQUEST_TIMEOUT;
        let cause = match status {
            StatusCode::SERVICE_UNAVAILABLE => Cause::Source,
            status if status.is_server_error() => Cause::Request,
            _ => Cause::Source,
        };
        let after = headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
        let most = Duration::from_secs(self.settings.patience_seconds);
        match after.filter(|after| *after > most) {
            Some(after) => {
                let seconds = after.as_secs();
                let why = format!("{status}, and it wants to be left alone for {seconds} s");
                Attempt::final_one(why, Cause::Source)
            }
            None => Attempt { why: status.to_string(), passes, after, cause },
        }
    }
}

/// What `Retry-After` says: seconds, or a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = SystemTime::from(clock::now().to_jiff().ok()?);
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes()).unwrap_or_default();
    kind.starts_with(b"text/html") || body.trim_ascii_start().starts_with(b"<")
}

/// Why an answer is not the JSON that was expected.
fn not_json(is_html: bool, body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN)]);
    let begin: String = text.trim_start().chars().take(SHOWN).collect();
    if is_html {
        return format!("it answers with HTML, not JSON: {begin:?}");
    }
    if body.is_empty() {
        return "the answer is empty".to_owned();
    }
    if error.is_eof() {
        return format!("the JSON was cut short after {} bytes", body.len());
    }
    format!("the answer is not what was expected ({error}): {begin:?}")
}

/// An error with what led to it: reqwest's own texts say only the half.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
