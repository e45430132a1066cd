//! What a query selects below a field, so that no more is read than that.
//!
//! This is a forecast, and resolvers do not rely on it: a column that it missed is loaded when its
//! field is resolved, by one more statement (a test makes sure that no field needs one). What it
//! missed of a page is an error there.

use std::collections::HashMap;

use async_graphql::SelectionField;
use derive_where::derive_where;
use entity::{category, change, element, feature, grid, grid_package, package, version};
use sea_orm::{IdenStatic, Iterable};
use std::sync::LazyLock;

use crate::catalog::page::Page;
use crate::catalog::{Columns, Listable, Wanted};

/// The columns that each field of an entity's type is made of, by the field's name.
pub struct FieldColumns<E: Listable>(HashMap<String, Columns<E>>);

/// An entity with a type in the schema.
pub trait Selectable: Listable {
    /// Which columns its type's fields are made of.
    fn fields() -> &'static FieldColumns<Self>;
}

impl<E: Listable> FieldColumns<E> {
    /// A field has the name of its column in camel case, or that without `_id`: `repo_url` is
    /// `repoUrl`, `category_id` is `category`. `others` are the fields named otherwise, once for
    /// each column that they are made of.
    fn new(others: &[(&str, E::Column)]) -> Self {
        let mut fields = HashMap::new();
        for column in E::Column::iter() {
            let name = column.as_str();
            let name = camel_case(name.strip_suffix("_id").unwrap_or(name));
            fields.insert(name, Columns::of(column));
        }
        for (name, column) in others {
            let columns = fields.entry((*name).to_owned()).or_insert(Columns::id());
            *columns = columns.union(Columns::of(*column));
        }
        Self(fields)
    }
}

/// What a column is called in the schema.
pub fn camel_case(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                result.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => result.push(c),
        }
    }
    result
}

macro_rules! selectable {
    ($($entity:ident: [$(($name:literal, $column:ident)),*];)*) => {$(
        impl Selectable for $entity::Entity {
            fn fields() -> &'static FieldColumns<Self> {
                static FIELDS: LazyLock<FieldColumns<$entity::Entity>> =
                    LazyLock::new(|| FieldColumns::new(&[$(($name, $entity::Column::$column)),*]));
                &FIELDS
            }
        }
    )*};
}
selectable! {
    category: [("editedFields", Edited), ("isMadeHere", SourceId)];
    change: [("by", Actor)];
    element: [("editedFields", Edited), ("isMadeHere", SourceId), ("remark", Text), ("package", GridPackageId)];
    feature: [("editedFields", Edited), ("isMadeHere", SourceId)];
    grid: [("editedFields", Edited), ("isMadeHere", SourceId)];
    grid_package: [("cells", GridId)];
    package: [
        ("editedFields", Edited), ("isMadeHere", SourceId), ("isActive", Status), ("scoreParts", RepoWatchers), ("scoreParts", ScoreQuarters),
        ("scoreParts", SupportsPython3), ("licenseSpdx", PypiLicense)
    ];
    version: [
        ("editedFields", Edited), ("isMadeHere", SourceId),
        ("version", Number), ("releasedAt", UploadTime), ("isHidden", Hidden),
        ("isPrerelease", Prerelease), ("licenseSpdx", License)
    ];
}

/// The columns that the fields selected below `field` are made of.
pub fn columns<E: Selectable>(field: &SelectionField<'_>) -> Columns<E> {
    let known = &E::fields().0;
    field
        .selection_set()
        .filter_map(|selected| known.get(selected.name()))
        .fold(Columns::id(), |all, columns| all.union(*columns))
}

/// What is selected of a connection.
#[derive_where(Clone, Copy)]
pub struct Selected<E: Listable> {
    pub wanted: Wanted<E>,
    /// Whether entries are.
    pub entries: bool,
    /// Whether anything about the page is, besides its entries.
    pub page_info: bool,
    pub total_count: bool,
}

impl<E: Listable> Selected<E> {
    /// Whether any rows of `page` have to be read.
    pub fn reads_page(&self, page: &Page) -> bool {
        self.page_info || (self.entries && page.size > 0)
    }
}

/// What is selected of the connection that `field` gives, whose page is perhaps counted from the end.
pub fn connection<E: Selectable>(field: &SelectionField<'_>, backward: bool) -> Selected<E> {
    let mut selected = Selected {
        wanted: Wanted {
            columns: Columns::id(),
            pairing: Columns::id(),
            positions: false,
            more: false,
        },
        entries: false,
        page_info: false,
        total_count: false,
    };
    let wanted = &mut selected.wanted;
    for part in field.selection_set() {
        match part.name() {
            "nodes" => {
                selected.entries = true;
                wanted.columns = wanted.columns.union(columns(&part));
            }
            "edges" => {
                selected.entries = true;
                wanted.pairing = wanted.pairing.union(columns(&part));
                for part in part.selection_set() {
                    match part.name() {
                        "node" => wanted.columns = wanted.columns.union(columns(&part)),
                        "cursor" => wanted.positions = true,
                        _ => {}
                    }
                }
            }
            "pageInfo" => {
                selected.page_info = true;
                for part in part.selection_set() {
                    match part.name() {
                        // The other one follows from the arguments.
                        "hasNextPage" => wanted.more |= !backward,
                        "hasPreviousPage" => wanted.more |= backward,
                        "startCursor" | "endCursor" => wanted.positions = true,
                        _ => {}
                    }
                }
            }
            "totalCount" => selected.total_count = true,
            _ => {}
        }
    }
    selected
}
