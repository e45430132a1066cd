//! What can be asked: the input types of the schema, as it tells of them itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::model::Kind;
use crate::support::App;

/// What only the history is asked by: `editing/history.rs` sees to these.
const OF_HISTORY: [&str; 4] =
    ["BigIntFilter", "ChangeFilter", "ChangeKindFilter", "ChangeOrderField"];

/// A field of an input type.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// The name of its type, whatever is wrapped around it.
    pub of: String,
    pub is_list: bool,
}

/// The input types and enums.
pub struct Schema {
    inputs: BTreeMap<String, Vec<Field>>,
    enums: BTreeMap<String, Vec<String>>,
}

impl Schema {
    pub async fn of(app: &App) -> Self {
        let query = "{ __schema { types { kind name enumValues { name } inputFields { name type { \
            ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } } \
            fragment T on __Type { kind name }";
        let data = app.data(query).await;
        let (mut inputs, mut enums) = (BTreeMap::new(), BTreeMap::new());
        for kind in data["__schema"]["types"].as_array().unwrap() {
            let name = kind["name"].as_str().unwrap().to_owned();
            let list = |key: &str| kind[key].as_array().into_iter().flatten();
            let text = |value: &Json| value["name"].as_str().unwrap().to_owned();
            match kind["kind"].as_str() {
                Some("INPUT_OBJECT") => {
                    inputs.insert(name, list("inputFields").map(field).collect());
                }
                Some("ENUM") => {
                    enums.insert(name, list("enumValues").map(text).collect());
                }
                _ => {}
            }
        }
        Self { inputs, enums }
    }

    /// The fields of an input type.
    pub fn fields(&self, input: &str) -> &[Field] {
        self.inputs.get(input).unwrap_or_else(|| panic!("there is no input type {input}"))
    }

    /// A field of an input type.
    pub fn field(&self, input: &str, name: &str) -> &Field {
        let found = self.fields(input).iter().find(|field| field.name == name);
        found.unwrap_or_else(|| panic!("{input} has no field {name}"))
    }

    pub fn is_enum(&self, name: &str) -> bool {
        self.enums.contains_key(name)
    }

    /// The values of an enum.
    pub fn values(&self, name: &str) -> &[String] {
        self.enums.get(name).unwrap_or_else(|| panic!("there is no enum {name}"))
    }

    /// Every field of every filter, and every value that a list can be sorted by.
    pub fn everything(&self) -> BTreeSet<String> {
        let filters = self.inputs.iter().filter(|(name, _)| name.ends_with("Filter"));
        let filters = filters.filter(|(name, _)| !OF_HISTORY.contains(&name.as_str()));
        let fields = filters.flat_map(|(name, fields)| {
            fields.iter().map(move |field| format!("{name}.{}", field.name))
        });
        let orders = self.enums.iter().filter(|(name, _)| name.ends_with("OrderField"));
        let orders = orders.filter(|(name, _)| !OF_HISTORY.contains(&name.as_str()));
        let keys = orders
            .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}.{value}")));
        fields.chain(keys).collect()
    }
}

fn field(field: &Json) -> Field {
    let (mut of, mut is_list) = (&field["type"], false);
    while of["name"].is_null() {
        is_list |= of["kind"] == "LIST";
        of = &of["ofType"];
    }
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    Field { name: text(&field["name"]), of: text(&of["name"]), is_list }
}

impl Kind {
    /// The input type of its filter.
    pub fn filter(self) -> String {
        format!("{self:?}Filter")
    }

    /// What an input type filters, if it is the filter of an entity.
    pub fn of_filter(input: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.filter() == input)
    }
}
