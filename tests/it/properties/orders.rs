//! Random orders, and what they mean: nulls last in both directions unless asked otherwise, ties by
//! number in the direction of the last key.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Map, Value as Json, json};

use super::model::{Kind, Model, Value};
use super::schema::Schema;

/// What a list is sorted by.
#[derive(Clone, Debug)]
pub struct Order {
    keys: Vec<Key>,
}

#[derive(Clone, Debug)]
struct Key {
    /// The field that filters by the same value.
    field: &'static str,
    descending: bool,
    nulls_first: bool,
}

/// An object's place in a list: what it is sorted by, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub values: Vec<Value>,
    pub id: i64,
}

/// The type of objects whose values a list of `kind` is sorted by.
fn sorted(kind: Kind) -> Kind {
    if kind == Kind::Element { Kind::Package } else { kind }
}

fn field(of: &str) -> &'static str {
    match of {
        "TITLE" => "title",
        "NUMBER" => "number",
        "CREATED" => "created",
        "MODIFIED" => "modified",
        "WATCHERS" => "repoWatchers",
        "FORKS" => "repoForks",
        "DOWNLOADS" => "pypiDownloads",
        "SCORE" => "score",
        "LAST_COMMIT" => "lastUpdated",
        "LAST_RELEASE" => "lastReleased",
        "GRIDS" => "gridsCount",
        "PACKAGES" => "packagesCount",
        "RELEASED_AT" => "releasedAt",
        "VERSION" => "versionKey",
        other => panic!("the model does not know how to sort by {other}"),
    }
}

impl Order {
    /// What `orderBy` asks of a list of `kind`.
    pub fn of(kind: Kind, asked: &Json) -> Self {
        let mut keys: Vec<Key> = Vec::new();
        for key in asked.as_array().into_iter().flatten() {
            let field = field(key["field"].as_str().unwrap());
            // What repeats an earlier key decides nothing.
            if !keys.iter().any(|known| known.field == field) {
                let (descending, nulls_first) =
                    (key["direction"] == "DESC", key["nulls"] == "FIRST");
                keys.push(Key { field, descending, nulls_first });
            }
        }
        let own = |field, descending| vec![Key { field, descending, nulls_first: false }];
        match kind {
            _ if !keys.is_empty() => Self { keys },
            Kind::Feature => Self { keys },
            Kind::Release => Self { keys: own("releasedAt", true) },
            _ => Self { keys: own("title", false) },
        }
    }

    /// The place of an object.
    pub fn position(&self, model: &Model, kind: Kind, id: i64) -> Position {
        let (other, owner) = match kind {
            Kind::Element => {
                let (package, of) = model.related(kind, id, "package");
                (package, of[0])
            }
            _ => (kind, id),
        };
        let value = |key: &Key| model.value(other, owner, key.field).clone();
        Position { values: self.keys.iter().map(value).collect(), id }
    }

    /// Which of two places comes first.
    pub fn compare(&self, one: &Position, other: &Position) -> Ordering {
        for (key, (one, other)) in self.keys.iter().zip(one.values.iter().zip(&other.values)) {
            let order = match (one, other) {
                (Value::Null, Value::Null) => Ordering::Equal,
                (Value::Null, _) if key.nulls_first => Ordering::Less,
                (Value::Null, _) => Ordering::Greater,
                (_, Value::Null) if key.nulls_first => Ordering::Greater,
                (_, Value::Null) => Ordering::Less,
                (one, other) if key.descending => other.cmp(one),
                (one, other) => one.cmp(other),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        let descending = self.keys.last().is_some_and(|key| key.descending);
        if descending { other.id.cmp(&one.id) } else { one.id.cmp(&other.id) }
    }
}

/// The input type of the orders of lists of `kind`.
pub fn input(kind: Kind) -> String {
    format!("{:?}Order", sorted(kind))
}

/// A random `orderBy`, which may also be none.
pub fn random(kind: Kind, schema: &Schema, rng: &mut Rng, used: &mut BTreeSet<String>) -> Json {
    let name = format!("{:?}OrderField", sorted(kind));
    let fields = schema.values(&name);
    match rng.u8(0..12) {
        0 => return Json::Null,
        1 => return json!([]),
        _ => {}
    }
    let count = rng.usize(1..=3);
    let keys = (0..count).map(|_| {
        let field = &fields[rng.usize(0..fields.len())];
        used.insert(format!("{name}.{field}"));
        let mut key = Map::from_iter([("field".to_owned(), json!(field))]);
        match rng.u8(0..3) {
            0 => {}
            1 => drop(key.insert("direction".to_owned(), json!("ASC"))),
            _ => drop(key.insert("direction".to_owned(), json!("DESC"))),
        }
        match rng.u8(0..4) {
            0 => drop(key.insert("nulls".to_owned(), json!("LAST"))),
            1 => drop(key.insert("nulls".to_owned(), json!("FIRST"))),
            2 => drop(key.insert("nulls".to_owned(), Json::Null)),
            _ => {}
        }
        Json::Object(key)
    });
    keys.collect()
}
