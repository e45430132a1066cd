//! Rows as JSON, for the history, and back.

use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait,
    TryIntoModel, Value,
};
use serde_json::{Map, Value as Json};

use super::derive;
use crate::database::DatabaseError;

/// Columns and their values.
pub type Values = Map<String, Json>;

/// What follows from other columns and still belongs to the row itself: it says where it came from.
const OWN: [&str; 2] = ["source_id", EDITED];

const EDITED: &str = "edited";

/// All that a row cannot be made again without.
pub fn whole<M: ModelTrait>(row: &M) -> Values {
    let keep = |column: &str| !derive::is_derived(column) || OWN.contains(&column);
    columns::<M>().filter(|column| keep(column.as_str())).map(|it| value(row, it)).collect()
}

/// Of both rows, the columns that differ and are nobody's consequence, and what they know of
/// themselves.
pub fn differing<M: ModelTrait>(before: &M, after: &M) -> (Values, Values) {
    changed(before, after)
        .filter(|column| column.as_str() != "modified")
        .chain(
            columns::<M>()
                .filter(|it| OWN.contains(&it.as_str()) && before.get(*it) != after.get(*it)),
        )
        .map(|column| (value(before, column), value(after, column)))
        .unzip()
}

/// The columns that differ and are nobody's consequence.
pub fn changed<M: ModelTrait>(
    before: &M,
    after: &M,
) -> impl Iterator<Item = <M::Entity as EntityTrait>::Column> {
    columns::<M>().filter(move |column| {
        !derive::is_derived(column.as_str()) && before.get(*column) != after.get(*column)
    })
}

/// Sets columns of a row, but for what it knows editors have changed.
///
/// # Errors
/// When the history holds what the table does not take any more.
pub fn set<M: ModelTrait>(row: &mut M, values: &Values) -> Result<(), DatabaseError> {
    for column in columns::<M>() {
        if column.as_str() != EDITED
            && let Some(json) = values.get(column.as_str())
        {
            let value = from_json::<M::Entity>(column, json)?;
            row.try_set(column, value).map_err(unexpected)?;
        }
    }
    Ok(())
}

/// Whether the row has these values, but for what is not looked at: which columns editors have
/// changed, when, and a grid's place among a package's, which moves when others come before it.
///
/// # Errors
/// As of [`set`].
pub fn has<M: ModelTrait>(row: &M, values: &Values) -> Result<bool, DatabaseError> {
    for column in columns::<M>() {
        if ![EDITED, "modified", "position"].contains(&column.as_str())
            && let Some(json) = values.get(column.as_str())
            && row.get(column) != from_json::<M::Entity>(column, json)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The row that has these values; what follows from them is still to be derived.
///
/// # Errors
/// As of [`set`].
pub fn row<E>(values: &Values) -> Result<E::Model, DatabaseError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + TryIntoModel<E::Model>,
{
    let mut row = <E::ActiveModel as ActiveModelTrait>::default();
    for column in E::Column::iter() {
        let json = values.get(column.as_str()).unwrap_or(&Json::Null);
        let value = match (json, column.def().is_null()) {
            (Json::Null, false) => blank(column),
            (json, _) => from_json::<E>(column, json)?,
        };
        row.try_set(column, value).map_err(unexpected)?;
    }
    row.try_into_model().map_err(unexpected)
}

fn columns<M: ModelTrait>() -> impl Iterator<Item = <M::Entity as EntityTrait>::Column> {
    <M::Entity as EntityTrait>::Column::iter()
}

fn value<M: ModelTrait>(row: &M, column: <M::Entity as EntityTrait>::Column) -> (String, Json) {
    let json = match row.get(column) {
        Value::Bool(value) => value.map_or(Json::Null, Json::from),
        Value::Int(value) => value.map_or(Json::Null, Json::from),
        Value::BigInt(value) => value.map_or(Json::Null, Json::from),
        Value::String(value) => value.map_or(Json::Null, Json::from),
        // No column of ours is of another type.
        _ => Json::Null,
    };
    (column.as_str().to_owned(), json)
}

fn from_json<E: EntityTrait>(column: E::Column, json: &Json) -> Result<Value, DatabaseError> {
    let small = |number: i64| i32::try_from(number).ok();
    let value = match (column.def().get_column_type(), json) {
        (ColumnType::Boolean, Json::Null) => Some(Value::Bool(None)),
        (ColumnType::Integer, Json::Null) => Some(Value::Int(None)),
        (ColumnType::BigInteger, Json::Null) => Some(Value::BigInt(None)),
        (_, Json::Null) => Some(Value::String(None)),
        (ColumnType::Boolean, json) => json.as_bool().map(Value::from),
        (ColumnType::Integer, json) => json.as_i64().and_then(small).map(Value::from),
        (ColumnType::BigInteger, json) => json.as_i64().map(Value::from),
        (_, json) => json.as_str().map(Value::from),
    };
    value.ok_or_else(|| unexpected(format!("{} is {json}", column.as_str())))
}

/// A value for a column that is to be derived.
fn blank(column: impl ColumnTrait) -> Value {
    match column.def().get_column_type() {
        ColumnType::Boolean => false.into(),
        ColumnType::Integer => 0_i32.into(),
        ColumnType::BigInteger => 0_i64.into(),
        _ => match column.as_str() {
            "status" => "active".into(),
            "verdict" => "empty".into(),
            _ => "".into(),
        },
    }
}

fn unexpected(error: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::UnexpectedValue(format!("history: {error}"))
}
