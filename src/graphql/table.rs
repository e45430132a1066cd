//! The comparison table: a package's place in a grid, and its cells there.

use std::sync::{Arc, LazyLock};

use async_graphql::{Context, Object};
use entity::{element, feature, grid_package};
use foldhash::HashMap;

use super::ahead::{EdgeAhead, Reading};
use super::context::{load, load_many, noted};
use super::errors::Failure;
use super::scalars::DateTime;
use super::selection;
use super::types::{Element, Feature, Verdict, read_verdict};
use super::written::{Written, WrittenList};
use crate::catalog::page::{ListQuery, Page};
use crate::catalog::{
    Children, Columns, GridFeatures, Listable, PairingElements, Record, Wanted, with_id,
};

/// Rows of a table at most, and more: an import takes 100, and older directories may have some
/// over it.
const MOST_ROWS: u32 = 1_000;

/// What an edge tells of a package's place in a grid.
pub struct Pairing(Option<Record<grid_package::Entity>>);

impl From<Option<Record<grid_package::Entity>>> for Pairing {
    fn from(record: Option<Record<grid_package::Entity>>) -> Self {
        Self(record)
    }
}

#[Object]
impl Pairing {
    /// When the package was put into the grid, or, if the directory's source does not tell, when it
    /// was first seen there.
    async fn created(&self) -> Result<DateTime, Failure> {
        self.value(grid_package::Column::Created).map(DateTime)
    }

    /// When the package's place in the grid was last changed.
    async fn modified(&self) -> Result<DateTime, Failure> {
        self.value(grid_package::Column::Modified).map(DateTime)
    }

    /// The package's column of the grid's table: exactly one cell for each feature, in the order of
    /// `Grid.features`, with the verdict `EMPTY` where nobody wrote one.
    async fn cells(&self, ctx: &Context<'_>) -> Result<WrittenList<Cell>, Failure> {
        let column = Box::pin(self.column(ctx)).await;
        column.map(WrittenList).map_err(|failure| failure.at(ctx))
    }
}

impl Pairing {
    fn value<T: crate::catalog::FromCell>(
        &self,
        column: grid_package::Column,
    ) -> Result<T, Failure> {
        match self.0.as_ref().and_then(|record| record.get(column)) {
            Some(value) => Ok(value?),
            None => Err(Failure::broken("a column of a pairing was not read")),
        }
    }

    async fn column(&self, ctx: &Context<'_>) -> Result<Vec<Cell>, Failure> {
        let grid = self.value(grid_package::Column::GridId)?;
        let pairing = self.value(grid_package::Column::Id)?;
        let cells = noted(ctx, "cells", || cells(ctx))?;
        let (features, written) = futures_util::try_join!(
            load(ctx, cells.features(grid)),
            load(ctx, cells.written(pairing)),
        )?;
        let mut by_feature = HashMap::default();
        for entry in written.iter().flat_map(|slice| &slice.entries) {
            let feature: i64 = entry
                .record
                .get(element::Column::FeatureId)
                .ok_or_else(|| Failure::broken("a cell's feature was not read"))??;
            by_feature.insert(feature, Arc::clone(&entry.record));
        }
        let features = features.iter().flat_map(|slice| &slice.entries);
        let mut column = Vec::with_capacity(features.clone().count());
        for entry in features {
            let element = by_feature.remove(&entry.record.id()?);
            column.push(Cell { feature: Arc::clone(&entry.record), element });
        }
        Ok(column)
    }
}

impl EdgeAhead for Pairing {
    fn ahead<'a>(ctx: Context<'a>, pairings: &[&Record<grid_package::Entity>]) -> Reading<'a> {
        if ctx.item.node.name.node != "cells" {
            return None;
        }
        let of_each = |column| {
            let values = pairings.iter().filter_map(move |it| it.get::<i64>(column)?.ok());
            values.collect::<Vec<i64>>()
        };
        let grids = of_each(grid_package::Column::GridId);
        let pairings = of_each(grid_package::Column::Id);
        Some(Box::pin(async move {
            let cells = noted(&ctx, "cells", || cells(&ctx))?;
            futures_util::try_join!(
                load_many(&ctx, grids.into_iter().map(|grid| cells.features(grid))),
                load_many(&ctx, pairings.into_iter().map(|pairing| cells.written(pairing))),
            )?;
            Ok(())
        }))
    }
}

