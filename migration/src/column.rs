//! The kinds of column that the migrations share.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The primary key; the database gives it where the writer does not.
pub fn id() -> ColumnDef {
    let mut column = ColumnDef::new("id");
    column.big_integer().not_null().auto_increment().primary_key();
    column
}

/// Another row's id.
pub fn reference(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

/// Text of at most `limit` characters.
pub fn text(name: &'static str, limit: i32) -> ColumnDef {
    let mut column = nullable_text(name, limit);
    column.not_null();
    column
}

/// Text of at most `limit` characters, or null.
pub fn nullable_text(name: &'static str, limit: i32) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().check(Expr::expr(Func::cust("length").arg(Expr::col(name))).lte(limit));
    column
}

/// Text without a limit.
pub fn long_text(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    column
}

/// Folded text, compared bytewise on both databases (SQLite does so by itself).
pub fn folded_text(name: &'static str, backend: DbBackend) -> ColumnDef {
    let mut column = long_text(name);
    if backend == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// Folded text that stands for nothing when it is null.
pub fn nullable_folded_text(name: &'static str, backend: DbBackend) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text();
    if backend == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// One of these words.
pub fn word(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null().check(Expr::col(name).is_in(words.iter().copied()));
    column
}

/// A point in time: microseconds since 1970-01-01 UTC.
pub fn time(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

/// A point in time, or null.
pub fn nullable_time(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer();
    column
}

/// A whole number from 0.
pub fn count(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().not_null().check(Expr::col(name).gte(0));
    column
}

/// Yes or no.
pub fn flag(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().not_null();
    column
}

/// A foreign key of `table.column` to the id of `target`.
pub fn foreign_key(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(target, "id")
        .on_delete(on_delete)
        .to_owned()
}

/// An index named after its table and columns.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_idx", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index named after its table and columns.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(table, columns);
    index.name(format!("{table}_{}_key", columns.join("_"))).unique();
    index
}
