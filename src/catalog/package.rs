//! Packages.

use entity::package::{Column, Entity};

use super::Listable;
use super::page::SortKey;
use super::relation::listed_key;

impl Listable for Entity {
    const NAME: &'static str = "Package";
    const ID: Column = Column::Id;

    fn order() -> Vec<SortKey> {
        vec![listed_key(Column::TitleFolded)]
    }
}
