//! Reading ahead: when a list has its entries, what they will ask for is loaded for all of them at
//! once, down to the end of the selection, before the first of them is resolved.
//!
//! Resolvers know nothing of it: each asks the request's DataLoader, and finds that it has the
//! answer. Without it each of 100 entries is resolved up to its first lookup, which it joins with the
//! others' in a batch, and is kept until that is back; one level further down the same happens
//! again. Nothing depends on it but how long that takes: what is not foreseen is loaded when it is
//! asked for, in as many statements. What fails here fails again there, where it has a place in the
//! answer.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Context, Positioned};
use entity::{category, change, element, feature, grid, grid_package, package, version};
use futures_util::future::{BoxFuture, join_all};

use super::arguments::ListArguments;
use super::connection::{Kind, NoFields};
use super::context::{asked, columns, is_ahead, load_many, note_ahead};
use super::errors::Failure;
use super::filters::FilterInput;
use super::orders::OrderInput;
use super::selection::Selectable;
use super::types::{CategoryLists, FeatureLists, GridLists, PackageLists, ReleaseLists};
use crate::catalog::{
    ById, Catalog, Children, CountChildren, LookupError, PackageOfPairing, Record, Relation, Slice,
};

/// What reads ahead; null where nothing more is read.
pub type Reading<'a> = Option<BoxFuture<'a, Result<(), Failure>>>;

/// An entity whose fields may lead on to other rows.
pub trait Ahead: Selectable {
    /// Loads what the field that `ctx` is about will load of all `records`.
    fn ahead<'a>(ctx: Context<'a>, records: &[Arc<Record<Self>>]) -> Reading<'a>;
}

/// What edges tell, which may lead on to other rows.
pub trait EdgeAhead {
    /// Loads what the edges' field that `ctx` is about will load of all `pairings`.
    fn ahead<'a>(ctx: Context<'a>, pairings: &[&Record<grid_package::Entity>]) -> Reading<'a>;
}

impl EdgeAhead for NoFields {
    fn ahead<'a>(_: Context<'a>, _: &[&Record<grid_package::Entity>]) -> Reading<'a> {
        None
    }
}

/// Loads what the entries of `slice` will, which is a page of the list that `ctx` is about.
pub async fn of_list<K: Kind>(
    ctx: &Context<'_>,
    slice: &Arc<Slice<K::Entity>>,
) -> Result<(), Failure> {
    if !is_ahead(ctx)? {
        below::<K>(ctx, std::slice::from_ref(slice)).await;
    }
    Ok(())
}

/// Loads the lists of all `parents` that the field that `ctx` is about asks for, and what their
/// entries will.
pub fn children<'a, K, R, F, O>(ctx: Context<'a>, relation: R, parents: Vec<i64>) -> Reading<'a>
where
    K: Kind,
    R: Relation<Child = K::Entity>,
    F: FilterInput,
    O: OrderInput,
    Catalog: Loader<Children<R>, Value = Arc<Slice<K::Entity>>, Error = LookupError>
        + Loader<CountChildren<R>, Value = i64, Error = LookupError>,
{
    Some(Box::pin(async move {
        let asked = asked::<K::Entity>(&ctx, R::list(), |limits| {
            let arguments = ListArguments::<F, O>::of(&ctx);
            arguments.map_err(|error| Failure::user(error.message))?.of_children::<R>(limits)
        })?;
        note_ahead(&ctx)?;
        let (query, wanted) = (&asked.query, asked.selected.wanted);
        let page = async {
            if !asked.selected.reads_page(&query.page) {
                return Ok(Vec::new());
            }
            let keys = parents.iter().map(|parent| Children {
                relation,
                parent: *parent,
                query: Arc::clone(query),
                wanted,
            });
            Ok::<_, Failure>(load_many(&ctx, keys).await?.into_values().collect())
        };
        let count = async {
            if asked.selected.total_count {
                let filter = &query.filter;
                let keys = parents.iter().map(|parent| CountChildren {
                    relation,
                    parent: *parent,
                    filter: filter.clone(),
                });
                load_many(&ctx, keys).await?;
            }
            Ok(())
        };
        let (slices, ()) = futures_util::try_join!(page, count)?;
        below::<K>(&ctx, &slices).await;
        Ok(())
    }))
}

/// Loads the rows with these `ids` that the field that `ctx` is about leads to, and what they will.
fn rows<'a, E: Ahead>(ctx: Context<'a>, mut ids: Vec<i64>) -> Reading<'a>
where
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    ids.sort_unstable();
    ids.dedup();
    Some(Box::pin(async move {
        let columns = columns::<E>(&ctx)?;
        let found = load_many(&ctx, ids.into_iter().map(|id| ById { id, columns })).await?;
        let records: Vec<_> = found.into_values().collect();
        of_rows(&ctx, &records).await;
        Ok(())
    }))
}

/// Loads the packages that stand in these `pairings`, and what they will.
fn packages_of_pairings<'a>(ctx: Context<'a>, pairings: Vec<i64>) -> Reading<'a> {
    Some(Box::pin(async move {
        let columns = columns(&ctx)?;
        let keys = pairings.into_iter().map(|pairing| PackageOfPairing { pairing, columns });
        let records: Vec<_> = load_many(&ctx, keys).await?.into_values().collect();
        of_rows(&ctx, &records).await;
        Ok(())
    }))
}

