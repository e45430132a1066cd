//! Packages that others were merged into, by what the others were called.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{package, package_alias};
use sea_orm::EntityName;
use sea_orm::sea_query::{ExprTrait, IntoIden, Query, SelectStatement, TableRef};

use super::keys::{Keys, key};
use super::relation::{LISTED, column};
use super::{Catalog, LookupError};
use crate::database::{DatabaseError, Row, Snapshot};

/// What a package was called that is now another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Former {
    Id(i64),
    Slug(Arc<str>),
}

/// The package that it was merged into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heir {
    pub id: i64,
    pub slug: Box<str>,
}

const ALIAS: &str = "pa";

/// Finds heirs by `keys` in `searched`: each with the key.
fn heirs(snapshot: &Snapshot, keys: Keys<'_>, searched: package_alias::Column) -> SelectStatement {
    let backend = snapshot.backend();
    let mut select = Query::select();
    keys.from(&mut select, backend);
    let aliased = |name: &'static str, alias: &'static str| {
        TableRef::from(name.into_iden()).alias(alias.into_iden())
    };
    select
        .cross_join(aliased(package_alias::Entity.table_name(), ALIAS))
        .cross_join(aliased(package::Entity.table_name(), LISTED))
        .and_where(column(ALIAS, searched).eq(key(backend)))
        .and_where(
            column(LISTED, package::Column::Id).eq(column(ALIAS, package_alias::Column::PackageId)),
        )
        .exprs([
            column(ALIAS, searched),
            column(LISTED, package::Column::Id),
            column(LISTED, package::Column::Slug),
        ])
        .take()
}

fn heir(row: &Row<'_>) -> Result<Heir, DatabaseError> {
    Ok(Heir { id: row.int(1)?, slug: row.text(2)? })
}

/// The packages that those were merged into.
async fn find(
    snapshot: &Snapshot,
    former: &[Former],
) -> Result<HashMap<Former, Heir>, DatabaseError> {
    let ids: Vec<i64> = former.iter().filter_map(Former::id).collect();
    let slugs: Vec<&str> = former.iter().filter_map(Former::slug).collect();
    let mut found = HashMap::new();
    if !ids.is_empty() {
        let select = heirs(snapshot, Keys::Ids(ids), package_alias::Column::FormerId);
        let rows = snapshot.fetch(&select, |row| Ok((Former::Id(row.int(0)?), heir(row)?)));
        found.extend(rows.await?);
    }
    if !slugs.is_empty() {
        let select = heirs(snapshot, Keys::Texts(slugs), package_alias::Column::Slug);
        let rows = snapshot.fetch(&select, |row| {
            let slug: Box<str> = row.text(0)?;
            Ok((Former::Slug(slug.into()), heir(row)?))
        });
        found.extend(rows.await?);
    }
    Ok(found)
}

impl Former {
    fn id(&self) -> Option<i64> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Slug(_) => None,
        }
    }

    fn slug(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Slug(slug) => Some(slug),
        }
    }

    /// The package that it was merged into; null when there is none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn heir(self, snapshot: &Snapshot) -> Result<Option<Heir>, DatabaseError> {
        Ok(find(snapshot, std::slice::from_ref(&self)).await?.remove(&self))
    }
}

impl Loader<Former> for Catalog {
    type Value = Arc<Heir>;
    type Error = LookupError;

    async fn load(&self, keys: &[Former]) -> Result<HashMap<Former, Self::Value>, LookupError> {
        // A batch's keys come out of a hash table: the statements' order must not.
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        let found = find(self.snapshot(), &keys).await?;
        Ok(found.into_iter().map(|(former, heir)| (former, Arc::new(heir))).collect())
    }
}
