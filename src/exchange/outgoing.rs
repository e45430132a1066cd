//! From rows to records: what an export writes and the REST API serves.

mod beyond;
mod rows;

use std::collections::HashMap;

use entity::{Timestamp, category, grid, grid_package, package};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query};

use super::wire;
use crate::database::{DatabaseError, Row, Snapshot};
use beyond::facts;
use rows::{Cells, chosen};

pub use beyond::{elements, features, package_facts, versions};
pub use rows::{Rows, count};

/// What a record links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Category,
    Grid,
    Package,
}

/// How links and times are spelled.
pub trait Spelling: Sync {
    type Link: Send;
    type Time: Send;

    fn link(&self, to: Target, id: i64) -> Self::Link;
    fn time(&self, time: Timestamp) -> Self::Time;
}

/// The columns of a package in the order of its record; those that the REST API does not tell come
/// last.
const PACKAGE: [package::Column; 24] = {
    use package::Column::*;
    [
        CategoryId,
        Id,
        Title,
        Slug,
        LastUpdated,
        LastFetched,
        RepoUrl,
        PypiVersion,
        Created,
        Modified,
        RepoForks,
        RepoDescription,
        PypiUrl,
        DocumentationUrl,
        RepoWatchers,
        CommitsOver52,
        Participants,
        PypiDownloads,
        PypiLicense,
        PypiRequiresPython,
        SupportsPython3,
        DateDeprecated,
        DateRepoArchived,
        ReplacedById,
    ]
};

/// Those of them that are in the REST API's record.
const SERVED: usize = 17;

/// How much a package's record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What the REST API does.
    Served,
    /// Everything there is.
    Full,
}

/// Hands the records of these packages to `take`, by two statements.
///
/// # Errors
/// What the database says, and what `take` does.
pub async fn packages<S: Spelling>(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    detail: Detail,
    spelling: &S,
    mut take: impl FnMut(wire::Package<S::Link, S::Time>) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    let (id, slug) = (package::Column::Id, Some(package::Column::Slug));
    let ids = chosen(package::Entity, rows, &[id], id, slug);
    let pairings = Query::select()
        .columns([grid_package::Column::PackageId, grid_package::Column::GridId])
        .from(grid_package::Entity.table_name())
        .and_where(Expr::col(grid_package::Column::PackageId).in_subquery(ids))
        .order_by(grid_package::Column::PackageId, Order::Asc)
        .order_by(grid_package::Column::Position, Order::Asc)
        .order_by(grid_package::Column::Id, Order::Asc)
        .to_owned();
    let mut grids: HashMap<i64, Vec<i64>> = HashMap::new();
    let pairs = snapshot.fetch(&pairings, |row| Ok((row.int(0)?, row.int(1)?))).await?;
    for (package, grid) in pairs {
        grids.entry(package).or_default().push(grid);
    }
    let columns = match detail {
        Detail::Served => &PACKAGE[..SERVED],
        Detail::Full => &PACKAGE[..],
    };
    let select = chosen(package::Entity, rows, columns, id, slug);
    let read = |row: &Row<'_>| {
        let mut cells = Cells::new(row, columns);
        let category = spelling.link(Target::Category, cells.next()?);
        let id: i64 = cells.next()?;
        let grids = grids.remove(&id).unwrap_or_default();
        let record = wire::Package {
            category,
            grids: grids.into_iter().map(|grid| spelling.link(Target::Grid, grid)).collect(),
            id,
            title: cells.next()?,
            slug: cells.next()?,
            last_updated: cells.next::<Option<_>>()?.map(|time| spelling.time(time)),
            last_fetched: cells.next::<Option<_>>()?.map(|time| spelling.time(time)),
            repo_url: cells.next()?,
            pypi_version: cells.next()?,
            created: spelling.time(cells.next()?),
            modified: spelling.time(cells.next()?),
            repo_forks: cells.next::<Option<_>>()?.unwrap_or(0),
            repo_description: cells.next()?,
            pypi_url: cells.next()?,
            documentation_url: cells.next()?,
            repo_watchers: cells.next::<Option<_>>()?.unwrap_or(0),
            commits_over_52: cells.next()?,
            participants: cells.next()?,
            more: match detail {
                Detail::Served => wire::PackageFacts::default(),
                Detail::Full => facts(&mut cells)?,
            },
        };
        take(record)
    };
    snapshot.fetch(&select, read).await.map(drop)
}

