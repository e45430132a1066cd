use async_graphql::{Context, Object, OneofObject};
use entity::package::{Column, Entity};

use super::{by_slug, by_text, heir};
use crate::catalog::{ById, FormerName};
use crate::graphql::context::load;
use crate::graphql::errors::Failure;
use crate::graphql::lists::lists;
use crate::graphql::selection;
use crate::graphql::types::Package;
use crate::graphql::written::Written;
use crate::rules::{pypi, repository};

/// What names a package: exactly one of these.
#[derive(OneofObject)]
pub enum PackageKey {
    /// The number that the REST API calls `id`. Example: `683`
    Number(i64),
    /// The name in addresses. Example: `"django-queued-storage"`
    Slug(String),
    /// The repository's address, in any spelling. Example: `"git@github.com:owner/name.git"`
    RepoUrl(String),
    /// The name on the Python package index, or its address there, in any spelling. Example:
    /// `"Django_Queued.Storage"`
    PypiName(String),
}

/// Where to begin with packages.
#[derive(Default)]
pub struct PackageQuery;

#[Object]
impl PackageQuery {
    /// The package with this slug; or else the one that had it last before it was renamed, or the one
    /// that that was merged into. Null when there is none.
    async fn package(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The package's name in addresses, exactly as it is spelled there. Example: `\"django-queued-storage\"`"
        )]
        slug: String,
    ) -> Option<Result<Written<Package>, Failure>> {
        Box::pin(by_slug::<Entity, _>(ctx, &slug)).await.transpose()
    }

    /// The package that has this key; null when there is none. Of several with the same repository
    /// or the same name on the package index, the one that was added first.
    async fn package_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "What names the package. Example: `{ repoUrl: \"github.com/jazzband/django-queued-storage\" }`"
        )]
        key: PackageKey,
    ) -> Option<Result<Written<Package>, Failure>> {
        Box::pin(async {
            match key {
                PackageKey::Number(id) => match by_id(ctx, id).await? {
                    None => heir(ctx, FormerName::<Entity>::id(id)).await,
                    found => Ok(found),
                },
                PackageKey::Slug(slug) => by_slug::<Entity, _>(ctx, &slug).await,
                PackageKey::RepoUrl(url) => {
                    by_text(ctx, Column::RepoKey, &repository::key(&url)).await
                }
                PackageKey::PypiName(name) => {
                    by_text(ctx, Column::PypiName, &pypi::name(&name)).await
                }
            }
        })
        .await
        .transpose()
    }

    #[graphql(flatten)]
    async fn lists(&self) -> PackageQueryLists {
        PackageQueryLists()
    }
}

async fn by_id(ctx: &Context<'_>, id: i64) -> Result<Option<Written<Package>>, Failure> {
    let columns = selection::columns::<Entity>(&ctx.field());
    Ok(load(ctx, ById { id, columns }).await?.map(Written::from))
}

lists! {
    /// The list of everything.
    PackageQueryLists() {
        /// All packages, by title unless `orderBy` says otherwise.
        fn packages -> Packages {
            filter: PackageFilter, "Only packages for which this holds. Example: `{ isActive: true, repoWatchers: { gte: 100 } }`",
            order_by: PackageOrder, "What to sort by, at most 5 keys; ties go by `number`. Example: `[{ field: WATCHERS, direction: DESC }, { field: TITLE }]`",
            all
        }
    }
}
