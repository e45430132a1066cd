//! The columns that the history tells of, in the words and forms of the schema.

use entity::Timestamp;
use serde_json::Value;

use super::entity_kind::EntityKind;
use crate::graphql::selection::camel_case;

/// What the schema calls the column of an entity; null of what no field tells.
pub fn field_name(kind: EntityKind, column: &str) -> Option<String> {
    let name = match (kind, column) {
        // The row's number.
        (_, "id") | (EntityKind::Membership, "position") => return None,
        (_, "edited") => "editedFields",
        (_, "source_id") if kind == EntityKind::Membership => return None,
        (_, "source_id") => "isMadeHere",
        (EntityKind::Release, "number") => "version",
        (EntityKind::Release, "upload_time") => "releasedAt",
        (EntityKind::Release, "hidden") => "isHidden",
        (EntityKind::Cell, "grid_package_id") => "package",
        (_, column) => column.strip_suffix("_id").unwrap_or(column),
    };
    Some(camel_case(name))
}

/// What the columns that editors have changed are called in the schema.
pub fn edited_fields(kind: EntityKind, columns: &[String]) -> Vec<String> {
    columns.iter().filter_map(|column| field_name(kind, column)).collect()
}

/// How a column's value is shown.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Plain,
    /// A text that stands for nothing when it is blank.
    UnlessBlank,
    Time,
    /// A word that is the name of an enum's value.
    Word,
    List,
    Columns,
    IsMadeHere,
    Reference(EntityKind),
}

impl Form {
    /// That of the column with this name.
    pub fn of(column: &str) -> Self {
        match column {
            "documentation_url"
            | "license"
            | "pypi_license"
            | "pypi_requires_python"
            | "pypi_url"
            | "pypi_version"
            | "repo_url"
            | "requires_python" => Self::UnlessBlank,
            "created" | "date_deprecated" | "date_repo_archived" | "last_fetched"
            | "last_updated" | "modified" | "upload_time" => Self::Time,
            "development_status" | "supports_python3" => Self::Word,
            "commits_over_52" | "participants" => Self::List,
            "edited" => Self::Columns,
            "source_id" => Self::IsMadeHere,
            "category_id" => Self::Reference(EntityKind::Category),
            "grid_id" => Self::Reference(EntityKind::Grid),
            "package_id" | "replaced_by_id" => Self::Reference(EntityKind::Package),
            "feature_id" => Self::Reference(EntityKind::Feature),
            "grid_package_id" => Self::Reference(EntityKind::Membership),
            _ => Self::Plain,
        }
    }

    /// The text of a value that is no reference.
    pub fn text(self, kind: EntityKind, value: Option<&Value>) -> Option<String> {
        let value = value?;
        if let Self::IsMadeHere = self {
            return Some((value.as_i64() == Some(entity::HERE)).to_string());
        }
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match self {
            Self::UnlessBlank => Some(text).filter(|text| !text.trim().is_empty()),
            Self::Time => value.as_i64().map(|time| Timestamp(time).to_string()),
            Self::Word => Some(text.to_uppercase().replace('-', "_")),
            Self::List => {
                let items: Vec<Value> = serde_json::from_str(&text).ok()?;
                let items = items.iter().map(|item| match item {
                    Value::String(item) => item.clone(),
                    item => item.to_string(),
                });
                Some(items.collect::<Vec<_>>().join(", "))
            }
            Self::Columns => {
                let columns: Vec<String> = serde_json::from_str(&text).ok()?;
                Some(edited_fields(kind, &columns).join(", "))
            }
            Self::Plain | Self::IsMadeHere | Self::Reference(_) => Some(text),
        }
    }
}
