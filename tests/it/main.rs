//! All integration tests in one binary, so that it is linked once: a module a capability.
//!
//! They run against the real router and a real database, each on SQLite and on PostgreSQL
//! (`scripts/test` starts one; `PACKGRID_TEST_POSTGRES_URL` names another).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

mod auth;
mod batching;
mod cache;
mod cases;
mod cells;
mod command_line;
mod connections;
mod derived;
mod documented;
mod editing;
mod errors;
mod export;
mod facts;
mod filters;
mod generate;
mod graphiql;
mod http;
mod import;
mod import_conflicts;
mod import_messages;
mod import_prune;
mod migrations;
mod pgbouncer;
mod plans;
mod properties;
mod reading;
mod readme;
mod releases;
mod rest;
mod sample;
mod schema;
mod search_depth;
mod search_index;
mod search_judged;
mod secrets;
mod startup;
mod stock_handler;
mod sync;
mod tidy;
mod unknown;
mod unreachable;
mod wire;
mod written;
