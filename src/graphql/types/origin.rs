use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::HERE;

use super::entity_kind::EntityKind;
use super::history_value::edited_fields;
use super::read;
use crate::catalog::Record;
use crate::graphql::errors::Failure;
use crate::graphql::scalars::BigInt;

/// Defines what rows of these tables tell of themselves, whatever else they tell.
macro_rules! origins {
    ($($name:ident: $entity:ident, $kind:ident;)*) => {$(
        /// What a row tells of where it came from, and who has changed it.
        pub struct $name(pub(super) Arc<Record<entity::$entity::Entity>>);

        #[Object]
        impl $name {
            /// The directory's revision that last changed what is said here: what `expectedRevision`
            /// of an edit is compared with. Counts, and others' names, may change without it.
            async fn revision(&self, ctx: &Context<'_>) -> Result<BigInt, Failure> {
                read(ctx, &self.0, entity::$entity::Column::Revision).await.map(BigInt)
            }

            /// Whether it was made here, and did not come from elsewhere.
            async fn is_made_here(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
                let source: Result<Option<i64>, Failure> =
                    read(ctx, &self.0, entity::$entity::Column::SourceId).await;
                source.map(|source| source == Some(HERE))
            }

            /// The fields that editors have changed of what the directory's source says: the next
            /// import keeps them as they are. Empty of what was made here.
            async fn edited_fields(&self, ctx: &Context<'_>) -> Result<Vec<String>, Failure> {
                let columns: Vec<String> =
                    read(ctx, &self.0, entity::$entity::Column::Edited).await?;
                Ok(edited_fields(EntityKind::$kind, &columns))
            }
        }
    )*};
}
origins! {
    CategoryOrigin: category, Category;
    ElementOrigin: element, Cell;
    FeatureOrigin: feature, Feature;
    GridOrigin: grid, Grid;
    PackageOrigin: package, Package;
    ReleaseOrigin: version, Release;
}
