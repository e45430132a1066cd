//! The directory itself.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::Timestamp;
use entity::directory::{Column, Entity};
use sea_orm::{EntityTrait, QuerySelect, QueryTrait};

use super::record::FromCell;
use super::{Catalog, LookupError};
use crate::database::{CellKind, DatabaseError};

/// The only directory that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TheDirectory;

/// Where the directory stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub revision: i64,
    /// The address of the API that it was last fetched from; null when it never was.
    pub source: Option<String>,
    /// When it was last found in step with that; null when it never was.
    pub synced_at: Option<Timestamp>,
}

impl Loader<TheDirectory> for Catalog {
    type Value = Arc<Standing>;
    type Error = LookupError;

    async fn load(
        &self,
        _: &[TheDirectory],
    ) -> Result<HashMap<TheDirectory, Self::Value>, LookupError> {
        let columns = [Column::Revision, Column::Source, Column::SyncedAt];
        let select = Entity::find().select_only().columns(columns).into_query();
        let rows = self
            .snapshot
            .fetch(&select, |row| {
                let unexpected = |what: &str| DatabaseError::UnexpectedValue(what.to_owned());
                let source = row.cell(1, CellKind::Text)?;
                let synced_at = row.cell(2, CellKind::Int64)?;
                Ok(Standing {
                    revision: row.int(0)?,
                    source: FromCell::from_cell(&source).ok_or_else(|| unexpected("source"))?,
                    synced_at: FromCell::from_cell(&synced_at)
                        .ok_or_else(|| unexpected("synced_at"))?,
                })
            })
            .await?;
        Ok(rows.into_iter().map(|row| (TheDirectory, Arc::new(row))).collect())
    }
}
