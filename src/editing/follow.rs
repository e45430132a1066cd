//! What follows from rows that were written, in other tables: counts, contributors, and what
//! searches find. Whoever writes calls [`follow`] before the end of the transaction.

use sea_orm::{ConnectionTrait, DbErr};

use super::{counts, participants};
use crate::search;

/// The rows that were added, changed or deleted, by id.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    pub categories: Vec<i64>,
    /// Those with other packages than before, too.
    pub grids: Vec<i64>,
    pub packages: Vec<i64>,
    /// Whether there was no package before.
    pub first: bool,
}

/// Brings up to date whatever follows from what was touched.
///
/// # Errors
/// What the database says.
pub async fn follow(connection: &impl ConnectionTrait, touched: &Touched) -> Result<(), DbErr> {
    participants::refresh(connection, &touched.packages, touched.first).await?;
    counts::refresh(connection).await?;
    if touched.first {
        return search::rebuild(connection).await;
    }
    search::index_categories(connection, &touched.categories).await?;
    search::index_grids(connection, &touched.grids).await?;
    search::index_packages(connection, &touched.packages).await
}
