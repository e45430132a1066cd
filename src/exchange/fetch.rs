//! Fetching a directory from the API of another: the REST API, version 4, and if a packgrid
//! answers, what it has besides.
//!
//! Lists are walked page by page, a few requests at a time, into a folder, from which they are
//! imported like any other files. What is there already when a walk begins anew is not asked for
//! again. A page that the source cannot deliver is halved down to the records that make it fail; these
//! are left out and reported. When a list changes while they are walked, they are walked again: pages by offset would have
//! records twice, or not at all, and records would name others that are gone.

mod client;
mod halving;
mod sequence;
mod staging;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use entity::Timestamp;
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt};
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::files::Directory;
use super::kind::Kind;
use super::other_api::OtherApi;
use super::place::id_of;
use super::report::Stage;
use super::unreadable::{FetchProblems, Unreadable};
use crate::config::Sync;
use client::{Cause, Client, Html};
use staging::{Head, Staging, UnreadableRecord};

/// How many more of the small records of packgrid's own lists are in a page.
const SMALL_RECORDS: u64 = 10;

/// Records of a list, at most: more is no directory, and would fill the disk.
const MOST_RECORDS: u64 = 10_000_000;

/// Why a directory was not fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    #[error("{0} is no address of an API; one is like https://example.org/api/v4/")]
    Address(String),
    #[error("{url} is not the API of a directory: {why}")]
    OtherApi { url: String, why: String },
    #[error("{url}: {why}")]
    Failed { url: String, why: String },
    #[error("more than {most} records cannot be read, the last one being {last}")]
    Unreadable { most: u64, last: String },
    #[error("{url} changed again and again while it was read; try later")]
    Changing { url: String },
    #[error("another program is fetching into {}", .0.display())]
    Locked(PathBuf),
    #[error("cannot keep what is fetched in {}: {source}", path.display())]
    Staging { path: PathBuf, source: std::io::Error },
    #[error("cannot ask anybody by HTTP: {0}")]
    Client(String),
}

/// A list of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Categories,
    Grids,
    Packages,
    Facts,
    Versions,
    Features,
    Elements,
}

impl List {
    /// Those of the REST API, version 4, and those that packgrid has besides.
    const V4: [Self; 3] = [Self::Categories, Self::Grids, Self::Packages];
    const PACKGRID: [Self; 4] = [Self::Facts, Self::Versions, Self::Features, Self::Elements];

    fn name(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Grids => "grids",
            Self::Packages => "packages",
            Self::Facts => "facts",
            Self::Versions => "versions",
            Self::Features => "features",
            Self::Elements => "elements",
        }
    }

    /// What its records are of.
    fn kind(self) -> Kind {
        match self {
            Self::Categories => Kind::Categories,
            Self::Grids => Kind::Grids,
            Self::Packages | Self::Facts => Kind::Packages,
            Self::Versions => Kind::Versions,
            Self::Features => Kind::Features,
            Self::Elements => Kind::Elements,
        }
    }

    fn address(self, base: &Url) -> Result<Url, FetchError> {
        base.join(&format!("{}/", self.name())).map_err(|_| FetchError::Address(shown(base)))
    }

    /// Records of a page, where `page` is how many there are of a package's.
    fn step(self, page: u32) -> u64 {
        let page = u64::from(page);
        if Self::V4.contains(&self) { page } else { page * SMALL_RECORDS }
    }
}

/// A page.
#[derive(Deserialize)]
struct Page {
    count: u64,
    results: Vec<Box<RawValue>>,
}

/// The lists that the root of the API names.
#[derive(Deserialize)]
#[expect(dead_code, reason = "that they are there is what matters")]
struct Root {
    packages: String,
    grids: String,
    categories: String,
}

/// A directory that was fetched, in files that go with it.
pub struct Fetched {
    pub directory: Directory,
    staging: Staging,
}

impl Drop for Fetched {
    fn drop(&mut self) {
        self.staging.remove();
    }
}

