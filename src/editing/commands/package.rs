//! Packages.

use std::collections::HashSet;

use entity::{HERE, JsonList, PackageStatus, Support, Timestamp, category, package};
use sea_orm::EntityTrait;

use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::input::{
    Lines, Patch, slug_for, unless_shown, unless_stored, unless_stored_or_null,
};
use crate::editing::problem::{ProblemCode, Stop};
use crate::rules::{pypi, repository};

/// What editors can say about a package.
#[derive(Clone, Debug, Default)]
pub struct PackageValues {
    pub title: Patch<String>,
    pub slug: Patch<String>,
    pub category: Patch<i64>,
    pub repo_url: Patch<String>,
    pub repo_description: Patch<String>,
    pub pypi_url: Patch<String>,
    pub documentation_url: Patch<String>,
    pub pypi_version: Patch<String>,
    pub pypi_license: Patch<String>,
    pub pypi_requires_python: Patch<String>,
    pub supports_python3: Patch<Support>,
    pub repo_watchers: Patch<i32>,
    pub repo_forks: Patch<i32>,
    pub last_updated: Patch<Timestamp>,
    pub date_repo_archived: Patch<Timestamp>,
}

/// Adds a package.
#[derive(Debug)]
pub struct CreatePackage(pub PackageValues);

/// Changes what is said about a package.
#[derive(Debug)]
pub struct UpdatePackage {
    pub id: i64,
    pub expected: Option<i64>,
    pub values: PackageValues,
}

/// Deletes a package, with its releases, its places in grids and its cells there.
#[derive(Debug)]
pub struct DeletePackage {
    pub id: i64,
    pub expected: Option<i64>,
}

/// Declares a package deprecated.
#[derive(Debug)]
pub struct DeprecatePackage {
    pub id: i64,
    pub expected: Option<i64>,
    /// The package to use instead.
    pub replacement: Option<i64>,
}

/// Declares a package not deprecated after all.
#[derive(Debug)]
pub struct UndeprecatePackage {
    pub id: i64,
    pub expected: Option<i64>,
}

impl PackageValues {
    /// Without the values that equal those of `row`, which they leave as they are.
    fn unless_stored(self, row: &package::Model) -> Self {
        Self {
            title: unless_stored(self.title, &row.title),
            slug: unless_stored(self.slug, &row.slug),
            category: unless_stored(self.category, &row.category_id),
            repo_url: unless_shown(self.repo_url, Some(&row.repo_url)),
            repo_description: unless_stored(self.repo_description, &row.repo_description),
            pypi_url: unless_shown(self.pypi_url, Some(&row.pypi_url)),
            documentation_url: unless_shown(
                self.documentation_url,
                row.documentation_url.as_deref(),
            ),
            pypi_version: unless_shown(self.pypi_version, row.pypi_version.as_deref()),
            pypi_license: unless_shown(self.pypi_license, row.pypi_license.as_deref()),
            pypi_requires_python: unless_shown(
                self.pypi_requires_python,
                row.pypi_requires_python.as_deref(),
            ),
            supports_python3: unless_stored(self.supports_python3, &row.supports_python3),
            repo_watchers: unless_stored_or_null(self.repo_watchers, &row.repo_watchers),
            repo_forks: unless_stored_or_null(self.repo_forks, &row.repo_forks),
            last_updated: unless_stored_or_null(self.last_updated, &row.last_updated),
            date_repo_archived: unless_stored_or_null(
                self.date_repo_archived,
                &row.date_repo_archived,
            ),
        }
    }
}

impl Command for CreatePackage {
    const KIND: &'static str = "create_package";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let mut values = self.0;
        if values.slug.as_ref().is_none_or(Option::is_none) {
            let text = |patch: &Patch<String>| patch.clone().flatten();
            let url = text(&values.repo_url).and_then(|url| repository::normal_form(&url));
            let name = url.as_deref().and_then(|url| url.rsplit('/').next());
            values.slug = slug_for(name.or(text(&values.title).as_deref()));
        }
        let mut row = blank(edit);
        fill(edit, &mut row, values).await?;
        edit.all_right()?;
        row.id = edit.new_id();
        let id = row.id;
        edit.add::<package::Entity>(row);
        Ok(id)
    }
}