/// Loads what the entries of pages will, which are of the list that `ctx` is about.
fn below<'a, K: Kind>(
    ctx: &'a Context<'_>,
    slices: &'a [Arc<Slice<K::Entity>>],
) -> BoxFuture<'a, ()> {
    let (mut of_nodes, mut of_edges) = (Vec::new(), Vec::new());
    for part in selected(ctx, &ctx.item.node.selection_set.node) {
        let parts = selected(ctx, &part.node.selection_set.node);
        match part.node.name.node.as_str() {
            "nodes" => of_nodes.extend(parts),
            "edges" => {
                for part in parts {
                    match part.node.name.node.as_str() {
                        "node" => of_nodes.extend(selected(ctx, &part.node.selection_set.node)),
                        _ => of_edges.push(part),
                    }
                }
            }
            _ => {}
        }
    }
    let entries = || slices.iter().flat_map(|slice| &slice.entries);
    of_nodes.retain(leads_on);
    of_edges.retain(leads_on);
    let mut reading = Vec::new();
    if !of_nodes.is_empty() {
        let records: Vec<_> = entries().map(|entry| Arc::clone(&entry.record)).collect();
        let fields = of_nodes.into_iter();
        reading.extend(fields.filter_map(|field| K::Entity::ahead(at(ctx, field), &records)));
    }
    if !of_edges.is_empty() {
        let pairings: Vec<_> = entries().filter_map(|entry| entry.pairing.as_ref()).collect();
        let fields = of_edges.into_iter();
        reading.extend(fields.filter_map(|field| K::EdgeFields::ahead(at(ctx, field), &pairings)));
    }
    together(reading)
}

/// Loads what rows will that the field that `ctx` is about leads to.
fn of_rows<'a, E: Ahead>(ctx: &'a Context<'_>, records: &[Arc<Record<E>>]) -> BoxFuture<'a, ()> {
    let fields = selected(ctx, &ctx.item.node.selection_set.node).into_iter().filter(leads_on);
    together(fields.filter_map(|field| E::ahead(at(ctx, field), records)).collect())
}

/// Does all that is to be done, at once.
fn together(mut reading: Vec<BoxFuture<'_, Result<(), Failure>>>) -> BoxFuture<'_, ()> {
    match reading.len() {
        0 => Box::pin(std::future::ready(())),
        1 => {
            let one = reading.remove(0);
            // What fails fails again where it is asked for.
            Box::pin(async move { drop(one.await) })
        }
        _ => Box::pin(async move { drop(join_all(reading).await) }),
    }
}

/// Whether anything is selected below a field.
fn leads_on(field: &&Positioned<Field>) -> bool {
    !field.node.selection_set.node.items.is_empty()
}

/// `ctx` as it is when `field` is resolved somewhere below its own.
fn at<'a>(ctx: &Context<'a>, field: &'a Positioned<Field>) -> Context<'a> {
    let mut ctx = ctx.clone();
    ctx.item = field;
    ctx
}

/// The fields of a selection, and of the fragments in it: where it is of one type, all of them are
/// of that.
fn selected<'a>(ctx: &Context<'a>, set: &'a SelectionSet) -> Vec<&'a Positioned<Field>> {
    let mut fields = Vec::new();
    let mut sets = vec![set];
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(fragment) => {
                    sets.push(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let fragment = ctx.query_env.fragments.get(name);
                    sets.extend(fragment.map(|fragment| &fragment.node.selection_set.node));
                }
            }
        }
    }
    fields
}

/// What `column` of the records says, where it says anything.
fn values<E: Ahead>(records: &[Arc<Record<E>>], column: E::Column) -> Vec<i64> {
    let values = records.iter().filter_map(|record| record.get::<Option<i64>>(column)?.ok()?);
    values.collect()
}

macro_rules! ahead {
    ($($entity:ident: {
        $($field:literal: $column:ident => $reading:expr,)*
    } $($lists:ident)?;)*) => {$(
        impl Ahead for $entity::Entity {
            #[allow(unused_variables, reason = "some lead nowhere")]
            fn ahead<'a>(ctx: Context<'a>, records: &[Arc<Record<Self>>]) -> Reading<'a> {
                match ctx.item.node.name.node.as_str() {
                    $($field => $reading(ctx, values(records, $entity::Column::$column)),)*
                    _ => ahead!(@lists ctx, records, $entity $(, $lists)?),
                }
            }
        }
    )*};
    (@lists $ctx:ident, $records:ident, $entity:ident, $lists:ident) => {
        $lists::ahead($ctx, || values($records, $entity::Column::Id))
    };
    (@lists $ctx:ident, $records:ident, $entity:ident) => { None };
}
ahead! {
    category: {} CategoryLists;
    change: {};
    element: {
        "package": GridPackageId => packages_of_pairings,
        "feature": FeatureId => rows::<feature::Entity>,
    };
    feature: { "grid": GridId => rows::<grid::Entity>, } FeatureLists;
    grid: {} GridLists;
    package: {
        "category": CategoryId => rows::<category::Entity>,
        "replacedBy": ReplacedById => rows::<package::Entity>,
    } PackageLists;
    version: { "package": PackageId => rows::<package::Entity>, } ReleaseLists;
}