/// The address of an API as it is told and compared: with a slash at the end, and without a name
/// and a password.
///
/// # Errors
/// When it is no address of HTTP.
pub fn shown_address(text: &str) -> Result<String, FetchError> {
    address(text).map(|url| shown(&url))
}

/// An address without a name and a password.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Only addresses that can have none refuse that.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Where version 4 may be found of an API at this address of another version.
fn v4_of(url: &Url) -> String {
    let url = shown(url);
    match url.split_once("/api/v") {
        Some((site, _)) => format!("{site}/api/v4/"),
        None => "…/api/v4/".to_owned(),
    }
}

fn address(text: &str) -> Result<Url, FetchError> {
    // What is no address may have a password in it all the same.
    let wrong = || FetchError::Address(crate::rules::address::shown(text));
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Fetches the directory at `url`, for the database of this identity. What was fetched already by a
/// run that was interrupted is taken from where it was kept.
///
/// # Errors
/// When it cannot be had: what fails in a way that may pass was tried several times then.
pub async fn fetch(
    url: &str,
    database: i64,
    settings: &Sync,
    progress: &mut (dyn FnMut(Stage) + Send),
) -> Result<Fetched, FetchError> {
    let base = address(url)?;
    let walker = Walker {
        client: Client::new(settings)?,
        staging: Staging::open(settings.folder.as_deref(), &shown(&base), database)?,
        settings,
    };
    let more = walker.root(&base).await?;
    let mut lists: Vec<(List, Url)> = Vec::new();
    for list in List::V4 {
        lists.push((list, list.address(&base)?));
    }
    if let Some(more) = &more {
        for list in List::PACKGRID {
            lists.push((list, list.address(more)?));
        }
    }
    let (begun, problems) = walker.walk_all(&lists, &base, progress).await?;
    if more.is_some() {
        walker.staging.add_facts()?;
    }
    let staging = walker.staging;
    let directory = Directory::fetched(shown(&base), staging.ready().to_owned(), begun, problems);
    Ok(Fetched { directory, staging })
}

struct Walker<'a> {
    client: Client,
    staging: Staging,
    settings: &'a Sync,
}

