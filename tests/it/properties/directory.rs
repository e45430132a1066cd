//! Random small directories, as records in files: hardly a value that is not there several times,
//! text in all its spellings, and null wherever it may be.

use std::collections::BTreeSet;

use fastrand::Rng;
use packgrid::database::Database;
use serde_json::{Value as Json, json};

use crate::support::files::{Files, category, grid, package};

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub packages: usize,
    pub grids: usize,
}

impl Shape {
    pub fn small(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x5eed);
        Self { packages: rng.usize(40..=100), grids: rng.usize(8..=12) }
    }
}

/// The records of a directory.
#[derive(Debug, Default)]
pub struct Records {
    pub categories: Vec<Json>,
    pub grids: Vec<Json>,
    pub packages: Vec<Json>,
    pub features: Vec<Json>,
    pub elements: Vec<Json>,
    pub versions: Vec<Json>,
}

/// Several spellings of one text after another, what LIKE does not take literally, and look-alikes.
const TEXTS: [&str; 38] = [
    "",
    " ",
    "alpha",
    "Alpha",
    "ALPHA",
    "Ａｌｐｈａ",
    "аlpha",
    "alpha beta",
    "Alpha-Beta 2",
    "straße",
    "STRASSE",
    "Stra\u{17f}se",
    "ﬁle",
    "FILE",
    "é",
    "E\u{301}",
    "İx",
    "i\u{307}x",
    "ıx",
    "50% off",
    "50_ off",
    "50％ off",
    "%",
    "_",
    "\\",
    "a\\b",
    "a\\\\b",
    "a\\%b",
    "'; --",
    "\"quoted\" {}",
    "😀",
    "😀 smile",
    "👩\u{200d}💻",
    "日本語",
    "\u{ffff}x",
    "𝐀lpha",
    "ϒ\u{308}",
    "zeta\nline",
];

/// Points in time: of one year's end and the next one's beginning, with fractions and without, and
/// from before 1970.
const TIMES: [&str; 10] = [
    "1969-12-31T23:59:59.500000Z",
    "1970-01-01T00:00:00Z",
    "2019-12-31T23:59:59.999999Z",
    "2020-01-01T00:00:00Z",
    "2019-12-31T19:00:00-05:00",
    "2024-02-29T12:00:00.000001Z",
    "2025-07-01T08:30:00+02:00",
    "2026-03-01T00:00:00Z",
    "2026-08-31T23:00:00Z",
    "2027-01-01T00:00:00Z",
];

const LICENSES: [&str; 7] = ["", " ", "MIT", "mit", "ＭＩＴ", "BSD 3_Clause", "50% GPL"];

const NAMES: [&str; 6] = ["jezdez", "Jezdez", "audreyr", "ÅSA", "åsa", "50%"];

const CELLS: [&str; 12] = [
    "",
    "  ",
    "yes",
    "YES, since 4.2",
    "+++",
    "++",
    "no",
    "--",
    "No: 50% of it",
    "not yet",
    "Straße",
    "Ｙｅｓ",
];

const VERSIONS: [&str; 12] = [
    "1.0", "1.9", "1.10", "1.0RC1", "1.0rc2", "２.0", "2%", "0_1", "2.0.dev1", "v1.0", "1.4-16",
    "1!0.1",
];

const STATUSES: [&str; 8] =
    ["unknown", "planning", "pre-alpha", "alpha", "beta", "stable", "mature", "inactive"];

fn pick<'a>(from: &[&'a str], rng: &mut Rng) -> &'a str {
    from[rng.usize(0..from.len())]
}

fn maybe<T>(chance: u8, rng: &mut Rng, value: impl FnOnce(&mut Rng) -> T) -> Option<T> {
    (rng.u8(0..100) < chance).then(|| value(rng))
}

/// Mostly one of a few.
fn number(rng: &mut Rng) -> i64 {
    [0, 0, 1, 5, 5, 5, 100, 100, 4711, 20_000_000][rng.usize(0..10)]
}

fn time(rng: &mut Rng) -> &'static str {
    pick(&TIMES, rng)
}

fn title(rng: &mut Rng) -> String {
    match rng.u8(0..10) {
        0 => format!("{} {}", pick(&TEXTS, rng), pick(&TEXTS, rng)),
        _ => pick(&TEXTS, rng).to_owned(),
    }
}

/// So many ids, in no order, with gaps between them.
fn ids(count: usize, rng: &mut Rng) -> Vec<i64> {
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        ids.insert(rng.i64(1..=4 * count as i64 + 4));
    }
    let mut ids: Vec<i64> = ids.into_iter().collect();
    rng.shuffle(&mut ids);
    ids
}

impl Records {
    pub fn random(shape: Shape, rng: &mut Rng) -> Self {
        let mut made = Self::default();
        let categories = ids(4, rng);
        for id in &categories {
            made.categories.push(category(
                *id,
                json!({
                    "title": pick(&TEXTS, rng), "description": title(rng), "show_pypi": rng.bool(),
                    "created": time(rng), "modified": time(rng),
                }),
            ));
        }
        let grids = ids(shape.grids, rng);
        let packages = ids(shape.packages, rng);
        // One category stays empty.
        for id in &packages {
            let category = categories[rng.usize(0..3)];
            made.packages.push(made_package(*id, category, &packages, rng));
        }
        for id in &grids {
            made.grids.push(grid(
                *id,
                json!({
                    "title": title(rng), "description": title(rng), "is_locked": rng.bool(),
                    "header": rng.bool(), "created": time(rng), "modified": time(rng),
                }),
            ));
        }
        let mut pairs = BTreeSet::new();
        for (place, grid) in grids.iter().enumerate() {
            // One grid is empty; the others' sizes vary.
            let size = place * shape.packages / (2 * shape.grids) + place.min(1);
            pairs.extend((0..size).map(|_| (*grid, packages[rng.usize(0..packages.len())])));
        }
        let links = |records: &mut [Json], field: &str, id: i64, other: i64| {
            let record = records.iter_mut().find(|record| record["id"] == id).unwrap();
            record[field].as_array_mut().unwrap().push(json!(other));
        };
        for (grid, package) in &pairs {
            // Either record may name it, or both.
            let side = rng.u8(0..3);
            if side != 0 {
                links(&mut made.packages, "grids", *package, *grid);
            }
            if side != 1 {
                links(&mut made.grids, "packages", *grid, *package);
            }
        }
        made.tables(&grids, &pairs, rng);
        made.releases(&packages, rng);
        made
    }

