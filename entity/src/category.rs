//! What kind of thing a package is: an app, a framework, a project, something else.

use sea_orm::entity::prelude::*;

use crate::{JsonList, Timestamp};

/// A row of `category`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// At most 50 characters.
    pub title: String,
    /// The title folded, for sorting and filtering; see `rules::text`.
    pub title_folded: String,
    /// Unique, at most 50 characters.
    pub slug: String,
    pub slug_folded: String,
    pub description: String,
    pub description_folded: String,
    /// At most 50 characters.
    pub title_plural: String,
    /// Whether packages of this category are expected on the package index.
    pub show_pypi: bool,
    /// How many packages it has. Kept by whoever writes packages.
    pub packages_count: i32,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// Where the row was fetched from first, or [`crate::HERE`]; null when it came from files.
    pub source_id: Option<i64>,
    /// The directory's revision that last changed the row's own values.
    pub revision: i64,
    /// The columns that editors have changed of a row that came from elsewhere: an import keeps
    /// their values.
    pub edited: JsonList<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(has_many = "super::package::Entity")]
    Package,
}

impl Related<super::package::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Package.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
