//! The model: a directory's rows in memory, with what follows from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::Timestamp;
use jiff::tz::TimeZone;
use packgrid::rules::{score, text, verdict, version};
use serde_json::Value as Json;

use super::directory::Records;
use crate::support::NOW;

/// A type of objects that there are lists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Package,
    Grid,
    Category,
    Feature,
    Element,
    Release,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Package, Self::Grid, Self::Category, Self::Feature, Self::Element, Self::Release];
}

/// What is compared. Times are microseconds since 1970, texts are folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Null,
    Flag(bool),
    Int(i64),
    Text(String),
    /// A value of an enum.
    Word(String),
}

/// An object: its values, by the names of the fields that filter by them.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub fields: BTreeMap<&'static str, Value>,
    /// Folded names of contributors.
    pub participants: BTreeSet<String>,
    /// The licence as it is spelled.
    pub license: String,
}

/// A directory.
#[derive(Default)]
pub struct Model {
    pub tables: HashMap<Kind, BTreeMap<i64, Row>>,
    /// Which package stands in which grid: (grid, package).
    pub pairs: BTreeSet<(i64, i64)>,
}

pub fn folded(text: &Json) -> Value {
    Value::Text(text::fold(text.as_str().unwrap()))
}

/// Text that is null when it is blank.
fn unless_blank(text: &Json) -> Value {
    match text.as_str() {
        Some(known) if !known.trim().is_empty() => folded(text),
        _ => Value::Null,
    }
}

fn int(number: &Json) -> Value {
    number.as_i64().map_or(Value::Null, Value::Int)
}

/// The microseconds of a time as RFC 3339 writes it.
pub fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().0
}

fn time(text: &Json) -> Value {
    text.as_str().map_or(Value::Null, |text| Value::Int(micros(text)))
}

/// The year in UTC.
pub fn year(time: &Value) -> Value {
    match time {
        Value::Int(micros) => {
            let time = Timestamp(*micros).to_jiff().unwrap();
            Value::Int(time.to_zoned(TimeZone::UTC).year().into())
        }
        _ => Value::Null,
    }
}

fn word(text: &str) -> Value {
    Value::Word(text.to_uppercase().replace('-', "_"))
}

fn support(known: &Json) -> Value {
    word(known.as_bool().map_or("unknown", |known| if known { "yes" } else { "no" }))
}

