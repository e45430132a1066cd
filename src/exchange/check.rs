//! From a record to a row: the limits of the domain, and the columns that are made of others.

use entity::{JsonList, category, element, feature, grid, package};

use super::wire;
use crate::rules::{pypi, repository, text};

/// Ids go out as GraphQL's `Int`, which has 32 bits.
const MAX_ID: i64 = i32::MAX as i64;

/// What is wrong with a record, for people.
type Wrong = String;

pub(super) fn category(record: wire::Category) -> Result<category::Model, Wrong> {
    Ok(category::Model {
        id: id(record.id)?,
        title_folded: text::fold(&record.title),
        title: limited("title", record.title, 50)?,
        slug: slug(record.slug)?,
        description: limited("description", record.description, usize::MAX)?,
        title_plural: limited("title_plural", record.title_plural, 50)?,
        show_pypi: record.show_pypi,
        created: record.created.0,
        modified: record.modified.0,
    })
}

pub(super) fn grid(record: wire::Grid) -> Result<grid::Model, Wrong> {
    Ok(grid::Model {
        id: id(record.id)?,
        title_folded: text::fold(&record.title),
        title: limited("title", record.title, 100)?,
        slug: slug(record.slug)?,
        description: limited("description", record.description, 1000)?,
        is_locked: record.is_locked,
        header: record.header,
        created: record.created.0,
        modified: record.modified.0,
    })
}

pub(super) fn package(record: wire::Package) -> Result<package::Model, Wrong> {
    let repo_url = limited("repo_url", record.repo_url, 200)?;
    let pypi_url = limited("pypi_url", record.pypi_url, 255)?;
    for name in &record.participants {
        without_nul("participants", name)?;
    }
    if record.commits_over_52.len() > 52 {
        return Err(format!("commits_over_52 has {} weeks", record.commits_over_52.len()));
    }
    if record.commits_over_52.iter().any(|commits| *commits < 0) {
        return Err("commits_over_52 has a negative number".to_owned());
    }
    Ok(package::Model {
        id: id(record.id)?,
        category_id: record.category.id,
        title_folded: text::fold(&record.title),
        title: limited("title", record.title, 100)?,
        slug: slug(record.slug)?,
        repo_description: limited("repo_description", record.repo_description, 500)?,
        repo_key: repository::key(&repo_url),
        repo_url,
        pypi_name: pypi::name(&pypi_url),
        pypi_url,
        pypi_version: optional("pypi_version", record.pypi_version, 100)?,
        documentation_url: optional("documentation_url", record.documentation_url, usize::MAX)?,
        repo_watchers: count("repo_watchers", record.repo_watchers)?,
        repo_forks: count("repo_forks", record.repo_forks)?,
        last_updated: record.last_updated.map(|time| time.0),
        last_fetched: record.last_fetched.map(|time| time.0),
        commits_over52: JsonList(record.commits_over_52),
        participants: JsonList(record.participants),
        created: record.created.0,
        modified: record.modified.0,
    })
}

pub(super) fn feature(record: wire::Feature) -> Result<feature::Model, Wrong> {
    Ok(feature::Model {
        id: id(record.id)?,
        grid_id: record.grid.id,
        title: limited("title", record.title, 100)?,
        description: limited("description", record.description, 1000)?,
    })
}

/// A cell, but for its pairing, which its feature's grid and its package tell.
pub(super) fn element(
    record: wire::Element,
    grid_package_id: i64,
) -> Result<element::Model, Wrong> {
    Ok(element::Model {
        id: id(record.id)?,
        feature_id: record.feature.id,
        grid_package_id,
        text: limited("text", record.text, 1000)?,
    })
}

fn id(id: i64) -> Result<i64, Wrong> {
    if (1..=MAX_ID).contains(&id) {
        Ok(id)
    } else {
        Err(format!("id is {id}; ids are from 1 to {MAX_ID}"))
    }
}

fn slug(slug: String) -> Result<String, Wrong> {
    // Only what would break addresses: sources have slugs of their own making.
    if slug.is_empty() {
        return Err("slug is blank".to_owned());
    }
    if slug.contains(['/', '?', '#']) || slug.chars().any(char::is_control) {
        return Err(format!("slug {slug:?} has characters that no address can have"));
    }
    limited("slug", slug, 50)
}

fn limited(field: &str, text: String, limit: usize) -> Result<String, Wrong> {
    without_nul(field, &text)?;
    let length = text.chars().count();
    if length > limit {
        return Err(format!("{field} has {length} characters; the most are {limit}"));
    }
    Ok(text)
}

fn optional(field: &str, text: Option<String>, limit: usize) -> Result<Option<String>, Wrong> {
    text.map(|text| limited(field, text, limit)).transpose()
}

fn without_nul(field: &str, text: &str) -> Result<(), Wrong> {
    // PostgreSQL has no such text.
    if text.contains('\0') { Err(format!("{field} contains U+0000")) } else { Ok(()) }
}

fn count(field: &str, number: i64) -> Result<i32, Wrong> {
    i32::try_from(number)
        .ok()
        .filter(|number| *number >= 0)
        .ok_or_else(|| format!("{field} is {number}; it is from 0 to {}", i32::MAX))
}
