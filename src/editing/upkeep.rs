//! What has to be made anew without anybody writing: scores, which age, and everything derived,
//! when the program has learnt to derive it otherwise.

use entity::{Timestamp, category, directory, element, feature, grid, package, version};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::{bulk, counts, derive, participants};
use crate::database::{Database, DatabaseError, revision};
use crate::rules::score;
use crate::search;

/// The version of the rules that derived columns are made by. Whoever changes a rule, or adds a
/// derived column, raises it; every database is then brought up to it at the next start.
const DERIVED: i32 = 1;

/// Rows that are looked at, at once.
const CHUNK: u64 = 2_000;

/// Sets every package's score as of `now`, and raises the revision if one of them changed. Returns
/// how many did.
///
/// # Errors
/// What the database says.
pub async fn rescore(database: &Database, now: Timestamp) -> Result<usize, DatabaseError> {
    let transaction = database.begin().await?;
    revision::lock(&transaction).await?;
    type Columns = (i64, i32, Option<Timestamp>, entity::Support, i32, i32);
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
    let mut changed: Vec<(i64, score::Facts)> = Vec::new();
    bulk::each(
        &transaction,
        select,
        package::Column::Id,
        |row: &Columns| row.0,
        |row| {
            let (id, stars, last_commit, python3, quarters, score) = row;
            let facts = score::Facts {
                stars,
                quarters: score::quarters(last_commit.and_then(jiff), moment),
                python3: python3 == entity::Support::Yes,
            };
            if (facts.quarters, facts.score()) != (quarters, score) {
                changed.push((id, facts));
            }
        },
    )
    .await?;
    if changed.is_empty() {
        transaction.rollback().await?;
        return Ok(0);
    }
    for (id, facts) in &changed {
        let update = Query::update()
            .table("package")
            .value("score", facts.score())
            .value("score_quarters", facts.quarters)
            .and_where(Expr::col("id").eq(*id))
            .to_owned();
        transaction.execute(&update).await?;
    }
    let counts = format!("{{\"packages\":{{\"changed\":{}}}}}", changed.len());
    revision::raise(&transaction, now, "score", counts).await?;
    transaction.commit().await?;
    Ok(changed.len())
}

/// Makes everything derived anew, if it was made by other rules than this program's. Tells whether
/// anything came out otherwise.
///
/// # Errors
/// What the database says.
pub async fn bring_up(database: &Database, now: Timestamp) -> Result<bool, DatabaseError> {
    let transaction = database.begin().await?;
    revision::lock(&transaction).await?;
    if derived(&transaction).await? == DERIVED {
        transaction.rollback().await?;
        return Ok(false);
    }
    let mut changed = 0;
    changed += again::<category::Entity>(
        &transaction,
        category::Column::Id,
        |row| row.id,
        derive::category,
    )
    .await?;
    changed +=
        again::<grid::Entity>(&transaction, grid::Column::Id, |row| row.id, derive::grid).await?;
    changed += again::<package::Entity>(
        &transaction,
        package::Column::Id,
        |row| row.id,
        |row| {
            derive::package(row);
            derive::rescore(row, now);
        },
    )
    .await?;
    changed +=
        again::<feature::Entity>(&transaction, feature::Column::Id, |row| row.id, derive::feature)
            .await?;
    changed +=
        again::<element::Entity>(&transaction, element::Column::Id, |row| row.id, derive::element)
            .await?;
    changed +=
        again::<version::Entity>(&transaction, version::Column::Id, |row| row.id, derive::version)
            .await?;
    let packages: Vec<i64> = package::Entity::find()
        .select_only()
        .column(package::Column::Id)
        .into_tuple()
        .all(&transaction)
        .await?;
    participants::refresh(&transaction, &packages, false).await?;
    counts::refresh(&transaction).await?;
    search::rebuild(&transaction).await?;
    super::follow::analyze(&transaction).await?;
    directory::Entity::update_many()
        .col_expr(directory::Column::Derived, Expr::value(DERIVED))
        .exec(&transaction)
        .await?;
    if changed > 0 {
        let counts = format!("{{\"rows\":{{\"changed\":{changed}}}}}");
        revision::raise(&transaction, now, "derive", counts).await?;
    }
    transaction.commit().await?;
    Ok(changed > 0)
}

async fn derived(connection: &impl ConnectionTrait) -> Result<i32, DbErr> {
    let directory = directory::Entity::find().one(connection).await?;
    Ok(directory.map_or(0, |directory| directory.derived))
}

/// Derives every row of `E` anew and writes those that come out otherwise. Returns how many did.
async fn again<E>(
    connection: &impl ConnectionTrait,
    id_column: E::Column,
    id: impl Fn(&E::Model) -> i64,
    derive: impl Fn(&mut E::Model),
) -> Result<usize, DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + FromQueryResult + Clone + PartialEq + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let (mut last, mut changed) = (i64::MIN, 0);
    loop {
        let rows = E::find()
            .filter(id_column.gt(last))
            .order_by_asc(id_column)
            .limit(CHUNK)
            .all(connection)
            .await?;
        let done = (rows.len() as u64) < CHUNK;
        let mut different = Vec::new();
        for row in rows {
            last = id(&row);
            let mut new = row.clone();
            derive(&mut new);
            if new != row {
                different.push(new);
            }
        }
        changed += different.len();
        bulk::upsert::<E>(connection, different, id_column, &id, false, |_, _| {}, &mut |_| {})
            .await?;
        if done {
            return Ok(changed);
        }
    }
}
