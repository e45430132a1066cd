use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object};
use entity::Timestamp;
use entity::change::{Column, Entity};

use super::changed_row::{ChangedRow, ChangedRows};
use super::{Grid, Package, Role, read, related};
use crate::catalog::{ById, Catalog, LookupError, Record, change_counts};
use crate::editing::RowChange;
use crate::graphql::arguments::first;
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
use crate::graphql::scalars::{BigInt, DateTime};
use crate::graphql::subscription::Told;
use crate::graphql::{ids, selection};

/// Rows that a change tells of at once, unless asked for more, and at most.
const ROWS: i32 = 20;
const MOST_ROWS: i32 = 2_500;

/// A row of `change` as clients see it.
pub struct DirectoryChange(Arc<Record<Entity>>);

impl From<Arc<Record<Entity>>> for DirectoryChange {
    fn from(record: Arc<Record<Entity>>) -> Self {
        Self(record)
    }
}

/// A committed change of the directory.
#[Object]
impl DirectoryChange {
    /// The global id: opaque, and the same for as long as the history has the change.
    pub async fn id(&self) -> Result<ID, Failure> {
        Ok(ids::encode::<Entity>(self.0.id()?))
    }

    /// The directory's revision that the change made; each one raises it by one.
    async fn revision(&self, ctx: &Context<'_>) -> Result<BigInt, Failure> {
        read(ctx, &self.0, Column::Revision).await.map(BigInt)
    }

    /// When it was made.
    async fn at(&self, ctx: &Context<'_>) -> Result<DateTime, Failure> {
        let at: Timestamp = read(ctx, &self.0, Column::At).await?;
        Ok(DateTime(at))
    }

    /// What kind of change it was.
    async fn kind(&self, ctx: &Context<'_>) -> Result<ChangeKind, Failure> {
        read(ctx, &self.0, Column::Kind).await
    }

    /// Who made it, as their credential calls them; null when the program did by itself, as
    /// imports are made.
    async fn by(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        read(ctx, &self.0, Column::Actor).await.transpose()
    }

    /// The role that they had then; null when the program made it by itself.
    async fn role(&self, ctx: &Context<'_>) -> Option<Result<Role, Failure>> {
        read(ctx, &self.0, Column::Role).await.transpose()
    }

    /// The revision that this change has undone; null when it has undone none.
    async fn reverts(&self, ctx: &Context<'_>) -> Option<Result<BigInt, Failure>> {
        let reverts: Result<Option<i64>, Failure> = read(ctx, &self.0, Column::Reverts).await;
        reverts.map(|revision| revision.map(BigInt)).transpose()
    }

    /// How many rows are not what they were, by what they are; only those of which there are any.
    async fn counts(&self, ctx: &Context<'_>) -> Result<Vec<ChangedRows>, Failure> {
        let counts: String = read(ctx, &self.0, Column::Counts).await?;
        let counts = change_counts(&counts)?;
        Ok(counts.iter().map(|(of, counts)| ChangedRows::new(of, *counts)).collect())
    }

    /// What became of each row; null of an import and of what the program did by itself, of which
    /// only `counts` are kept.
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows, from 0 to 2,500; 20 unless given. Example: `100`")]
        first: Option<i32>,
    ) -> Option<Result<Vec<ChangedRow>, Failure>> {
        Box::pin(self.some_rows(ctx, first)).await.transpose()
    }
}

impl DirectoryChange {
    async fn some_rows(
        &self,
        ctx: &Context<'_>,
        size: Option<i32>,
    ) -> Result<Option<Vec<ChangedRow>>, Failure> {
        let size = first(size, ROWS, MOST_ROWS)?;
        let rows: Option<String> = read(ctx, &self.0, Column::Rows).await?;
        let Some(rows) = rows else {
            return Ok(None);
        };
        let rows = RowChange::first(&rows, size).map_err(Failure::broken)?;
        ChangedRow::all(rows).map(Some)
    }
}

