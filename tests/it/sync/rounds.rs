//! There and back again: import, serve, import from what is served, export.

use packgrid::config::Config;
use packgrid::exchange::generate::{Shape, generate};
use packgrid::exchange::{Directory, Options, import};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use super::{hurried, take_over, whole};
use crate::support::files::revision;
use crate::support::{Backend, NOW, Served, TestDatabase, on_both};

/// Takes over what `served` serves, into an empty database, and compares; then again.
async fn round(served: Served, backend: Backend, page: u32) {
    let owner = TestDatabase::empty(backend).await;
    let database = owner.open().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = packgrid::config::Sync { page, ..hurried(folder.path()) };
    let url = format!("http://{}/api/v4/", served.address);
    let report = take_over(&database, &url, &settings, Options::default()).await.unwrap();
    assert!(report.changed() && report.problems.is_empty());
    let (there, here) = (whole(&served.database).await, whole(&database).await);
    assert_eq!(there.keys().collect::<Vec<_>>(), here.keys().collect::<Vec<_>>());
    for (file, text) in &there {
        assert!(here[file] == *text, "{file} is another one");
        assert!(text.lines().count() > 3, "{file} is empty");
    }

    // What is in step already is not written.
    let before = (revision(&owner).await, written(&owner, backend).await);
    assert_eq!(before.0, 1);
    let report = take_over(&database, &url, &settings, Options::default()).await.unwrap();
    assert!(!report.changed());
    assert_eq!((revision(&owner).await, written(&owner, backend).await), before);
    assert_eq!(std::fs::read_dir(folder.path().join("fetched")).unwrap().count(), 0);
    served.stop().await;
}

/// What tells that rows were written: how many changes there were, and on PostgreSQL by which
/// transactions each package's row was.
async fn written(owner: &TestDatabase, backend: Backend) -> (u64, String) {
    let connection = owner.connect().await;
    let changes = entity::change::Entity::find().count(&connection).await.unwrap();
    if backend == Backend::Sqlite {
        return (changes, String::new());
    }
    let sql = "SELECT md5(string_agg(xmin::text, ',' ORDER BY id)) FROM package";
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    (changes, row.try_get_by_index(0).unwrap())
}

on_both! {
    async fn the_sample(backend: Backend) {
        round(Served::start(backend, Config::default()).await, backend, 40).await;
    }

    async fn five_thousand(backend: Backend) {
        let files = tempfile::tempdir().unwrap();
        generate(Shape::of(5000, 7)).write(files.path()).unwrap();
        let owner = TestDatabase::empty(backend).await;
        let database = owner.open().await;
        let directory = Directory::folder(files.path()).unwrap();
        import(&database, &directory, Options::default(), NOW, &mut |_| {}).await.unwrap();
        database.close().await;
        round(Served::on(owner, Config::default()).await, backend, 500).await;
    }
}
