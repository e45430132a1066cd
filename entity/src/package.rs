//! A reusable package: a repository, usually released on the package index.

use sea_orm::entity::prelude::*;

use crate::{JsonList, PackageStatus, Support, Timestamp};

/// A row of `package`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "package")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub category_id: i64,
    /// At most 100 characters.
    pub title: String,
    /// The title folded, for sorting and filtering; see `rules::text`.
    pub title_folded: String,
    /// Unique, at most 50 characters.
    pub slug: String,
    pub slug_folded: String,
    /// At most 500 characters, as the repository's host gives it.
    pub repo_description: String,
    pub repo_description_folded: String,
    /// At most 200 characters, as it was typed; unique when not blank.
    pub repo_url: String,
    /// Null when `repo_url` is blank.
    pub repo_url_folded: Option<String>,
    /// The repository whatever its spelling (`rules::repository`); blank when there is none. Not
    /// unique: real directories hold duplicates.
    pub repo_key: String,
    /// At most 255 characters; blank when the package is not on the package index.
    pub pypi_url: String,
    /// The normal form of the name in `pypi_url` (`rules::pypi`); blank when there is none.
    pub pypi_name: String,
    /// The newest release, at most 100 characters; null and blank both mean none is known.
    pub pypi_version: Option<String>,
    /// Downloads from the package index as the source counts them; null when it does not.
    pub pypi_downloads: Option<i64>,
    /// The licence as the package index states it, at most 200 characters; null and blank both
    /// mean none is known.
    pub pypi_license: Option<String>,
    /// Null when `pypi_license` is null or blank.
    pub pypi_license_folded: Option<String>,
    /// Which Python the newest release asks for, in the words of PEP 440; at most 200 characters.
    /// Null and blank both mean none is known.
    pub pypi_requires_python: Option<String>,
    pub supports_python3: Support,
    /// Null and blank both mean none is known; sources give either.
    pub documentation_url: Option<String>,
    /// Stars, not negative; null when they are unknown. Sources give 0 then, and no `last_updated`.
    pub repo_watchers: Option<i32>,
    /// Forks, not negative; null when they are unknown, as `repo_watchers`.
    pub repo_forks: Option<i32>,
    /// Time of the last commit; null when it is not known.
    pub last_updated: Option<Timestamp>,
    /// When the source last asked the repository's host; null when it never did.
    pub last_fetched: Option<Timestamp>,
    /// When it was declared deprecated; null when it was not.
    pub date_deprecated: Option<Timestamp>,
    /// When its repository was archived; null when it was not.
    pub date_repo_archived: Option<Timestamp>,
    /// The package to use instead; null when there is none.
    pub replaced_by_id: Option<i64>,
    /// What the three columns before come to (`editing::derive`).
    pub status: PackageStatus,
    /// What the package is worth by `rules::score`, as of the last write or daily pass; null when its stars
    /// are unknown.
    pub score: Option<i32>,
    /// Whole quarters of a year without a commit that went into `score`.
    pub score_quarters: i32,
    /// Time of the newest release that is neither hidden nor a pre-release, or of the newest
    /// pre-release if there is no other; null when none is known. Updated with every write of
    /// releases, together with its year (in UTC).
    pub last_released: Option<Timestamp>,
    pub last_release_year: Option<i32>,
    /// The sum of `commits_over_52`; null when the host gives none.
    #[sea_orm(column_name = "commits_total_52")]
    pub commits_total52: Option<i32>,
    /// How many `participants` there are.
    pub participants_count: i32,
    /// In how many grids it stands. Kept by whoever writes pairings.
    pub grids_count: i32,
    /// Commits in each of 52 weeks, oldest first; empty when the host gives none.
    #[sea_orm(column_name = "commits_over_52")]
    pub commits_over52: JsonList<i32>,
    /// Who contributed, in order of contribution; names repeat where the host repeats them.
    pub participants: JsonList<String>,
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
    #[sea_orm(
        belongs_to = "super::category::Entity",
        from = "Column::CategoryId",
        to = "super::category::Column::Id"
    )]
    Category,
    #[sea_orm(has_many = "super::grid_package::Entity")]
    GridPackage,
    #[sea_orm(has_many = "super::version::Entity")]
    Version,
    #[sea_orm(belongs_to = "Entity", from = "Column::ReplacedById", to = "Column::Id")]
    ReplacedBy,
}

impl Related<super::category::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Category.def()
    }
}

impl Related<super::version::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Version.def()
    }
}

impl Related<super::grid::Entity> for Entity {
    fn to() -> RelationDef {
        super::grid_package::Relation::Grid.def()
    }

    fn via() -> Option<RelationDef> {
        Some(super::grid_package::Relation::Package.def().rev())
    }
}

impl ActiveModelBehavior for ActiveModel {}