    fn tables(&mut self, grids: &[i64], pairs: &BTreeSet<(i64, i64)>, rng: &mut Rng) {
        let owners: Vec<i64> =
            grids.iter().flat_map(|grid| vec![*grid; rng.usize(0..=6)]).collect();
        let feature_ids = ids(owners.len(), rng);
        let mut cells = Vec::new();
        for (id, grid) in feature_ids.into_iter().zip(owners) {
            self.features.push(json!({
                "id": id, "grid": grid, "title": pick(&TEXTS, rng), "description": title(rng),
            }));
            let standing = pairs.iter().filter(|(other, _)| *other == grid);
            cells.extend(standing.filter(|_| rng.u8(0..10) < 6).map(|(_, package)| (id, *package)));
        }
        let element_ids = ids(cells.len(), rng);
        for (id, (feature, package)) in element_ids.into_iter().zip(cells) {
            let text = if rng.bool() { pick(&CELLS, rng) } else { pick(&TEXTS, rng) };
            self.elements
                .push(json!({ "id": id, "feature": feature, "package": package, "text": text }));
        }
    }

    fn releases(&mut self, packages: &[i64], rng: &mut Rng) {
        let mut owned = Vec::new();
        for package in packages {
            let mut numbers = VERSIONS;
            rng.shuffle(&mut numbers);
            let count = rng.usize(0..=6).saturating_sub(1);
            owned.extend(numbers.into_iter().take(count).map(|number| (*package, number)));
        }
        let version_ids = ids(owned.len(), rng);
        for (id, (package, number)) in version_ids.into_iter().zip(owned) {
            self.versions.push(json!({
                "id": id, "package": package, "number": number,
                "license": maybe(70, rng, |rng| pick(&LICENSES, rng)),
                "requires_python": maybe(50, rng, |_| ">=3.9"),
                "upload_time": maybe(70, rng, time),
                "development_status": pick(&STATUSES, rng),
                "supports_python3": maybe(70, rng, Rng::bool),
                "hidden": rng.u8(0..4) == 0,
            }));
        }
    }

    /// Imports them.
    pub async fn import(&self, database: &Database) {
        let files = Files::new(json!(self.categories), json!(self.grids), json!(self.packages));
        files.write("features.json", &json!(self.features).to_string());
        files.write("elements.json", &json!(self.elements).to_string());
        files.write("versions.json", &json!(self.versions).to_string());
        files.import(database).await.unwrap();
    }
}

fn made_package(id: i64, category: i64, others: &[i64], rng: &mut Rng) -> Json {
    let address = |host: &str, rng: &mut Rng| match rng.u8(0..10) {
        0 | 1 => String::new(),
        2 => " ".to_owned(),
        3 => "\t\u{3000}".to_owned(),
        _ => format!("https://{host}/{}/{id}", pick(&["X", "x", "50%", "Ünï"], rng)),
    };
    // Unique unless it is empty.
    let repo_url = match rng.u8(0..10) {
        0 | 1 => String::new(),
        // Blank, and no other's.
        2 => format!("{id:b}").replace('0', " ").replace('1', "\t"),
        _ => address("github.com", rng) + &format!("/{id}"),
    };
    let replaced_by = maybe(15, rng, |rng| others[rng.usize(0..others.len())]);
    package(
        id,
        json!({
            "category": category,
            "grids": [],
            "title": title(rng),
            "slug": format!("{}-{id}", pick(&["alpha", "Alpha", "Ａlpha", "50%", "_", "日本"], rng)),
            "last_updated": maybe(70, rng, time),
            "last_fetched": maybe(70, rng, time),
            "repo_url": repo_url,
            "pypi_version": maybe(70, rng, |rng| pick(&["", " ", "\u{3000}", "1.0"], rng)),
            "created": time(rng),
            "modified": time(rng),
            "repo_forks": number(rng),
            "repo_description": title(rng),
            "pypi_url": address("pypi.org", rng),
            "documentation_url": maybe(70, rng, |rng| address("docs.example", rng)),
            "repo_watchers": number(rng),
            "commits_over_52": match rng.u8(0..4) {
                0 => vec![],
                1 => vec![0; 52],
                2 => vec![i32::MAX; 2],
                _ => vec![rng.i32(0..3), 1],
            },
            "participants": (0..rng.usize(0..=4)).map(|_| pick(&NAMES, rng)).collect::<Vec<_>>(),
            "pypi_downloads": maybe(60, rng, |rng| [0_i64, 5, 5, 3_000_000_000, 1_000_000_000_000][rng.usize(0..5)]),
            "pypi_license": maybe(80, rng, |rng| pick(&LICENSES, rng)),
            "pypi_requires_python": maybe(50, rng, |_| ">=3.9"),
            "supports_python3": maybe(70, rng, Rng::bool),
            "date_deprecated": maybe(20, rng, time),
            "date_repo_archived": maybe(20, rng, time),
            "replaced_by": replaced_by.filter(|other| *other != id),
        }),
    )
}
