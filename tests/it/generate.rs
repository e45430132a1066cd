//! Made-up directories: within the limits of the domain, the same for the same seed, and as uneven
//! as real ones.

use std::collections::{HashMap, HashSet};

use packgrid::exchange::generate::{Generated, Shape, generate};
use packgrid::exchange::wire::{DevelopmentStatus, Package};
use serde::Serialize;

fn made() -> Generated {
    generate(Shape::of(5000, 1))
}

/// How many per cent of the records.
fn share<T>(records: &[T], counts: impl Fn(&T) -> bool) -> f64 {
    100.0 * records.iter().filter(|record| counts(record)).count() as f64 / records.len() as f64
}

fn distinct<K: Eq + std::hash::Hash>(mut keys: impl Iterator<Item = K>) -> bool {
    let mut seen = HashSet::new();
    keys.all(|key| seen.insert(key))
}

fn json<T: Serialize>(records: &[T]) -> Vec<serde_json::Value> {
    records.iter().map(|record| serde_json::to_value(record).unwrap()).collect()
}

#[test]
fn within_the_limits() {
    let made = made();
    let no_longer = |text: &str, limit: usize| assert!(text.chars().count() <= limit, "{text:?}");
    for grid in &made.grids {
        no_longer(&grid.title, 100);
        no_longer(&grid.slug, 50);
        no_longer(&grid.description, 1000);
    }
    for package in &made.packages {
        no_longer(&package.title, 100);
        no_longer(&package.slug, 50);
        assert!(!package.title.trim().is_empty() && !package.slug.is_empty());
        no_longer(&package.repo_description, 500);
        no_longer(&package.repo_url, 200);
        no_longer(&package.pypi_url, 255);
        for other in package.more.replaced_by.iter().flatten() {
            assert!(other.id != package.id && (1..=5000).contains(&other.id));
        }
    }
    for version in &made.versions {
        no_longer(&version.number, 100);
        let package = &made.packages[version.package.id as usize - 1];
        let end = "2026-01-01T00:00:00Z".parse().unwrap();
        if let Some(time) = version.upload_time {
            assert!(package.created.0 <= time.0 && time.0 <= end, "{version:?}");
        }
    }
    assert!(distinct(made.packages.iter().map(|package| &package.slug)));
    assert!(distinct(made.packages.iter().map(|package| &package.repo_url)));
    assert!(distinct(made.versions.iter().map(|version| version.id)));
    assert!(distinct(made.versions.iter().map(|version| (version.package.id, &version.number))));
    let mut rows = HashMap::<i64, usize>::new();
    for feature in &made.features {
        *rows.entry(feature.grid.id).or_default() += 1;
    }
    assert!(rows.len() == made.grids.len() && rows.values().all(|rows| (2..=8).contains(rows)));
}

#[test]
fn a_package_alone_is_replaced_by_none() {
    for seed in 0..100 {
        let made = generate(Shape::of(1, seed));
        assert_eq!(made.packages[0].more.replaced_by, Some(None));
    }
    assert!(generate(Shape { packages: 0, grids: 0, seed: 1 }).versions.is_empty());
}

#[test]
fn as_uneven_as_real_ones() {
    let made = made();
    let packages = &made.packages;
    let near = |is: f64, expected: f64| {
        assert!((is - expected).abs() < 2.0, "{is} per cent, and {expected} expected");
    };
    let python = |package: &Package| package.more.supports_python3.unwrap();
    near(share(packages, |package| python(package) == Some(true)), 70.0);
    near(share(packages, |package| python(package) == Some(false)), 10.0);
    near(share(packages, |package| package.more.date_deprecated.flatten().is_some()), 6.0);
    near(share(packages, |package| package.more.date_repo_archived.flatten().is_some()), 8.0);
    near(share(packages, |package| package.more.replaced_by.flatten().is_some()), 3.0);

    let licenses: HashSet<_> =
        packages.iter().map(|package| package.more.pypi_license.clone().unwrap()).collect();
    assert!(licenses.contains(&None) && licenses.len() > 12, "{licenses:?}");
    let mut downloads: Vec<i64> =
        packages.iter().filter_map(|package| package.more.pypi_downloads.flatten()).collect();
    downloads.sort_unstable();
    assert!((4000..4900).contains(&downloads.len()), "{}", downloads.len());
    let at = |percent: usize| downloads[downloads.len() * percent / 100];
    assert!(at(10) * 10 < at(50) && at(50) * 10 < at(90));

    let each = made.versions.len() as f64 / packages.len() as f64;
    assert!((1.7..2.3).contains(&each), "{each} versions each");
    near(share(&made.versions, |version| version.hidden), 3.0);
    let statuses: Vec<_> = made.versions.iter().map(|version| version.development_status).collect();
    near(share(&statuses, |status| *status == DevelopmentStatus::Stable), 43.0);
    assert_eq!(json(&statuses).iter().collect::<HashSet<_>>().len(), 8);

    // Some words are in many descriptions, and many in one or two.
    let mut words = HashMap::<&str, usize>::new();
    for package in packages {
        let text = &package.repo_description;
        let each: HashSet<&str> =
            text.split([' ', ',', '.']).filter(|word| !word.is_empty()).collect();
        for word in each {
            *words.entry(word).or_default() += 1;
        }
    }
    assert!(words.values().filter(|packages| **packages > 500).count() > 5);
    assert!(words.values().filter(|packages| **packages < 10).count() > 1000);
    let people: HashSet<_> = packages.iter().flat_map(|package| &package.participants).collect();
    assert!(people.len() > 1500 && people.iter().any(|name| *name == "dependabot[bot]"));
    assert!(packages.iter().any(|package| package.title.ends_with(' ')));
    assert!(packages.iter().any(|package| !package.title.is_ascii()));
    assert!(packages.iter().any(|package| package.title.chars().count() > 50));
}

/// A directory that has grown differs from what it was in what is new, and in the links to it.
#[test]
fn a_larger_directory_begins_with_the_smaller() {
    let smaller = generate(Shape { packages: 100, grids: 10, seed: 9 });
    let larger = generate(Shape { packages: 300, grids: 10, seed: 9 });
    let versions = smaller.versions.len();
    assert_eq!(json(&smaller.versions), json(&larger.versions[..versions]));
    let without_links = |packages: &[Package]| {
        let mut packages = packages.to_vec();
        for package in &mut packages {
            package.more.replaced_by = None;
        }
        json(&packages)
    };
    assert_eq!(without_links(&smaller.packages), without_links(&larger.packages[..100]));
}
