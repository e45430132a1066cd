//! From a record to a row: the limits of the domain, and the columns that are made of others.

use entity::{
    DevelopmentStatus, JsonList, PackageStatus, Support, Timestamp, Verdict, category, element,
    feature, grid, package, version,
};

use super::wire;
use crate::catalog::Columns;
use crate::editing::derive;

/// What is made here takes the ids after the highest that came in, up to [`entity::LAST_ID`]: a record
/// leaves some room for that, whatever it says.
const MAX_ID: i64 = 2_000_000_000;

/// More than anything has; sums over nine million packages fit 64 bits, and over nine thousand what
/// every reader of JSON keeps exactly.
const MAX_DOWNLOADS: i64 = 1_000_000_000_000;

/// The columns that a package's record says nothing about.
pub(super) type LeftOut = Columns<package::Entity>;

/// What is wrong with a record, for people.
type Wrong = String;

pub(super) fn category(record: wire::Category) -> Result<category::Model, Wrong> {
    let mut row = category::Model {
        id: id(record.id)?,
        title_folded: String::new(),
        title: limited("title", record.title, 50)?,
        slug: slug(record.slug)?,
        slug_folded: String::new(),
        description: limited("description", record.description, 10_000)?,
        description_folded: String::new(),
        title_plural: limited("title_plural", record.title_plural, 50)?,
        show_pypi: record.show_pypi,
        packages_count: 0,
        created: record.created.0,
        modified: record.modified.0,
        source_id: None,
        revision: 0,
        edited: JsonList::default(),
    };
    derive::category(&mut row);
    Ok(row)
}

pub(super) fn grid(record: wire::Grid) -> Result<grid::Model, Wrong> {
    let mut row = grid::Model {
        id: id(record.id)?,
        title_folded: String::new(),
        title: limited("title", record.title, 100)?,
        slug: slug(record.slug)?,
        slug_folded: String::new(),
        description: limited("description", record.description, 1000)?,
        description_folded: String::new(),
        is_locked: record.is_locked,
        header: record.header,
        packages_count: 0,
        features_count: 0,
        created: record.created.0,
        modified: record.modified.0,
        source_id: None,
        revision: 0,
        edited: JsonList::default(),
    };
    derive::grid(&mut row);
    Ok(row)
}

/// A package, and the columns that its record leaves as they are.
pub(super) fn package(
    record: wire::Package,
    now: Timestamp,
) -> Result<(package::Model, LeftOut), Wrong> {
    for name in &record.participants {
        within("a name in participants", name, 200)?;
    }
    if record.commits_over_52.len() > 52 {
        let weeks = record.commits_over_52.len();
        return Err(format!("commits_over_52 has {weeks} weeks; the most are 52"));
    }
    if let Some(commits) = record.commits_over_52.iter().find(|commits| **commits < 0) {
        return Err(format!("commits_over_52 has a negative number, {commits}"));
    }
    let package_id = id(record.id)?;
    let more = record.more;
    let left_out = left_out(&more);
    let replaced_by_id = more.replaced_by.flatten().map(|link| link.id);
    if replaced_by_id == Some(package_id) {
        return Err("replaced_by is the package itself".to_owned());
    }
    let downloads = more.pypi_downloads.flatten();
    if let Some(downloads) = downloads.filter(|downloads| !(0..=MAX_DOWNLOADS).contains(downloads))
    {
        return Err(format!("pypi_downloads is {downloads}; it is from 0 to {MAX_DOWNLOADS}"));
    }
    let python = more.pypi_requires_python.flatten();
    // A source gives 0 for what it has not asked the repository's host yet.
    let was_fetched = record.last_updated.is_some();
    let known = |name, number| {
        count(name, number).map(|number| (number > 0 || was_fetched).then_some(number))
    };
    let mut row = package::Model {
        id: package_id,
        category_id: record.category.id,
        title_folded: String::new(),
        title: limited("title", record.title, 100)?,
        slug: slug(record.slug)?,
        slug_folded: String::new(),
        repo_description: limited("repo_description", record.repo_description, 500)?,
        repo_description_folded: String::new(),
        repo_key: String::new(),
        repo_url: limited("repo_url", record.repo_url, 200)?,
        repo_url_folded: None,
        pypi_name: String::new(),
        pypi_url: limited("pypi_url", record.pypi_url, 255)?,
        pypi_version: optional("pypi_version", record.pypi_version, 100)?,
        pypi_downloads: downloads,
        pypi_license: optional("pypi_license", more.pypi_license.flatten(), 200)?,
        pypi_license_folded: None,
        pypi_requires_python: optional("pypi_requires_python", python, 200)?,
        supports_python3: support(more.supports_python3.flatten()),
        documentation_url: optional("documentation_url", record.documentation_url, usize::MAX)?,
        repo_watchers: known("repo_watchers", record.repo_watchers)?,
        repo_forks: known("repo_forks", record.repo_forks)?,
        last_updated: record.last_updated.map(|time| time.0),
        last_fetched: record.last_fetched.map(|time| time.0),
        date_deprecated: more.date_deprecated.flatten().map(|time| time.0),
        date_repo_archived: more.date_repo_archived.flatten().map(|time| time.0),
        replaced_by_id,
        status: PackageStatus::default(),
        score: None,
        score_quarters: 0,
        last_released: None,
        last_release_year: None,
        commits_over52: JsonList(record.commits_over_52),
        commits_total52: None,
        participants: JsonList(record.participants),
        participants_count: 0,
        grids_count: 0,
        created: record.created.0,
        modified: record.modified.0,
        source_id: None,
        revision: 0,
        edited: JsonList::default(),
    };
    derive::package(&mut row);
    derive::rescore(&mut row, now);
    Ok((row, left_out))
}

