//! Made-up directories of any size, for benchmarks and tests: the same for the same seed, and as
//! uneven as real ones are (a few large grids and many small ones, packages in no grid and in many,
//! long histories and none, words that everybody uses and words that hardly anybody does).
//!
//! Of two directories from one seed, the larger begins with the packages and releases of the
//! smaller, but for their links.

mod vocabulary;

use std::path::Path;

use entity::Timestamp;
use fastrand::Rng;
use serde::Serialize;

use super::export::List;
use super::kind::{Format, Kind};
use super::link::Link;
use super::wire::{Category, Element, Feature, Grid, Package, PackageFacts, Time, Version};
use vocabulary::{
    CELLS, LICENSES, PYTHON_2, PYTHON_3, STATUSES, STYLES, SUBJECTS, Vocabulary, capitalized, pick,
    weighted,
};

/// What is made.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub packages: usize,
    pub grids: usize,
    pub seed: u64,
}

impl Shape {
    /// As many grids as the real directory has for so many packages: 8 for each 100.
    pub fn of(packages: usize, seed: u64) -> Self {
        Self { packages, grids: (packages * 8 / 100).max(1), seed }
    }
}

/// A directory in memory.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    pub categories: Vec<Category>,
    pub grids: Vec<Grid>,
    pub packages: Vec<Package>,
    pub features: Vec<Feature>,
    pub elements: Vec<Element>,
    pub versions: Vec<Version>,
}

/// 2026-01-01T00:00:00Z, where all made-up histories end.
const END: i64 = 1_767_225_600;

const DAY: i64 = 86_400;

/// Makes a directory.
pub fn generate(shape: Shape) -> Generated {
    let mut rng = Rng::with_seed(shape.seed);
    let vocabulary = Vocabulary::new(&mut rng.fork());
    let mut made = Generated { categories: categories(), ..Generated::default() };
    let mut grids = grids(shape.grids, &vocabulary, &mut rng.fork());
    let mut cells = rng.fork();
    for number in 1..=shape.packages {
        // Each package has a generator of its own, so that it does not depend on how many follow.
        let mut rng = rng.fork();
        let mut package = package(number, &grids, &vocabulary, &mut rng);
        package.more.replaced_by = Some(replacement(number, shape.packages, &mut rng));
        for link in &package.grids {
            // Grids are numbered from 1, without gaps.
            if let Some(grid) = grids.get_mut(link.id as usize - 1) {
                grid.packages.push(Link { id: package.id });
            }
        }
        let versions = versions(&package, made.versions.len() as i64 + 1, &mut rng);
        if let Some(latest) = versions.iter().rfind(|version| !version.hidden) {
            package.pypi_version = Some(latest.number.clone());
        }
        made.versions.extend(versions);
        made.packages.push(package);
    }
    for grid in &grids {
        for row in 0..cells.usize(2..=8) {
            let feature = made.features.len() as i64 + 1;
            made.features.push(Feature {
                id: feature,
                grid: Link { id: grid.id },
                title: format!("Feature {} of {}", row + 1, grid.slug),
                description: String::new(),
            });
            for package in &grid.packages {
                if cells.u8(..) < 150 {
                    made.elements.push(Element {
                        id: made.elements.len() as i64 + 1,
                        feature: Link { id: feature },
                        package: *package,
                        text: pick(&CELLS, &mut cells).to_owned(),
                    });
                }
            }
        }
    }
    made.grids = grids;
    made
}

impl Generated {
    /// Writes the files that an import reads, into a folder that is made if it is not there.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let place = |kind: Kind| folder.join(kind.file(Format::Json));
        write_list(&place(Kind::Categories), &self.categories)?;
        write_list(&place(Kind::Grids), &self.grids)?;
        write_list(&place(Kind::Packages), &self.packages)?;
        write_list(&place(Kind::Features), &self.features)?;
        write_list(&place(Kind::Elements), &self.elements)?;
        write_list(&place(Kind::Versions), &self.versions)
    }
}

fn write_list<T: Serialize>(path: &Path, records: &[T]) -> std::io::Result<()> {
    let mut list = List::create(path, Format::Json)?;
    records.iter().for_each(|record| list.push(record));
    list.finish().map(drop)
}

