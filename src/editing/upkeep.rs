//! What has to be made anew without anybody writing: scores, which age, and everything derived,
//! when the program has learnt to derive it otherwise.

use std::time::{Duration, Instant};

use entity::{Timestamp, Tracked, category, directory, element, feature, grid, package, version};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel,
    ModelTrait, Order, QueryFilter, QueryOrder, QuerySelect,
};

use super::bulk::Upsert;
use super::plan::Planned;
use super::{bulk, counts, derive, participants};
use crate::database::revision::{self, Entry};
use crate::database::{Database, DatabaseError, Snapshot};
use crate::rules::score;
use crate::search;

/// The version of the rules that derived columns are made by. Whoever changes a rule, or adds a
/// derived column, raises it; every database is then brought up to it at the next start.
const DERIVED: i32 = 2;

/// Rows that are looked at, at once.
const CHUNK: u64 = 2_000;

/// Scores that one statement sets.
const SCORES: usize = 1_000;

/// How long it may take to read what a database was derived by.
const READING: Duration = Duration::from_secs(10);

/// Sets every package's score as of `now`, and raises the revision if one of them changed. Returns
/// how many did.
///
/// # Errors
/// What the database says.
pub async fn rescore(database: &Database, now: Timestamp) -> Result<usize, DatabaseError> {
    let transaction = database.begin().await?;
    revision::lock(&transaction).await?;
    type Columns = (i64, Option<i32>, Option<Timestamp>, entity::Support, i32, Option<i32>);
    let select = package::Entity::find().select_only().columns([
        package::Column::Id,
        package::Column::RepoWatchers,
        package::Column::LastUpdated,
        package::Column::SupportsPython3,
        package::Column::ScoreQuarters,
        package::Column::Score,
    ]);
    let jiff = |time: Timestamp| time.to_jiff().ok();
    let moment = jiff(now).unwrap_or_default();
    let mut changed: Vec<(i64, Option<i32>, i32)> = Vec::new();
    bulk::each(
        &transaction,
        select,
        package::Column::Id,
        |row: &Columns| row.0,
        |row| {
            let (id, stars, last_commit, python3, quarters, score) = row;
            let now = score::quarters(last_commit.and_then(jiff), moment);
            let python3 = python3 == entity::Support::Yes;
            let new = stars.map(|stars| score::Facts { stars, quarters: now, python3 }.score());
            if (now, new) != (quarters, score) {
                changed.push((id, new, now));
            }
        },
    )
    .await?;
    if changed.is_empty() {
        transaction.rollback().await?;
        return Ok(0);
    }
    for scores in changed.chunks(SCORES) {
        // Whole numbers, which need no binding. Both databases call the columns so.
        let rows: Vec<String> = scores
            .iter()
            .map(|(id, score, quarters)| {
                let score = score.map_or("NULL".to_owned(), |score| score.to_string());
                format!("({id},{score},{quarters})")
            })
            .collect();
        let sql = format!(
            "UPDATE package SET score = CAST(x.column2 AS integer), score_quarters = x.column3 \
             FROM (VALUES {}) AS x WHERE package.id = x.column1",
            rows.join(",")
        );
        transaction.execute_unprepared(&sql).await?;
    }
    let counts = format!("{{\"packages\":{{\"changed\":{}}}}}", changed.len());
    let made = revision::raise(&transaction, &Entry::counted(now, "score", counts)).await?;
    database.commit(transaction, Some(made)).await?;
    Ok(changed.len())
}

/// Whether there are rows of which something was derived by older rules than this program's. It is
/// read without the writers' lock, so a start beside a long import goes on at once.
///
/// # Errors
/// What the database says.
pub async fn is_due(database: &Database) -> Result<bool, DatabaseError> {
    let (derived, rows) = derived(database).await?;
    Ok(derived < i64::from(DERIVED) && rows)
}

