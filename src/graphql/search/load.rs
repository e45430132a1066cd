//! Searches as keys of the request's DataLoader: equal ones in one request are one.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use crate::catalog::{Catalog, LookupError};
use crate::search::{self, Found, Kind, Query, Reach, Suggestion};

/// What `query` finds among `kinds`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Search {
    pub query: Arc<Query>,
    pub kinds: Arc<[Kind]>,
}

/// How `prefix` may go on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suggest {
    pub prefix: Arc<str>,
    pub limit: usize,
}

impl Loader<Search> for Catalog {
    type Value = Arc<Found>;
    type Error = LookupError;

    async fn load(&self, keys: &[Search]) -> Result<HashMap<Search, Self::Value>, LookupError> {
        let mut found = HashMap::with_capacity(keys.len());
        for key in in_order(keys) {
            // The same with and without a filter, or counts would contradict each other.
            let hits = search::find(self.snapshot(), &key.query, &key.kinds, Reach::Usual).await?;
            found.insert(key.clone(), Arc::new(hits));
        }
        Ok(found)
    }
}

impl Loader<Suggest> for Catalog {
    type Value = Arc<[Suggestion]>;
    type Error = LookupError;

    async fn load(&self, keys: &[Suggest]) -> Result<HashMap<Suggest, Self::Value>, LookupError> {
        let mut found = HashMap::with_capacity(keys.len());
        for key in in_order(keys) {
            let suggestions = search::suggest(self.snapshot(), &key.prefix, key.limit).await?;
            found.insert(key.clone(), suggestions.into());
        }
        Ok(found)
    }
}

/// A batch's keys come out of a hash table: without this the statements' order would vary.
fn in_order<K: Ord>(keys: &[K]) -> Vec<&K> {
    let mut keys: Vec<&K> = keys.iter().collect();
    keys.sort_unstable();
    keys
}
