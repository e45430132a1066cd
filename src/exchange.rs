//! Directories in files: the shape of the REST API, version 4.
//!
//! A directory is five lists: categories, grids, packages, features and elements. The first three
//! are spelled as the REST API spells them, field for field; the other two, which it does not have,
//! are spelled likewise (see [`wire`]).

mod check;
mod differences;
mod edited;
mod export;
pub mod fetch;
mod field_error;
mod files;
pub mod generate;
mod held;
mod import;
mod incoming;
mod kind;
mod known;
mod link;
mod other_api;
mod ours;
pub mod outgoing;
mod overwrite;
mod place;
mod placed;
mod places;
mod problems;
mod prune;
mod reading;
mod report;
mod sample;
mod standing;
mod subjects;
mod sync;
mod unreadable;
pub mod wire;
mod write;

pub use export::{ExportError, Exported, export};
pub use files::{Directory, FileError};
pub use import::{ImportError, Options, import};
pub use kind::{Format, Kind};
pub use prune::Prune;
pub use report::{
    Counts, Difference, Effect, Held, Problem, Report, Stage, TooMany, What, counted,
};
pub use sample::sample;
pub use sync::{Progress, Standing as SyncStanding, SyncError, keep_in_step, pass};