impl Walker<'_> {
    /// Finds out whether `base` is such an API, and where a packgrid has the rest.
    async fn root(&self, base: &Url) -> Result<Option<Url>, FetchError> {
        let answer =
            self.client.get::<serde_json::Value>(base, Html::IsFinal, self.settings.attempts);
        let answer = answer.await?;
        let other = |why: String| FetchError::OtherApi { url: shown(base), why };
        match OtherApi::of(&answer.value) {
            Some(version @ OtherApi::Version(_)) => {
                return Err(other(version.describe(&v4_of(base))));
            }
            // A page of a list has `results`.
            None if answer.value.get("results").is_some() => {
                let api =
                    base.join("../").map_or_else(|_| "…/api/v4/".to_owned(), |api| shown(&api));
                return Err(other(format!("this is one of its lists; the API is {api}")));
            }
            Some(_) | None => {}
        }
        serde_json::from_value::<Root>(answer.value).map_err(|error| other(error.to_string()))?;
        let more = answer.links.iter().find_map(|link| {
            let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
            parameters.contains("title=\"packgrid\"").then_some(target)
        });
        Ok(more.and_then(|more| base.join(more).ok()).filter(|it| it.origin() == base.origin()))
    }

    /// Walks all lists until none of them has changed meanwhile: their records name each other. Tells
    /// when that walk began, and what was not to be had.
    async fn walk_all(
        &self,
        lists: &[(List, Url)],
        base: &Url,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<(Timestamp, FetchProblems), FetchError> {
        for _ in 0..self.settings.attempts {
            let heads = self.heads(lists).await?;
            let begun = self.staging.begin(&heads, self.settings.page)?;
            let (mut problems, unreadable) = (FetchProblems::default(), AtomicU64::new(0));
            let mut stand_still = true;
            for ((list, url), head) in lists.iter().zip(&heads) {
                stand_still = stand_still
                    && self.walk(*list, url, *head, &unreadable, &mut problems, progress).await?;
            }
            let whole = stand_still && self.heads(lists).await? == heads;
            // Pages are for walks that were interrupted; those of this one would be old.
            self.staging.forget_pages()?;
            if whole {
                return Ok((begun, problems));
            }
            tracing::info!(url = %shown(base), "it changed while it was read, and is read again");
        }
        Err(FetchError::Changing { url: shown(base) })
    }

    /// Fetches the pages of a list that are not there yet. Tells whether the list stood still.
    async fn walk(
        &self,
        list: List,
        url: &Url,
        head: Head,
        unreadable: &AtomicU64,
        problems: &mut FetchProblems,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<bool, FetchError> {
        let (name, step) = (list.name(), list.step(self.settings.page));
        let kept = self.staging.kept(name)?;
        progress(Stage::Fetching(name, head.count as usize));
        let offsets = || (0..head.count).step_by(step as usize);
        for offset in offsets().filter(|offset| kept.contains(offset)) {
            progress(Stage::Fetched(step.min(head.count - offset) as usize));
        }
        let missing = offsets().filter(|offset| !kept.contains(offset));
        let pages = missing.map(|offset| self.page_of(url, offset, step, head, unreadable));
        let mut pages = stream::iter(pages).buffer_unordered(self.settings.concurrency as usize);
        while let Some(page) = pages.next().await {
            let Some((offset, page)) = page? else {
                return Ok(false);
            };
            self.staging.keep(name, offset, &page)?;
            progress(Stage::Fetched(page.records.len() + page.unreadable.len()));
        }
        let assembled = self.staging.assemble(name)?;
        let (kind, is_facts) = (list.kind(), list == List::Facts);
        for (gap, neighbours) in assembled.unreadable {
            let (id, neighbours) = (neighbours.id, neighbours.ids);
            let UnreadableRecord { offset, reason } = gap;
            problems.unreadable.push(Unreadable { kind, is_facts, offset, id, neighbours, reason });
        }
        if !is_facts {
            problems.without_id.insert(kind, assembled.without_id);
        }
        Ok(assembled.count == head.count)
    }

    async fn heads(&self, lists: &[(List, Url)]) -> Result<Vec<Head>, FetchError> {
        let mut heads = Vec::new();
        for (_, url) in lists {
            heads.push(self.head(url));
        }
        // The client sees to it that they are not too many at a time.
        try_join_all(heads).await
    }

    /// What tells states of a list apart: how many there are, and which is the newest.
    async fn head(&self, url: &Url) -> Result<Head, FetchError> {
        let (page, readable) = match self.page(url, 0, 1, self.settings.attempts).await {
            Ok(page) => (page, 0),
            Err(failure) if failure.cause == Cause::Request => {
                self.first_readable(url, failure).await?
            }
            Err(failure) => return Err(failure.into()),
        };
        if page.count > MOST_RECORDS {
            let why = format!("it has {} records; the most are {MOST_RECORDS}", page.count);
            return Err(FetchError::OtherApi { url: shown(url), why });
        }
        let newest = page.results.first().and_then(|record| id_of(record.get().as_bytes()));
        Ok(Head { count: page.count, newest, readable })
    }
}

/// Where pages are kept unless the settings say so.
fn default_folder() -> PathBuf {
    use etcetera::BaseStrategy;

    match etcetera::choose_base_strategy() {
        Ok(strategy) => strategy.cache_dir().join("packgrid"),
        Err(_) => std::env::temp_dir().join("packgrid"),
    }
}

fn staging_error(path: &Path) -> impl FnOnce(std::io::Error) -> FetchError + use<> {
    let path = path.to_owned();
    move |source| FetchError::Staging { path, source }
}
