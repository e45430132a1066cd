//! A cell of a grid's comparison table: what one package offers of one feature.

use sea_orm::entity::prelude::*;

use crate::{JsonList, Verdict};

/// A row of `element`; (feature, grid_package) is unique, and both belong to the same grid.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "element")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub feature_id: i64,
    pub grid_package_id: i64,
    /// At most 1,000 characters; `rules::verdict` says what it means.
    pub text: String,
    pub text_folded: String,
    /// What `text` comes to, by `rules::verdict`.
    pub verdict: Verdict,
    /// How strongly, 0 to 3.
    pub strength: i32,
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
    #[sea_orm(
        belongs_to = "super::feature::Entity",
        from = "Column::FeatureId",
        to = "super::feature::Column::Id",
        on_delete = "Cascade"
    )]
    Feature,
    #[sea_orm(
        belongs_to = "super::grid_package::Entity",
        from = "Column::GridPackageId",
        to = "super::grid_package::Column::Id",
        on_delete = "Cascade"
    )]
    GridPackage,
}

impl Related<super::feature::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Feature.def()
    }
}

impl Related<super::grid_package::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::GridPackage.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