fn left_out(more: &wire::PackageFacts) -> LeftOut {
    [
        (more.pypi_downloads.is_none(), package::Column::PypiDownloads),
        (more.pypi_license.is_none(), package::Column::PypiLicense),
        (more.pypi_requires_python.is_none(), package::Column::PypiRequiresPython),
        (more.supports_python3.is_none(), package::Column::SupportsPython3),
        (more.date_deprecated.is_none(), package::Column::DateDeprecated),
        (more.date_repo_archived.is_none(), package::Column::DateRepoArchived),
        (more.replaced_by.is_none(), package::Column::ReplacedById),
    ]
    .into_iter()
    .filter(|(missing, _)| *missing)
    .fold(LeftOut::id(), |all, (_, column)| all.with(column))
}

pub(super) fn version(record: wire::Version) -> Result<version::Model, Wrong> {
    if record.number.trim().is_empty() {
        return Err("number is blank; it has 1 to 100 characters".to_owned());
    }
    let mut row = version::Model {
        id: id(record.id)?,
        package_id: record.package.id,
        number: limited("number", record.number, 100)?,
        number_folded: String::new(),
        number_key: String::new(),
        prerelease: false,
        license: optional("license", record.license, 200)?,
        license_folded: None,
        requires_python: optional("requires_python", record.requires_python, 200)?,
        upload_time: record.upload_time.map(|time| time.0),
        development_status: match record.development_status {
            wire::DevelopmentStatus::Unknown => DevelopmentStatus::Unknown,
            wire::DevelopmentStatus::Planning => DevelopmentStatus::Planning,
            wire::DevelopmentStatus::PreAlpha => DevelopmentStatus::PreAlpha,
            wire::DevelopmentStatus::Alpha => DevelopmentStatus::Alpha,
            wire::DevelopmentStatus::Beta => DevelopmentStatus::Beta,
            wire::DevelopmentStatus::Stable => DevelopmentStatus::Stable,
            wire::DevelopmentStatus::Mature => DevelopmentStatus::Mature,
            wire::DevelopmentStatus::Inactive => DevelopmentStatus::Inactive,
        },
        supports_python3: support(record.supports_python3),
        hidden: record.hidden,
        source_id: None,
        revision: 0,
        edited: JsonList::default(),
    };
    derive::version(&mut row);
    Ok(row)
}

pub(super) fn feature(record: wire::Feature) -> Result<feature::Model, Wrong> {
    let mut row = feature::Model {
        id: id(record.id)?,
        grid_id: record.grid.id,
        title: limited("title", record.title, 100)?,
        title_folded: String::new(),
        description: limited("description", record.description, 1000)?,
        description_folded: String::new(),
        source_id: None,
        revision: 0,
        edited: JsonList::default(),
    };
    derive::feature(&mut row);
    Ok(row)
}

/// A cell's record if it is right. Its row is made later, by [`cell`]: there are many of them, and
/// their pairings are not known yet.
pub(super) fn element(record: wire::Element) -> Result<wire::Element, Wrong> {
    id(record.id)?;
    within("text", &record.text, 1000)?;
    Ok(record)
}

/// The row of a cell whose record is right, in this pairing.
pub(super) fn cell(record: wire::Element, grid_package_id: i64) -> element::Model {
    let mut row = element::Model {
        id: record.id,
        feature_id: record.feature.id,
        grid_package_id,
        text: record.text,
        text_folded: String::new(),
        verdict: Verdict::default(),
        strength: 0,
        source_id: None,
        revision: 0,
        edited: JsonList::default(),
    };
    derive::element(&mut row);
    row
}

fn support(known: Option<bool>) -> Support {
    match known {
        Some(true) => Support::Yes,
        Some(false) => Support::No,
        None => Support::Unknown,
    }
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
        return Err("slug is blank; it has 1 to 50 characters".to_owned());
    }
    if slug.contains(['/', '?', '#']) || slug.chars().any(char::is_control) {
        return Err(format!(
            "slug {slug:?} has characters that no address can have: `/`, `?`, `#` or control characters"
        ));
    }
    limited("slug", slug, 50)
}

fn limited(field: &str, text: String, limit: usize) -> Result<String, Wrong> {
    within(field, &text, limit).map(|()| text)
}

fn optional(field: &str, text: Option<String>, limit: usize) -> Result<Option<String>, Wrong> {
    text.map(|text| limited(field, text, limit)).transpose()
}

fn within(field: &str, text: &str, limit: usize) -> Result<(), Wrong> {
    // PostgreSQL has no such text.
    if text.contains('\0') {
        return Err(format!("{field} contains U+0000; remove it"));
    }
    let length = text.chars().count();
    if length > limit {
        return Err(format!("{field} has {length} characters; the most are {limit}"));
    }
    Ok(())
}

fn count(field: &str, number: i64) -> Result<i32, Wrong> {
    i32::try_from(number)
        .ok()
        .filter(|number| *number >= 0)
        .ok_or_else(|| format!("{field} is {number}; it is from 0 to {}", i32::MAX))
}