fn categories() -> Vec<Category> {
    [("App", "apps"), ("Framework", "frameworks"), ("Project", "projects"), ("Other", "other")]
        .into_iter()
        .zip(1..)
        .map(|((title, slug), id)| Category {
            id,
            title: title.to_owned(),
            slug: slug.to_owned(),
            description: String::new(),
            title_plural: format!("{title}s"),
            show_pypi: id != 3,
            created: time(0),
            modified: time(0),
        })
        .collect()
}

fn grids(count: usize, vocabulary: &Vocabulary, rng: &mut Rng) -> Vec<Grid> {
    (1..=count)
        .map(|number| {
            let subject = pick(&SUBJECTS, rng);
            let style = pick(&STYLES, rng);
            let word = vocabulary.word(rng);
            let age = rng.i64(0..5000);
            Grid {
                id: number as i64,
                title: match rng.u8(..) {
                    0..128 => format!("{style} {subject} {number}"),
                    _ => format!("{} {subject}", capitalized(word)),
                },
                slug: format!("grid-{number}"),
                description: format!(
                    "Packages for {subject}, {style} ones. {}",
                    vocabulary.description(rng)
                ),
                is_locked: rng.u8(..) < 5,
                packages: Vec::new(),
                header: number <= 10,
                created: time(age),
                modified: time(age / 2),
            }
        })
        .collect()
}

fn package(number: usize, grids: &[Grid], vocabulary: &Vocabulary, rng: &mut Rng) -> Package {
    let subject = pick(&SUBJECTS, rng);
    let style = pick(&STYLES, rng);
    let (word, other) = (vocabulary.word(rng), vocabulary.word(rng));
    // The number keeps slugs apart, at whatever size.
    let name = match rng.u8(..) {
        0..80 => format!("django-{}-{number}", style.to_lowercase()),
        80..160 => format!("django-{word}-{number}"),
        160..180 => format!("drf-{word}-{number}"),
        _ => format!("{word}-{other}-{number}"),
    };
    let title = match rng.u8(..) {
        0..4 => format!("{style} {subject} {number} "),
        4..30 => format!("Django {style} {subject} {number}"),
        30..60 => format!("{} {other}", capitalized(word)),
        60..80 => format!("{word}-{subject}"),
        // Longer than a slug can be.
        80..84 => format!(
            "{}: {style} {subject} for Django sites with {other} {subject}",
            capitalized(word)
        ),
        _ => name.clone(),
    };
    let age = rng.i64(0..5500);
    let quiet = rng.u8(..) < 120;
    let weeks = match rng.u8(..) {
        0..20 => vec![],
        _ => (0..52).map(|_| if quiet { 0 } else { rng.i32(0..20) }).collect(),
    };
    // Most have some stars, a few have tens of thousands.
    let stars = (10f64.powf(rng.f64() * rng.f64() * 4.7) as i64) - 1;
    let mut standing: Vec<Link> = Vec::new();
    for _ in 0..rng.usize(0..=4) {
        // The square leans towards the first grids, which so become large.
        let place = (rng.f64() * rng.f64() * grids.len() as f64) as usize;
        if let Some(grid) = grids.get(place)
            && !standing.iter().any(|link| link.id == grid.id)
        {
            standing.push(Link { id: grid.id });
        }
    }
    // What is not on the package index has no releases there, no downloads and no licence.
    let listed = rng.u8(..) > 20;
    Package {
        category: Link { id: [1, 1, 1, 1, 1, 2, 3, 4][rng.usize(0..8)] },
        grids: standing,
        id: number as i64,
        title,
        last_updated: (rng.u8(..) > 5).then(|| time(rng.i64(0..=age))),
        last_fetched: (rng.u8(..) > 5).then(|| time(rng.i64(0..=age))),
        repo_url: format!(
            "https://github.com/{}/{name}",
            pick(&["jazzband", "someone", "Acme"], rng)
        ),
        // What has releases takes it from the latest.
        pypi_version: (rng.u8(..) > 128).then(|| format!("{}.{}", rng.u8(0..9), rng.u8(0..30))),
        created: time(age),
        modified: time(rng.i64(0..=3)),
        repo_forks: stars / 7,
        repo_description: vocabulary.description(rng),
        pypi_url: if listed { format!("https://pypi.org/project/{name}/") } else { String::new() },
        documentation_url: (rng.u8(..) > 100).then(|| format!("https://{name}.readthedocs.io/")),
        slug: name,
        repo_watchers: stars,
        commits_over_52: weeks,
        participants: (0..rng.usize(1..=12)).map(|_| vocabulary.person(rng).to_owned()).collect(),
        more: facts(age, listed.then_some(stars), rng),
    }
}