/// What is read of a table's cells.
#[derive(Clone, Copy)]
struct Cells {
    features: Wanted<feature::Entity>,
    written: Wanted<element::Entity>,
}

/// What the field that `ctx` is about, which gives cells, needs of them.
fn cells(ctx: &Context<'_>) -> Cells {
    let field = ctx.field();
    let features = field
        .selection_set()
        .filter(|part| part.name() == "feature")
        .fold(Columns::id(), |all, part| all.union(selection::columns(&part)));
    let written = field
        .selection_set()
        .filter(|part| part.name() == "element")
        .fold(selection::columns(&field), |all, part| all.union(selection::columns(&part)))
        .with(element::Column::FeatureId);
    Cells { features: wanted(features), written: wanted(written) }
}

impl Cells {
    /// The rows of a grid's table.
    fn features(&self, grid: i64) -> Children<GridFeatures> {
        static ALL: LazyLock<Arc<ListQuery>> = LazyLock::new(whole::<feature::Entity>);
        let (relation, query) = (GridFeatures, Arc::clone(&ALL));
        Children { relation, parent: grid, query, wanted: self.features }
    }

    /// What was written in a package's column.
    fn written(&self, pairing: i64) -> Children<PairingElements> {
        static ALL: LazyLock<Arc<ListQuery>> = LazyLock::new(whole::<element::Entity>);
        let (relation, query) = (PairingElements, Arc::clone(&ALL));
        Children { relation, parent: pairing, query, wanted: self.written }
    }
}

/// All rows of a list, in its own order.
fn whole<E: Listable>() -> Arc<ListQuery> {
    let page = Page { size: MOST_ROWS, backward: false, after: None, before: None };
    Arc::new(ListQuery::new(None, with_id::<E>(E::order()), page))
}

fn wanted<E: Listable>(columns: Columns<E>) -> Wanted<E> {
    Wanted { columns, pairing: Columns::id(), positions: false, more: false }
}

/// A place in a comparison table.
pub struct Cell {
    feature: Arc<Record<feature::Entity>>,
    /// Null when nobody wrote anything.
    element: Option<Arc<Record<element::Entity>>>,
}

/// A place in a grid's comparison table: what one package offers of one feature, if anybody wrote
/// it down.
#[Object]
impl Cell {
    /// The row of the table.
    async fn feature(&self) -> Written<Feature> {
        Arc::clone(&self.feature).into()
    }

    /// What was written, at most 1,000 characters; blank where nothing was.
    async fn text(&self, ctx: &Context<'_>) -> Result<Arc<str>, Failure> {
        match &self.element {
            Some(element) => super::types::read(ctx, element, element::Column::Text).await,
            None => Ok(Arc::default()),
        }
    }

    /// What it means; `EMPTY` where nothing was written.
    async fn verdict(&self, ctx: &Context<'_>) -> Result<Verdict, Failure> {
        match &self.element {
            Some(element) => super::types::read(ctx, element, element::Column::Verdict).await,
            None => Ok(Verdict::Empty),
        }
    }

    /// How strongly it says yes or no, 1 to 3 (`+++` is 3); 0 when it says neither.
    async fn strength(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        match &self.element {
            Some(element) => super::types::read(ctx, element, element::Column::Strength).await,
            None => Ok(0),
        }
    }

    /// What follows the yes or no (`since 4.2` in "yes, since 4.2"), or the text itself when it is
    /// neither; null when there is nothing.
    async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        match &self.element {
            Some(element) => read_verdict::remark(ctx, element).await,
            None => None,
        }
    }

    /// What was written as an object of its own; null where nothing was.
    async fn element(&self) -> Option<Written<Element>> {
        self.element.clone().map(Written::from)
    }
}
