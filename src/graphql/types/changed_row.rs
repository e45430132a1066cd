//! The rows that a change touched, with their values in the form that the schema's fields have.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::{category, feature, grid, package};
use serde_json::Value;

use super::entity_kind::EntityKind;
use super::history_value::{Form, field_name};
use super::node::{Node, node};
use crate::catalog::{ById, ChangeCounts, Columns, PackageOfPairing};
use crate::editing::{RowChange, Values};
use crate::graphql::context::load;
use crate::graphql::errors::Failure;

/// How many rows of a kind a change touched.
#[derive(SimpleObject)]
pub struct ChangedRows {
    /// The kind of the rows; null where rows of any kind are counted.
    of: Option<EntityKind>,
    /// How many are new.
    added: i32,
    /// How many have other values.
    changed: i32,
    /// How many are gone.
    removed: i32,
}

impl ChangedRows {
    /// Of what `change.counts` has by this name.
    pub fn new(of: &str, counts: ChangeCounts) -> Self {
        let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            of: EntityKind::of_counted(of),
            added: count(counts.added),
            changed: count(counts.changed),
            removed: count(counts.removed),
        }
    }
}

/// What became of one row.
pub struct ChangedRow {
    kind: EntityKind,
    row: RowChange,
    known: Arc<Known>,
}

/// Names in the rows of one change, for what is gone by now.
#[derive(Default)]
struct Known {
    titles: HashMap<(EntityKind, i64), String>,
    /// The packages of memberships.
    packages: HashMap<i64, i64>,
}

impl ChangedRow {
    /// The rows of one change.
    ///
    /// # Errors
    /// When one is of no known kind.
    pub fn all(rows: Vec<RowChange>) -> Result<Vec<Self>, Failure> {
        let mut known = Known::default();
        let kind = |row: RowChange| match EntityKind::of_row(&row.kind) {
            Some(kind) => Ok((kind, row)),
            None => Err(Failure::broken(format!("the history has a row of kind {:?}", row.kind))),
        };
        let rows = rows.into_iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        for (kind, row) in &rows {
            let value = |name: &str| {
                let of = |values: &Option<Values>| values.as_ref()?.get(name).cloned();
                of(&row.after).or_else(|| of(&row.before))
            };
            if let Some(title) = value("title").as_ref().and_then(Value::as_str) {
                known.titles.insert((*kind, row.id), title.to_owned());
            }
            if *kind == EntityKind::Membership
                && let Some(package) = value("package_id").as_ref().and_then(Value::as_i64)
            {
                known.packages.insert(row.id, package);
            }
        }
        let known = Arc::new(known);
        let row = |(kind, row)| Self { kind, row, known: Arc::clone(&known) };
        Ok(rows.into_iter().map(row).collect())
    }
}

/// What became of one row.
#[Object]
impl ChangedRow {
    /// The kind of the row.
    async fn of(&self) -> EntityKind {
        self.kind
    }

    /// Its number in the directory.
    async fn number(&self) -> i64 {
        self.row.id
    }

    /// Whether it is new, is gone, or has other values.
    async fn fate(&self) -> RowFate {
        match (&self.row.before, &self.row.after) {
            (None, _) => RowFate::Added,
            (_, None) => RowFate::Removed,
            _ => RowFate::Changed,
        }
    }

    /// The object as it is now. Null if it is gone, and for a membership, which is none.
    async fn node(&self, ctx: &Context<'_>) -> Option<Result<Node, Failure>> {
        Box::pin(node(ctx, self.kind, self.row.id)).await.transpose()
    }

    /// Its values before and after; of a row that was changed only those that were.
    async fn values(&self) -> Vec<ChangedValue> {
        let nothing = Values::new();
        let before = self.row.before.as_ref().unwrap_or(&nothing);
        let after = self.row.after.as_ref().unwrap_or(&nothing);
        let mut columns: Vec<&String> = before.keys().chain(after.keys()).collect();
        columns.sort_unstable();
        columns.dedup();
        let value = |column: &String| {
            let field = field_name(self.kind, column)?;
            let form = Form::of(column);
            let (before, after) = (before.get(column), after.get(column));
            let is_shown = match form {
                Form::Reference(_) => true,
                form => form.text(self.kind, before) != form.text(self.kind, after),
            };
            let (before, after) = (before.cloned(), after.cloned());
            let (kind, known) = (self.kind, Arc::clone(&self.known));
            is_shown.then_some(ChangedValue { kind, field, form, before, after, known })
        };
        columns.into_iter().filter_map(value).collect()
    }
}

