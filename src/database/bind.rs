//! Values as the drivers take them. Ours are whole numbers, truth values and texts, and lists of
//! those; so this is shorter and steadier than what serves every type that there is.

use rusqlite::types::{ToSqlOutput, ValueRef};
use sea_orm::sea_query::ArrayType;
use sea_orm::sqlx::Arguments;
use sea_orm::sqlx::postgres::PgArguments;
use sea_orm::{Value, Values};

use super::DatabaseError;

/// A value as SQLite takes it.
pub(super) fn bind_sqlite(value: &Value) -> Result<ToSqlOutput<'_>, DatabaseError> {
    Ok(ToSqlOutput::Borrowed(match value {
        Value::Bool(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::Int(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::BigInt(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
        Value::BigUnsigned(value) => match value.map(i64::try_from) {
            None => ValueRef::Null,
            Some(Ok(value)) => ValueRef::Integer(value),
            Some(Err(error)) => return Err(DatabaseError::UnexpectedValue(error.to_string())),
        },
        Value::String(value) => {
            value.as_ref().map_or(ValueRef::Null, |value| ValueRef::Text(value.as_bytes()))
        }
        other => return Err(cannot_be_bound(other)),
    }))
}

/// Values as PostgreSQL takes them.
pub(super) fn bind_postgres(values: Values) -> Result<PgArguments, DatabaseError> {
    let mut arguments = PgArguments::default();
    for value in values.0 {
        let added = match value {
            Value::Bool(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::BigInt(value) => arguments.add(value),
            Value::BigUnsigned(value) => {
                let value = value.map(i64::try_from).transpose();
                arguments.add(value.map_err(|it| DatabaseError::UnexpectedValue(it.to_string()))?)
            }
            Value::String(value) => arguments.add(value),
            Value::Array(ArrayType::BigInt, list) => {
                arguments.add(items(list.map(|list| *list), |item| match item {
                    Value::BigInt(value) => value,
                    _ => None,
                })?)
            }
            Value::Array(ArrayType::Bool, list) => {
                arguments.add(items(list.map(|list| *list), |item| match item {
                    Value::Bool(value) => value,
                    _ => None,
                })?)
            }
            Value::Array(ArrayType::String, list) => {
                arguments.add(items(list.map(|list| *list), |item| match item {
                    Value::String(value) => value,
                    _ => None,
                })?)
            }
            other => return Err(cannot_be_bound(&other)),
        };
        added.map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))?;
    }
    Ok(arguments)
}

/// The items of a list, each of which is of its type.
fn items<T>(
    list: Option<Vec<Value>>,
    item: impl Fn(Value) -> Option<T>,
) -> Result<Vec<T>, DatabaseError> {
    let wrong = || DatabaseError::UnexpectedValue("a list is not of its type".to_owned());
    list.into_iter().flatten().map(|value| item(value).ok_or_else(wrong)).collect()
}

fn cannot_be_bound(value: &Value) -> DatabaseError {
    DatabaseError::UnexpectedValue(format!("{value:?} cannot be bound"))
}