/// Hands the records of these grids to `take`, by two statements.
///
/// # Errors
/// As of [`packages`].
pub async fn grids<S: Spelling>(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    spelling: &S,
    mut take: impl FnMut(wire::Grid<S::Link, S::Time>) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    use grid::Column as C;
    let ids = chosen(grid::Entity, rows, &[C::Id], C::Id, Some(C::Slug));
    let of_pairing = |column: grid_package::Column| Expr::col((grid_package::Entity, column));
    let pairings = Query::select()
        .expr(of_pairing(grid_package::Column::GridId))
        .expr(of_pairing(grid_package::Column::PackageId))
        .expr(Expr::col((package::Entity, package::Column::Title)))
        .from(grid_package::Entity.table_name())
        .join(
            JoinType::InnerJoin,
            package::Entity.table_name(),
            of_pairing(grid_package::Column::PackageId)
                .equals((package::Entity, package::Column::Id)),
        )
        .and_where(of_pairing(grid_package::Column::GridId).in_subquery(ids))
        .to_owned();
    let mut packages: HashMap<i64, Vec<(Box<str>, i64)>> = HashMap::new();
    let read = |row: &Row<'_>| Ok((row.int(0)?, (row.text(2)?, row.int(1)?)));
    for (grid, package) in snapshot.fetch(&pairings, read).await? {
        packages.entry(grid).or_default().push(package);
    }
    let columns =
        [C::Id, C::Title, C::Slug, C::Description, C::IsLocked, C::Header, C::Created, C::Modified];
    let select = chosen(grid::Entity, rows, &columns, C::Id, Some(C::Slug));
    let read = |row: &Row<'_>| {
        let mut cells = Cells::new(row, &columns);
        let id: i64 = cells.next()?;
        let mut packages = packages.remove(&id).unwrap_or_default();
        // Texts compare by their bytes, which is by code point.
        packages.sort_unstable();
        let link = |(_, package)| spelling.link(Target::Package, package);
        take(wire::Grid {
            id,
            title: cells.next()?,
            slug: cells.next()?,
            description: cells.next()?,
            is_locked: cells.next()?,
            packages: packages.into_iter().map(link).collect(),
            header: cells.next()?,
            created: spelling.time(cells.next()?),
            modified: spelling.time(cells.next()?),
        })
    };
    snapshot.fetch(&select, read).await.map(drop)
}

/// Hands the records of these categories to `take`.
///
/// # Errors
/// As of [`packages`].
pub async fn categories<S: Spelling>(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    spelling: &S,
    mut take: impl FnMut(wire::Category<S::Time>) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    use category::Column as C;
    let columns = [
        C::Id,
        C::Title,
        C::Slug,
        C::Description,
        C::TitlePlural,
        C::ShowPypi,
        C::Created,
        C::Modified,
    ];
    let select = chosen(category::Entity, rows, &columns, C::Id, Some(C::Slug));
    let read = |row: &Row<'_>| {
        let mut cells = Cells::new(row, &columns);
        take(wire::Category {
            id: cells.next()?,
            title: cells.next()?,
            slug: cells.next()?,
            description: cells.next()?,
            title_plural: cells.next()?,
            show_pypi: cells.next()?,
            created: spelling.time(cells.next()?),
            modified: spelling.time(cells.next()?),
        })
    };
    snapshot.fetch(&select, read).await.map(drop)
}

#[cfg(test)]
mod tests {
    use entity::package;
    use sea_orm::{IdenStatic, Iterable};

    use super::PACKAGE;
    use crate::editing::derive::is_derived;

    /// A column is told, or follows from those that are.
    #[test]
    fn every_column_is_told_or_derived() {
        for column in package::Column::iter() {
            let is_told = PACKAGE.iter().any(|told| told.as_str() == column.as_str());
            assert_ne!(is_told, is_derived(column.as_str()), "{}", column.as_str());
        }
    }
}
