//! How many statements edits take: as many for many cells as for one.

use entity::change;
use packgrid::database::Database;
use packgrid::editing::Outcome;
use packgrid::editing::commands::{
    AddPackages, Cell, CreateFeature, CreateGrid, GridValues, Revert, SetCells,
};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::support::statements::edit;
use crate::support::{Backend, TestDatabase};

async fn grid(database: &Database, title: &str) -> i64 {
    let title = Some(Some(title.to_owned()));
    let values = GridValues { title, ..GridValues::default() };
    edit(database, CreateGrid(values)).await.0.about.unwrap()
}

/// Undoes what made a revision, and what that made, and tells how many statements each took.
async fn there_and_back(
    database: &Database,
    connection: &DatabaseConnection,
    of: &Outcome,
) -> [usize; 2] {
    let (mut revision, mut counts) = (of.revision.unwrap(), [0; 2]);
    for count in &mut counts {
        let change = change::Entity::find().filter(change::Column::Revision.eq(revision));
        let change = change.one(connection).await.unwrap().unwrap().id;
        let (outcome, statements) = edit(database, Revert { change }).await;
        (revision, *count) = (outcome.revision.unwrap(), statements);
    }
    counts
}

/// The cells of these features and packages, all set to `text`.
fn cells(features: &[i64], packages: &[i64], text: &str) -> Vec<Cell> {
    let cell =
        |feature, package| Cell { feature, package, text: Some(text.to_owned()), expected: None };
    features
        .iter()
        .flat_map(|feature| packages.iter().map(move |package| cell(*feature, *package)))
        .collect()
}

async fn as_many_for_many(backend: Backend) {
    let test_database = TestDatabase::sample(backend).await;
    let database = test_database.open().await;
    let connection = test_database.connect().await;
    let packages: Vec<i64> = entity::package::Entity::find()
        .select_only()
        .column(entity::package::Column::Id)
        .order_by_asc(entity::package::Column::Id)
        .limit(100)
        .into_tuple()
        .all(&connection)
        .await
        .unwrap();
    assert_eq!(packages.len(), 100);

    let (mut counts, mut undone) = (Vec::new(), Vec::new());
    for many in [1, 10, 100] {
        let grid = grid(&database, &format!("Grid {many}")).await;
        let packages = packages[..many].to_vec();
        let (outcome, count) = edit(&database, AddPackages { grid, packages }).await;
        assert_eq!(outcome.rows, many);
        counts.push(count);
        undone.push(there_and_back(&database, &connection, &outcome).await);
    }
    assert!(undone.iter().all(|counts| *counts == undone[0]), "undoing them: {undone:?}");
    assert!(counts[0] > 5, "{counts:?}: are they counted at all?");
    assert!(counts.iter().all(|count| *count == counts[0]), "packages: {counts:?}");

    let grid = grid(&database, "A large one").await;
    edit(&database, AddPackages { grid, packages: packages.clone() }).await;
    let mut features = Vec::new();
    for number in 0..100 {
        let title = Some(Some(format!("Feature {number}")));
        let feature = CreateFeature { grid, title, description: None };
        features.push(edit(&database, feature).await.0.about.unwrap());
    }
    // New cells at first, then some that are there and some that are new.
    for text in ["yes", "no"] {
        let (mut counts, mut undone) = (Vec::new(), Vec::new());
        for (of, many) in [(0..1, 1), (1..2, 10), (2..12, 20), (20..40, 100), (0..100, 20)] {
            let cells = cells(&features[of], &packages[..many], text);
            let (sent, (outcome, count)) =
                (cells.len(), edit(&database, SetCells { grid, cells }).await);
            assert!(outcome.rows <= sent && outcome.rows > 0);
            counts.push(count);
            undone.push(there_and_back(&database, &connection, &outcome).await);
        }
        assert!(undone.iter().all(|counts| *counts == undone[0]), "undoing cells: {undone:?}");
        assert!(counts.iter().all(|count| *count == counts[0]), "cells: {counts:?}");
    }
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn as_many_for_many_on_sqlite() {
    as_many_for_many(Backend::Sqlite).await;
}

#[tokio::test(flavor = "current_thread")]
async fn as_many_for_many_on_postgres() {
    as_many_for_many(Backend::Postgres).await;
}
