//! How long lists are.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use derive_where::derive_where;
use sea_orm::sea_query::{Expr, Func, Query};

use super::filter::Filter;
use super::keys::{Keys, grouped, key};
use super::relation::{LISTED, Relation, drive, driver, id_of};
use super::{Catalog, Listable, LookupError};
use crate::database::Row;

/// How many children `parent` has for which `filter` holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountChildren<R: Relation> {
    pub relation: R,
    pub parent: i64,
    pub filter: Option<Arc<Filter>>,
}

/// How many rows of `E` there are for which `filter` holds.
#[derive_where(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CountAll<E> {
    pub filter: Option<Arc<Filter>>,
    pub entity: std::marker::PhantomData<fn() -> E>,
}

impl<R: Relation> Loader<CountChildren<R>> for Catalog {
    type Value = i64;
    type Error = LookupError;

    async fn load(
        &self,
        keys: &[CountChildren<R>],
    ) -> Result<HashMap<CountChildren<R>, i64>, Self::Error> {
        let backend = self.snapshot.backend();
        let mut found = HashMap::with_capacity(keys.len());
        for (filter, keys) in grouped(keys, |key| &key.filter) {
            let all = if filter.is_none() { R::count(key(backend)) } else { None };
            let inner = all.unwrap_or_else(|| {
                let mut inner = Query::select();
                drive::<R>(&mut inner, true);
                inner.expr(Func::count(id_of(driver::<R>()))).and_where(R::belongs(key(backend)));
                if let Some(filter) = &filter {
                    R::join(&mut inner);
                    inner.and_where(filter.condition(LISTED, backend));
                }
                inner
            });
            let mut select = Query::select();
            select.expr(key(backend)).expr(Expr::SubQuery(None, Box::new(inner.into())));
            Keys::Ids(keys.iter().map(|key| key.parent).collect()).from(&mut select, backend);
            let mode = Filter::plan_mode(filter.as_deref());
            let read = |row: &Row<'_>| Ok((row.int(0)?, row.int(1)?));
            let rows = self.snapshot.fetch_planned(&select, mode, read).await?;
            let relation = R::default();
            found.extend(rows.into_iter().map(|(parent, count)| {
                (CountChildren { relation, parent, filter: filter.clone() }, count)
            }));
        }
        Ok(found)
    }
}

impl<E: Listable> Loader<CountAll<E>> for Catalog {
    type Value = i64;
    type Error = LookupError;

    async fn load(&self, keys: &[CountAll<E>]) -> Result<HashMap<CountAll<E>, i64>, Self::Error> {
        let mut found = HashMap::with_capacity(keys.len());
        for (filter, keys) in grouped(keys, |key| &key.filter) {
            let mut select = Query::select();
            select.expr(Func::count(id_of(LISTED))).from_as(E::default().table_name(), LISTED);
            if let Some(filter) = filter {
                select.and_where(filter.condition(LISTED, self.snapshot.backend()));
            }
            let mode = Filter::plan_mode(filter.as_deref());
            let counts = self.snapshot.fetch_planned(&select, mode, |row| row.int(0)).await?;
            found.extend(keys.into_iter().cloned().zip(counts));
        }
        Ok(found)
    }
}
