//! The old search: a list of at most twenty packages and grids.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{Timestamp, category, grid, package};
use sea_orm::IdenStatic;
use serde::Serialize;

use super::Refused;
use super::address::Spelled;
use super::emoji::emoji;
use crate::catalog::{ById, Catalog, Columns, FromCell, Listable, LookupError, Record};
use crate::database::{DatabaseError, Snapshot};
use crate::exchange::outgoing::Spelling;
use crate::search::{self, Kind, Query, Reach};

/// Hits of an answer.
pub const MOST_HITS: usize = 20;

/// How much a hit's weight counts beside how well it fits, which is from 0 to 1.
const WEIGHT_BOOST: f64 = 0.02;

/// The highest score that `search` gives.
const BEST_FIT: f64 = 4.0;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Points for each of the things that make a package weighty, and for all eight.
const POINTS: i64 = 20;
const ALL_POINTS: i64 = 8 * POINTS;

/// Something to search for.
pub struct Search(Query);

/// A hit. What only packages have is 0, "" or null for grids.
#[derive(Debug, Serialize)]
struct Hit<T> {
    description: String,
    title: String,
    title_no_prefix: String,
    slug_no_prefix: String,
    clean_title: String,
    absolute_url: String,
    created: T,
    modified: T,
    weight: i64,
    item_type: &'static str,
    slug: String,
    category: String,
    repo_watchers: i64,
    repo_forks: i64,
    pypi_downloads: i64,
    score: i64,
    usage: i64,
    participants: String,
    last_committed: Option<T>,
    last_released: Option<T>,
}

impl Search {
    /// Reads what was typed; null when it is nothing.
    pub fn parse(text: &str) -> Result<Option<Self>, Refused> {
        let query = Query::parse(text).map_err(|error| Refused::BadQuery(error.to_string()))?;
        Ok((!query.is_empty()).then_some(Self(query)))
    }

    /// The hits as JSON: by how well they fit and how weighty they are, then by title.
    pub async fn answer(
        self,
        snapshot: &Snapshot,
        spelled: &Spelled,
        now: Timestamp,
    ) -> Result<Vec<u8>, DatabaseError> {
        let kinds = [Kind::Package, Kind::Grid];
        let mut found = search::find(snapshot, &self.0, &kinds, Reach::Anew).await?.hits;
        let catalog = Catalog::new(snapshot.clone());
        // All that were found have to be weighed, few are shown.
        let packages = by_id(&catalog, ids(&found, Kind::Package), columns(&WEIGHED)).await?;
        let grids = by_id(&catalog, ids(&found, Kind::Grid), columns(&WEIGHED_GRID)).await?;
        let mut places: HashMap<(Kind, i64), (f64, String)> = HashMap::new();
        for hit in &found {
            let (weight, title) = match hit.kind {
                Kind::Package => match packages.get(&hit.id) {
                    Some(row) => (Weighty::of(row)?.weight(now), get(row, package::Column::Title)?),
                    None => continue,
                },
                _ => match grids.get(&hit.id) {
                    Some(row) => (grid_weight(row)?, get(row, grid::Column::Title)?),
                    None => continue,
                },
            };
            let relevance = hit.score / BEST_FIT + WEIGHT_BOOST * weight as f64;
            places.insert((hit.kind, hit.id), (relevance, title));
        }
        let place = |hit: &search::Hit| places.get(&(hit.kind, hit.id));
        found.retain(|hit| place(hit).is_some());
        found.sort_by(|one, other| match (place(one), place(other)) {
            (Some(one), Some(other)) => other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)),
            _ => Ordering::Equal,
        });
        found.truncate(MOST_HITS);

        let packages = by_id(&catalog, ids(&found, Kind::Package), columns(&PACKAGE)).await?;
        let grids = by_id(&catalog, ids(&found, Kind::Grid), columns(&GRID)).await?;
        let of = packages.values().map(|row| get::<_, i64>(row, package::Column::CategoryId));
        let of = of.collect::<Result<Vec<_>, _>>()?;
        let title = columns(&[category::Column::Title]);
        let categories = by_id(&catalog, of.into_iter(), title).await?;
        let shown = found.iter().filter_map(|hit| match hit.kind {
            Kind::Package => {
                packages.get(&hit.id).map(|row| package_hit(row, &categories, spelled, now))
            }
            _ => grids.get(&hit.id).map(|row| grid_hit(row, spelled)),
        });
        let shown = shown.collect::<Result<Vec<_>, _>>()?;
        serde_json::to_vec(&shown)
            .map_err(|error| DatabaseError::UnexpectedValue(error.to_string()))
    }
}

