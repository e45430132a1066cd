//! A comparison of packages that do the same job.

use sea_orm::entity::prelude::*;

use crate::{JsonList, Timestamp};

/// A row of `grid`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grid")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// At most 100 characters.
    pub title: String,
    /// The title folded, for sorting and filtering; see `rules::text`.
    pub title_folded: String,
    /// Unique, at most 50 characters.
    pub slug: String,
    pub slug_folded: String,
    /// At most 1,000 characters.
    pub description: String,
    pub description_folded: String,
    /// A locked grid changes only by a moderator's hand.
    pub is_locked: bool,
    /// Whether the grid is shown on the home page.
    pub header: bool,
    /// How many packages stand in it. Kept by whoever writes pairings.
    pub packages_count: i32,
    /// How many features it compares. Kept by whoever writes features.
    pub features_count: i32,
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
    #[sea_orm(has_many = "super::grid_package::Entity")]
    GridPackage,
    #[sea_orm(has_many = "super::feature::Entity")]
    Feature,
}

impl Related<super::package::Entity> for Entity {
    fn to() -> RelationDef {
        super::grid_package::Relation::Package.def()
    }

    fn via() -> Option<RelationDef> {
        Some(super::grid_package::Relation::Grid.def().rev())
    }
}

impl Related<super::feature::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Feature.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
