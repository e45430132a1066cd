//! packgrid: a directory of packages, compared in grids, served by GraphQL.
//!
//! ARCHITECTURE.md shows the way around.

pub mod auth;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod database;
pub mod editing;
pub mod exchange;
pub mod graphql;
pub mod http;
pub mod rest_v4;
pub mod rules;
pub mod search;
pub mod telemetry;
