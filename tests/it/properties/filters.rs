//! Random filters, and what they mean.
//!
//! Nothing is unknown: a comparison with what is null is false, and `ne`, `notIn` and `not` are the
//! opposite of `eq`, `in` and what they stand around.

use std::collections::BTreeSet;

use entity::Timestamp;
use fastrand::Rng;
use packgrid::rules::text;
use serde_json::{Map, Value as Json, json};

use super::model::{Kind, Model, Value, micros};
use super::schema::{Field, Schema};

/// Whether `filter` holds for an object.
pub fn holds(model: &Model, schema: &Schema, kind: Kind, id: i64, filter: &Json) -> bool {
    let holds = |kind, id, filter: &Json| holds(model, schema, kind, id, filter);
    let own = |filter: &Json| holds(kind, id, filter);
    given(filter).all(|(name, asked)| {
        match name.as_str() {
            "and" => return asked.as_array().unwrap().iter().all(own),
            "or" => return asked.as_array().unwrap().iter().any(own),
            "not" => return !own(asked),
            "isActive" => {
                let active = *model.value(kind, id, "status") == Value::Word("ACTIVE".to_owned());
                return active == asked.as_bool().unwrap();
            }
            "participant" => {
                let name = text::fold(asked.as_str().unwrap());
                return model.row(kind, id).participants.contains(&name);
            }
            "releasedAfter" => {
                let after = micros(asked.as_str().unwrap());
                return matches!(model.value(kind, id, "lastReleased"), Value::Int(at) if *at > after);
            }
            _ => {}
        }
        let of = &schema.field(&kind.filter(), name).of;
        if of.ends_with("ListFilter") {
            let (other, related) = model.related(kind, id, name);
            let holding = |filter: &Json| related.iter().filter(|id| holds(other, **id, filter)).count();
            return given(asked).all(|(quantity, filter)| match quantity.as_str() {
                "some" => holding(filter) > 0,
                "every" => holding(filter) == related.len(),
                "none" => holding(filter) == 0,
                other => panic!("what is {other}?"),
            });
        }
        if Kind::of_filter(of).is_some() {
            let (other, related) = model.related(kind, id, name);
            return related.iter().any(|id| holds(other, *id, asked));
        }
        let value = model.value(kind, id, name);
        if of == "Boolean" {
            return *value == Value::Flag(asked.as_bool().unwrap());
        }
        given(asked).all(|(operator, operand)| {
            let one = |operand: &Json| parsed(&schema.field(of, operator).of, operand);
            compare(value, operator, operand, one)
        })
    })
}

/// The fields of an input object; none of a filter may be null.
fn given(object: &Json) -> impl Iterator<Item = (&String, &Json)> {
    object.as_object().unwrap().iter()
}

fn compare(value: &Value, operator: &str, operand: &Json, one: impl Fn(&Json) -> Value) -> bool {
    let known = *value != Value::Null;
    let listed = || operand.as_array().unwrap().iter().any(|item| one(item) == *value);
    let text = |test: fn(&str, &str) -> bool| match (value, one(operand)) {
        (Value::Text(text), Value::Text(part)) => test(text, &part),
        _ => false,
    };
    match operator {
        "isNull" => operand.as_bool().unwrap() != known,
        "eq" => one(operand) == *value,
        "ne" => one(operand) != *value,
        "in" => listed(),
        "notIn" => !listed(),
        "lt" => known && *value < one(operand),
        "lte" => known && *value <= one(operand),
        "gt" => known && *value > one(operand),
        "gte" => known && *value >= one(operand),
        "contains" => text(|text, part| text.contains(part)),
        "startsWith" => text(|text, part| text.starts_with(part)),
        "endsWith" => text(|text, part| text.ends_with(part)),
        other => panic!("what is {other}?"),
    }
}

