//! Rows by what they were called before, or by what was merged into them.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use derive_where::derive_where;
use entity::{alias, category, grid, package};
use sea_orm::EntityName;
use sea_orm::sea_query::{ExprTrait, IntoIden, Order, Query, SelectStatement, TableRef};

use super::keys::{Keys, key};
use super::relation::{LISTED, column};
use super::{Catalog, Listable, LookupError};
use crate::database::{DatabaseError, Row, Snapshot};

/// An entity whose rows are found by the slugs that they had, too.
pub trait Aliased: Listable {
    /// What its rows are called in `alias.kind`.
    const KIND: &'static str;

    /// The column of the slug.
    const SLUG: Self::Column;
}

macro_rules! aliased {
    ($($entity:ident: $kind:literal;)*) => {$(
        impl Aliased for $entity::Entity {
            const KIND: &'static str = $kind;
            const SLUG: Self::Column = $entity::Column::Slug;
        }
    )*};
}
aliased! {
    category: "category";
    grid: "grid";
    package: "package";
}

/// An id or a slug by which a row of `E` was known before it was renamed or merged into another.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FormerName<E: Aliased> {
    name: Name,
    entity: PhantomData<fn() -> E>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Name {
    Id(i64),
    Slug(Arc<str>),
}

/// The row that answers to a former name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heir {
    pub id: i64,
    pub slug: Box<str>,
}

const ALIAS: &str = "a";

/// Finds heirs by `keys` in `searched`: each with the key, the newest last.
fn heirs<E: Aliased>(
    snapshot: &Snapshot,
    keys: Keys<'_>,
    searched: alias::Column,
) -> SelectStatement {
    let backend = snapshot.backend();
    let mut select = Query::select();
    keys.from(&mut select, backend);
    let aliased = |name: &'static str, alias: &'static str| {
        TableRef::from(name.into_iden()).alias(alias.into_iden())
    };
    select
        .cross_join(aliased(alias::Entity.table_name(), ALIAS))
        .cross_join(aliased(E::default().table_name(), LISTED))
        .and_where(column(ALIAS, alias::Column::Kind).eq(E::KIND))
        .and_where(column(ALIAS, searched).eq(key(backend)))
        .and_where(column(LISTED, E::ID).eq(column(ALIAS, alias::Column::TargetId)))
        .exprs([column(ALIAS, searched), column(LISTED, E::ID), column(LISTED, E::SLUG)])
        .order_by_expr(column(ALIAS, alias::Column::Since), Order::Asc)
        .take()
}

fn heir(row: &Row<'_>) -> Result<Heir, DatabaseError> {
    Ok(Heir { id: row.int(1)?, slug: row.text(2)? })
}

/// The rows that answer to these names now.
async fn find<E: Aliased>(
    snapshot: &Snapshot,
    former: &[FormerName<E>],
) -> Result<HashMap<FormerName<E>, Heir>, DatabaseError> {
    let mut ids = Vec::new();
    let mut slugs = Vec::new();
    for former in former {
        match &former.name {
            Name::Id(id) => ids.push(*id),
            Name::Slug(slug) => slugs.push(slug.as_ref()),
        }
    }
    let mut found = HashMap::new();
    if !ids.is_empty() {
        let select = heirs::<E>(snapshot, Keys::Ids(ids), alias::Column::FormerId);
        let rows = snapshot.fetch(&select, |row| Ok((FormerName::id(row.int(0)?), heir(row)?)));
        found.extend(rows.await?);
    }
    if !slugs.is_empty() {
        let select = heirs::<E>(snapshot, Keys::Texts(slugs), alias::Column::Slug);
        let rows = snapshot.fetch(&select, |row| {
            let slug: Box<str> = row.text(0)?;
            Ok((FormerName::slug(&slug), heir(row)?))
        });
        found.extend(rows.await?);
    }
    Ok(found)
}

impl<E: Aliased> FormerName<E> {
    /// By the id that it had.
    pub fn id(id: i64) -> Self {
        Self { name: Name::Id(id), entity: PhantomData }
    }

    /// By a slug that it had.
    pub fn slug(slug: &str) -> Self {
        Self { name: Name::Slug(slug.into()), entity: PhantomData }
    }

    /// The row that answers to it now; null when there is none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn heir(self, snapshot: &Snapshot) -> Result<Option<Heir>, DatabaseError> {
        Ok(find(snapshot, std::slice::from_ref(&self)).await?.remove(&self))
    }
}

impl<E: Aliased> Loader<FormerName<E>> for Catalog {
    type Value = Arc<Heir>;
    type Error = LookupError;

    async fn load(
        &self,
        keys: &[FormerName<E>],
    ) -> Result<HashMap<FormerName<E>, Self::Value>, LookupError> {
        // A batch's keys come out of a hash table: the statements' order must not.
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        let found = find(self.snapshot(), &keys).await?;
        Ok(found.into_iter().map(|(former, heir)| (former, Arc::new(heir))).collect())
    }
}
