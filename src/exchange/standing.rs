//! Which packages are to stand in which grids.

use std::collections::{HashMap, HashSet};

use entity::{grid, grid_package, package};

use super::files::Place;
use super::kind::Kind;
use super::placed::{Placed, existing, ids};
use super::problems::Missing;
use super::reading::Reader;
use crate::editing::{Pair, Wish};

/// What the records of grids and of packages say of each other.
#[derive(Default)]
pub(super) struct Links {
    /// The packages that each grid's record names.
    pub of_grids: Vec<Placed<(i64, Vec<i64>)>>,
    /// The grids that each package's record names.
    pub of_packages: HashMap<i64, Placed<Vec<i64>>>,
}

impl Reader<'_> {
    /// The place of each pairing that there shall be. `there` are all grids and packages that there
    /// are or will be.
    pub fn standing(
        &mut self,
        mut links: Links,
        grids: &[Placed<grid::Model>],
        packages: &[Placed<package::Model>],
        there: (&HashSet<i64>, &HashSet<i64>),
    ) -> HashMap<Pair, i32> {
        let Self { ours, problems, known, source, .. } = self;
        // A record that was left out says nothing, and may be the one that names a pairing.
        let is_unread = |pair: &Pair| {
            problems.has_lost(Missing::Row(Kind::Packages, pair.package))
                || problems.has_lost(Missing::Row(Kind::Grids, pair.grid))
                || problems.has_lost_without_id(Kind::Packages)
                || problems.has_lost_without_id(Kind::Grids)
        };
        let read_packages: HashSet<i64> = ids(packages, |row| row.id).collect();
        let read_grids: HashSet<i64> = ids(grids, |row| row.id).collect();
        let stays = |(pair, row): (&Pair, &grid_package::Model)| {
            // Of what a source does not have, or what others put together, it says nothing. Files
            // need not have both lists.
            let has =
                |read: &HashSet<i64>, id| read.contains(id) || source.is_none() && read.is_empty();
            let is_told = row.source_id == *source
                && !ours.has_cells_in(row.id)
                && has(&read_packages, &pair.package)
                && has(&read_grids, &pair.grid);
            (!is_told || is_unread(pair)).then_some(*pair)
        };
        let kept = known.pairs.iter().filter_map(stays).collect();
        let (there_grids, there_packages) = there;
        let of_packages = packages
            .iter()
            .filter_map(|(row, _)| links.of_packages.remove_entry(&row.id))
            .map(|(id, (grids, place))| {
                let (grids, to) = (ours.grids(id, grids), (Kind::Grids, "grid"));
                let pair = |grid| Pair { grid, package: id };
                (id, existing(grids, there_grids, to, pair, place, problems))
            })
            .collect();
        let right: HashSet<Place> = grids.iter().map(|(_, place)| *place).collect();
        let of_grids = links
            .of_grids
            .into_iter()
            .filter(|(_, place)| right.contains(place))
            .map(|((id, packages), place)| {
                let (packages, to) = (ours.packages(id, packages), (Kind::Packages, "package"));
                let pair = |package| Pair { grid: id, package };
                (id, existing(packages, there_packages, to, pair, place, problems))
            })
            .collect();
        Wish { of_packages, of_grids, kept }.wanted(&known.pairs)
    }
}
