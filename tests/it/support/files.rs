//! Directories in files, made by tests: records like the real one, with one thing changed.

use std::path::Path;

use packgrid::database::Database;
use packgrid::exchange::{Directory, ImportError, Options, Report, import};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{NOW, TestDatabase};

fn record() -> Value {
    serde_json::from_str(include_str!("../../../scripts/sample/record-683.json")).unwrap()
}

/// The record under another id, with other names, and these fields changed.
pub fn package(id: i64, changes: Value) -> Value {
    let mut package = record();
    package["id"] = json!(id);
    package["slug"] = json!(format!("package-{id}"));
    package["title"] = json!(format!("Package {id}"));
    package["repo_url"] = json!(format!("https://github.com/someone/package-{id}"));
    change(package, changes)
}

pub fn grid(id: i64, changes: Value) -> Value {
    change(
        json!({
            "id": id, "title": format!("Grid {id}"), "slug": format!("grid-{id}"), "description": "",
            "is_locked": false, "packages": [], "header": false,
            "created": "2011-03-10T05:21:44.892610-05:00", "modified": "2011-03-10T05:21:44-05:00",
        }),
        changes,
    )
}

pub fn category(id: i64, changes: Value) -> Value {
    change(
        json!({
            "id": id, "title": format!("Category {id}"), "slug": format!("category-{id}"),
            "description": "", "title_plural": "Categories", "show_pypi": true,
            "created": "2011-03-10T05:21:44.892610-05:00", "modified": "2011-03-10T05:21:44-05:00",
        }),
        changes,
    )
}

pub fn change(mut record: Value, changes: Value) -> Value {
    for (field, value) in changes.as_object().unwrap() {
        record[field] = value.clone();
    }
    record
}

/// Files of a directory.
pub struct Files(tempfile::TempDir);

impl Files {
    pub fn new(categories: Value, grids: Value, packages: Value) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("categories.json", &categories.to_string());
        files.write("grids.json", &grids.to_string());
        files.write("packages.json", &packages.to_string());
        files
    }

    /// One category, one grid, and these packages.
    pub fn of_packages(packages: Value) -> Self {
        Self::new(json!([category(4, json!({}))]), json!([grid(84, json!({}))]), packages)
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub async fn import(&self, database: &Database) -> Result<Report, ImportError> {
        self.import_with(database, Options::default()).await
    }

    pub async fn import_with(
        &self,
        database: &Database,
        options: Options,
    ) -> Result<Report, ImportError> {
        let directory = Directory::folder(self.path())?;
        import(database, &directory, options, NOW, &mut |_| {}).await
    }
}

/// What is wrong with the only record that is.
pub async fn problem(files: &Files, database: &Database) -> String {
    match files.import(database).await {
        Err(ImportError::Invalid(problems)) if problems.len() == 1 => problems[0].to_string(),
        other => panic!("{other:?}"),
    }
}

/// The package with this id, as its row is.
pub async fn package_row(database: &TestDatabase, id: i64) -> entity::package::Model {
    let connection = database.connect().await;
    entity::package::Entity::find_by_id(id).one(&connection).await.unwrap().unwrap()
}

pub async fn revision(database: &TestDatabase) -> i64 {
    entity::directory::Entity::find()
        .one(&database.connect().await)
        .await
        .unwrap()
        .unwrap()
        .revision
}
