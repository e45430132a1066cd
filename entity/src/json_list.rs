//! A list kept as JSON text in one column.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A list stored as the text of a JSON array, on both databases alike.
///
/// Text, not `jsonb`: it comes back as it was written, and whoever reads it without needing the
/// items pays for no parsing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonList<T>(pub Vec<T>);

impl<T: Serialize> From<JsonList<T>> for Value {
    fn from(list: JsonList<T>) -> Self {
        // Numbers and strings have a JSON form, always; a list of them cannot fail.
        Value::String(serde_json::to_string(&list.0).ok())
    }
}

impl<T: DeserializeOwned> TryGetable for JsonList<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|error| TryGetError::DbErr(sea_orm::DbErr::Json(error.to_string())))
    }
}

impl<T: DeserializeOwned> ValueType for JsonList<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::String(Some(text)) => {
                serde_json::from_str(&text).map(Self).map_err(|_| ValueTypeErr)
            }
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "JsonList".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl<T> Nullable for JsonList<T> {
    fn null() -> Value {
        Value::String(None)
    }
}