/// The value that an argument of this type stands for.
fn parsed(of: &str, argument: &Json) -> Value {
    match (of, argument) {
        ("Boolean", Json::Bool(flag)) => Value::Flag(*flag),
        ("Int" | "BigInt", Json::Number(number)) => Value::Int(number.as_i64().unwrap()),
        ("BigInt", Json::String(text)) => Value::Int(text.parse().unwrap()),
        ("DateTime", Json::String(text)) => Value::Int(micros(text)),
        ("String", Json::String(text)) => Value::Text(text::fold(text)),
        (_, Json::String(word)) => Value::Word(word.clone()),
        _ => panic!("{argument} is no {of}"),
    }
}

/// Conditions of a filter, and more: every field of every object in it.
pub fn size(filter: &Json) -> usize {
    match filter {
        Json::Object(fields) => fields.values().map(|field| 1 + size(field)).sum(),
        Json::Array(items) => items.iter().map(|item| 1 + size(item)).sum(),
        _ => 0,
    }
}

/// Makes filters of values that the directory has.
pub struct Maker<'a> {
    pub model: &'a Model,
    pub schema: &'a Schema,
    pub rng: &'a mut Rng,
    /// What was used of the schema so far.
    pub used: &'a mut BTreeSet<String>,
}

impl Maker<'_> {
    /// A filter of a type of objects.
    pub fn filter(&mut self, kind: Kind) -> Json {
        loop {
            let filter = self.of_input(&kind.filter(), 3);
            if size(&filter) < 120 {
                return filter;
            }
        }
    }

    fn of_input(&mut self, input: &str, depth: usize) -> Json {
        let schema = self.schema;
        let kind = Kind::of_filter(input).unwrap();
        let mut filter = Map::new();
        let count = [0, 1, 1, 1, 1, 1, 2, 2, 2, 3][self.rng.usize(0..10)];
        for _ in 0..count {
            let fields = schema.fields(input);
            // Combinations are few among the fields, so they are taken more often.
            let logic = depth > 0 && self.rng.u8(0..10) < 3;
            let field = if logic {
                let name = ["and", "or", "not"][self.rng.usize(0..3)];
                schema.field(input, name)
            } else {
                self.choose(input, fields)
            };
            if filter.contains_key(&field.name) {
                continue;
            }
            let value = if Kind::of_filter(&field.of).is_some() || field.of.ends_with("ListFilter")
            {
                if depth == 0 {
                    continue;
                }
                self.combined(field, depth - 1)
            } else if schema.is_enum(&field.of) || !field.of.ends_with("Filter") {
                let asked =
                    if field.name == "releasedAfter" { "lastReleased" } else { &field.name };
                self.operand(kind, asked, &field.of)
            } else {
                self.comparison(kind, &field.name, &field.of)
            };
            self.used.insert(format!("{input}.{}", field.name));
            filter.insert(field.name.clone(), value);
        }
        Json::Object(filter)
    }

    /// One of the fields of an input type, sooner one of which not everything was used yet.
    fn choose<'f>(&mut self, input: &str, fields: &'f [Field]) -> &'f Field {
        let unused = |field: &Field| {
            let operators = match field.of.ends_with("Filter") && !field.is_list {
                true => self.schema.fields(&field.of),
                false => &[],
            };
            let unused = |of: &str, name: &str| !self.used.contains(&format!("{of}.{name}"));
            unused(input, &field.name)
                || operators.iter().any(|other| unused(&field.of, &other.name))
        };
        let mut one = || &fields[self.rng.usize(0..fields.len())];
        let chosen = [one(), one(), one()];
        chosen.into_iter().find(|field| unused(field)).unwrap_or(chosen[0])
    }

    /// Filters around filters.
    fn combined(&mut self, field: &Field, depth: usize) -> Json {
        if field.is_list {
            let count = [0, 1, 2, 2, 2, 3][self.rng.usize(0..6)];
            return (0..count).map(|_| self.of_input(&field.of, depth)).collect();
        }
        if !field.of.ends_with("ListFilter") {
            return self.of_input(&field.of, depth);
        }
        let schema = self.schema;
        let mut list = Map::new();
        for _ in 0..[1, 1, 1, 2][self.rng.usize(0..4)] {
            let quantities = schema.fields(&field.of);
            let quantity = self.choose(&field.of, quantities);
            self.used.insert(format!("{}.{}", field.of, quantity.name));
            list.insert(quantity.name.clone(), self.of_input(&quantity.of, depth));
        }
        Json::Object(list)
    }

    fn comparison(&mut self, kind: Kind, name: &str, of: &str) -> Json {
        let schema = self.schema;
        let mut tests = Map::new();
        for _ in 0..[0, 1, 1, 1, 1, 1, 1, 1, 2, 2][self.rng.usize(0..10)] {
            let operators = schema.fields(of);
            let operator = self.choose(of, operators);
            self.used.insert(format!("{of}.{}", operator.name));
            let operand = if operator.is_list {
                let count = self.rng.usize(0..=4);
                (0..count).map(|_| self.operand(kind, name, &operator.of)).collect()
            } else if operator.name == "isNull" {
                json!(self.rng.bool())
            } else {
                let operand = self.operand(kind, name, &operator.of);
                match operator.name.as_str() {
                    "contains" | "startsWith" | "endsWith" => self.part(&operand),
                    _ => operand,
                }
            };
            tests.insert(operator.name.clone(), operand);
        }
        Json::Object(tests)
    }

    /// A value to compare a field with: mostly one that some object has there.
    fn operand(&mut self, kind: Kind, name: &str, of: &str) -> Json {
        match of {
            "Boolean" => return json!(self.rng.bool()),
            of if self.schema.is_enum(of) => {
                let values = self.schema.values(of);
                return json!(values[self.rng.usize(0..values.len())]);
            }
            _ => {}
        }
        let value = (0..4).find_map(|_| self.some_value(kind, name));
        match of {
            "Int" | "BigInt" | "DateTime" => {
                let number = if let Some(Value::Int(number)) = value { number } else { 0 };
                let number = match self.rng.u8(0..10) {
                    0 => number - 1,
                    1 => number + 1,
                    _ => number,
                };
                match of {
                    "Int" => json!(number.min(i32::MAX.into())),
                    "BigInt" if self.rng.bool() => json!(number.to_string()),
                    "BigInt" => json!(number),
                    _ => json!(Timestamp(number).to_string()),
                }
            }
            "String" => {
                let text =
                    if let Some(Value::Text(text)) = value { text } else { "alpha".to_owned() };
                json!(self.respelled(&text))
            }
            other => panic!("what is {other}?"),
        }
    }

    fn some_value(&mut self, kind: Kind, name: &str) -> Option<Value> {
        let table = self.model.table(kind);
        let id = *table.keys().nth(self.rng.usize(0..table.len().max(1)))?;
        if name == "participant" {
            let names = &table[&id].participants;
            let name = names.iter().nth(self.rng.usize(0..names.len().max(1)));
            return name.map(|name| Value::Text(name.clone()));
        }
        Some(self.model.value(kind, id, name)).filter(|value| **value != Value::Null).cloned()
    }

    /// The text in another spelling that is the same to a reader, or one that is nearly it.
    fn respelled(&mut self, text: &str) -> String {
        match self.rng.u8(0..12) {
            0 | 1 => text.to_uppercase(),
            2 => {
                let wide = |c: char| match c {
                    '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
                    c => c,
                };
                text.chars().map(wide).collect()
            }
            3 => format!("{text}%"),
            4 => format!("_{text}"),
            5 => text.replace('o', "_"),
            6 => text.replace('а', "a"),
            _ => text.to_owned(),
        }
    }

    /// A part of a text.
    fn part(&mut self, text: &Json) -> Json {
        let chars: Vec<char> = text.as_str().unwrap().chars().collect();
        let (start, end) = (self.rng.usize(0..=chars.len()), self.rng.usize(0..=chars.len()));
        let part: String = match self.rng.u8(0..4) {
            0 => chars[..end].iter().collect(),
            1 => chars[start..].iter().collect(),
            _ => chars[start.min(end)..end.max(start)].iter().collect(),
        };
        json!(part)
    }
}
