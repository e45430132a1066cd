//! Reading a directory and finding it right, before anything is written.

use std::collections::{HashMap, HashSet};

use entity::{JsonList, Timestamp, category, feature, grid, package, version};
use sea_orm::ConnectionTrait;

use super::edited::Edited;
use super::files::{Directory, Ids};
use super::import::ImportError;
use super::kind::Kind;
use super::known::Known;
use super::ours::Ours;
use super::placed::{ids, rows};
use super::problems::Problems;
use super::reading::Reader;
use super::report::{Problem, Stage};
use super::standing::Links;
use super::{check, wire};
use crate::editing::Pair;

/// A directory as it was read and found right.
pub(super) struct Incoming {
    pub categories: Vec<category::Model>,
    pub grids: Vec<grid::Model>,
    pub packages: Vec<package::Model>,
    /// The columns that each package's record says nothing about.
    pub left_out: HashMap<i64, check::LeftOut>,
    pub versions: Vec<version::Model>,
    /// The place of each pairing that there shall be.
    pub wanted: HashMap<Pair, i32>,
    pub features: Vec<feature::Model>,
    pub elements: Vec<wire::Element>,
    /// The columns that editors have changed of cells, by the cells' ids.
    pub edited_elements: HashMap<i64, JsonList<String>>,
    pub grid_of_feature: HashMap<i64, i64>,
    pub known: Known,
    pub problems: Vec<Problem>,
    /// The ids of all records of each kind.
    pub ids: HashMap<Kind, Ids>,
    pub ours: Ours,
    /// Values that editors have set, and that stay though other ones came.
    pub kept: usize,
}

impl Incoming {
    pub async fn read(
        directory: &Directory,
        source: Option<i64>,
        (ours, edited): (Ours, Edited),
        connection: &impl ConnectionTrait,
        now: Timestamp,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Self, ImportError> {
        let known = Known::read(connection, ours.has_taken_out_categories()).await?;
        let (problems, kept, all) = (Problems::default(), 0, HashMap::new());
        let mut reader =
            Reader { directory, source, ours, edited, known, now, problems, ids: all, kept };
        let mut links = Links::default();

        progress(Stage::Reading(Kind::Categories));
        let categories = reader.categories()?;
        progress(Stage::Reading(Kind::Grids));
        let grids = reader.grids(&mut links)?;
        progress(Stage::Reading(Kind::Packages));
        let there = &reader.known.categories;
        let category_ids: HashSet<i64> =
            ids(&categories, |row| row.id).chain(there.keys().copied()).collect();
        let (packages, left_out) = reader.packages(&category_ids, &mut links)?;

        let there = &reader.known;
        let grid_ids: HashSet<i64> =
            ids(&grids, |row| row.id).chain(there.grids.keys().copied()).collect();
        let package_ids: HashSet<i64> =
            ids(&packages, |row| row.id).chain(there.package_slugs.keys().copied()).collect();
        let wanted = reader.standing(links, &grids, &packages, (&grid_ids, &package_ids));
        progress(Stage::Reading(Kind::Versions));
        let versions = reader.versions(&package_ids)?;
        progress(Stage::Reading(Kind::Features));
        let features = reader.features(&grid_ids)?;
        let mut grid_of_feature = reader.known.features.clone();
        grid_of_feature.extend(features.iter().map(|(row, _)| (row.id, row.grid_id)));
        progress(Stage::Reading(Kind::Elements));
        let (elements, edited_elements) = reader.elements(&grid_of_feature, &wanted)?;

        let Reader { known, problems, ours, kept, ids, .. } = reader;
        Ok(Self {
            categories: rows(categories),
            grids: rows(grids),
            packages: rows(packages),
            left_out,
            versions: rows(versions),
            wanted,
            features: rows(features),
            elements: rows(elements),
            edited_elements,
            grid_of_feature,
            known,
            problems: problems.into_list(),
            ids,
            ours,
            kept,
        })
    }
}
