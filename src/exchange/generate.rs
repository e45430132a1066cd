//! Made-up directories of any size, for benchmarks and tests: the same for the same seed, and as
//! uneven as real ones are (a few large grids and many small ones, packages in no grid and in many,
//! long histories and none).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use entity::Timestamp;
use fastrand::Rng;
use serde::Serialize;

use super::link::Link;
use super::wire::{Category, Element, Feature, Grid, Package, Time};

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
}

/// 2026-01-01T00:00:00Z, where all made-up histories end.
const END: i64 = 1_767_225_600;

const DAY: i64 = 86_400;

const SUBJECTS: [&str; 24] = [
    "admin",
    "auth",
    "cache",
    "forms",
    "search",
    "storage",
    "tasks",
    "mail",
    "geo",
    "charts",
    "payments",
    "tags",
    "comments",
    "files",
    "images",
    "menus",
    "i18n",
    "audit",
    "tenants",
    "webhooks",
    "Übersetzung",
    "検索",
    "REST",
    "GraphQL",
];

const STYLES: [&str; 16] = [
    "simple",
    "easy",
    "smart",
    "tiny",
    "fast",
    "async",
    "modern",
    "another",
    "ultimate",
    "light",
    "pluggable",
    "generic",
    "nested",
    "dynamic",
    "Awesome",
    "pure",
];

const CELLS: [&str; 12] =
    ["yes", "yes", "yes", "no", "no", "+", "++", "-", "yes, since 2.0", "not yet", "3.14", ""];

const NAMES: [&str; 12] = [
    "ada",
    "grace",
    "linus",
    "42",
    "dependabot[bot]",
    "Jürgen W",
    "marie",
    "edsger",
    "barbara",
    "a-very-long-name-of-somebody",
    "x",
    "guido",
];

/// Makes a directory.
pub fn generate(shape: Shape) -> Generated {
    let mut rng = Rng::with_seed(shape.seed);
    let mut made = Generated { categories: categories(), ..Generated::default() };
    let mut grids = grids(shape.grids, &mut rng);
    for number in 1..=shape.packages {
        let package = package(number, &grids, &mut rng);
        for link in &package.grids {
            // Grids are numbered from 1, without gaps.
            if let Some(grid) = grids.get_mut(link.id as usize - 1) {
                grid.packages.push(Link { id: package.id });
            }
        }
        made.packages.push(package);
    }
    for grid in &grids {
        for row in 0..rng.usize(2..=8) {
            let feature = made.features.len() as i64 + 1;
            made.features.push(Feature {
                id: feature,
                grid: Link { id: grid.id },
                title: format!("Feature {} of {}", row + 1, grid.slug),
                description: String::new(),
            });
            for package in &grid.packages {
                if rng.u8(..) < 150 {
                    made.elements.push(Element {
                        id: made.elements.len() as i64 + 1,
                        feature: Link { id: feature },
                        package: *package,
                        text: pick(&CELLS, &mut rng).to_owned(),
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
        write_list(&folder.join("categories.json"), &self.categories)?;
        write_list(&folder.join("grids.json"), &self.grids)?;
        write_list(&folder.join("packages.json"), &self.packages)?;
        write_list(&folder.join("features.json"), &self.features)?;
        write_list(&folder.join("elements.json"), &self.elements)
    }
}

fn write_list<T: Serialize>(path: &Path, records: &[T]) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"[")?;
    for (index, record) in records.iter().enumerate() {
        file.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut file, record)?;
    }
    file.write_all(b"\n]\n")?;
    file.flush()
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

fn grids(count: usize, rng: &mut Rng) -> Vec<Grid> {
    (1..=count)
        .map(|number| {
            let subject = pick(&SUBJECTS, rng);
            let style = pick(&STYLES, rng);
            let age = rng.i64(0..5000);
            Grid {
                id: number as i64,
                title: format!("{style} {subject} {number}"),
                slug: format!("grid-{number}"),
                description: format!("Packages for {subject}, {style} ones."),
                is_locked: rng.u8(..) < 5,
                packages: Vec::new(),
                header: number <= 10,
                created: time(age),
                modified: time(age / 2),
            }
        })
        .collect()
}

fn package(number: usize, grids: &[Grid], rng: &mut Rng) -> Package {
    let subject = pick(&SUBJECTS, rng);
    let style = pick(&STYLES, rng);
    let name = format!("django-{}-{number}", style.to_lowercase());
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
    let title = match rng.u8(..) {
        0..4 => format!("{style} {subject} {number} "),
        4..30 => format!("Django {style} {subject} {number}"),
        _ => name.clone(),
    };
    Package {
        category: Link { id: [1, 1, 1, 1, 1, 2, 3, 4][rng.usize(0..8)] },
        grids: standing,
        id: number as i64,
        title,
        slug: name.clone(),
        last_updated: (rng.u8(..) > 5).then(|| time(rng.i64(0..=age))),
        last_fetched: (rng.u8(..) > 5).then(|| time(rng.i64(0..=age))),
        repo_url: format!(
            "https://github.com/{}/{name}",
            pick(&["jazzband", "someone", "Acme"], rng)
        ),
        pypi_version: (rng.u8(..) > 20).then(|| format!("{}.{}", rng.u8(0..9), rng.u8(0..30))),
        created: time(age),
        modified: time(rng.i64(0..=3)),
        repo_forks: stars / 7,
        repo_description: format!("A {style} way to have {subject} in a Django project."),
        pypi_url: if rng.u8(..) > 20 {
            format!("https://pypi.org/project/{name}/")
        } else {
            String::new()
        },
        documentation_url: (rng.u8(..) > 100).then(|| format!("https://{name}.readthedocs.io/")),
        repo_watchers: stars,
        commits_over_52: weeks,
        participants: (0..rng.usize(1..=12)).map(|_| pick(&NAMES, rng).to_owned()).collect(),
        more: super::wire::PackageFacts::default(),
    }
}

/// So many days before the end of all histories.
fn time(days: i64) -> Time {
    Time(Timestamp((END - days * DAY) * 1_000_000))
}

fn pick<'a>(texts: &[&'a str], rng: &mut Rng) -> &'a str {
    texts[rng.usize(0..texts.len())]
}
