//! What is in the database before a directory comes in.

use std::collections::HashMap;

use entity::{category, feature, grid, grid_package, package, version};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::import::ImportError;
use crate::editing::{self, Keys, Pair};

/// What was there before.
pub(super) struct Known {
    pub categories: Keys,
    pub grids: Keys,
    pub package_slugs: Keys,
    pub package_repositories: Keys,
    /// The category of each package; of none if nobody has taken a category out.
    pub package_categories: HashMap<i64, i64>,
    /// Package and number of each version.
    pub versions: HashMap<i64, (i64, String)>,
    /// The grid of each feature.
    pub features: HashMap<i64, i64>,
    pub pairs: HashMap<Pair, grid_package::Model>,
}

impl Known {
    /// Reads it from the database, with the categories of packages if these are of use.
    pub async fn read(
        connection: &impl ConnectionTrait,
        with_categories: bool,
    ) -> Result<Self, ImportError> {
        let id = |row: &(i64, i64)| row.0;
        let mut features = HashMap::new();
        let select = feature::Entity::find()
            .select_only()
            .column(feature::Column::Id)
            .column(feature::Column::GridId);
        editing::each(connection, select, feature::Column::Id, id, |(feature, grid)| {
            features.insert(feature, grid);
        })
        .await?;
        let mut package_categories = HashMap::new();
        if with_categories {
            let select = package::Entity::find()
                .select_only()
                .column(package::Column::Id)
                .column(package::Column::CategoryId);
            editing::each(connection, select, package::Column::Id, id, |(package, category)| {
                package_categories.insert(package, category);
            })
            .await?;
        }
        let mut versions = HashMap::new();
        let select = version::Entity::find()
            .select_only()
            .column(version::Column::Id)
            .column(version::Column::PackageId)
            .column(version::Column::Number);
        let id = |row: &(i64, i64, String)| row.0;
        editing::each(connection, select, version::Column::Id, id, |(id, package, number)| {
            versions.insert(id, (package, number));
        })
        .await?;
        let (slug, repo_url) = (package::Column::Slug, package::Column::RepoUrl);
        Ok(Self {
            categories: editing::keys::<category::Entity>(
                connection,
                category::Column::Id,
                category::Column::Slug,
            )
            .await?,
            grids: editing::keys::<grid::Entity>(connection, grid::Column::Id, grid::Column::Slug)
                .await?,
            package_slugs: editing::keys::<package::Entity>(connection, package::Column::Id, slug)
                .await?,
            package_repositories: editing::keys::<package::Entity>(
                connection,
                package::Column::Id,
                repo_url,
            )
            .await?,
            package_categories,
            versions,
            features,
            pairs: editing::pairs(connection).await?,
        })
    }
}
