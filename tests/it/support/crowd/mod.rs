//! Many who edit, read and listen at once, and what must hold then: for the tests and a bench.

#![allow(dead_code, unused_imports, reason = "the tests and the bench each take what they need")]

pub mod kept;
mod line;
mod listening;
mod mixed;
mod reading;
mod run;

pub use line::{Door, Line};
pub use mixed::{Asked, Mixed, World, data, text};
pub use run::Crowd;