fn ids(hits: &[search::Hit], kind: Kind) -> impl Iterator<Item = i64> {
    hits.iter().filter(move |hit| hit.kind == kind).map(|hit| hit.id)
}

/// What a package's weight follows from, and its title.
const WEIGHED: [package::Column; 8] = {
    use package::Column::*;
    [
        Title,
        RepoDescription,
        RepoWatchers,
        RepoForks,
        PypiDownloads,
        LastUpdated,
        LastReleased,
        DateDeprecated,
    ]
};

/// As [`WEIGHED`], of a grid.
const WEIGHED_GRID: [grid::Column; 4] = {
    use grid::Column::*;
    [Title, IsLocked, Header, PackagesCount]
};

const PACKAGE: [package::Column; 14] = {
    use package::Column::*;
    [
        Title,
        Slug,
        RepoDescription,
        CategoryId,
        RepoWatchers,
        RepoForks,
        PypiDownloads,
        Score,
        Participants,
        LastUpdated,
        LastReleased,
        DateDeprecated,
        Created,
        Modified,
    ]
};

const GRID: [grid::Column; 8] = {
    use grid::Column::*;
    [Title, Slug, Description, IsLocked, Header, PackagesCount, Created, Modified]
};

type Found<E> = HashMap<i64, Arc<Record<E>>>;

/// The rows with these ids, by one statement.
async fn by_id<E>(
    catalog: &Catalog,
    ids: impl Iterator<Item = i64>,
    columns: Columns<E>,
) -> Result<Found<E>, DatabaseError>
where
    E: Listable,
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    let keys: Vec<ById<E>> = ids.map(|id| ById { id, columns }).collect();
    if keys.is_empty() {
        return Ok(Found::new());
    }
    let rows = catalog.load(&keys).await.map_err(|error| {
        // Nobody else has it.
        Arc::try_unwrap(error)
            .unwrap_or_else(|error| DatabaseError::UnexpectedValue(error.to_string()))
    })?;
    Ok(rows.into_iter().map(|(key, row)| (key.id, row)).collect())
}

fn columns<E: Listable>(columns: &[E::Column]) -> Columns<E> {
    columns.iter().fold(Columns::id(), |all, column| all.with(*column))
}

/// The value in a column that was read.
fn get<E: Listable, T: FromCell>(row: &Record<E>, column: E::Column) -> Result<T, DatabaseError> {
    let missing = || DatabaseError::UnexpectedValue(format!("{} was not read", column.as_str()));
    row.get(column).unwrap_or_else(|| Err(missing()))
}

fn package_hit(
    row: &Record<package::Entity>,
    categories: &Found<category::Entity>,
    spelled: &Spelled,
    now: Timestamp,
) -> Result<Hit<String>, DatabaseError> {
    use package::Column as C;
    let (title, slug): (String, String) = (get(row, C::Title)?, get(row, C::Slug)?);
    let description: String = get(row, C::RepoDescription)?;
    let category = categories.get(&get(row, C::CategoryId)?);
    let facts = Weighty::of(row)?;
    let time = |time: Timestamp| spelled.time(time);
    Ok(Hit {
        description: emoji(&description),
        title: emoji(&title),
        title_no_prefix: title.clone(),
        slug_no_prefix: slug.clone(),
        clean_title: title,
        absolute_url: format!("/packages/p/{slug}/"),
        created: time(get(row, C::Created)?),
        modified: time(get(row, C::Modified)?),
        weight: facts.weight(now),
        item_type: "package",
        slug,
        category: category.map_or(Ok(String::new()), |row| get(row, category::Column::Title))?,
        repo_watchers: facts.stars,
        repo_forks: facts.forks,
        pypi_downloads: facts.downloads,
        score: get::<_, Option<i64>>(row, C::Score)?.unwrap_or(0),
        // Who uses what is not known here.
        usage: 0,
        participants: get::<_, Vec<String>>(row, C::Participants)?.join(","),
        last_committed: facts.last_committed.map(time),
        last_released: facts.last_released.map(time),
    })
}

