//! Of given packages, those for which something holds.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::package;
use sea_orm::EntityName;
use sea_orm::sea_query::{ExprTrait, JoinType, Query};

use super::filter::Filter;
use super::keys::{Keys, key};
use super::relation::{LISTED, id_of};
use super::{Catalog, LookupError};

/// The packages among `ids` for which `filter` holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Narrow {
    pub ids: Arc<[i64]>,
    pub filter: Arc<Filter>,
}

impl Loader<Narrow> for Catalog {
    type Value = Arc<HashSet<i64>>;
    type Error = LookupError;

    async fn load(&self, keys: &[Narrow]) -> Result<HashMap<Narrow, Self::Value>, LookupError> {
        let backend = self.snapshot().backend();
        let mut found = HashMap::with_capacity(keys.len());
        let mut sorted: Vec<&Narrow> = keys.iter().collect();
        // A batch's keys come out of a hash table: without this the statements' order would vary.
        sorted.sort_by_cached_key(|narrow| format!("{narrow:?}"));
        for narrow in sorted {
            let mut select = Query::select();
            Keys::Ids(narrow.ids.to_vec()).from(&mut select, backend);
            let this = id_of(LISTED).eq(key(backend));
            select
                .join_as(JoinType::InnerJoin, package::Entity.table_name(), LISTED, this)
                .and_where(narrow.filter.condition(LISTED, backend))
                .expr(id_of(LISTED));
            let mode = Filter::plan_mode(Some(&narrow.filter));
            let ids = self.snapshot().fetch_planned(&select, mode, |row| row.int(0)).await?;
            found.insert(narrow.clone(), Arc::new(ids.into_iter().collect()));
        }
        Ok(found)
    }
}
