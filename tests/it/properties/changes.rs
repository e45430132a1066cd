//! While other rows change between pages, what did not change is seen exactly once, in order.

use std::collections::BTreeSet;

use entity::{grid, grid_package, package, version};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DatabaseConnection, EntityTrait,
    IntoActiveModel, PrimaryKeyTrait, Set,
};

use super::directory::Shape;
use super::model::{Kind, Value, year};
use super::orders::Position;
use super::question::{LISTS, List, Page, Question};
use super::{World, seeds};
use crate::support::{Backend, NOW, on_both};

/// Walks through each directory.
const WALKS: usize = 40;

/// What lists are sorted by: the column of a field, and whether it may be null. (Counts change with
/// what they count.)
const PACKAGE: [(&str, &str, bool); 9] = [
    ("title", "title_folded", false),
    ("created", "created", false),
    ("modified", "modified", false),
    ("repoWatchers", "repo_watchers", true),
    ("repoForks", "repo_forks", true),
    ("pypiDownloads", "pypi_downloads", true),
    ("score", "score", true),
    ("lastUpdated", "last_updated", true),
    ("lastReleased", "last_released", true),
];
const GRID: [(&str, &str, bool); 3] = [
    ("title", "title_folded", false),
    ("created", "created", false),
    ("modified", "modified", false),
];
const RELEASE: [(&str, &str, bool); 2] =
    [("releasedAt", "upload_time", true), ("versionKey", "number_key", false)];

fn columns(kind: Kind) -> (&'static str, &'static [(&'static str, &'static str, bool)]) {
    match kind {
        Kind::Package => ("package", &PACKAGE),
        Kind::Grid => ("grid", &GRID),
        Kind::Release => ("version", &RELEASE),
        other => panic!("nothing changes {other:?}"),
    }
}

/// Adds a row that is like another one but for the `change`.
async fn copy<E>(
    connection: &DatabaseConnection,
    like: i64,
    change: impl FnOnce(&mut E::ActiveModel),
) where
    E: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = i64>>,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelBehavior + Send,
{
    let found = E::find_by_id(like).one(connection).await.unwrap();
    let mut new = found.unwrap().into_active_model().reset_all();
    change(&mut new);
    E::insert(new).exec_without_returning(connection).await.unwrap();
}

/// What every writer keeps of what it wrote: counts, and the grids of categories.
const KEPT: [&str; 6] = [
    "UPDATE package SET grids_count = (SELECT count(*) FROM grid_package WHERE package_id = package.id)",
    "UPDATE grid SET packages_count = (SELECT count(*) FROM grid_package WHERE grid_id = grid.id)",
    "UPDATE grid SET features_count = (SELECT count(*) FROM feature WHERE grid_id = grid.id)",
    "UPDATE category SET packages_count = (SELECT count(*) FROM package WHERE category_id = category.id)",
    "DELETE FROM category_grid",
    "INSERT INTO category_grid (category_id, grid_id, packages_count) SELECT category_id, grid_id, count(*) \
     FROM grid_package JOIN package ON package.id = package_id GROUP BY category_id, grid_id",
];

/// A directory that changes: the database and the model alike.
struct Changing {
    world: World,
    connection: DatabaseConnection,
}

impl Changing {
    fn any(&mut self, kind: Kind) -> Option<i64> {
        let ids: Vec<i64> = self.world.model.table(kind).keys().copied().collect();
        self.world.rng.choice(ids)
    }

    /// Changes something about the list's rows.
    async fn change(&mut self, list: List, parent: Option<i64>) {
        let Some(id) = self.any(list.of) else {
            return;
        };
        match self.world.rng.u8(0..10) {
            0..5 => self.set(list.of, id).await,
            5 => self.vanish(list.of, id).await,
            6..8 => self.appear(list, id, parent).await,
            _ => match (list.parent, parent) {
                (Some(Kind::Grid), Some(grid)) => self.pair(grid, id).await,
                (Some(Kind::Package), Some(package)) if list.of == Kind::Grid => {
                    self.pair(id, package).await;
                }
                _ => self.set(list.of, id).await,
            },
        }
        self.keep().await;
    }

    /// Sets right what follows from other tables, in both.
    async fn keep(&mut self) {
        for sql in KEPT {
            self.connection.execute_unprepared(sql).await.unwrap();
        }
        let model = &mut self.world.model;
        for (kind, field, counted) in [
            (Kind::Package, "gridsCount", "grids"),
            (Kind::Grid, "packagesCount", "packages"),
            (Kind::Grid, "featuresCount", "features"),
            (Kind::Category, "packagesCount", "packages"),
        ] {
            let ids: Vec<i64> = model.table(kind).keys().copied().collect();
            for id in ids {
                let count = Value::Int(model.related(kind, id, counted).1.len() as i64);
                let row = model.tables.get_mut(&kind).unwrap().get_mut(&id).unwrap();
                row.fields.insert(field, count);
            }
        }
    }