impl Command for UpdatePackage {
    const KIND: &'static str = "update_package";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<package::Entity>(self.id, self.expected).await?;
        let mut after = before.clone();
        fill(edit, &mut after, self.values.unless_stored(&before)).await?;
        edit.all_right()?;
        edit.change::<package::Entity>(before, after);
        Ok(self.id)
    }
}

impl Command for DeletePackage {
    const KIND: &'static str = "delete_package";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let row = edit.current::<package::Entity>(self.id, self.expected).await?;
        edit.all_right()?;
        edit.remove_places(entity::grid_package::Column::PackageId, self.id).await?;
        let releases = edit
            .rows_where::<entity::version::Entity>(entity::version::Column::PackageId, [self.id]);
        for release in releases.await? {
            edit.remove::<entity::version::Entity>(release);
        }
        let replaced = package::Column::ReplacedById;
        for other in edit.rows_where::<package::Entity>(replaced, [self.id]).await? {
            if other.id != self.id {
                let after = package::Model { replaced_by_id: None, ..other.clone() };
                edit.change::<package::Entity>(other, after);
            }
        }
        edit.remove::<package::Entity>(row);
        Ok(self.id)
    }
}

impl Command for DeprecatePackage {
    const KIND: &'static str = "deprecate_package";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<package::Entity>(self.id, self.expected).await?;
        // What a source says may go round in circles, and stays if it is sent as it is.
        let replacement = self.replacement.filter(|id| before.replaced_by_id != Some(*id));
        if let Some(replacement) = replacement {
            let next = edit.find::<package::Entity>(replacement, "replacementId").await?;
            if let Some(next) = next
                && leads_to(edit, next, self.id).await?
            {
                let message = format!(
                    "\"{}\" would be replaced by itself in the end; choose a package that is not \
                     replaced by it",
                    before.slug
                );
                edit.problem(ProblemCode::Cycle, "replacementId", message);
            }
        }
        edit.all_right()?;
        let after = package::Model {
            date_deprecated: before.date_deprecated.or(Some(edit.now)),
            replaced_by_id: self.replacement,
            ..before.clone()
        };
        edit.change::<package::Entity>(before, after);
        Ok(self.id)
    }
}

impl Command for UndeprecatePackage {
    const KIND: &'static str = "undeprecate_package";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<package::Entity>(self.id, self.expected).await?;
        edit.all_right()?;
        let (date_deprecated, replaced_by_id) = (None, None);
        let after = package::Model { date_deprecated, replaced_by_id, ..before.clone() };
        edit.change::<package::Entity>(before, after);
        Ok(self.id)
    }
}

/// Whether whoever follows replacements from `next` comes to the package with this id.
pub(super) async fn leads_to(edit: &Edit, mut next: package::Model, id: i64) -> Result<bool, Stop> {
    // What a source says may go round in circles.
    let mut seen = HashSet::new();
    loop {
        if next.id == id {
            return Ok(true);
        }
        let Some(other) = next.replaced_by_id.filter(|_| seen.insert(next.id)) else {
            return Ok(false);
        };
        match package::Entity::find_by_id(other).one(&edit.transaction).await? {
            Some(row) => next = row,
            None => return Ok(false),
        }
    }
}

