//! Many keys as one bound value, on either database.

use std::fmt::Debug;

use sea_orm::DbBackend;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, Func, IntoIden, SelectStatement, Value};

/// The alias of the table of keys in a statement.
const KEYS: &str = "k";

/// Keys of a batch.
pub enum Keys<'a> {
    Ids(Vec<i64>),
    Texts(Vec<&'a str>),
}

impl Keys<'_> {
    /// Makes the keys the first table of `select`.
    pub fn from(self, select: &mut SelectStatement, backend: DbBackend) {
        let table = match backend {
            DbBackend::Postgres => {
                let (kind, values): (_, Vec<Value>) = match self {
                    Self::Ids(ids) => {
                        (ArrayType::BigInt, ids.into_iter().map(Value::from).collect())
                    }
                    Self::Texts(texts) => {
                        (ArrayType::String, texts.into_iter().map(Value::from).collect())
                    }
                };
                Func::cust("unnest").arg(Expr::val(Value::Array(kind, Some(Box::new(values)))))
            }
            // Numbers and texts always have a JSON form.
            _ => Func::cust("json_each").arg(Expr::val(match self {
                Self::Ids(ids) => serde_json::to_string(&ids).unwrap_or_default(),
                Self::Texts(texts) => serde_json::to_string(&texts).unwrap_or_default(),
            })),
        };
        select.from_function(table, KEYS);
    }
}

/// Whether `column` is one of `values`, which travel as one bound value.
pub fn among(column: Expr, values: &[super::filter::Value], backend: DbBackend) -> Expr {
    use super::filter::Value as Filtered;
    if values.is_empty() {
        return Expr::cust("1 = 0");
    }
    if backend == DbBackend::Postgres {
        let kind = match &values[0] {
            Filtered::Int(_) => ArrayType::BigInt,
            Filtered::Bool(_) => ArrayType::Bool,
            Filtered::Text(_) => ArrayType::String,
        };
        let values: Vec<Value> = values
            .iter()
            .map(|value| match value {
                Filtered::Int(value) => Value::from(*value),
                Filtered::Bool(value) => Value::from(*value),
                Filtered::Text(text) => Value::from(text.as_ref()),
            })
            .collect();
        let array = Expr::val(Value::Array(kind, Some(Box::new(values))));
        return column.eq(Expr::expr(Func::cust("ANY").arg(array)));
    }
    let list: Vec<serde_json::Value> = values
        .iter()
        .map(|value| match value {
            Filtered::Int(value) => (*value).into(),
            Filtered::Bool(value) => (*value).into(),
            Filtered::Text(text) => text.as_ref().into(),
        })
        .collect();
    let list = Func::cust("json_each").arg(Expr::val(serde_json::Value::from(list).to_string()));
    let listed = sea_orm::sea_query::Query::select()
        .expr(Expr::col("value"))
        .from_function(list, "list")
        .to_owned();
    column.in_subquery(listed)
}

/// The keys by a part of them. There are few such parts in a batch, so a list serves.
pub fn grouped<'a, K, P: PartialEq + Debug>(
    keys: &'a [K],
    part: impl Fn(&'a K) -> P,
) -> Vec<(P, Vec<&'a K>)> {
    let mut groups: Vec<(P, Vec<&K>)> = Vec::new();
    for key in keys {
        let part = part(key);
        match groups.iter_mut().find(|(known, _)| *known == part) {
            Some((_, group)) => group.push(key),
            None => groups.push((part, vec![key])),
        }
    }
    // A batch's keys come out of a hash table: without this the statements' order would vary.
    groups.sort_by_cached_key(|(part, _)| format!("{part:?}"));
    groups
}

/// The key in a row of a statement that has [`Keys`] as its first table.
pub fn key(backend: DbBackend) -> Expr {
    let column = if backend == DbBackend::Postgres { KEYS } else { "value" };
    Expr::col((KEYS.into_iden(), column.into_iden()))
}
