//! Which packages are to stand in which grids.

use std::collections::{HashMap, HashSet};

use entity::{HERE, grid, grid_package, package};

use super::files::Place;
use super::kind::Kind;
use super::placed::{Placed, existing, ids};
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

/// Records that were left out: they say nothing, and may be the ones that name a pairing.
struct Unread {
    packages: HashSet<i64>,
    grids: HashSet<i64>,
    /// Whether there may be any others.
    any: bool,
}

impl Unread {
    fn of(problems: &[super::Problem]) -> Self {
        let mut unread = Self { packages: HashSet::new(), grids: HashSet::new(), any: false };
        // A link that leads nowhere leaves out no record.
        for problem in problems.iter().filter(|problem| !problem.link_only) {
            let ids = match problem.place.kind {
                Kind::Packages => &mut unread.packages,
                Kind::Grids => &mut unread.grids,
                _ => continue,
            };
            match problem.place.id {
                Some(id) => drop(ids.insert(id)),
                None => unread.any = true,
            }
        }
        unread
    }

    fn has_package(&self, pair: &Pair) -> bool {
        self.packages.contains(&pair.package)
    }

    fn has_grid(&self, pair: &Pair) -> bool {
        self.grids.contains(&pair.grid)
    }
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
        let unread = Unread::of(problems);
        let told = Unread {
            packages: ids(packages, |row| row.id).chain(unread.packages.iter().copied()).collect(),
            grids: ids(grids, |row| row.id).chain(unread.grids.iter().copied()).collect(),
            any: false,
        };
        let stays = |(pair, row): (&Pair, &grid_package::Model)| {
            // Of what a source does not have, or what others put together, it says nothing.
            let not_told = row.source_id == Some(HERE)
                || ours.has_cells_in(row.id)
                || source.is_some_and(|source| {
                    row.source_id != Some(source)
                        || !(told.has_package(pair) && told.has_grid(pair))
                });
            let stays = not_told || unread.any || unread.has_package(pair) || unread.has_grid(pair);
            stays.then_some(*pair)
        };
        let kept = known.pairs.iter().filter_map(stays).collect();
        let (there_grids, there_packages) = there;
        let of_packages = packages
            .iter()
            .filter_map(|(row, _)| links.of_packages.remove_entry(&row.id))
            .map(|(id, (grids, place))| {
                let grids = ours.grids(id, grids);
                (id, existing(grids, there_grids, "grid", place, problems))
            })
            .collect();
        let right: HashSet<Place> = grids.iter().map(|(_, place)| *place).collect();
        let of_grids = links
            .of_grids
            .into_iter()
            .filter(|(_, place)| right.contains(place))
            .map(|((id, packages), place)| {
                let packages = ours.packages(id, packages);
                (id, existing(packages, there_packages, "package", place, problems))
            })
            .collect();
        Wish { of_packages, of_grids, kept }.wanted(&known.pairs)
    }
}