/// A package of which nothing is known yet.
fn blank(edit: &Edit) -> package::Model {
    package::Model {
        id: 0,
        category_id: 0,
        title: String::new(),
        title_folded: String::new(),
        slug: String::new(),
        slug_folded: String::new(),
        repo_description: String::new(),
        repo_description_folded: String::new(),
        repo_url: String::new(),
        repo_url_folded: None,
        repo_key: String::new(),
        pypi_url: String::new(),
        pypi_name: String::new(),
        pypi_version: None,
        pypi_downloads: None,
        pypi_license: None,
        pypi_license_folded: None,
        pypi_requires_python: None,
        supports_python3: Support::Unknown,
        documentation_url: None,
        repo_watchers: None,
        repo_forks: None,
        last_updated: None,
        last_fetched: None,
        date_deprecated: None,
        date_repo_archived: None,
        replaced_by_id: None,
        status: PackageStatus::Active,
        score: None,
        score_quarters: 0,
        last_released: None,
        last_release_year: None,
        commits_total52: None,
        participants_count: 0,
        grids_count: 0,
        commits_over52: JsonList::default(),
        participants: JsonList::default(),
        created: edit.now,
        modified: edit.now,
        source_id: Some(HERE),
        revision: 0,
        edited: JsonList::default(),
    }
}

/// Sets what was sent, in its normal form.
async fn fill(
    edit: &mut Edit,
    row: &mut package::Model,
    values: PackageValues,
) -> Result<(), Stop> {
    if let Some(title) = edit.needed("title", values.title, 100) {
        row.title = title;
    }
    if let Some(slug) = edit.slug("slug", values.slug)
        && slug != row.slug
    {
        let (column, of) = (package::Column::Slug, ("slug", "slug"));
        edit.is_free::<package::Entity>(row.id, column, &slug, of).await?;
        row.slug = slug;
    }
    if let Some(id) = edit.not_null("categoryId", values.category) {
        edit.find::<category::Entity>(id, "categoryId").await?;
        row.category_id = id;
    }
    // Whether the name is free is looked at when it is another one: an import may have brought two.
    if let Some(url) = edit.repository("repoUrl", values.repo_url)
        && url != row.repo_url
    {
        let (key, before) = (repository::key(&url), repository::key(&row.repo_url));
        let of = ("repoUrl", "repository");
        if key != before && !key.is_empty() {
            edit.is_free::<package::Entity>(row.id, package::Column::RepoKey, &key, of).await?;
        } else if !url.is_empty() {
            // Of one repository, one spelling is another package's.
            edit.is_free::<package::Entity>(row.id, package::Column::RepoUrl, &url, of).await?;
        }
        row.repo_url = url;
    }
    if let Some(url) = edit.pypi("pypiUrl", values.pypi_url) {
        let (name, before) = (pypi::name(&url), pypi::name(&row.pypi_url));
        row.pypi_url = url;
        if name != before && !name.is_empty() {
            let of = ("pypiUrl", "name on the package index");
            edit.is_free::<package::Entity>(row.id, package::Column::PypiName, &name, of).await?;
        }
    }
    let description = edit.text("repoDescription", values.repo_description, 500, Lines::Many);
    if let Some(text) = description {
        row.repo_description = text;
    }
    if let Some(url) = edit.web_address("documentationUrl", values.documentation_url, 2_000) {
        row.documentation_url = (!url.is_empty()).then_some(url);
    }
    if let Some(text) = edit.text("pypiVersion", values.pypi_version, 100, Lines::One) {
        row.pypi_version = (!text.is_empty()).then_some(text);
    }
    if let Some(text) = edit.license("pypiLicense", values.pypi_license) {
        row.pypi_license = text;
    }
    let python = edit.text("pypiRequiresPython", values.pypi_requires_python, 200, Lines::One);
    if let Some(text) = python {
        row.pypi_requires_python = (!text.is_empty()).then_some(text);
    }
    if let Some(support) = edit.not_null("supportsPython3", values.supports_python3) {
        row.supports_python3 = support;
    }
    for (field, value, number) in [
        ("repoWatchers", &mut row.repo_watchers, values.repo_watchers),
        ("repoForks", &mut row.repo_forks, values.repo_forks),
    ] {
        // A form sends null back for what is unknown.
        if let Some(number) = edit.count(field, number.filter(|it| it.is_some() || value.is_some()))
        {
            *value = Some(number);
        }
    }
    if let Some(time) = values.last_updated {
        row.last_updated = time;
    }
    if let Some(time) = values.date_repo_archived {
        row.date_repo_archived = time;
    }
    Ok(())
}