    /// Gives a row another value to be sorted by, mostly one that another has.
    async fn set(&mut self, kind: Kind, id: i64) {
        let (table, columns) = columns(kind);
        let (field, column, nullable) = self.world.rng.choice(columns).copied().unwrap();
        let other = self.any(kind).unwrap();
        let mut value = self.world.model.value(kind, other, field).clone();
        if nullable && self.world.rng.u8(0..4) == 0 {
            value = Value::Null;
        }
        let mut update = Query::update();
        update.table(table).and_where(Expr::col("id").eq(id));
        match &value {
            Value::Int(number) => update.value(column, *number),
            Value::Text(text) => update.value(column, text.as_str()),
            _ => update.value(column, None::<i64>),
        };
        let row = self.world.model.tables.get_mut(&kind).unwrap().get_mut(&id).unwrap();
        if field == "lastReleased" {
            let year = year(&value);
            if let Value::Int(year) = year {
                update.value("last_release_year", year);
            } else {
                update.value("last_release_year", None::<i64>);
            }
            row.fields.insert("lastReleaseYear", year);
        }
        row.fields.insert(field, value);
        assert_eq!(self.connection.execute(&update).await.unwrap().rows_affected(), 1);
    }

    async fn vanish(&mut self, kind: Kind, id: i64) {
        let delete = format!("DELETE FROM {} WHERE id = {id}", columns(kind).0);
        self.connection.execute_unprepared(&delete).await.unwrap();
        let model = &mut self.world.model;
        model.tables.get_mut(&kind).unwrap().remove(&id);
        let gone = Value::Int(id);
        match kind {
            Kind::Package => {
                model.pairs.retain(|(_, package)| *package != id);
                for row in model.tables.get_mut(&Kind::Package).unwrap().values_mut() {
                    if row.fields["replacedBy"] == gone {
                        row.fields.insert("replacedBy", Value::Null);
                    }
                }
                for children in [Kind::Release, Kind::Element] {
                    let rows = model.tables.entry(children).or_default();
                    rows.retain(|_, row| row.fields["package"] != gone);
                }
            }
            Kind::Grid => {
                model.pairs.retain(|(grid, _)| *grid != id);
                let features = model.tables.entry(Kind::Feature).or_default();
                features.retain(|_, row| row.fields["grid"] != gone);
                let left: BTreeSet<Value> = features.keys().map(|id| Value::Int(*id)).collect();
                let elements = model.tables.entry(Kind::Element).or_default();
                elements.retain(|_, row| left.contains(&row.fields["feature"]));
            }
            _ => {}
        }
    }

    /// Adds a row like one that is there, with an id before, between or after the others'.
    async fn appear(&mut self, list: List, like: i64, parent: Option<i64>) {
        let taken = self.world.model.table(list.of);
        let last = *taken.keys().last().unwrap();
        let free: Vec<i64> = (1..last + 5).filter(|id| !taken.contains_key(id)).collect();
        let id = self.world.rng.choice(free).unwrap();
        let connection = &self.connection;
        let mut row = self.world.model.row(list.of, like).clone();
        row.fields.insert("number", Value::Int(id));
        let name = format!("new-{id}-{}", self.world.rng.u32(..));
        match list.of {
            Kind::Package => {
                copy::<package::Entity>(connection, like, |new| {
                    new.id = Set(id);
                    (new.slug, new.slug_folded) = (Set(name.clone()), Set(name.clone()));
                    (new.repo_url, new.repo_url_folded) = (Set(String::new()), Set(None));
                })
                .await;
                row.participants.clear();
                row.fields.insert("repoUrl", Value::Null);
                row.fields.insert("slug", Value::Text(name));
            }
            Kind::Grid => {
                copy::<grid::Entity>(connection, like, |new| {
                    new.id = Set(id);
                    (new.slug, new.slug_folded) = (Set(name.clone()), Set(name.clone()));
                })
                .await;
                row.fields.insert("slug", Value::Text(name));
            }
            Kind::Release => {
                copy::<version::Entity>(connection, like, |new| {
                    new.id = Set(id);
                    (new.number, new.number_folded) = (Set(name.clone()), Set(name.clone()));
                    new.number_key = Set(name.clone());
                })
                .await;
                row.fields.insert("version", Value::Text(name.clone()));
                row.fields.insert("versionKey", Value::Text(name));
            }
            other => panic!("no {other:?} appears"),
        }
        self.world.model.tables.get_mut(&list.of).unwrap().insert(id, row);
        match (list.parent, list.of, parent) {
            (Some(Kind::Grid), Kind::Package, Some(grid)) => self.pair(grid, id).await,
            (Some(Kind::Package), Kind::Grid, Some(package)) => self.pair(id, package).await,
            _ => {}
        }
    }

