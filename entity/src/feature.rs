//! A row of a grid's comparison table.

use sea_orm::entity::prelude::*;

use crate::JsonList;

/// A row of `feature`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feature")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub grid_id: i64,
    /// At most 100 characters.
    pub title: String,
    pub title_folded: String,
    /// At most 1,000 characters.
    pub description: String,
    pub description_folded: String,
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
        belongs_to = "super::grid::Entity",
        from = "Column::GridId",
        to = "super::grid::Column::Id",
        on_delete = "Cascade"
    )]
    Grid,
    #[sea_orm(has_many = "super::element::Entity")]
    Element,
}

impl Related<super::grid::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Grid.def()
    }
}

impl Related<super::element::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Element.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
