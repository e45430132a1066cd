//! Releases of packages.

use entity::{DevelopmentStatus, HERE, JsonList, Support, Timestamp, package, version};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::auth::Role;
use crate::editing::edit::{Command, Edit};
use crate::editing::input::{Lines, Patch, unless_shown, unless_stored, unless_stored_or_null};
use crate::editing::problem::{ProblemCode, Stop};

/// What editors can say about a release.
#[derive(Clone, Debug, Default)]
pub struct ReleaseValues {
    pub number: Patch<String>,
    pub license: Patch<String>,
    pub requires_python: Patch<String>,
    pub released_at: Patch<Timestamp>,
    pub development_status: Patch<DevelopmentStatus>,
    pub supports_python3: Patch<Support>,
    pub hidden: Patch<bool>,
}

/// Adds a release to a package.
#[derive(Debug)]
pub struct CreateRelease {
    pub package: i64,
    pub values: ReleaseValues,
}

/// Changes what is said about a release.
#[derive(Debug)]
pub struct UpdateRelease {
    pub id: i64,
    pub expected: Option<i64>,
    pub values: ReleaseValues,
}

/// Deletes a release.
#[derive(Debug)]
pub struct DeleteRelease {
    pub id: i64,
    pub expected: Option<i64>,
}

impl ReleaseValues {
    /// Without the values that equal those of `row`, which they leave as they are.
    fn unless_stored(self, row: &version::Model) -> Self {
        Self {
            number: unless_stored(self.number, &row.number),
            license: unless_shown(self.license, row.license.as_deref()),
            requires_python: unless_shown(self.requires_python, row.requires_python.as_deref()),
            released_at: unless_stored_or_null(self.released_at, &row.upload_time),
            development_status: unless_stored(self.development_status, &row.development_status),
            supports_python3: unless_stored(self.supports_python3, &row.supports_python3),
            hidden: unless_stored(self.hidden, &row.hidden),
        }
    }
}

impl Command for CreateRelease {
    const KIND: &'static str = "create_release";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let package = edit.row::<package::Entity>(self.package, "packageId").await?;
        let mut row = version::Model {
            id: 0,
            package_id: package.id,
            number: String::new(),
            number_folded: String::new(),
            number_key: String::new(),
            prerelease: false,
            license: None,
            license_folded: None,
            requires_python: None,
            upload_time: None,
            development_status: DevelopmentStatus::Unknown,
            supports_python3: Support::Unknown,
            hidden: false,
            source_id: Some(HERE),
            revision: 0,
            edited: JsonList::default(),
        };
        fill(edit, &mut row, self.values).await?;
        edit.all_right()?;
        row.id = edit.new_id();
        let id = row.id;
        edit.add::<version::Entity>(row);
        Ok(id)
    }
}

impl Command for UpdateRelease {
    const KIND: &'static str = "update_release";
    const RIGHT: Role = Role::Editor;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let before = edit.current::<version::Entity>(self.id, self.expected).await?;
        let mut after = before.clone();
        fill(edit, &mut after, self.values.unless_stored(&before)).await?;
        edit.all_right()?;
        edit.change::<version::Entity>(before, after);
        Ok(self.id)
    }
}

impl Command for DeleteRelease {
    const KIND: &'static str = "delete_release";
    const RIGHT: Role = Role::Moderator;

    async fn plan(self, edit: &mut Edit) -> Result<i64, Stop> {
        let row = edit.current::<version::Entity>(self.id, self.expected).await?;
        edit.all_right()?;
        edit.remove::<version::Entity>(row);
        Ok(self.id)
    }
}

async fn fill(
    edit: &mut Edit,
    row: &mut version::Model,
    values: ReleaseValues,
) -> Result<(), Stop> {
    if let Some(number) = edit.needed("version", values.number, 100)
        && number != row.number
    {
        let same = version::Entity::find()
            .filter(version::Column::PackageId.eq(row.package_id))
            .filter(version::Column::Number.eq(&*number));
        if same.one(&edit.transaction).await?.is_some() {
            let message = format!("The package has a release {number} already");
            edit.problem(ProblemCode::Taken, "version", message);
        }
        row.number = number;
    }
    if let Some(license) = edit.license("license", values.license) {
        row.license = license;
    }
    if let Some(text) = edit.text("requiresPython", values.requires_python, 200, Lines::One) {
        row.requires_python = (!text.is_empty()).then_some(text);
    }
    if let Some(time) = values.released_at {
        row.upload_time = time;
    }
    if let Some(status) = edit.not_null("developmentStatus", values.development_status) {
        row.development_status = status;
    }
    if let Some(support) = edit.not_null("supportsPython3", values.supports_python3) {
        row.supports_python3 = support;
    }
    if let Some(hidden) = edit.not_null("isHidden", values.hidden) {
        row.hidden = hidden;
    }
    Ok(())
}
