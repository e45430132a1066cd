use async_graphql::{ID, Interface};

use super::{Category, DirectoryChange, Element, Feature, Grid, Package, Release};

/// An object with a global id.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The global id: opaque, and the same for as long as the object exists."
))]
pub enum Node {
    Category(Category),
    Change(DirectoryChange),
    Element(Element),
    Feature(Feature),
    Grid(Grid),
    Package(Package),
    Release(Release),
}
