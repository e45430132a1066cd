//! The sample directory, in the very format that everybody imports.

use super::files::Directory;

const FILES: [(&str, &[u8]); 6] = [
    ("categories.json", include_bytes!("sample/categories.json")),
    ("grids.json", include_bytes!("sample/grids.json")),
    ("packages.json", include_bytes!("sample/packages.json")),
    ("features.json", include_bytes!("sample/features.json")),
    ("elements.json", include_bytes!("sample/elements.json")),
    ("versions.json", include_bytes!("sample/versions.json")),
];

/// The built-in sample: some 190 real packages, compared in grids. `scripts/sample` tells where
/// its facts are from.
pub fn sample() -> Directory {
    Directory::embedded(&FILES)
}
