//! The history: what was changed, by whom.

use entity::change::{Column, Entity};
use entity::{alias, change_subject};
use sea_orm::EntityName;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};

use super::page::SortKey;
use super::relation::{LISTED, column, listed_key};
use super::{Listable, Relation};

impl Listable for Entity {
    const NAME: &'static str = "Change";
    const ID: Column = Column::Id;

    /// The newest first.
    fn order() -> Vec<SortKey> {
        vec![SortKey { descending: true, ..listed_key(Column::Revision) }]
    }
}

macro_rules! histories {
    ($($(#[$meta:meta])* $name:ident($kind:literal) $(with $former:ident)?;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name;

        impl Relation for $name {
            type Child = Entity;

            fn belongs(parent: Expr) -> Expr {
                let revisions = revisions($kind, parent.clone().eq(subject()));
                $(
                    let revisions = revisions.or(revisions_of($kind, $former(parent)));
                )?
                revisions
            }
        }
    )*};
}
histories! {
    /// The changes of a package, and of those that were merged into it.
    PackageHistory("package") with former;
    /// The changes of a grid: what is said about it, its packages, features and cells.
    GridHistory("grid");
    /// The changes of a category.
    CategoryHistory("category");
    /// The changes of a feature and its cells.
    FeatureHistory("feature");
    /// The changes of a release.
    ReleaseHistory("version");
}

/// The alias of the table of subjects.
const SUBJECT: &str = "cs";

fn subject() -> Expr {
    column(SUBJECT, change_subject::Column::SubjectId)
}

/// That the listed change's revision is among those of subjects of this kind, of which this holds.
fn revisions(kind: &'static str, holds: Expr) -> Expr {
    let mut select = Query::select();
    select
        .expr(column(SUBJECT, change_subject::Column::Revision))
        .from_as(change_subject::Entity.table_name(), SUBJECT)
        .and_where(column(SUBJECT, change_subject::Column::Kind).eq(kind))
        .and_where(holds);
    column(LISTED, Column::Revision).in_subquery(select)
}

fn revisions_of(kind: &'static str, ids: SelectStatement) -> Expr {
    revisions(kind, subject().in_subquery(ids))
}

/// The ids of packages that were merged into this one.
fn former(package: Expr) -> SelectStatement {
    let name = "a";
    Query::select()
        .expr(column(name, alias::Column::FormerId))
        .from_as(alias::Entity.table_name(), name)
        .and_where(column(name, alias::Column::Kind).eq("package"))
        .and_where(column(name, alias::Column::TargetId).eq(package))
        .to_owned()
}
