//! Many rows at once, in few statements.

use std::collections::HashMap;

use sea_orm::sea_query::{BinOper, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    IdenStatic, IntoActiveModel, Iterable, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, TryGetableMany, Value,
};

use entity::{ColumnIndex, FIRST_HERE, HERE, Timestamp, Tracked, element};

use super::derive;
use super::plan::Planned;

/// Values that one statement binds at most; SQLite takes 32,766, PostgreSQL 65,535.
pub(super) const BOUND_VALUES: usize = 30_000;

/// Rows that are read at once.
const ROWS_AT_ONCE: u64 = 20_000;

/// How rows are written that may be there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Upsert {
    /// Whether there can be rows with these ids at all.
    pub compare: bool,
    /// That of the transaction, which rows take over that are written; null where only what is
    /// derived is written.
    pub revision: Option<i64>,
    /// Whether rows are no longer editors' that they have changed.
    pub overwrites_edits: bool,
}

/// What became of rows that were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// The rows that were added or changed.
    pub differences: Vec<Difference>,
}

/// A row that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub id: i64,
    /// The columns that have other values now; null if there was no such row.
    pub columns: Option<Vec<&'static str>>,
}

impl Written {
    /// The ids of the rows that were added or changed.
    pub fn touched(&self) -> Vec<i64> {
        self.differences.iter().map(|difference| difference.id).collect()
    }
}

/// The values of a unique column by the id of the row that has them.
pub type Keys = HashMap<i64, String>;

/// Writes `rows`, each under its own id: new ones are added, those that differ are replaced, and keep
/// what the ones that are there know of themselves.
///
/// `how` tells what becomes of rows that are there. `settle` is given a new row and the one that is
/// there, before they are compared, to keep of it what the new one does not tell. `progress` is told
/// how many rows are done.
///
/// # Errors
/// What the database says.
pub async fn upsert<E>(
    connection: &impl ConnectionTrait,
    rows: Vec<E::Model>,
    how: Upsert,
    settle: impl Fn(&mut E::Model, &E::Model) + Send,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Written, DbErr>
where
    E: Planned,
    E::Model: IntoActiveModel<E::ActiveModel> + FromQueryResult + ModelTrait<Entity = E> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let chunk = BOUND_VALUES / columns.len();
    let mut replace = OnConflict::column("id");
    replace.update_columns(columns.into_iter().filter(|column| column.as_str() != "id"));
    let mut written = Written::default();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<E::Model> = rows.by_ref().take(chunk).collect();
        let done = chunk.len();
        let mut known: HashMap<i64, E::Model> = if how.compare {
            E::find()
                .filter(
                    Expr::col((E::default().table_name(), "id"))
                        .is_in(chunk.iter().map(Tracked::id)),
                )
                .all(connection)
                .await?
                .into_iter()
                .map(|row| (row.id(), row))
                .collect()
        } else {
            HashMap::new()
        };
        let mut different = Vec::new();
        for mut row in chunk {
            let id = row.id();
            match known.remove(&id) {
                Some(there) => {
                    let source = row.source_id();
                    row.keep_track(&there);
                    if how.overwrites_edits {
                        row.set_edited(Vec::new());
                        // What has a low id came from a source, before editors made it theirs.
                        if there.source_id() == Some(HERE) && id < FIRST_HERE {
                            row.set_source_id(source);
                        }
                    }
                    settle(&mut row, &there);
                    if there == row {
                        written.unchanged += 1;
                        continue;
                    }
                    written.changed += 1;
                    let other = |column: &E::Column| there.get(*column) != row.get(*column);
                    let columns = E::Column::iter().filter(other);
                    let columns = columns.map(|column| column.as_str()).collect();
                    written.differences.push(Difference { id, columns: Some(columns) });
                }
                None => {
                    written.added += 1;
                    written.differences.push(Difference { id, columns: None });
                }
            }
            if let Some(revision) = how.revision {
                row.set_revision(revision);
            }
            different.push(all_set::<E>(row));
        }
        if !different.is_empty() {
            E::insert_many(different)
                .on_conflict(replace.clone())
                .exec_without_returning(connection)
                .await?;
        }
        progress(done);
    }
    Ok(written)
}

/// Has `row` take over what editors have said of `there`: the values that they have set, which are
/// all of them if it was made here. Returns how many would have been other ones.
pub fn keep_edits<E: Planned>(row: &mut E::Model, there: &E::Model, now: Timestamp) -> usize
where
    E::Model: ModelTrait<Entity = E>,
{
    let is_ours = there.source_id() == Some(HERE);
    let is_kept = |column: &E::Column| match is_ours {
        true => !derive::is_derived(column.as_str()),
        false => there.edited().iter().any(|edited| edited == column.as_str()),
    };
    let is_time = |column: &E::Column| column.as_str() == "modified";
    let mut kept = 0;
    for column in E::Column::iter().filter(|column| is_kept(column) && !is_time(column)) {
        if row.get(column) != there.get(column) {
            row.set(column, there.get(column));
            kept += 1;
        }
    }
    row.set_edited(there.edited().to_vec());
    // What editors have changed was changed then, if not later by its source.
    if let Some(column) = E::Column::iter().find(is_time)
        && let (Value::BigInt(new), Value::BigInt(old)) = (row.get(column), there.get(column))
    {
        row.set(column, Value::BigInt(if is_ours { old } else { Ord::max(new, old) }));
    }
    if kept > 0 {
        E::derive(row, now);
    }
    kept
}

