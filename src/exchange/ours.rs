//! What editors have done here, which an import does not undo in silence: rows that they have taken
//! out stay out, and rows that were made here are not taken for others. (Fields that they have
//! changed keep their values: see `edited`.)

use std::collections::{HashMap, HashSet};

use entity::{
    FIRST_HERE, HERE, alias, category, element, feature, grid, package, taken_out, version,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::kind::Kind;
use super::wire;
use crate::database::DatabaseError;
use crate::editing::Pair;

/// The highest id that a source's records have. Files may have higher ones, since what was made here
/// comes after whatever a source had, and is exported, too.
const MAX_ID_OF_SOURCE: i64 = 1_000_000_000;

/// What editors have done here.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// Whether records come from a source, which does not know the ids that are given here.
    foreign: bool,
    /// Whether what comes in goes before what editors have done.
    pub overwritten: bool,
    taken_out: HashMap<&'static str, HashSet<(i64, i64)>>,
    /// The packages that others were merged into, by the id of the other.
    heirs: HashMap<i64, i64>,
    made_here: HashMap<&'static str, HashSet<i64>>,
    /// Cells that were made here, by feature and pairing.
    cells: HashMap<(i64, i64), i64>,
    /// The pairings that such cells are in.
    pairings: HashSet<i64>,
    /// The slugs of packages that were made here, with their ids, by their repository.
    repositories: HashMap<String, (i64, String)>,
    /// Records that were left out since they, or what they belong to, are taken out.
    records: usize,
    /// Links between packages and grids that were left out likewise; both records name most.
    pairs: HashSet<Pair>,
    /// Releases and cells that gave way to ones that were made here.
    pub gave_way: usize,
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

/// That an alias is of a package that was merged into another.
pub(super) fn merged() -> Condition {
    let is_another = Expr::col(alias::Column::FormerId).ne(Expr::col(alias::Column::TargetId));
    Condition::all().add(alias::Column::Kind.eq(name(Kind::Packages))).add(is_another)
}

impl Ours {
    /// Reads it from the database; of what is to be `overwritten`, only what a source cannot mean.
    pub async fn read(
        connection: &impl ConnectionTrait,
        foreign: bool,
        overwritten: bool,
    ) -> Result<Self, DatabaseError> {
        let mut ours = Self { foreign, overwritten, ..Self::default() };
        // What has a low id came from a source, before editors made it theirs.
        let first = if overwritten { FIRST_HERE } else { i64::MIN };
        macro_rules! made_here {
            ($($entity:ident: $kind:expr;)*) => {$(
                let ids = $entity::Entity::find()
                    .select_only()
                    .column($entity::Column::Id)
                    .filter($entity::Column::SourceId.eq(HERE))
                    .filter($entity::Column::Id.gte(first))
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
        if overwritten {
            return Ok(ours);
        }
        for row in taken_out::Entity::find().all(connection).await? {
            let kinds = ["category", "grid", "package", "version", "feature", "pairing"];
            if let Some(kind) = kinds.into_iter().find(|kind| *kind == row.kind) {
                ours.taken_out.entry(kind).or_default().insert((row.row_id, row.other_id));
            }
        }
        for alias in alias::Entity::find().filter(merged()).all(connection).await? {
            ours.heirs.insert(alias.former_id, alias.target_id);
        }
        let cells = element::Entity::find()
            .select_only()
            .columns([
                element::Column::Id,
                element::Column::FeatureId,
                element::Column::GridPackageId,
            ])
            .filter(element::Column::SourceId.eq(HERE));
        for (id, feature, pairing) in cells.into_tuple().all(connection).await? {
            ours.cells.insert((feature, pairing), id);
            ours.pairings.insert(pairing);
        }
        let repositories = package::Entity::find()
            .select_only()
            .columns([package::Column::RepoKey, package::Column::Id, package::Column::Slug])
            .filter(package::Column::SourceId.eq(HERE))
            .filter(package::Column::RepoKey.ne(""));
        for (key, id, slug) in repositories.into_tuple().all(connection).await? {
            ours.repositories.insert(key, (id, slug));
        }
        Ok(ours)
    }

    /// Records and links that were left out since they, or what they belong to, are taken out.
    pub fn left_out(&self) -> usize {
        self.records + self.pairs.len()
    }

    /// Whether the row of this kind with this id is taken out, which is counted if it is.
    pub fn leaves_out(&mut self, kind: Kind, id: i64) -> bool {
        let out = self.has_taken_out(name(kind), id, 0);
        self.records += usize::from(out);
        out
    }

    fn has_taken_out(&self, kind: &'static str, id: i64, other: i64) -> bool {
        self.taken_out.get(kind).is_some_and(|rows| rows.contains(&(id, other)))
            || kind == "package" && self.heirs.contains_key(&id)
    }

    /// Leaves out a row, and what belongs to it, since what it belongs to is taken out.
    pub fn leave_out(&mut self, kind: Kind, id: i64) {
        self.taken_out.entry(name(kind)).or_default().insert((id, 0));
        self.records += 1;
    }

    /// Whether a category is taken out.
    pub fn has_taken_out_category(&self, id: i64) -> bool {
        self.has_taken_out(name(Kind::Categories), id, 0)
    }

    /// Whether categories are taken out.
    pub fn has_taken_out_categories(&self) -> bool {
        self.taken_out.contains_key(name(Kind::Categories))
    }

    /// Fails for a record of a source that cannot have its id here: of a row that was made here (it is
    /// not that row, the source's next one took the same number), or one that leaves no room for
    /// what will be.
    pub fn can_have(&self, kind: Kind, id: i64) -> Result<(), String> {
        if !self.foreign {
            return Ok(());
        }
        if id > MAX_ID_OF_SOURCE {
            return Err(format!("id is {id}; ids of a source are at most {MAX_ID_OF_SOURCE}"));
        }
        match self.is_made_here(kind, id) {
            true => Err("its id is that of one that was made here".to_owned()),
            false => Ok(()),
        }
    }

    fn is_made_here(&self, kind: Kind, id: i64) -> bool {
        self.made_here.get(name(kind)).is_some_and(|ids| ids.contains(&id))
    }

    /// Whether the row of this kind with this id was made here and stays, whatever comes.
    pub fn stays(&self, kind: Kind, id: i64) -> bool {
        !self.overwritten && self.is_made_here(kind, id)
    }

    /// The cell that was made here, and stays, of this feature in this pairing.
    pub fn cell(&self, feature: i64, pairing: i64) -> Option<i64> {
        self.cells.get(&(feature, pairing)).copied()
    }

    /// Whether there are cells in this pairing that were made here and stay.
    pub fn has_cells_in(&self, pairing: i64) -> bool {
        self.pairings.contains(&pairing)
    }

    /// Of the grids that a package's record names, those that it is to stand in.
    pub fn grids(&mut self, package: i64, mut grids: Vec<i64>) -> Vec<i64> {
        grids.retain(|grid| !self.leaves_out_pair(Pair { grid: *grid, package }));
        grids
    }

    /// Of the packages that a grid's record names, those that are to stand in it.
    pub fn packages(&mut self, grid: i64, mut packages: Vec<i64>) -> Vec<i64> {
        packages.retain(|package| !self.leaves_out_pair(Pair { grid, package: *package }));
        packages
    }

    fn leaves_out_pair(&mut self, pair: Pair) -> bool {
        let out = self.has_taken_out("pairing", pair.grid, pair.package)
            || self.has_taken_out("grid", pair.grid, 0)
            || self.has_taken_out("package", pair.package, 0);
        if out {
            self.pairs.insert(pair);
        }
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
        self.records += usize::from(out);
        out
    }

    /// Whether a feature is taken out, or its grid is; its cells are then, too.
    pub fn leaves_out_feature(&mut self, record: &wire::Feature) -> bool {
        let out = self.has_taken_out("feature", record.id, 0)
            || self.has_taken_out("grid", record.grid.id, 0);
        if out {
            self.leave_out(Kind::Features, record.id);
        }
        out
    }

    /// Whether a cell stands where something was taken out: its feature, its package or the package's
    /// place in the feature's grid.
    pub fn leaves_out_element(&mut self, record: &wire::Element, grid: Option<i64>) -> bool {
        let package = record.package.id;
        let out = self.has_taken_out("feature", record.feature.id, 0)
            || self.has_taken_out("package", package, 0)
            || grid.is_some_and(|grid| self.has_taken_out("pairing", grid, package));
        self.records += usize::from(out);
        out
    }

    /// The package with another id that was made here and has this repository.
    pub fn with_repository(&self, key: &str, id: i64) -> Option<&str> {
        let found = self.repositories.get(key).filter(|(other, _)| *other != id);
        found.map(|(_, slug)| slug.as_str())
    }
}