/// What becomes of rows.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum RowFate {
    /// It is new.
    Added,
    /// It has other values.
    Changed,
    /// It is gone.
    Removed,
}

/// A value that a change set.
pub struct ChangedValue {
    kind: EntityKind,
    field: String,
    form: Form,
    before: Option<Value>,
    after: Option<Value>,
    known: Arc<Known>,
}

/// A value that a change set, as a text in the form that the field has: times as RFC 3339 writes
/// them, enum values by name, the items of a list with commas between them, and another object by
/// its title, or by its number if it is gone and its title unknown.
#[Object]
impl ChangedValue {
    /// The field of the object's type: `repoUrl`, `category`.
    async fn field(&self) -> &str {
        &self.field
    }

    /// The value before; null if it was null, or if the row is new.
    async fn before(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        self.text(ctx, self.before.as_ref()).await.transpose()
    }

    /// The value after; null if it is null, or if the row is gone.
    async fn after(&self, ctx: &Context<'_>) -> Option<Result<String, Failure>> {
        self.text(ctx, self.after.as_ref()).await.transpose()
    }

    /// The object that the field led to before, as it is now. Null if it is gone, and for fields that
    /// lead to none.
    async fn before_node(&self, ctx: &Context<'_>) -> Option<Result<Node, Failure>> {
        Box::pin(self.node(ctx, self.before.as_ref())).await.transpose()
    }

    /// The object that the field leads to after, as it is now. Null if it is gone, and for fields that
    /// lead to none.
    async fn after_node(&self, ctx: &Context<'_>) -> Option<Result<Node, Failure>> {
        Box::pin(self.node(ctx, self.after.as_ref())).await.transpose()
    }
}

impl ChangedValue {
    async fn text(
        &self,
        ctx: &Context<'_>,
        value: Option<&Value>,
    ) -> Result<Option<String>, Failure> {
        let Form::Reference(_) = self.form else {
            return Ok(self.form.text(self.kind, value));
        };
        Box::pin(async {
            let Some((kind, id)) = self.referred(ctx, value).await? else {
                return Ok(None);
            };
            let title = match title(ctx, kind, id).await? {
                None => self.known.titles.get(&(kind, id)).cloned(),
                title => title,
            };
            Ok(Some(title.unwrap_or_else(|| id.to_string())))
        })
        .await
    }

    async fn node(
        &self,
        ctx: &Context<'_>,
        value: Option<&Value>,
    ) -> Result<Option<Node>, Failure> {
        match self.referred(ctx, value).await? {
            Some((kind, id)) => node(ctx, kind, id).await,
            None => Ok(None),
        }
    }

    /// What a reference leads to: of a membership, its package.
    async fn referred(
        &self,
        ctx: &Context<'_>,
        value: Option<&Value>,
    ) -> Result<Option<(EntityKind, i64)>, Failure> {
        let (Form::Reference(kind), Some(id)) = (self.form, value.and_then(Value::as_i64)) else {
            return Ok(None);
        };
        if kind != EntityKind::Membership {
            return Ok(Some((kind, id)));
        }
        if let Some(package) = self.known.packages.get(&id) {
            return Ok(Some((EntityKind::Package, *package)));
        }
        let package = load(ctx, PackageOfPairing { pairing: id, columns: Columns::id() }).await?;
        Ok(package.map(|row| row.id()).transpose()?.map(|id| (EntityKind::Package, id)))
    }
}

/// The title of the row of this kind with this id; null when it is gone or has none.
async fn title(ctx: &Context<'_>, kind: EntityKind, id: i64) -> Result<Option<String>, Failure> {
    macro_rules! title {
        ($entity:ident) => {{
            let title = $entity::Column::Title;
            let row =
                load(ctx, ById::<$entity::Entity> { id, columns: Columns::of(title) }).await?;
            Ok(row.and_then(|row| row.get(title)).transpose()?)
        }};
    }
    match kind {
        EntityKind::Category => title!(category),
        EntityKind::Grid => title!(grid),
        EntityKind::Package => title!(package),
        EntityKind::Feature => title!(feature),
        EntityKind::Membership | EntityKind::Release | EntityKind::Cell => Ok(None),
    }
}