    /// Puts a package into a grid, or takes it out.
    async fn pair(&mut self, grid: i64, package: i64) {
        if self.world.model.pairs.remove(&(grid, package)) {
            let delete = format!(
                "DELETE FROM grid_package WHERE grid_id = {grid} AND package_id = {package}"
            );
            self.connection.execute_unprepared(&delete).await.unwrap();
            let model = &mut self.world.model;
            let features: BTreeSet<Value> =
                model.related(Kind::Grid, grid, "features").1.into_iter().map(Value::Int).collect();
            let elements = model.tables.entry(Kind::Element).or_default();
            elements.retain(|_, row| {
                row.fields["package"] != Value::Int(package)
                    || !features.contains(&row.fields["feature"])
            });
        } else {
            let new = grid_package::ActiveModel {
                // Of no other pairing.
                id: Set(grid * 1_000_000 + package),
                grid_id: Set(grid),
                package_id: Set(package),
                position: Set(0),
                created: Set(NOW),
                modified: Set(NOW),
                source_id: Set(None),
                revision: Set(0),
            };
            new.insert(&self.connection).await.unwrap();
            self.world.model.pairs.insert((grid, package));
        }
    }
}

on_both! {
    async fn nothing_is_lost_or_repeated(backend: Backend) {
        let lists: Vec<List> = LISTS
            .into_iter()
            .filter(|list| matches!(list.of, Kind::Package | Kind::Grid | Kind::Release))
            .filter(|list| list.field != "replaces")
            .collect();
        let mut used = BTreeSet::new();
        let mut steady_seen = 0;
        for seed in seeds(3) {
            let world = World::of(seed, backend, Shape::small(seed)).await;
            let connection = world.app.test_database.connect().await;
            let mut changing = Changing { world, connection };
            for number in 0..WALKS {
                let list = lists[number % lists.len()];
                let parent = list.parent.and_then(|_| {
                    let parents = changing.world.parents(list, 10);
                    let size = |id: &i64| changing.world.model.related(list.parent.unwrap(), *id, list.field).1.len();
                    parents.into_iter().max_by_key(size)
                });
                let question = Question::random_hit(&mut changing.world, list, &mut used);
                let backward = changing.world.rng.bool();
                // What has been where it was so far.
                let mut steady: Vec<Position> = question.whole(&changing.world, parent);
                let mut seen: Vec<i64> = Vec::new();
                let mut cursor = None;
                let mut log = String::new();
                loop {
                    let whole = question.whole(&changing.world, parent);
                    steady.retain(|position| whole.contains(position));
                    let size = Some(changing.world.rng.usize(1..=1 + whole.len() / 5));
                    let (after, before) = if backward { (None, cursor) } else { (cursor, None) };
                    let page = Page { size, backward, after, before };
                    let (data, at) = changing.world.ask(&question.pages(&[(parent, page.clone())])).await;
                    let answer = if parent.is_some() { &data["l0"]["list"] } else { &data["l0"] };
                    let cursors = question.check(&whole, &page, answer, &at);
                    log = log + "\n" + &at;
                    let ids = cursors.iter().map(|cursor| cursor.at.id);
                    if backward {
                        seen.splice(0..0, ids);
                    } else {
                        seen.extend(ids);
                    }
                    let more = if backward { "hasPreviousPage" } else { "hasNextPage" };
                    if answer["pageInfo"][more] == false {
                        break;
                    }
                    let end = if backward { cursors.first() } else { cursors.last() };
                    cursor = end.cloned();
                    for _ in 0..changing.world.rng.usize(0..4) {
                        changing.change(list, parent).await;
                    }
                }
                let steady: Vec<i64> = steady.into_iter().map(|position| position.id).collect();
                seen.retain(|id| steady.contains(id));
                assert_eq!(seen, steady, "{log}");
                steady_seen += steady.len();
            }
        }
        assert!(steady_seen > 5 * WALKS, "{steady_seen}");
    }
}