/// Makes everything derived anew, if it was made by older rules than this program's, and raises the
/// revision then. Tells whether there was anything to derive.
///
/// # Errors
/// What the database says, also when another program has been writing for a minute (SQLite).
pub async fn bring_up(database: &Database, now: Timestamp) -> Result<bool, DatabaseError> {
    // What a newer program derived is left as it is: it would derive it again, and so on.
    if derived(database).await?.0 >= i64::from(DERIVED) {
        return Ok(false);
    }
    let transaction = database.begin_patiently().await?;
    revision::lock(&transaction).await?;
    // Another program may have been faster.
    let directory = directory::Entity::find().one(&transaction).await?;
    if directory.is_some_and(|directory| directory.derived >= DERIVED) {
        transaction.rollback().await?;
        return Ok(false);
    }
    let rows = everything(&transaction, now).await?;
    directory::Entity::update_many()
        .col_expr(directory::Column::Derived, Expr::value(DERIVED))
        .exec(&transaction)
        .await?;
    // Also when no row came out otherwise: counts, contributors or what searches find may have.
    let mut made = None;
    if rows.derived > 0 {
        let counts = format!("{{\"rows\":{{\"changed\":{}}}}}", rows.changed);
        let entry = Entry::counted(now, "derive", counts);
        made = Some(revision::raise(&transaction, &entry).await?);
    }
    database.commit(transaction, made).await?;
    Ok(rows.derived > 0)
}

/// The version of the rules that derived columns were made by, and whether there are any rows.
async fn derived(database: &Database) -> Result<(i64, bool), DatabaseError> {
    // What has rows has a category or a grid.
    let sql = "SELECT CAST(derived AS bigint), CAST(CASE WHEN EXISTS (SELECT 1 FROM category) \
               OR EXISTS (SELECT 1 FROM grid) THEN 1 ELSE 0 END AS bigint) FROM directory";
    let rows = database
        .read(Instant::now() + READING, move |snapshot: Snapshot| async move {
            snapshot.fetch_sql(sql, vec![], |row| Ok((row.int(0)?, row.int(1)? > 0))).await
        })
        .await??;
    rows.into_iter()
        .next()
        .ok_or_else(|| DatabaseError::UnexpectedValue("no row in directory".to_owned()))
}

/// Rows that were derived anew, and those of them that came out otherwise.
#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    derived: usize,
    changed: usize,
}

async fn everything(connection: &impl ConnectionTrait, now: Timestamp) -> Result<Rows, DbErr> {
    let mut rows = Rows::default();
    again::<category::Entity>(connection, derive::category, &mut rows).await?;
    again::<grid::Entity>(connection, derive::grid, &mut rows).await?;
    let package = |row: &mut package::Model| {
        derive::package(row);
        derive::rescore(row, now);
    };
    again::<package::Entity>(connection, package, &mut rows).await?;
    again::<feature::Entity>(connection, derive::feature, &mut rows).await?;
    again::<element::Entity>(connection, derive::element, &mut rows).await?;
    again::<version::Entity>(connection, derive::version, &mut rows).await?;
    let packages: Vec<i64> = package::Entity::find()
        .select_only()
        .column(package::Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    participants::refresh(connection, &packages, false).await?;
    counts::refresh(connection).await?;
    search::rebuild(connection).await?;
    super::follow::analyze(connection).await?;
    Ok(rows)
}

/// Derives every row of `E` anew and writes those that come out otherwise.
async fn again<E>(
    connection: &impl ConnectionTrait,
    derive: impl Fn(&mut E::Model),
    counted: &mut Rows,
) -> Result<(), DbErr>
where
    E: Planned,
    E::Model: IntoActiveModel<E::ActiveModel> + FromQueryResult + ModelTrait<Entity = E> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let id = Expr::col((E::default().table_name(), "id"));
    let mut last = i64::MIN;
    loop {
        let rows = E::find()
            .filter(id.clone().gt(last))
            .order_by(id.clone(), Order::Asc)
            .limit(CHUNK)
            .all(connection)
            .await?;
        let done = (rows.len() as u64) < CHUNK;
        counted.derived += rows.len();
        let mut different = Vec::new();
        for row in rows {
            last = row.id();
            let mut new = row.clone();
            derive(&mut new);
            if new != row {
                different.push(new);
            }
        }
        counted.changed += different.len();
        let how = Upsert::default();
        bulk::upsert::<E>(connection, different, how, |_, _| {}, &mut |_| {}).await?;
        if done {
            return Ok(());
        }
    }
}