/// The row with every column to be written, the id included.
fn all_set<E>(row: E::Model) -> E::ActiveModel
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    row.into_active_model().reset_all()
}

/// Gives the rows with these ids a value in a unique column that no row of ours has, so that two
/// rows can swap theirs.
///
/// # Errors
/// What the database says.
pub async fn park<E>(
    connection: &impl ConnectionTrait,
    column: E::Column,
    ids: &[i64],
) -> Result<(), DbErr>
where
    E: EntityTrait<Column: ColumnIndex>,
{
    for ids in ids.chunks(BOUND_VALUES) {
        // A control character, which no slug and no address may have.
        let parked = Expr::val("\u{1}").binary(BinOper::Custom("||"), Expr::col("id"));
        let update = Query::update()
            .table(E::default().table_name())
            .value(column, parked)
            .and_where(Expr::col("id").is_in(ids.iter().copied()))
            .to_owned();
        connection.execute(&update).await?;
    }
    Ok(())
}

/// Deletes the rows with these ids.
///
/// # Errors
/// What the database says.
pub async fn delete_by_id<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<(), DbErr> {
    for ids in ids.chunks(BOUND_VALUES) {
        let delete = Query::delete()
            .from_table(E::default().table_name())
            .and_where(Expr::col("id").is_in(ids.iter().copied()))
            .to_owned();
        connection.execute(&delete).await?;
    }
    Ok(())
}

/// The distinct values of `wanted`, ids, in the rows that have one of `values` in `column`.
///
/// # Errors
/// What the database says.
pub async fn ids_where<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    wanted: E::Column,
    column: E::Column,
    values: &[i64],
) -> Result<Vec<i64>, DbErr> {
    let mut found = Vec::new();
    for values in values.chunks(BOUND_VALUES) {
        let select = E::find().select_only().column(wanted).distinct();
        let select = select.filter(column.is_in(values.iter().copied()));
        found.extend(select.into_tuple::<i64>().all(connection).await?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The values of `column` of those of these rows of `E` that there are, by id.
///
/// # Errors
/// What the database says.
pub async fn keys_of<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    id_column: E::Column,
    column: E::Column,
    ids: &[i64],
) -> Result<Keys, DbErr> {
    let mut keys = Keys::new();
    for ids in ids.chunks(BOUND_VALUES) {
        let select = E::find().select_only().column(id_column).column(column);
        let select = select.filter(id_column.is_in(ids.iter().copied()));
        keys.extend(select.into_tuple::<(i64, String)>().all(connection).await?);
    }
    Ok(keys)
}

/// Deletes the cells of these features.
///
/// # Errors
/// What the database says.
pub async fn delete_elements_of(
    connection: &impl ConnectionTrait,
    features: &[i64],
) -> Result<(), DbErr> {
    for features in features.chunks(BOUND_VALUES) {
        let of = element::Column::FeatureId.is_in(features.iter().copied());
        element::Entity::delete_many().filter(of).exec(connection).await?;
    }
    Ok(())
}

/// Hands every row of `select` to `take`, whose columns are `T`; the first of them is the id.
///
/// Some thousand rows at a time: the drivers keep a result whole, and a large table's costs
/// hundreds of megabytes that way.
///
/// # Errors
/// What the database says.
pub async fn each<E, T>(
    connection: &impl ConnectionTrait,
    select: Select<E>,
    id_column: E::Column,
    id: impl Fn(&T) -> i64,
    mut take: impl FnMut(T),
) -> Result<(), DbErr>
where
    E: EntityTrait,
    T: TryGetableMany + Send + Sync,
{
    let mut last = i64::MIN;
    loop {
        let rows: Vec<T> = select
            .clone()
            .filter(id_column.gt(last))
            .order_by_asc(id_column)
            .limit(ROWS_AT_ONCE)
            .into_tuple()
            .all(connection)
            .await?;
        let done = (rows.len() as u64) < ROWS_AT_ONCE;
        for row in rows {
            last = id(&row);
            take(row);
        }
        if done {
            return Ok(());
        }
    }
}

/// Reads the values of `column` of all rows of `E`, by id.
///
/// # Errors
/// What the database says.
pub async fn keys<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    id_column: E::Column,
    column: E::Column,
) -> Result<Keys, DbErr> {
    let mut keys = Keys::new();
    let select = E::find().select_only().column(id_column).column(column);
    let id = |row: &(i64, String)| row.0;
    each(connection, select, id_column, id, |(id, value)| {
        keys.insert(id, value);
    })
    .await?;
    Ok(keys)
}
