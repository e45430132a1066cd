//! A release of a package.

use sea_orm::entity::prelude::*;

use crate::{DevelopmentStatus, JsonList, Support, Timestamp};

/// A row of `version`; (package, number) is unique.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "version")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub package_id: i64,
    /// `4.2.1`: at most 100 characters, not always a semantic version.
    pub number: String,
    pub number_folded: String,
    /// Compares bytewise as versions do by PEP 440; see `rules::version`.
    pub number_key: String,
    /// Whether `number` is that of a pre-release or a development release.
    pub prerelease: bool,
    /// At most 200 characters; null and blank both mean none is known.
    pub license: Option<String>,
    /// Null when `license` is null or blank.
    pub license_folded: Option<String>,
    /// Which Python it asks for, in the words of PEP 440; at most 200 characters.
    pub requires_python: Option<String>,
    /// When it was released; null when that is not known.
    pub upload_time: Option<Timestamp>,
    pub development_status: DevelopmentStatus,
    pub supports_python3: Support,
    /// Whether it was withdrawn.
    pub hidden: bool,
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
        belongs_to = "super::package::Entity",
        from = "Column::PackageId",
        to = "super::package::Column::Id",
        on_delete = "Cascade"
    )]
    Package,
}

impl Related<super::package::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Package.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
