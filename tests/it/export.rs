//! Exports: the whole directory, in files that come back as they were.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use packgrid::database::{Database, Snapshot};
use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, ExportError, Exported, Format, Options, export, import};
use serde_json::Value;

use crate::support::{Backend, NOW, TestDatabase, on_both};

/// Writes the directory of `database` into `folder`.
pub async fn export_to(
    database: &Database,
    folder: &Path,
    format: Format,
) -> Result<Exported, ExportError> {
    let folder = folder.to_owned();
    let deadline = Instant::now() + Duration::from_secs(600);
    let write = move |snapshot: Snapshot| export(snapshot, folder, format);
    database.read(deadline, write).await.unwrap()
}

/// Every file of a folder, by name.
pub fn contents(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

async fn import_from(database: &Database, folder: &Path) {
    let directory = Directory::folder(folder).unwrap();
    import(database, &directory, Options::default(), NOW, &mut |_| {}).await.unwrap();
}

on_both! {
    async fn comes_back_as_it_was(backend: Backend) {
        let files = tempfile::tempdir().unwrap();
        generate(Shape::of(700, 3)).write(&files.path().join("made")).unwrap();
        let owner = TestDatabase::sample(backend).await;
        let first = owner.open().await;
        import_from(&first, &files.path().join("made")).await;
        let (one, other, lines) =
            (files.path().join("one"), files.path().join("other"), files.path().join("lines"));
        let counts = export_to(&first, &one, Format::Json).await.unwrap();
        assert!(counts.iter().all(|(_, count)| *count > 3), "{counts:?}");
        assert_eq!(contents(&one).len(), 6);

        // Into an empty database, by way of lines: the same files again, to the byte.
        export_to(&first, &lines, Format::JsonLines).await.unwrap();
        assert!(contents(&lines).keys().all(|name| name.ends_with(".jsonl")));
        let other_owner = TestDatabase::empty(backend).await;
        let second = other_owner.open().await;
        import_from(&second, &lines).await;
        export_to(&second, &other, Format::Json).await.unwrap();
        assert_eq!(contents(&one), contents(&other));

        // Over an earlier export, and with nothing left lying about.
        export_to(&first, &other, Format::Json).await.unwrap();
        assert_eq!(contents(&one), contents(&other));
    }

    /// A record has what its file had, in the fields' order, and everything else there is.
    async fn records_are_whole(backend: Backend) {
        let owner = TestDatabase::sample(backend).await;
        let database = owner.open().await;
        let folder = tempfile::tempdir().unwrap();
        export_to(&database, folder.path(), Format::Json).await.unwrap();
        let files = contents(folder.path());
        let line = files["packages.json"].lines().nth(1).unwrap();
        assert!(line.starts_with(r#"{"category":4,"grids":[84],"id":683,"title":"django-queued"#));
        assert!(line.contains(r#""last_updated":"2021-10-27T09:12:05Z","last_fetched":"2026-02-16T05:04:39.708161Z""#));
        for fact in ["pypi_downloads", "pypi_license", "supports_python3", "date_deprecated", "replaced_by"] {
            assert!(line.contains(&format!("\"{fact}\":")), "{line}");
        }
        for (file, text) in &files {
            let records: Vec<Value> = serde_json::from_str(text).unwrap();
            let ids: Vec<i64> = records.iter().map(|record| record["id"].as_i64().unwrap()).collect();
            assert!(ids.is_sorted(), "{file}");
            // One record a line, between the brackets.
            assert_eq!(text.lines().count(), records.len() + 2, "{file}");
        }
    }

    async fn two_formats_in_one_folder_are_told_apart(backend: Backend) {
        let owner = TestDatabase::sample(backend).await;
        let database = owner.open().await;
        let folder = tempfile::tempdir().unwrap();
        export_to(&database, folder.path(), Format::Json).await.unwrap();
        let before = contents(folder.path());
        let error = export_to(&database, folder.path(), Format::JsonLines).await.unwrap_err();
        assert!(error.to_string().contains("categories.json is there already"), "{error}");
        assert_eq!(contents(folder.path()), before);
        std::fs::write(folder.path().join("grids.jsonl"), "").unwrap();
        let directory = Directory::folder(folder.path()).unwrap();
        let error = import(&database, &directory, Options::default(), NOW, &mut |_| {}).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("grids.json and ") && error.contains("grids.jsonl are both"), "{error}");
    }
}