fn row<const N: usize>(fields: [(&'static str, Value); N]) -> Row {
    Row { fields: fields.into_iter().collect(), ..Row::default() }
}

impl Model {
    pub fn of(records: &Records) -> Self {
        let mut model = Self::default();
        let links = |record: &Json, field: &str| -> Vec<i64> {
            record[field].as_array().unwrap().iter().map(|link| link.as_i64().unwrap()).collect()
        };
        for (list, field, is_grid) in
            [(&records.packages, "grids", false), (&records.grids, "packages", true)]
        {
            for record in list {
                let id = record["id"].as_i64().unwrap();
                let pair = |other| if is_grid { (id, other) } else { (other, id) };
                model.pairs.extend(links(record, field).into_iter().map(pair));
            }
        }
        for (kind, list) in [
            (Kind::Category, &records.categories),
            (Kind::Grid, &records.grids),
            (Kind::Feature, &records.features),
            (Kind::Release, &records.versions),
            (Kind::Package, &records.packages),
            (Kind::Element, &records.elements),
        ] {
            for record in list {
                let id = record["id"].as_i64().unwrap();
                let mut row = match kind {
                    Kind::Category => category(id, record, records),
                    Kind::Grid => model.grid(id, record, records),
                    Kind::Package => model.package(id, record),
                    Kind::Feature => feature(record),
                    Kind::Element => element(record),
                    Kind::Release => release(record),
                };
                row.fields.insert("number", Value::Int(id));
                model.tables.entry(kind).or_default().insert(id, row);
            }
        }
        model
    }

    fn grid(&self, id: i64, record: &Json, records: &Records) -> Row {
        let packages = self.pairs.iter().filter(|(grid, _)| *grid == id).count();
        let features = records.features.iter().filter(|feature| feature["grid"] == id).count();
        row([
            ("title", folded(&record["title"])),
            ("slug", folded(&record["slug"])),
            ("description", folded(&record["description"])),
            ("isLocked", Value::Flag(record["is_locked"].as_bool().unwrap())),
            ("header", Value::Flag(record["header"].as_bool().unwrap())),
            ("packagesCount", Value::Int(packages as i64)),
            ("featuresCount", Value::Int(features as i64)),
            ("created", time(&record["created"])),
            ("modified", time(&record["modified"])),
        ])
    }

    fn package(&self, id: i64, record: &Json) -> Row {
        let status = if record["replaced_by"].is_i64() {
            "replaced"
        } else if record["date_deprecated"].is_string() {
            "deprecated"
        } else if record["date_repo_archived"].is_string() {
            "archived"
        } else {
            "active"
        };
        let commits = record["commits_over_52"].as_array().unwrap();
        let total: i64 = commits.iter().map(|week| week.as_i64().unwrap()).sum();
        let total = (!commits.is_empty()).then(|| Value::Int(total.min(i32::MAX.into())));
        let names = record["participants"].as_array().unwrap();
        let updated = time(&record["last_updated"]);
        let moment = |micros: i64| Timestamp(micros).to_jiff().unwrap();
        let last_commit =
            if let Value::Int(micros) = updated { Some(moment(micros)) } else { None };
        // 0 is unknown where the last commit is, too.
        let count = |field: &str| match record[field].as_i64().unwrap() {
            0 if updated == Value::Null => Value::Null,
            count => Value::Int(count),
        };
        let stars = count("repo_watchers");
        let score = match &stars {
            Value::Int(stars) => {
                let facts = score::Facts {
                    stars: *stars as i32,
                    quarters: score::quarters(last_commit, moment(NOW.0)),
                    python3: record["supports_python3"] == true,
                };
                Value::Int(facts.score().into())
            }
            _ => Value::Null,
        };
        let releases = self.tables.get(&Kind::Release);
        let mut released: Vec<(bool, Value)> = releases
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|release| release.fields["package"] == Value::Int(id))
            .filter(|release| release.fields["isHidden"] == Value::Flag(false))
            .filter(|release| release.fields["releasedAt"] != Value::Null)
            .map(|release| {
                let is_prerelease = release.fields["isPrerelease"] == Value::Flag(true);
                (is_prerelease, release.fields["releasedAt"].clone())
            })
            .collect();
        if released.iter().any(|(is_prerelease, _)| !is_prerelease) {
            released.retain(|(is_prerelease, _)| !is_prerelease);
        }
        let last_released = released.into_iter().map(|(_, at)| at).max().unwrap_or(Value::Null);
        let grids = self.pairs.iter().filter(|(_, package)| *package == id).count();
        let row = row([
            ("category", int(&record["category"])),
            ("replacedBy", int(&record["replaced_by"])),
            ("title", folded(&record["title"])),
            ("slug", folded(&record["slug"])),
            ("repoDescription", folded(&record["repo_description"])),
            ("repoUrl", unless_blank(&record["repo_url"])),
            ("pypiUrl", unless_blank(&record["pypi_url"])),
            ("pypiVersion", unless_blank(&record["pypi_version"])),
            ("documentationUrl", unless_blank(&record["documentation_url"])),
            ("license", unless_blank(&record["pypi_license"])),
            ("supportsPython3", support(&record["supports_python3"])),
            ("status", word(status)),
            ("repoForks", count("repo_forks")),
            ("repoWatchers", stars),
            ("pypiDownloads", int(&record["pypi_downloads"])),
            ("score", score),
            ("commitsTotal52", total.unwrap_or(Value::Null)),
            ("participantsCount", Value::Int(names.len() as i64)),
            ("gridsCount", Value::Int(grids as i64)),
            ("created", time(&record["created"])),
            ("modified", time(&record["modified"])),
            ("lastUpdated", updated),
            ("lastFetched", time(&record["last_fetched"])),
            ("lastReleaseYear", year(&last_released)),
            ("lastReleased", last_released),
        ]);
        Row {
            participants: names.iter().map(|name| text::fold(name.as_str().unwrap())).collect(),
            license: record["pypi_license"].as_str().unwrap_or_default().to_owned(),
            ..row
        }
    }

    pub fn table(&self, kind: Kind) -> &BTreeMap<i64, Row> {
        static EMPTY: BTreeMap<i64, Row> = BTreeMap::new();
        self.tables.get(&kind).unwrap_or(&EMPTY)
    }

    pub fn row(&self, kind: Kind, id: i64) -> &Row {
        &self.tables[&kind][&id]
    }

    pub fn value(&self, kind: Kind, id: i64, field: &str) -> &Value {
        let fields = &self.row(kind, id).fields;
        fields.get(field).unwrap_or_else(|| panic!("the model knows no {kind:?}.{field}"))
    }

    /// The objects that a field of an object leads to, in no order that means anything.
    pub fn related(&self, kind: Kind, id: i64, field: &str) -> (Kind, Vec<i64>) {
        let parent = |other: Kind| match self.value(kind, id, field) {
            Value::Int(link) => (other, vec![*link]),
            _ => (other, vec![]),
        };
        let children = |other: Kind, link: &str| {
            let rows = self.table(other).iter();
            let mine = rows.filter(|(_, row)| row.fields[link] == Value::Int(id));
            (other, mine.map(|(child, _)| *child).collect())
        };
        match (kind, field) {
            (Kind::Package, "category") => parent(Kind::Category),
            (Kind::Package, "replacedBy") => parent(Kind::Package),
            (Kind::Package, "replaces") => children(Kind::Package, "replacedBy"),
            (Kind::Package, "releases") => children(Kind::Release, "package"),
            (Kind::Package, "elements") => children(Kind::Element, "package"),
            (Kind::Element, "feature") => parent(Kind::Feature),
            (Kind::Package, "grids") => {
                let pairs = self.pairs.iter().filter(|(_, package)| *package == id);
                (Kind::Grid, pairs.map(|(grid, _)| *grid).collect())
            }
            (Kind::Grid, "packages") => {
                let pairs = self.pairs.iter().filter(|(grid, _)| *grid == id);
                (Kind::Package, pairs.map(|(_, package)| *package).collect())
            }
            (Kind::Grid, "features") => children(Kind::Feature, "grid"),
            (Kind::Category, "packages") => children(Kind::Package, "category"),
            (Kind::Category, "grids") => {
                let holds =
                    |package| self.row(Kind::Package, package).fields["category"] == Value::Int(id);
                let pairs = self.pairs.iter().filter(|(_, package)| holds(*package));
                let grids: BTreeSet<i64> = pairs.map(|(grid, _)| *grid).collect();
                (Kind::Grid, grids.into_iter().collect())
            }
            (Kind::Feature, "grid") => parent(Kind::Grid),
            (Kind::Feature, "elements") => children(Kind::Element, "feature"),
            (Kind::Element, "package") => parent(Kind::Package),
            _ => panic!("the model knows no way from {kind:?} by {field}"),
        }
    }
}

fn category(id: i64, record: &Json, records: &Records) -> Row {
    let packages = records.packages.iter().filter(|package| package["category"] == id).count();
    row([
        ("title", folded(&record["title"])),
        ("slug", folded(&record["slug"])),
        ("description", folded(&record["description"])),
        ("showPypi", Value::Flag(record["show_pypi"].as_bool().unwrap())),
        ("packagesCount", Value::Int(packages as i64)),
        ("created", time(&record["created"])),
        ("modified", time(&record["modified"])),
    ])
}

fn feature(record: &Json) -> Row {
    row([
        ("grid", int(&record["grid"])),
        ("title", folded(&record["title"])),
        ("description", folded(&record["description"])),
    ])
}

fn element(record: &Json) -> Row {
    let reading = verdict::read(record["text"].as_str().unwrap());
    row([
        ("feature", int(&record["feature"])),
        ("package", int(&record["package"])),
        ("text", folded(&record["text"])),
        ("verdict", word(&format!("{:?}", reading.verdict))),
        ("strength", Value::Int(reading.strength.into())),
    ])
}

fn release(record: &Json) -> Row {
    let order = version::order(record["number"].as_str().unwrap());
    row([
        ("package", int(&record["package"])),
        ("version", folded(&record["number"])),
        ("versionKey", Value::Text(order.key)),
        ("isPrerelease", Value::Flag(order.is_prerelease)),
        ("license", unless_blank(&record["license"])),
        ("releasedAt", time(&record["upload_time"])),
        ("developmentStatus", word(record["development_status"].as_str().unwrap())),
        ("supportsPython3", support(&record["supports_python3"])),
        ("isHidden", Value::Flag(record["hidden"].as_bool().unwrap())),
    ])
}