/// What the REST API does not tell of a package of that age, in days, and, if it is on the package
/// index, with so many stars. All of it is said, null too, so that one made-up directory can be
/// imported over another.
fn facts(age: i64, stars: Option<i64>, rng: &mut Rng) -> PackageFacts {
    let supports_python3 = match rng.u8(0..100) {
        0..70 => Some(true),
        70..80 => Some(false),
        _ => None,
    };
    let requires_python = match supports_python3 {
        Some(true) => weighted(&PYTHON_3, rng),
        Some(false) => weighted(&PYTHON_2, rng),
        None => None,
    };
    // What is known better is used more, but by very different numbers.
    let factor = 10f64.powf(rng.f64() * 3.0);
    let downloads = stars.map(|stars| ((stars + 1) as f64 * factor) as i64);
    let license = weighted(&LICENSES, rng).filter(|_| stars.is_some());
    PackageFacts {
        pypi_downloads: Some(downloads.filter(|_| rng.u8(0..100) < 92)),
        pypi_license: Some(license.map(str::to_owned)),
        pypi_requires_python: Some(requires_python.filter(|_| stars.is_some()).map(str::to_owned)),
        supports_python3: Some(supports_python3),
        date_deprecated: Some((rng.u8(0..100) < 6).then(|| time(rng.i64(0..=age)))),
        date_repo_archived: Some((rng.u8(0..100) < 8).then(|| time(rng.i64(0..=age)))),
        replaced_by: None,
    }
}

/// The package to use instead, if there is one: any other, be its number lower or higher.
fn replacement(number: usize, packages: usize, rng: &mut Rng) -> Option<Link> {
    let (replaced, place) = (rng.u8(0..100) < 3, rng.f64());
    if !replaced || packages < 2 {
        return None;
    }
    let other = (place * (packages - 1) as f64) as usize + 1;
    Some(Link { id: (if other < number { other } else { other + 1 }) as i64 })
}

/// The releases of a package, oldest first, numbered on from `first`.
fn versions(package: &Package, first: i64, rng: &mut Rng) -> Vec<Version> {
    if package.pypi_url.is_empty() {
        return Vec::new();
    }
    let age = (END * 1_000_000 - package.created.0.0) / (DAY * 1_000_000);
    let mut ages: Vec<i64> =
        (0..pick(&[0, 1, 1, 1, 2, 2, 2, 3, 4, 5], rng)).map(|_| rng.i64(0..=age)).collect();
    ages.sort_unstable_by(|one, other| other.cmp(one));
    let (mut major, mut minor, mut patch) = (rng.u8(0..4), rng.u8(0..12), 0);
    ages.into_iter()
        .zip(first..)
        .map(|(age, id)| {
            (major, minor, patch) = match rng.u8(..) {
                0..30 => (major + 1, 0, 0),
                30..150 => (major, minor + 1, 0),
                _ => (major, minor, patch + 1),
            };
            let numbers = match patch {
                0 => format!("{major}.{minor}"),
                _ => format!("{major}.{minor}.{patch}"),
            };
            let suffix = match rng.u8(..) {
                0..5 => "-pre1",
                5..10 => "-16",
                10..20 => "rc1",
                _ => "",
            };
            let facts = &package.more;
            Version {
                id,
                package: Link { id: package.id },
                number: numbers + suffix,
                license: match rng.u8(..) {
                    0..20 => weighted(&LICENSES, rng).map(str::to_owned),
                    _ => facts.pypi_license.clone().flatten(),
                },
                requires_python: facts.pypi_requires_python.clone().flatten(),
                upload_time: (rng.u8(..) > 4).then(|| time(age)),
                development_status: weighted(&STATUSES, rng),
                supports_python3: facts.supports_python3.flatten(),
                hidden: rng.u8(0..100) < 3,
            }
        })
        .collect()
}

/// So many days before the end of all histories.
fn time(days: i64) -> Time {
    Time(Timestamp((END - days * DAY) * 1_000_000))
}
