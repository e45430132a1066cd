//! Names what is built, for the answers' `ETag`: servers of one build have the same name, however
//! they were built, and another build may answer otherwise.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    let mut files = Vec::new();
    for place in ["Cargo.lock", "Cargo.toml", "entity/src", "migration/src", "src"] {
        println!("cargo::rerun-if-changed={place}");
        list(Path::new(place), &mut files);
    }
    files.sort();
    // Its keys are always the same.
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    println!("cargo::rustc-env=SOURCES_DIGEST={:016x}", hasher.finish());
}

fn list(place: &Path, files: &mut Vec<PathBuf>) {
    match std::fs::read_dir(place) {
        Ok(entries) => entries.flatten().for_each(|entry| list(&entry.path(), files)),
        Err(_) => files.push(place.to_owned()),
    }
}
