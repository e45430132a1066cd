//! What editors have done here, which an import does not undo in silence: rows that they have taken
//! out stay out, rows that were made here are not taken for others, and fields that they have
//! changed keep their values (`editing::upsert` sees to that).

use std::collections::{HashMap, HashSet};

use entity::{HERE, category, element, feature, grid, package, package_alias, taken_out, version};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::kind::Kind;
use super::wire;
use crate::database::DatabaseError;
use crate::editing::Pair;

/// What editors have done here.
#[derive(Debug, Default)]
pub(super) struct Ours {
    taken_out: HashMap<&'static str, HashSet<(i64, i64)>>,
    /// The packages that others were merged into, by the id of the other.
    heirs: HashMap<i64, i64>,
    made_here: HashMap<&'static str, HashSet<i64>>,
    /// The slugs of packages that were made here, by their repository.
    repositories: HashMap<String, String>,
    /// Records and links that were left out since they, or what they belong to, are taken out.
    pub left_out: usize,
}

/// What rows of a kind are called in the table of what was taken out.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Categories => "category",
        Kind::Grids => "grid",
        Kind::Packages => "package",
        Kind::Versions => "version",
        Kind::Features => "feature",
        Kind::Elements => "element",
    }
}

impl Ours {
    /// Reads it from the database.
    pub async fn read(connection: &impl ConnectionTrait) -> Result<Self, DatabaseError> {
        let mut ours = Self::default();
        for row in taken_out::Entity::find().all(connection).await? {
            let kinds = ["category", "grid", "package", "version", "feature", "pairing"];
            if let Some(kind) = kinds.into_iter().find(|kind| *kind == row.kind) {
                ours.taken_out.entry(kind).or_default().insert((row.row_id, row.other_id));
            }
        }
        for alias in package_alias::Entity::find().all(connection).await? {
            ours.heirs.insert(alias.former_id, alias.package_id);
        }
        macro_rules! made_here {
            ($($entity:ident: $kind:expr;)*) => {$(
                let ids = $entity::Entity::find()
                    .select_only()
                    .column($entity::Column::Id)
                    .filter($entity::Column::SourceId.eq(HERE))
                    .into_tuple::<i64>()
                    .all(connection)
                    .await?;
                ours.made_here.insert(name($kind), ids.into_iter().collect());
            )*};
        }
        made_here! {
            category: Kind::Categories;
            grid: Kind::Grids;
            package: Kind::Packages;
            version: Kind::Versions;
            feature: Kind::Features;
            element: Kind::Elements;
        }
        let repositories = package::Entity::find()
            .select_only()
            .columns([package::Column::RepoKey, package::Column::Slug])
            .filter(package::Column::SourceId.eq(HERE))
            .filter(package::Column::RepoKey.ne(""));
        let repositories = repositories.into_tuple().all(connection).await?;
        ours.repositories = repositories.into_iter().collect();
        Ok(ours)
    }

    /// Whether the row of this kind with this id is taken out, which is counted if it is.
    pub fn leaves_out(&mut self, kind: Kind, id: i64) -> bool {
        let out = self.has_taken_out(name(kind), id, 0);
        self.left_out += usize::from(out);
        out
    }

    fn has_taken_out(&self, kind: &'static str, id: i64, other: i64) -> bool {
        self.taken_out.get(kind).is_some_and(|rows| rows.contains(&(id, other)))
    }

    /// Whether the row of this kind with this id was made here.
    pub fn is_made_here(&self, kind: Kind, id: i64) -> bool {
        self.made_here.get(name(kind)).is_some_and(|ids| ids.contains(&id))
    }

    /// Of the grids that a package's record names, those that it is to stand in.
    pub fn grids(&mut self, package: i64, grids: impl Iterator<Item = i64>) -> Vec<i64> {
        grids.filter(|grid| !self.leaves_out_pair(Pair { grid: *grid, package })).collect()
    }

    /// Of the packages that a grid's record names, those that are to stand in it.
    pub fn packages(&mut self, grid: i64, packages: impl Iterator<Item = i64>) -> Vec<i64> {
        packages.filter(|package| !self.leaves_out_pair(Pair { grid, package: *package })).collect()
    }

    fn leaves_out_pair(&mut self, Pair { grid, package }: Pair) -> bool {
        let out = self.has_taken_out("pairing", grid, package)
            || self.has_taken_out("grid", grid, 0)
            || self.has_taken_out("package", package, 0);
        self.left_out += usize::from(out);
        out
    }

    /// The package that is meant by this id: the one that it was merged into, if it was; null if it
    /// was taken out.
    pub fn heir(&self, package: i64) -> Option<i64> {
        match self.heirs.get(&package) {
            Some(heir) => Some(*heir),
            None => Some(package).filter(|id| !self.has_taken_out("package", *id, 0)),
        }
    }

    /// Whether a release is taken out, or its package is.
    pub fn leaves_out_version(&mut self, record: &wire::Version) -> bool {
        let out = self.has_taken_out("version", record.id, 0)
            || self.has_taken_out("package", record.package.id, 0);
        self.left_out += usize::from(out);
        out
    }

    /// Whether a feature is taken out, or its grid is.
    pub fn leaves_out_feature(&mut self, record: &wire::Feature) -> bool {
        let out = self.has_taken_out("feature", record.id, 0)
            || self.has_taken_out("grid", record.grid.id, 0);
        self.left_out += usize::from(out);
        out
    }

    /// Whether a cell stands where something was taken out: its feature, its package or the package's
    /// place in the feature's grid. (With its grid its feature was.)
    pub fn leaves_out_element(&mut self, record: &wire::Element, grid: Option<i64>) -> bool {
        let package = record.package.id;
        let out = self.has_taken_out("feature", record.feature.id, 0)
            || self.has_taken_out("package", package, 0)
            || grid.is_some_and(|grid| self.has_taken_out("pairing", grid, package));
        self.left_out += usize::from(out);
        out
    }

    /// The package that was made here and has this repository.
    pub fn with_repository(&self, key: &str) -> Option<&str> {
        self.repositories.get(key).map(String::as_str)
    }
}
