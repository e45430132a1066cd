//! Columns that hold one of a few words.

use sea_orm::{DeriveActiveEnum, EnumIter};

/// Whether a package, or a release of it, works with Python 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Support {
    Yes,
    No,
    #[default]
    Unknown,
}

/// Whether a package is still to be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PackageStatus {
    #[default]
    Active,
    Deprecated,
    Archived,
    Replaced,
}

/// How far a release is, by the package index's classifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum DevelopmentStatus {
    #[default]
    Unknown,
    Planning,
    PreAlpha,
    Alpha,
    Beta,
    Stable,
    Mature,
    Inactive,
}

/// What a cell of a comparison table says, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Verdict {
    Yes,
    No,
    /// Something in words.
    Text,
    /// Nothing.
    #[default]
    Empty,
}
