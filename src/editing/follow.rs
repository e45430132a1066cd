//! What follows from rows that were written, in other tables: counts, contributors, and what
//! searches find. Whoever writes calls [`follow`] before the end of the transaction.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr};

use super::{counts, participants};
use crate::search;

/// So many rows of whatever tables are worth a new look of the database at all of them.
const MANY: usize = 1_000;

const TABLES: [&str; 9] = [
    "category",
    "category_grid",
    "element",
    "feature",
    "grid",
    "grid_package",
    "package",
    "participant",
    "version",
];

/// The rows that were added, changed or deleted, by id, and those whose counts follow from them.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    pub categories: Vec<i64>,
    /// How many packages other categories have more than before, by their ids. (A category can
    /// have so many packages that nobody wants to count them again for each that comes.)
    pub packages_more: BTreeMap<i64, i64>,
    /// Those with other packages or features than before, or with packages of another category,
    /// too, unless `everywhere` says so.
    pub grids: Vec<i64>,
    /// Those in other grids than before, or with other releases, too, unless `everywhere` says so.
    pub packages: Vec<i64>,
    /// Whether other rows may be touched, too, so that counts are looked at in all.
    pub everywhere: bool,
    /// Whether there was no package before.
    pub first: bool,
    /// How many rows that was, in all tables.
    pub rows: usize,
}

/// Brings up to date whatever follows from what was touched.
///
/// # Errors
/// What the database says.
pub async fn follow(connection: &impl ConnectionTrait, touched: &Touched) -> Result<(), DbErr> {
    participants::refresh(connection, &touched.packages, touched.first).await?;
    if touched.everywhere || touched.rows >= MANY {
        counts::refresh(connection).await?;
    } else {
        counts::refresh_some(connection, touched).await?;
    }
    if touched.first {
        search::rebuild(connection).await?;
    } else {
        search::index(connection, &touched.categories, &touched.grids, &touched.packages).await?;
    }
    if touched.first || touched.rows >= MANY {
        analyze(connection).await?;
    }
    Ok(())
}

/// Lets the database find out how its tables look now, to plan by. (SQLite never does by itself,
/// and takes a category for as small as a repository then; PostgreSQL does, some time later.)
///
/// # Errors
/// What the database says.
pub async fn analyze(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    for table in TABLES {
        connection.execute_unprepared(&format!("ANALYZE {table}")).await?;
    }
    Ok(())
}