super::words::words! {
    /// Kinds of changes.
    ChangeKind {
        /// A directory, or a part of one, was brought in.
        Import = "import",
        /// Scores have aged.
        Score = "score",
        /// What follows from the records was made anew by another version of the program.
        Derive = "derive",
        /// A package was added.
        CreatePackage = "create_package",
        /// What is said about a package was changed.
        UpdatePackage = "update_package",
        /// A package was deleted.
        DeletePackage = "delete_package",
        /// A package was declared deprecated.
        DeprecatePackage = "deprecate_package",
        /// A package was declared not deprecated after all.
        UndeprecatePackage = "undeprecate_package",
        /// Two packages became one.
        MergePackages = "merge_packages",
        /// Packages were put into a grid.
        AddPackagesToGrid = "add_packages_to_grid",
        /// Packages were taken out of a grid.
        RemovePackagesFromGrid = "remove_packages_from_grid",
        /// A grid was added.
        CreateGrid = "create_grid",
        /// What is said about a grid was changed.
        UpdateGrid = "update_grid",
        /// A grid was deleted.
        DeleteGrid = "delete_grid",
        /// A grid was locked.
        LockGrid = "lock_grid",
        /// A grid was unlocked.
        UnlockGrid = "unlock_grid",
        /// A feature was added to a grid.
        CreateFeature = "create_feature",
        /// What is said about a feature was changed.
        UpdateFeature = "update_feature",
        /// A feature was deleted.
        DeleteFeature = "delete_feature",
        /// Cells of a grid were set.
        SetCells = "set_cells",
        /// A release was added to a package.
        CreateRelease = "create_release",
        /// What is said about a release was changed.
        UpdateRelease = "update_release",
        /// A release was deleted.
        DeleteRelease = "delete_release",
        /// A category was added.
        CreateCategory = "create_category",
        /// What is said about a category was changed.
        UpdateCategory = "update_category",
        /// A category was deleted.
        DeleteCategory = "delete_category",
        /// A change was undone.
        Revert = "revert",
    }
}

/// A change that a package was told of.
pub struct PackageChange(pub Told);

/// A committed change of a package.
#[Object]
impl PackageChange {
    /// The change.
    async fn change(&self, ctx: &Context<'_>) -> Result<DirectoryChange, Failure> {
        told_change(ctx, self.0).await
    }

    /// The package as it is when this is told, which may be after later changes; null if it is gone.
    async fn package(&self, ctx: &Context<'_>) -> Option<Result<Package, Failure>> {
        Box::pin(subject(ctx, self.0)).await.map(|row| row.map(Package::from))
    }
}

/// A change that a grid was told of.
pub struct GridChange(pub Told);

/// A committed change of a grid.
#[Object]
impl GridChange {
    /// The change.
    async fn change(&self, ctx: &Context<'_>) -> Result<DirectoryChange, Failure> {
        told_change(ctx, self.0).await
    }

    /// The grid as it is when this is told, which may be after later changes; null if it is gone.
    async fn grid(&self, ctx: &Context<'_>) -> Option<Result<Grid, Failure>> {
        Box::pin(subject(ctx, self.0)).await.map(|row| row.map(Grid::from))
    }
}

/// The change that is told of.
pub async fn told_change(ctx: &Context<'_>, told: Told) -> Result<DirectoryChange, Failure> {
    related(ctx, told.change.id).await.map(DirectoryChange::from)
}

/// What is told of, as it is now.
async fn subject<E>(ctx: &Context<'_>, told: Told) -> Option<Result<Arc<Record<E>>, Failure>>
where
    E: selection::Selectable,
    Catalog: Loader<ById<E>, Value = Arc<Record<E>>, Error = LookupError>,
{
    let columns = selection::columns(&ctx.field());
    load(ctx, ById { id: told.about?, columns }).await.transpose()
}
