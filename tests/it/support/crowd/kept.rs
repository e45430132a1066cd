//! What a database has after edits, held to its history and to what follows from it.

use std::collections::BTreeMap;

use entity::{
    Tracked, alias, category, category_grid, change, element, feature, grid, grid_package, package,
    participant, version,
};
use packgrid::config;
use packgrid::database::Database;
use packgrid::editing::{RowChange, derive, upkeep};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait,
    QueryOrder, Statement, Value,
};
use serde_json::{Map, Value as Json};

/// The rows that editors edit, by kind and id, with what the history tells of them.
#[derive(Default)]
pub struct State {
    rows: BTreeMap<(String, i64), Row>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    values: Map<String, Json>,
    /// The revision that changed it last; null of what does not know it.
    revision: Option<i64>,
}

impl State {
    /// What is there now.
    pub async fn of(connection: &DatabaseConnection) -> Self {
        let mut state = Self::default();
        macro_rules! read {
            ($($entity:ident: $kind:literal;)*) => {$(
                for row in $entity::Entity::find().all(connection).await.unwrap() {
                    state.add($kind, &row);
                }
            )*};
        }
        read! {
            category: "category";
            grid: "grid";
            package: "package";
            grid_package: "pairing";
            version: "version";
            feature: "feature";
            element: "element";
        }
        for row in alias::Entity::find().all(connection).await.unwrap() {
            let columns = alias::Column::iter();
            let values = columns.map(|it| (it.as_str().to_owned(), json(row.get(it)))).collect();
            let key = (alias_key(&values), row.former_id);
            state.rows.insert(key, Row { values, revision: None });
        }
        state
    }

    fn add<M: ModelTrait + Tracked>(&mut self, kind: &str, row: &M) {
        let kept = |column: &str| {
            let own = ["source_id", "edited"].contains(&column) || !derive::is_derived(column);
            own && column != "modified"
        };
        let columns = <M::Entity as EntityTrait>::Column::iter();
        let values = columns
            .filter(|column| kept(column.as_str()))
            .map(|column| (column.as_str().to_owned(), json(row.get(column))))
            .collect();
        self.rows
            .insert((kind.to_owned(), row.id()), Row { values, revision: Some(row.revision()) });
    }

    /// Has happen what the history says happened after the revision `start`, each once and in
    /// order. Returns the last revision, and how many of them the program made by itself.
    pub async fn replay(&mut self, connection: &DatabaseConnection, start: i64) -> (i64, usize) {
        let changes = change::Entity::find().order_by_asc(change::Column::Revision);
        let (mut last, mut by_itself) = (start, 0);
        for change in changes.all(connection).await.unwrap() {
            if change.revision <= start {
                continue;
            }
            last += 1;
            assert_eq!(change.revision, last, "a revision is missing, or is there twice");
            if change.kind == "score" {
                by_itself += 1;
                continue;
            }
            let text = change.rows.unwrap();
            let rows: Vec<RowChange> = serde_json::from_str(&text).unwrap();
            let counts: Json = serde_json::from_str(&change.counts).unwrap();
            let counts = counts.as_object().unwrap().values();
            let counts = counts.flat_map(|counts| counts.as_object().unwrap().values());
            let counted: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
            let known = RowChange::first(&text, usize::MAX).unwrap().len();
            assert_eq!(counted, known as u64, "{last}");
            rows.into_iter().for_each(|row| self.happen(row, last));
        }
        (last, by_itself)
    }

    fn happen(&mut self, change: RowChange, revision: i64) {
        let is_alias = change.kind == "alias";
        let kind = match change.before.as_ref().or(change.after.as_ref()) {
            Some(values) if is_alias => alias_key(values),
            _ => change.kind,
        };
        let key = (kind, change.id);
        let before = self.rows.remove(&key);
        let was = before.as_ref().map(|row| &row.values);
        assert_eq!(was.is_some(), change.before.is_some(), "{key:?} at {revision}");
        for (column, value) in change.before.iter().flatten() {
            let there = was.and_then(|was| was.get(column));
            assert!(there.is_none_or(|it| it == value), "{key:?} {column} at {revision}");
        }
        if let Some(after) = change.after {
            let mut values = before.map(|row| row.values).unwrap_or_default();
            values.extend(after.into_iter().filter(|(column, _)| column != "modified"));
            let revision = (!is_alias).then_some(revision);
            self.rows.insert(key, Row { values, revision });
        }
    }

