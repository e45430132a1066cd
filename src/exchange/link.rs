//! Links between records.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A link to a record. On whatever host and in whatever format, its last path segment is the id:
/// `https://djangopackages.org/api/v4/categories/4/?format=api`, `/api/v4/grids/84.json`, or the
/// bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    pub id: i64,
}

/// The id in the last path segment of `link`; null when that is no number.
fn id_in(link: &str) -> Option<i64> {
    let path = link.split(['?', '#']).next()?.trim().trim_end_matches('/');
    let segment = path.rsplit('/').next()?;
    let digits = match segment.split_once('.') {
        Some((digits, "json" | "api")) => digits,
        Some(_) => return None,
        None => segment,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LinkVisitor;

        impl Visitor<'_> for LinkVisitor {
            type Value = Link;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a link whose last path segment is an id, or an id")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Link, E> {
                id_in(text)
                    .map(|id| Link { id })
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Link, E> {
                Ok(Link { id })
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Link, E> {
                i64::try_from(id)
                    .map(|id| Link { id })
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(id), &self))
            }
        }

        deserializer.deserialize_any(LinkVisitor)
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::id_in;

    #[test]
    fn the_last_segment_tells() {
        for link in [
            "https://djangopackages.org/api/v4/grids/84/?format=api",
            "http://localhost:8000/api/v4/grids/84/",
            "/api/v4/grids/84",
            "/api/v4/grids/84.json",
            "https://x.example/grids/84.api?format=json#top",
            "84",
            "0084",
        ] {
            assert_eq!(id_in(link), Some(84), "{link}");
        }
        for link in
            ["", "/", "https://x.example/grids/", "/grids/files/", "/84/x", "-84", "8.4", "²"]
        {
            assert_eq!(id_in(link), None, "{link}");
        }
    }
}
