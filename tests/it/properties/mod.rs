//! Properties of filters, orders, pages and facets: what holds for any directory and any question.
//!
//! Each test makes small directories that are full of ties, nulls and odd text, imports them, asks
//! random questions of every list there is, and compares each answer with a model: the same records
//! in memory, filtered and sorted in plain Rust (`model`, `filters`, `orders`), which shares
//! nothing with the server but how text is folded, cells are read and packages are scored. What can
//! be asked is read from the schema (`schema`), so a new field is asked for as soon as it is there,
//! and the model fails for want of it.
//!
//! Everything follows from a seed, which a failure tells with the query that failed.
//! `PACKGRID_PROPERTY_SEED=17` runs one seed alone, `PACKGRID_PROPERTY_SEEDS=100` the first hundred.

mod changes;
mod directory;
mod facets;
mod filters;
mod model;
mod orders;
mod pages;
mod question;
mod schema;
mod statements;

use std::ops::RangeInclusive;

use fastrand::Rng;

use crate::support::{App, Backend};
use directory::{Records, Shape};
use model::Model;
use schema::Schema;

/// The seeds that a test runs with, each of which is a directory: the first `few`, unless the
/// environment asks for others.
fn seeds(few: u64) -> RangeInclusive<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match (number("PACKGRID_PROPERTY_SEED"), number("PACKGRID_PROPERTY_SEEDS")) {
        (Some(seed), _) => seed..=seed,
        (None, seeds) => 1..=seeds.unwrap_or(few),
    }
}

/// A random directory: served, and as a model.
struct World {
    seed: u64,
    app: App,
    model: Model,
    schema: Schema,
    rng: Rng,
}

impl World {
    async fn of(seed: u64, backend: Backend, shape: Shape) -> Self {
        let mut rng = Rng::with_seed(seed);
        let records = Records::random(shape, &mut rng);
        let app = App::empty(backend).await;
        records.import(&app.database).await;
        let schema = Schema::of(&app).await;
        Self { seed, app, model: Model::of(&records), schema, rng }
    }
}
