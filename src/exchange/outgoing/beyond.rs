//! What the REST API does not have: more of packages, releases, and comparison tables.

use entity::{element, feature, grid_package, package, version};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;

use super::rows::{Cells, chosen, unexpected};
use super::{PACKAGE, Rows, SERVED};
use crate::database::{DatabaseError, Row, Snapshot};
use crate::exchange::wire;

/// Hands what the REST API does not tell of these packages to `take`.
///
/// # Errors
/// As of [`super::packages`].
pub async fn package_facts(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    mut take: impl FnMut(wire::FactsOf) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    let id = package::Column::Id;
    let mut columns = vec![id];
    columns.extend(&PACKAGE[SERVED..]);
    let select = chosen(package::Entity, rows, &columns, id, Some(package::Column::Slug));
    let read = |row: &Row<'_>| {
        let mut cells = Cells::new(row, &columns);
        take(wire::FactsOf { id: cells.next()?, more: facts(&mut cells)? })
    };
    snapshot.fetch(&select, read).await.map(drop)
}

pub(super) fn facts(
    cells: &mut Cells<'_, '_, package::Column>,
) -> Result<wire::PackageFacts, DatabaseError> {
    Ok(wire::PackageFacts {
        pypi_downloads: Some(cells.next()?),
        pypi_license: Some(cells.next()?),
        pypi_requires_python: Some(cells.next()?),
        supports_python3: Some(support(&cells.next::<String>()?)?),
        date_deprecated: Some(cells.next::<Option<_>>()?.map(wire::Time)),
        date_repo_archived: Some(cells.next::<Option<_>>()?.map(wire::Time)),
        replaced_by: Some(cells.next::<Option<_>>()?.map(|id| wire::Link { id })),
    })
}

/// Hands the records of these versions to `take`.
///
/// # Errors
/// As of [`super::packages`].
pub async fn versions(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    mut take: impl FnMut(wire::Version) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    use version::Column as C;
    let columns = [
        C::Id,
        C::PackageId,
        C::Number,
        C::License,
        C::RequiresPython,
        C::UploadTime,
        C::DevelopmentStatus,
        C::SupportsPython3,
        C::Hidden,
    ];
    let select = chosen(version::Entity, rows, &columns, C::Id, None);
    let read = |row: &Row<'_>| {
        let mut cells = Cells::new(row, &columns);
        take(wire::Version {
            id: cells.next()?,
            package: wire::Link { id: cells.next()? },
            number: cells.next()?,
            license: cells.next()?,
            requires_python: cells.next()?,
            upload_time: cells.next::<Option<_>>()?.map(wire::Time),
            development_status: development_status(&cells.next::<String>()?)?,
            supports_python3: support(&cells.next::<String>()?)?,
            hidden: cells.next()?,
        })
    };
    snapshot.fetch(&select, read).await.map(drop)
}

/// Hands the records of these features to `take`.
///
/// # Errors
/// As of [`super::packages`].
pub async fn features(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    mut take: impl FnMut(wire::Feature) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    use feature::Column as C;
    let columns = [C::Id, C::GridId, C::Title, C::Description];
    let select = chosen(feature::Entity, rows, &columns, C::Id, None);
    let read = |row: &Row<'_>| {
        let mut cells = Cells::new(row, &columns);
        take(wire::Feature {
            id: cells.next()?,
            grid: wire::Link { id: cells.next()? },
            title: cells.next()?,
            description: cells.next()?,
        })
    };
    snapshot.fetch(&select, read).await.map(drop)
}

/// Hands the records of these elements (cells) to `take`.
///
/// # Errors
/// As of [`super::packages`].
pub async fn elements(
    snapshot: &Snapshot,
    rows: Rows<'_>,
    mut take: impl FnMut(wire::Element) -> Result<(), DatabaseError> + Send,
) -> Result<(), DatabaseError> {
    use element::Column as C;
    let mut select = chosen(element::Entity, rows, &[C::Id, C::FeatureId, C::Text], C::Id, None);
    // A cell's row names its pairing, its record the package.
    let package = Query::select()
        .expr(Expr::col((grid_package::Entity, grid_package::Column::PackageId)))
        .from(grid_package::Entity.table_name())
        .and_where(
            Expr::col((grid_package::Entity, grid_package::Column::Id))
                .equals((element::Entity, C::GridPackageId)),
        )
        .to_owned();
    select.expr(Expr::SubQuery(None, Box::new(package.into())));
    let read = |row: &Row<'_>| {
        take(wire::Element {
            id: row.int(0)?,
            feature: wire::Link { id: row.int(1)? },
            text: row.text(2)?.into(),
            package: wire::Link { id: row.int(3)? },
        })
    };
    snapshot.fetch(&select, read).await.map(drop)
}

fn support(word: &str) -> Result<Option<bool>, DatabaseError> {
    match word {
        "yes" => Ok(Some(true)),
        "no" => Ok(Some(false)),
        "unknown" => Ok(None),
        _ => Err(unexpected(word)),
    }
}

fn development_status(word: &str) -> Result<wire::DevelopmentStatus, DatabaseError> {
    // The table and the files have the same words.
    wire::DevelopmentStatus::deserialize(word.into_deserializer())
        .map_err(|error: ValueError| unexpected(&error.to_string()))
}
