//! Many keys as one bound value, on either database.

use sea_orm::DbBackend;
use sea_orm::sea_query::{ArrayType, Expr, Func, IntoIden, SelectStatement, Value};

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

/// The key in a row of a statement that has [`Keys`] as its first table.
pub fn key(backend: DbBackend) -> Expr {
    let column = if backend == DbBackend::Postgres { KEYS } else { "value" };
    Expr::col((KEYS.into_iden(), column.into_iden()))
}
