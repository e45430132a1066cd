//! The types of the schema, one file each: a row behind an `Arc`, and a resolver for each field.
//!
//! They wrap rows and are not derived from entities, so a new column stays private until somebody
//! gives it a resolver.

mod category;
mod change;
mod changed_row;
mod directory;
mod element;
mod entity_kind;
mod feature;
mod grid;
mod history_value;
mod node;
mod origin;
mod package;
mod release;
mod viewer;
mod words;

use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::Loader;

use super::context::{columns, load};
use super::errors::Failure;
use super::selection;
use crate::catalog::{ById, Catalog, Columns, FromCell, Listable, LookupError, Record};
use crate::rules::license;

pub use category::{Category, CategoryLists};
pub use change::{ChangeKind, DirectoryChange, GridChange, PackageChange, told_change};
pub use directory::Directory;
pub use element::{Element, read_verdict};
pub use feature::{Feature, FeatureLists};
pub use grid::{Grid, GridLists};
pub use node::{Node, row};
use origin::{
    CategoryOrigin, ElementOrigin, FeatureOrigin, GridOrigin, PackageOrigin, ReleaseOrigin,
};
pub use package::{Package, PackageLists};
pub use release::{Release, ReleaseLists};
pub use viewer::Viewer;
pub use words::{DevelopmentStatus, PackageStatus, Role, Support, Verdict};

/// The value of `column` in `record`; loaded now if the selection did not foretell it.
pub(super) async fn read<E, T>(
    ctx: &Context<'_>,
    record: &Arc<Record<E>>,
    column: E::Column,
) -> Result<T, Failure>
where
    E: Listable,
    T: FromCell,
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    if let Some(value) = record.get(column) {
        return value.map_err(|error| Failure::from(error).at(ctx));
    }
    // Boxed: this way is almost never taken, and every field's future would be as large as it.
    Box::pin(async {
        let id = record.id()?;
        let loaded = load(ctx, ById { id, columns: Columns::of(column) }).await?;
        match loaded.as_ref().and_then(|record| record.get(column)) {
            Some(value) => Ok(value?),
            None => Err(Failure::broken("a row has gone within one moment")),
        }
    })
    .await
}

/// The row that a foreign key names.
pub(super) async fn related<E>(ctx: &Context<'_>, id: i64) -> Result<Arc<Record<E>>, Failure>
where
    E: selection::Selectable,
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    let columns = columns(ctx)?;
    load(ctx, ById { id, columns })
        .await?
        .ok_or_else(|| Failure::broken("a foreign key names no row"))
}

/// A text that stands for nothing when it is blank.
fn unless_blank(text: Result<Option<Arc<str>>, Failure>) -> Option<Result<Arc<str>, Failure>> {
    text.map(|text| text.filter(|text| !text.trim().is_empty())).transpose()
}

/// The SPDX expression of a licence's text.
fn spdx(license: Result<Option<Arc<str>>, Failure>) -> Option<Result<String, Failure>> {
    license.map(|text| text.and_then(|text| license::spdx(&text))).transpose()
}