fn grid_hit(row: &Record<grid::Entity>, spelled: &Spelled) -> Result<Hit<String>, DatabaseError> {
    use grid::Column as C;
    let (title, slug): (String, String) = (get(row, C::Title)?, get(row, C::Slug)?);
    Ok(Hit {
        description: emoji(&get::<_, String>(row, C::Description)?),
        title: emoji(&title),
        title_no_prefix: title.clone(),
        slug_no_prefix: slug.clone(),
        clean_title: title,
        absolute_url: format!("/grids/g/{slug}/"),
        created: spelled.time(get(row, C::Created)?),
        modified: spelled.time(get(row, C::Modified)?),
        weight: grid_weight(row)?,
        item_type: "grid",
        slug,
        category: String::new(),
        repo_watchers: 0,
        repo_forks: 0,
        pypi_downloads: 0,
        score: 0,
        usage: 0,
        participants: String::new(),
        last_committed: None,
        last_released: None,
    })
}

/// What makes a package weighty.
struct Weighty {
    deprecated: bool,
    described: bool,
    downloads: i64,
    forks: i64,
    stars: i64,
    last_committed: Option<Timestamp>,
    last_released: Option<Timestamp>,
}

impl Weighty {
    fn of(row: &Record<package::Entity>) -> Result<Self, DatabaseError> {
        use package::Column as C;
        Ok(Self {
            deprecated: get::<_, Option<Timestamp>>(row, C::DateDeprecated)?.is_some(),
            described: !get::<_, String>(row, C::RepoDescription)?.trim().is_empty(),
            downloads: get::<_, Option<i64>>(row, C::PypiDownloads)?.unwrap_or(0),
            forks: get::<_, Option<i64>>(row, C::RepoForks)?.unwrap_or(0),
            stars: get::<_, Option<i64>>(row, C::RepoWatchers)?.unwrap_or(0),
            last_committed: get(row, C::LastUpdated)?,
            last_released: get(row, C::LastReleased)?,
        })
    }

    /// From 0 to 100. The eighth thing, how many use it, is not known here.
    fn weight(&self, now: Timestamp) -> i64 {
        let days = |time: Option<Timestamp>| time.map(|time| (now.0 - time.0).div_euclid(DAY));
        let all_if = |holds: bool| if holds { POINTS } else { 0 };
        let committed = match days(self.last_committed) {
            Some(..90) => POINTS,
            Some(90..182) => POINTS / 2,
            Some(182..365) => POINTS / 4,
            _ => 0,
        };
        let points = all_if(!self.deprecated)
            + all_if(self.described)
            + (self.downloads / 1000).min(POINTS)
            + self.forks.min(POINTS)
            + self.stars.min(POINTS)
            + committed
            + all_if(days(self.last_released).is_some_and(|days| days < 365));
        points * 100 / ALL_POINTS
    }
}

/// How weighty a grid is, beside packages of up to 100.
fn grid_weight(row: &Record<grid::Entity>) -> Result<i64, DatabaseError> {
    use grid::Column as C;
    let is_empty = get::<_, i64>(row, C::PackagesCount)? == 0;
    Ok(weight_of_grid([get(row, C::IsLocked)?, get(row, C::Header)?, !is_empty]))
}

/// A sixth less than 100 in any case, and for each of being locked, on the home page and not empty
/// that does not hold.
fn weight_of_grid(holds: [bool; 3]) -> i64 {
    let missing = 1 + holds.iter().filter(|holds| !**holds).count() as i64;
    (600 - 100 * missing) / 6
}

#[cfg(test)]
mod tests {
    use super::{DAY, Weighty, weight_of_grid};
    use entity::Timestamp;

    #[test]
    fn weights() {
        let now = Timestamp(1_790_000_000_000_000);
        let ago = |days: i64| Some(Timestamp(now.0 - days * DAY));
        let none = Weighty {
            deprecated: true,
            described: false,
            downloads: 999,
            forks: 0,
            stars: 0,
            last_committed: None,
            last_released: None,
        };
        assert_eq!(none.weight(now), 0);
        let all = Weighty {
            deprecated: false,
            described: true,
            downloads: 1_000_000,
            forks: 21,
            stars: 20,
            last_committed: ago(89),
            last_released: ago(364),
        };
        assert_eq!(all.weight(now), 87);
        let less = |last_committed, last_released| {
            Weighty { last_committed, last_released, ..all }.weight(now)
        };
        assert_eq!(less(ago(90), ago(1)), 81);
        assert_eq!(less(ago(182), ago(1)), 78);
        assert_eq!(less(ago(365), ago(365)), 62);
        assert_eq!(weight_of_grid([true, true, true]), 83);
        assert_eq!(weight_of_grid([false, true, true]), 66);
        assert_eq!(weight_of_grid([false, false, false]), 33);
    }
}
