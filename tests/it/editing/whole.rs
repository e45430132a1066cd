//! All that a database holds, to compare.

use std::collections::BTreeMap;

use entity::{
    alias, category, category_grid, element, feature, grid, grid_package, package, participant,
    taken_out, version,
};
use packgrid::exchange::Format;
use sea_orm::{DatabaseConnection, EntityTrait, Iterable, QueryOrder, QuerySelect};
use serde_json::{Map, Value};

use super::Editors;
use crate::export::{contents, export_to};

/// The rows of each table.
pub type Tables = BTreeMap<&'static str, Vec<Value>>;

/// What goes on and on: times of changes, revisions, and what is as of the day it was written.
const MOVING: [&str; 4] = ["modified", "revision", "score", "score_quarters"];

impl Editors {
    /// The rows of all tables of the directory, but for when and by which revision they were changed.
    pub async fn tables(&self) -> Tables {
        let connection = self.app.test_database.connect().await;
        let mut tables = Tables::new();
        macro_rules! read {
            ($($entity:ident)*) => {$(
                tables.insert(stringify!($entity), rows::<$entity::Entity>(&connection).await);
            )*};
        }
        read!(alias category category_grid element feature grid grid_package package participant
            taken_out version);
        // What had a slug goes on answering to it, also when the edit is undone that gave it.
        let is_of_merge = |alias: &Value| alias["former_id"] != alias["target_id"];
        tables.entry("alias").or_default().retain(is_of_merge);
        connection.close().await.unwrap();
        tables
    }

    /// The records of an export, but for when they were changed.
    pub async fn exported(&self) -> BTreeMap<String, Vec<Value>> {
        let folder = tempfile::tempdir().unwrap();
        export_to(&self.app.database, folder.path(), Format::Json).await.unwrap();
        let files = contents(folder.path()).into_iter();
        files
            .map(|(name, text)| {
                let mut records: Vec<Map<String, Value>> = serde_json::from_str(&text).unwrap();
                records.iter_mut().for_each(|record| drop(record.remove("modified")));
                (name, records.into_iter().map(Value::Object).collect())
            })
            .collect()
    }
}

async fn rows<E: EntityTrait>(connection: &DatabaseConnection) -> Vec<Value> {
    let mut select = E::find();
    for column in E::Column::iter() {
        select = select.order_by_asc(column);
    }
    let mut rows = select.limit(1_000_000).into_json().all(connection).await.unwrap();
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        MOVING.iter().for_each(|column| drop(row.remove(*column)));
    }
    rows
}

/// What two readings of all tables differ in, for people.
pub fn assert_same(before: &Tables, after: &Tables, what: &str) {
    for (table, rows) in before {
        let now = &after[table];
        if rows == now {
            continue;
        }
        let gone: Vec<_> = rows.iter().filter(|row| !now.contains(row)).collect();
        let new: Vec<_> = now.iter().filter(|row| !rows.contains(row)).collect();
        assert!(gone.is_empty() && new.is_empty(), "{what}: {table}\n- {gone:#?}\n+ {new:#?}");
    }
}
