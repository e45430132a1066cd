//! Scalars of the schema beside GraphQL's own.

use std::sync::Arc;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use entity::Timestamp;

/// A point in time.
pub struct DateTime(pub Timestamp);

/// A point in time in UTC, as RFC 3339 writes it: `2021-10-27T09:12:05Z`, with at most six digits
/// of a fraction of a second.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(DateTime).map_err(|_| {
                InputValueError::custom(
                    "it is not a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z",
                )
            }),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An address on the web.
pub struct Url(pub Arc<str>);

impl Url {
    /// Null for a blank one, which is how the source says that there is none.
    pub fn unless_blank(text: Arc<str>) -> Option<Self> {
        (!text.trim().is_empty()).then_some(Self(text))
    }
}

/// An address on the web, as the directory's source gives it: `https://github.com/jazzband/tablib`.
/// Nothing makes sure that it is one: look at its scheme before you make a link of it.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text.into())),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.as_ref().to_owned())
    }
}

/// A whole number of up to 64 bits.
pub struct BigInt(pub i64);

/// A whole number of up to 64 bits, written as a text, since not every client keeps so large a
/// number: `"3086451"`. As an argument it may also be written as a number.
#[Scalar(name = "BigInt", specified_by_url = "https://protobuf.dev/programming-guides/json/")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64(),
            _ => return Err(InputValueError::expected_type(value)),
        };
        number
            .map(BigInt)
            .ok_or_else(|| InputValueError::custom("it is not a whole number of 64 bits"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
