//! What editors can do, one file for each thing that they do it to.

mod category;
mod cells;
mod feature;
mod grid;
mod merge;
mod package;
mod place;
mod release;
mod revert;

pub use category::{CategoryValues, CreateCategory, DeleteCategory, UpdateCategory};
pub use cells::{Cell, MOST_CELLS, SetCells};
pub use feature::{CreateFeature, DeleteFeature, UpdateFeature};
pub use grid::{CreateGrid, DeleteGrid, GridValues, LockGrid, UnlockGrid, UpdateGrid};
pub use merge::MergePackages;
pub use package::{
    CreatePackage, DeletePackage, DeprecatePackage, PackageValues, UndeprecatePackage,
    UpdatePackage,
};
pub use place::{AddPackages, MOST_PACKAGES, RemovePackages};
pub use release::{CreateRelease, DeleteRelease, ReleaseValues, UpdateRelease};
pub use revert::Revert;
