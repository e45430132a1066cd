//! Counts and dates that lists are sorted and filtered by: columns that follow from other tables.
//!
//! Whoever writes pairings, features, releases, or packages' categories calls [`refresh`] before
//! the end of the transaction, or [`refresh_some`] when they know what they have touched.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::Touched;

/// The counts: table, column, and what they are by the row's id.
const COUNTS: [(&str, &str, &str); 4] = [
    (
        "package",
        "grids_count",
        "SELECT package_id AS id, count(*) AS n FROM grid_package GROUP BY 1",
    ),
    ("grid", "packages_count", "SELECT grid_id AS id, count(*) AS n FROM grid_package GROUP BY 1"),
    ("grid", "features_count", "SELECT grid_id AS id, count(*) AS n FROM feature GROUP BY 1"),
    (
        "category",
        "packages_count",
        "SELECT category_id AS id, count(*) AS n FROM package GROUP BY 1",
    ),
];

/// When the newest of some releases was published; pre-releases count where there is nothing else.
const NEWEST: &str =
    "COALESCE(max(CASE WHEN NOT prerelease THEN upload_time END), max(upload_time))";

/// Sets right whatever is not, in all rows.
///
/// # Errors
/// What the database says.
pub async fn refresh(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    for (table, column, counted) in COUNTS {
        let sql = format!(
            "UPDATE {table} SET {column} = x.n FROM (\
             SELECT t.id, COALESCE(c.n, 0) AS n FROM {table} t LEFT JOIN ({counted}) c ON c.id = t.id\
             ) x WHERE x.id = {table}.id AND {table}.{column} <> x.n"
        );
        connection.execute_unprepared(&sql).await?;
    }
    let released = format!(
        "SELECT p.id, v.at FROM package p LEFT JOIN (\
         SELECT package_id, {NEWEST} AS at FROM version WHERE NOT hidden \
         GROUP BY package_id) v ON v.package_id = p.id"
    );
    set_released(connection, &released).await?;
    let from = "FROM grid_package gp JOIN package p ON p.id = gp.package_id";
    connection
        .execute_unprepared(&format!(
            "DELETE FROM category_grid WHERE (category_id, grid_id) IN (\
             SELECT category_id, grid_id FROM category_grid \
             EXCEPT SELECT p.category_id, gp.grid_id {from})"
        ))
        .await?;
    // Without the WHERE, SQLite takes ON for that of a join.
    connection
        .execute_unprepared(&format!(
            "INSERT INTO category_grid (category_id, grid_id, packages_count) \
             SELECT p.category_id, gp.grid_id, count(*) {from} WHERE true GROUP BY 1, 2 \
             ON CONFLICT (category_id, grid_id) DO UPDATE SET packages_count = excluded.packages_count \
             WHERE category_grid.packages_count <> excluded.packages_count"
        ))
        .await?;
    Ok(())
}

/// Sets the newest release of packages; `released` selects their ids, and its time as `at`.
async fn set_released(connection: &impl ConnectionTrait, released: &str) -> Result<(), DbErr> {
    // Division cuts off towards zero, which before 1970 is the next second.
    let second = "((x.at - CASE WHEN x.at < 0 THEN 999999 ELSE 0 END) / 1000000)";
    // SQLite has no calendar but in text.
    let year = match connection.get_database_backend() {
        DbBackend::Postgres => {
            format!("CAST(EXTRACT(YEAR FROM to_timestamp({second}) AT TIME ZONE 'UTC') AS integer)")
        }
        _ => format!("CAST(strftime('%Y', {second}, 'unixepoch') AS integer)"),
    };
    let sql = format!(
        "UPDATE package SET last_released = x.at, last_release_year = {year} FROM ({released}) x \
         WHERE x.id = package.id AND (package.last_released IS DISTINCT FROM x.at \
         OR package.last_release_year IS DISTINCT FROM {year})"
    );
    connection.execute_unprepared(&sql).await?;
    Ok(())
}

/// Sets right what is not, in the rows that are touched.
///
/// # Errors
/// What the database says.
pub async fn refresh_some(
    connection: &impl ConnectionTrait,
    touched: &Touched,
) -> Result<(), DbErr> {
    for (table, column, of, key) in [
        ("package", "grids_count", "grid_package", "package_id"),
        ("grid", "packages_count", "grid_package", "grid_id"),
        ("grid", "features_count", "feature", "grid_id"),
        ("category", "packages_count", "package", "category_id"),
    ] {
        let ids = match table {
            "package" => &touched.packages,
            "grid" => &touched.grids,
            _ => &touched.categories,
        };
        if ids.is_empty() {
            continue;
        }
        let sql = format!(
            "UPDATE {table} SET {column} = (SELECT count(*) FROM {of} c WHERE c.{key} = {table}.id) \
             WHERE id IN ({})",
            listed(ids)
        );
        connection.execute_unprepared(&sql).await?;
    }
    if !touched.packages_more.is_empty() {
        let cases: Vec<String> = touched
            .packages_more
            .iter()
            .map(|(id, more)| format!("WHEN {id} THEN {more}"))
            .collect();
        let ids: Vec<i64> = touched.packages_more.keys().copied().collect();
        let sql = format!(
            "UPDATE category SET packages_count = packages_count + CASE id {} END WHERE id IN ({})",
            cases.join(" "),
            listed(&ids)
        );
        connection.execute_unprepared(&sql).await?;
    }
    if !touched.packages.is_empty() {
        let released = format!(
            "SELECT p.id, (SELECT {NEWEST} FROM version v \
             WHERE v.package_id = p.id AND NOT v.hidden) AS at FROM package p WHERE p.id IN ({})",
            listed(&touched.packages)
        );
        set_released(connection, &released).await?;
    }
    if !touched.grids.is_empty() {
        let grids = listed(&touched.grids);
        connection
            .execute_unprepared(&format!("DELETE FROM category_grid WHERE grid_id IN ({grids})"))
            .await?;
        connection
            .execute_unprepared(&format!(
                "INSERT INTO category_grid (category_id, grid_id, packages_count) \
                 SELECT p.category_id, gp.grid_id, count(*) FROM grid_package gp \
                 JOIN package p ON p.id = gp.package_id WHERE gp.grid_id IN ({grids}) GROUP BY 1, 2"
            ))
            .await?;
    }
    Ok(())
}

/// Ids as a statement's text; whole numbers need no binding.
fn listed(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
