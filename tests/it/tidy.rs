//! The shape of the sources: who imports whom, how long files are, what may not stand in them.

use std::path::{Path, PathBuf};

/// A file that is longer wants to be two.
const LONGEST: usize = 400;

/// What each area may import of the others (`ARCHITECTURE.md` has the table with its reasons).
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("config", &[]),
    ("clock", &["entity"]),
    ("rules", &[]),
    ("telemetry", &[]),
    ("database", &["config", "entity", "migration"]),
    ("catalog", &["entity", "database"]),
    ("search", &["entity", "database"]),
    ("auth", &["entity", "database", "config", "clock"]),
    ("editing", &["entity", "database", "search", "clock", "auth"]),
    ("exchange", &["entity", "database", "config", "editing", "catalog", "clock"]),
    ("graphql", &["catalog", "editing", "search", "auth", "entity", "database", "config", "clock"]),
    ("rest_v4", &["catalog", "search", "exchange", "entity", "database"]),
    ("http", &["graphql", "rest_v4", "exchange", "auth", "database", "config", "clock"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The area of a file in `src`: `catalog` for `src/catalog.rs` and for what is in `src/catalog/`.
fn area(path: &Path) -> String {
    let relative = path.strip_prefix(root().join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn who_imports_whom() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        let area = area(&path);
        if matches!(area.as_str(), "lib" | "main" | "cli") {
            continue;
        }
        let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == area);
        let allowed = allowed.unwrap_or_else(|| panic!("{area} is in no table")).1;
        let text = std::fs::read_to_string(&path).unwrap();
        let others: Vec<&str> = MAY_IMPORT
            .iter()
            .map(|(name, _)| *name)
            .chain(["cli", "entity", "migration"])
            .collect();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for other in &others {
                let ours = if matches!(*other, "entity" | "migration") {
                    code.contains(&format!("use {other}::"))
                        || code.contains(&format!(" {other}::"))
                } else {
                    code.contains(&format!("crate::{other}::"))
                        || code.contains(&format!("crate::{{{other}"))
                        || (code.contains("use crate::{") && code.contains(&format!(" {other}")))
                };
                let fine = *other == area || *other == "rules" || allowed.contains(other);
                if ours && !fine {
                    wrong.push(format!(
                        "{}:{}: {area} imports {other}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for path in sources("entity").into_iter().chain(sources("migration")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("packgrid::"), "{}", path.display());
        let other = if path.to_string_lossy().contains("/entity/") {
            "use migration"
        } else {
            "use entity"
        };
        assert!(!text.contains(other), "{}", path.display());
    }
}

/// Only these may ask which database it is.
#[test]
fn who_asks_which_database_it_is() {
    let may = [
        "src/database/",
        "src/database.rs",
        "src/catalog/keys.rs",
        "src/catalog/list.rs",
        "src/search/",
        "src/catalog/filter.rs",
        "src/catalog/facets.rs",
        "src/editing/bulk.rs",
        "src/editing/counts.rs",
    ];
    for path in sources("src") {
        let relative = path.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let asks = text.contains("DbBackend::") || text.contains("DatabaseBackend::");
        assert!(!asks || may.iter().any(|allowed| relative.starts_with(allowed)), "{relative}");
    }
}

/// What is committed is noted there, so that nobody is answered from before it.
#[test]
fn who_commits() {
    for path in sources("src") {
        let relative = path.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let commits = text.contains(".commit().await");
        assert!(!commits || relative.starts_with("src/database/"), "{relative}");
    }
}

#[test]
fn files_are_short_and_finished() {
    for folder in ["src", "entity", "migration", "tests"] {
        for path in sources(folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().count();
            assert!(lines <= LONGEST, "{} has {lines} lines", path.display());
            let macros = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
            for unfinished in macros.iter().map(String::as_str).chain([concat!("#[", "ignore")]) {
                assert!(!text.contains(unfinished), "{}: {unfinished}", path.display());
            }
        }
    }
    let main = std::fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 40);
}
