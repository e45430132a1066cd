//! Which packages stand in which grids.

use std::collections::{HashMap, HashSet};

use entity::{FIRST_HERE, Timestamp, grid_package};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};

use super::bulk::{self, Upsert};

/// Pairings that one statement adds; each binds seven values.
const PAIRS: usize = 4_000;

/// A grid and a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    pub grid: i64,
    pub package: i64,
}

/// What is known of the pairings that should be, from the records of packages and of grids.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The grids of each package whose record was read, in the order of that record.
    pub of_packages: HashMap<i64, Vec<i64>>,
    /// The packages of each grid whose record was read, in the order of the records.
    pub of_grids: Vec<(i64, Vec<i64>)>,
    /// Pairings that there are, and which stay, also if no record names them.
    pub kept: HashSet<Pair>,
}

/// What became of the pairings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairsWritten {
    pub added: Vec<Pair>,
    /// Those that have another place among their package's grids.
    pub moved: Vec<Pair>,
    pub removed: Vec<Pair>,
    pub unchanged: usize,
    /// The id that the next row takes that is made here.
    pub next_id: i64,
    /// The id that the next pairing takes that comes in.
    pub next_pairing_id: i64,
    /// The grids whose packages are not those that they were.
    pub grids: Vec<i64>,
}

/// All pairings there are, by what they pair.
///
/// # Errors
/// What the database says.
pub async fn pairs(
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Pair, grid_package::Model>, DbErr> {
    type Columns = (i64, i64, i64, i32, Timestamp, Timestamp, Option<i64>, i64);
    let mut pairs = HashMap::new();
    let id = |row: &Columns| row.0;
    let select = grid_package::Entity::find();
    bulk::each(connection, select, grid_package::Column::Id, id, |row: Columns| {
        let (id, grid_id, package_id, position, created, modified, source_id, revision) = row;
        let pair = Pair { grid: grid_id, package: package_id };
        let row = grid_package::Model {
            id,
            grid_id,
            package_id,
            position,
            created,
            modified,
            source_id,
            revision,
        };
        pairs.insert(pair, row);
    })
    .await?;
    Ok(pairs)
}

impl Wish {
    /// The pairings that should be, each with its place among its package's grids.
    ///
    /// A pairing holds when either record names it. A package's own record tells the order of its
    /// grids; those that only the grids' records know come last. A pairing in `known` of which one
    /// side was not read stays if that side alone could know it.
    pub fn wanted(&self, known: &HashMap<Pair, grid_package::Model>) -> HashMap<Pair, i32> {
        let mut grids_of: HashMap<i64, Vec<i64>> = HashMap::new();
        let mut wanted: HashSet<Pair> = HashSet::new();
        let mut add = |package: i64, grid: i64| {
            if wanted.insert(Pair { grid, package }) {
                grids_of.entry(package).or_default().push(grid);
            }
        };
        for (package, grids) in &self.of_packages {
            grids.iter().for_each(|grid| add(*package, *grid));
        }
        // What is there of packages that were not read comes before what grids add to them.
        let read_grids: HashMap<i64, HashSet<i64>> = self
            .of_grids
            .iter()
            .map(|(grid, packages)| (*grid, packages.iter().copied().collect()))
            .collect();
        let mut rest: Vec<&grid_package::Model> = known
            .values()
            .filter(|row| {
                let read = self.of_packages.contains_key(&row.package_id);
                let grid = read_grids.get(&row.grid_id);
                self.kept.contains(&Pair { grid: row.grid_id, package: row.package_id })
                    || !read && grid.is_none_or(|packages| packages.contains(&row.package_id))
            })
            .collect();
        rest.sort_unstable_by_key(|row| (row.package_id, row.position, row.id));
        for row in rest {
            add(row.package_id, row.grid_id);
        }
        for (grid, packages) in &self.of_grids {
            packages.iter().for_each(|package| add(*package, *grid));
        }
        grids_of
            .into_iter()
            .flat_map(|(package, grids)| {
                (0..).zip(grids).map(move |(position, grid)| (Pair { grid, package }, position))
            })
            .collect()
    }
}

/// What pairings have that are new.
#[derive(Clone, Copy, Debug)]
pub struct NewPairs {
    /// Where they came from.
    pub source: Option<i64>,
    pub revision: i64,
    /// The id that the next row takes that is made here.
    pub next_id: i64,
    /// The id that the next pairing takes that comes in.
    pub next_pairing_id: i64,
}

/// Makes the pairings what `wanted` says.
///
/// # Errors
/// What the database says.
pub async fn reconcile(
    connection: &impl ConnectionTrait,
    wanted: &HashMap<Pair, i32>,
    known: &HashMap<Pair, grid_package::Model>,
    new: NewPairs,
    now: Timestamp,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<PairsWritten, DbErr> {
    let mut written = PairsWritten::default();
    let gone = known.iter().filter(|(pair, _)| !wanted.contains_key(pair));
    let (removed, gone): (Vec<Pair>, Vec<i64>) = gone.map(|(pair, row)| (*pair, row.id)).unzip();
    written.grids.extend(removed.iter().map(|pair| pair.grid));
    written.removed = removed;
    bulk::delete_by_id::<grid_package::Entity>(connection, &gone).await?;

    let NewPairs { source, revision, next_id, next_pairing_id } = new;
    let mut new = Vec::new();
    let mut moved = Vec::new();
    for (pair, position) in wanted {
        match known.get(pair) {
            Some(row) if row.position == *position => written.unchanged += 1,
            Some(row) => {
                written.moved.push(*pair);
                moved.push(grid_package::Model {
                    position: *position,
                    modified: now,
                    ..row.clone()
                });
            }
            None => {
                written.grids.push(pair.grid);
                written.added.push(*pair);
                new.push((pair.package, *position, pair.grid));
            }
        }
    }
    progress(written.unchanged);
    // A hash table's order is a new one each time; ids should not be.
    moved.sort_unstable_by_key(|row| row.id);
    new.sort_unstable();
    // No source gives them ids: they take low ones, as those of sources are, for as long as there are
    // some. None comes back, or the history would take one pairing for another.
    let count = new.len() as i64;
    (written.next_id, written.next_pairing_id) = (next_id, next_pairing_id);
    let next = match next_pairing_id + count <= FIRST_HERE {
        true => &mut written.next_pairing_id,
        false => &mut written.next_id,
    };
    let first = *next;
    *next += count;
    let new: Vec<(i64, i64, i32, i64)> = (first..)
        .zip(new)
        .map(|(id, (package, position, grid))| (id, package, position, grid))
        .collect();
    for pairs in [&mut written.added, &mut written.moved, &mut written.removed] {
        pairs.sort_unstable();
    }
    written.grids.sort_unstable();
    written.grids.dedup();
    let as_it_is = |_: &mut _, _: &_| {};
    bulk::upsert::<grid_package::Entity>(
        connection,
        moved,
        Upsert { compare: true, revision: Some(revision), ..Upsert::default() },
        as_it_is,
        progress,
    )
    .await?;
    for rows in new.chunks(PAIRS) {
        let rows_to_add =
            rows.iter().map(|(id, package, position, grid)| grid_package::ActiveModel {
                id: Set(*id),
                grid_id: Set(*grid),
                package_id: Set(*package),
                position: Set(*position),
                created: Set(now),
                modified: Set(now),
                source_id: Set(source),
                revision: Set(revision),
            });
        grid_package::Entity::insert_many(rows_to_add).exec_without_returning(connection).await?;
        progress(rows.len());
    }
    Ok(written)
}
