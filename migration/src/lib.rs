//! The database's tables, one change a file.
//!
//! A migration spells its tables and columns itself and never imports `entity`: it has to mean
//! tomorrow what it means today. Every one of them goes up, down and up again on SQLite and on
//! PostgreSQL, each in a transaction (by itself the library has none on SQLite). Limits of the
//! domain are `CHECK`s, so that no writer can pass them by.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod column;
mod m20261123_000001_directory;
mod m20261123_000002_category;
mod m20261123_000003_package;
mod m20261123_000004_grid;
mod m20261123_000005_feature;
mod m20261124_000006_package_facts;
mod m20261124_000007_version;
mod m20261124_000008_grid_facts;
mod m20261124_000009_participant;
mod m20261124_000020_search;
mod m20261126_000021_source;
mod m20261126_000022_token;
mod m20261126_000023_editing;
mod m20261126_000024_traces;
mod m20261127_000025_pairing_titles;
mod m20261127_000026_pairing_links;
mod m20261127_000027_search_levels;
mod m20261201_000030_alias;
mod m20261201_000040_release_order;
mod m20261201_000041_unknown_counts;
mod m20261201_000050_cells_in_order;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_directory::Migration),
            Box::new(m20261123_000002_category::Migration),
            Box::new(m20261123_000003_package::Migration),
            Box::new(m20261123_000004_grid::Migration),
            Box::new(m20261123_000005_feature::Migration),
            Box::new(m20261124_000006_package_facts::Migration),
            Box::new(m20261124_000007_version::Migration),
            Box::new(m20261124_000008_grid_facts::Migration),
            Box::new(m20261124_000009_participant::Migration),
            Box::new(m20261124_000020_search::Migration),
            Box::new(m20261126_000021_source::Migration),
            Box::new(m20261126_000022_token::Migration),
            Box::new(m20261126_000023_editing::Migration),
            Box::new(m20261126_000024_traces::Migration),
            Box::new(m20261127_000025_pairing_titles::Migration),
            Box::new(m20261127_000026_pairing_links::Migration),
            Box::new(m20261127_000027_search_levels::Migration),
            Box::new(m20261201_000030_alias::Migration),
            Box::new(m20261201_000040_release_order::Migration),
            Box::new(m20261201_000041_unknown_counts::Migration),
            Box::new(m20261201_000050_cells_in_order::Migration),
        ]
    }
}