    /// Whether it is what is there.
    pub fn assert_is(&self, there: &Self) {
        for (key, row) in &self.rows {
            assert_eq!(Some(row), there.rows.get(key), "{key:?} should be there");
        }
        for key in there.rows.keys() {
            assert!(self.rows.contains_key(key), "{key:?} should not be there");
        }
    }
}

/// What tells the aliases of one row apart.
fn alias_key(values: &Map<String, Json>) -> String {
    format!("alias {} {}", values["kind"], values["slug"])
}

fn json(value: Value) -> Json {
    match value {
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::BigInt(value) => value.into(),
        Value::String(value) => value.into(),
        other => panic!("{other:?}"),
    }
}

/// Whether everything that follows from the rows is right: made anew, it is the same.
pub async fn assert_derived(url: &str) {
    let connection = sea_orm::Database::connect(url).await.unwrap();
    let before = everything(&connection).await;
    assert_eq!(pairings_astray(&connection).await, 0);
    connection.execute_unprepared("UPDATE directory SET derived = 0").await.unwrap();
    let settings = config::Database { url: url.to_owned(), ..Default::default() };
    let database = Database::open(&settings).await.unwrap();
    upkeep::bring_up(&database, packgrid::clock::now()).await.unwrap();
    database.close().await;
    let after = everything(&connection).await;
    connection.close().await.unwrap();
    for (kept, anew) in before.iter().zip(&after) {
        assert_eq!(kept, anew);
    }
    assert_eq!(before.len(), after.len());
}

/// How many pairings have something else of their package beside them than that has.
pub async fn pairings_astray(connection: &DatabaseConnection) -> i64 {
    let differs =
        |(column, name): (package::Column, _)| format!("gp.{name} <> p.{}", column.as_str());
    let sql = format!(
        "SELECT count(*) FROM grid_package gp JOIN package p ON p.id = gp.package_id WHERE {}",
        grid_package::OF_PACKAGE.map(differs).join(" OR "),
    );
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Every row, and what searches find, as text. But for scores, which age.
async fn everything(connection: &DatabaseConnection) -> Vec<String> {
    let mut all = Vec::new();
    for mut row in
        package::Entity::find().order_by_asc(package::Column::Id).all(connection).await.unwrap()
    {
        (row.score, row.score_quarters) = (None, 0);
        all.push(format!("{row:?}"));
    }
    macro_rules! read {
        ($($entity:ident: $($by:ident),*;)*) => {$(
            let rows = $entity::Entity::find()$(.order_by_asc($entity::Column::$by))*;
            for row in rows.all(connection).await.unwrap() {
                all.push(format!("{row:?}"));
            }
        )*};
    }
    read! {
        category: Id;
        grid: Id;
        grid_package: Id;
        version: Id;
        feature: Id;
        element: Id;
        participant: PackageId, NameFolded;
        category_grid: CategoryId, GridId;
    }
    all.extend(searched(connection).await);
    all
}

/// Every row that searches read, but for the postings themselves.
pub async fn searched(connection: &impl ConnectionTrait) -> Vec<String> {
    let backend = connection.get_database_backend();
    let mut statements = vec![
        "SELECT id || ' ' || digest || ' ' || title || ' ' || names || ' ' || stems FROM search_document ORDER BY id",
        "SELECT word || ' ' || documents FROM search_word ORDER BY word",
        "SELECT trigram || ' ' || word FROM search_trigram ORDER BY trigram, word",
    ];
    if backend == DbBackend::Postgres {
        statements.push(
            "SELECT level || ' ' || documents FROM search_level WHERE documents > 0 ORDER BY level",
        );
        // Those that reach a level have its lexeme, and are counted there.
        let wrong = "SELECT count(*) FROM generate_series(1, 31) AS level WHERE \
            (SELECT count(*) FROM search_document WHERE terms @@ CAST('p/' || level AS tsquery)) <> \
            (SELECT count(*) FROM search_document WHERE (255 - (id >> 40)) / 8 >= level) \
            OR coalesce((SELECT documents FROM search_level AS l WHERE l.level = level.level), 0) <> \
            (SELECT count(*) FROM search_document WHERE (255 - (id >> 40)) / 8 >= level)";
        let wrong = Statement::from_string(backend, wrong);
        let wrong = connection.query_one_raw(wrong).await.unwrap().unwrap();
        assert_eq!(wrong.try_get_by_index::<i64>(0).unwrap(), 0, "levels");
    }
    let mut rows = Vec::new();
    for sql in statements {
        for row in connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap() {
            rows.push(row.try_get_by_index(0).unwrap());
        }
    }
    rows
}
