//! Columns that follow from others of the same row: whoever writes a row sets them by these.

use entity::{
    PackageStatus, Support, Timestamp, Verdict, category, element, feature, grid, package, version,
};

use crate::rules::{pypi, repository, score, text, verdict, version as release};

/// Columns that follow from others, or are kept by those who write other rows, beside those whose
/// names show it.
const DERIVED: [&str; 15] = [
    "commits_total_52",
    "edited",
    "last_release_year",
    "last_released",
    "number_key",
    "prerelease",
    "pypi_name",
    "repo_key",
    "revision",
    "score",
    "score_quarters",
    "source_id",
    "status",
    "strength",
    "verdict",
];

/// Whether a change of this column follows from another change.
pub fn is_derived(column: &str) -> bool {
    column.ends_with("_folded") || column.ends_with("_count") || DERIVED.contains(&column)
}

/// Sets what follows from a category's own columns.
pub fn category(row: &mut category::Model) {
    row.title_folded = text::fold(&row.title);
    row.slug_folded = text::fold(&row.slug);
    row.description_folded = text::fold(&row.description);
}

/// Sets what follows from a grid's own columns.
pub fn grid(row: &mut grid::Model) {
    row.title_folded = text::fold(&row.title);
    row.slug_folded = text::fold(&row.slug);
    row.description_folded = text::fold(&row.description);
}

/// Sets what follows from a package's own columns, but for its score; see [`rescore`].
pub fn package(row: &mut package::Model) {
    row.title_folded = text::fold(&row.title);
    row.slug_folded = text::fold(&row.slug);
    row.repo_description_folded = text::fold(&row.repo_description);
    row.repo_url_folded = folded_unless_blank(Some(&row.repo_url));
    row.repo_key = repository::key(&row.repo_url);
    row.pypi_name = pypi::name(&row.pypi_url);
    // Of a repository whose last commit is known, its host has told the counts, too.
    if row.last_updated.is_some() {
        row.repo_watchers.get_or_insert(0);
        row.repo_forks.get_or_insert(0);
    }
    package_facts(row);
    let commits = &row.commits_over52.0;
    // 52 numbers of 31 bits can be more than 31 bits.
    let total = commits.iter().fold(0_i32, |total, week| total.saturating_add(*week));
    row.commits_total52 = (!commits.is_empty()).then_some(total);
    row.participants_count = i32::try_from(row.participants.0.len()).unwrap_or(i32::MAX);
}

/// Sets what follows from those columns of a package that its record may leave out; [`package()`]
/// does, too.
pub fn package_facts(row: &mut package::Model) {
    row.pypi_license_folded = folded_unless_blank(row.pypi_license.as_deref());
    row.status = if row.replaced_by_id.is_some() {
        PackageStatus::Replaced
    } else if row.date_deprecated.is_some() {
        PackageStatus::Deprecated
    } else if row.date_repo_archived.is_some() {
        PackageStatus::Archived
    } else {
        PackageStatus::Active
    };
}

/// Sets a package's score, as of `now`.
pub fn rescore(row: &mut package::Model, now: Timestamp) {
    let jiff = |time: Timestamp| time.to_jiff().ok();
    row.score_quarters =
        score::quarters(row.last_updated.and_then(jiff), jiff(now).unwrap_or_default());
    row.score = score_facts(row).map(score::Facts::score);
}

/// What a package's score is made of, as it was when it was last set; `None` if its stars are unknown.
pub fn score_facts(row: &package::Model) -> Option<score::Facts> {
    row.repo_watchers.map(|stars| score::Facts {
        stars,
        quarters: row.score_quarters,
        python3: row.supports_python3 == Support::Yes,
    })
}

/// Sets what follows from a feature's own columns.
pub fn feature(row: &mut feature::Model) {
    row.title_folded = text::fold(&row.title);
    row.description_folded = text::fold(&row.description);
}

/// Sets what follows from a cell's own columns.
pub fn element(row: &mut element::Model) {
    row.text_folded = text::fold(&row.text);
    let reading = verdict::read(&row.text);
    row.strength = reading.strength;
    row.verdict = match reading.verdict {
        verdict::Verdict::Yes => Verdict::Yes,
        verdict::Verdict::No => Verdict::No,
        verdict::Verdict::Text => Verdict::Text,
        verdict::Verdict::Empty => Verdict::Empty,
    };
}

/// Sets what follows from a release's own columns.
pub fn version(row: &mut version::Model) {
    row.number_folded = text::fold(&row.number);
    let order = release::order(&row.number);
    (row.number_key, row.prerelease) = (order.key, order.is_prerelease);
    row.license_folded = folded_unless_blank(row.license.as_deref());
}

fn folded_unless_blank(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(text::fold)
}
