//! The rules of the domain as pure functions: no database, no clock, nothing of ours but these.

pub mod address;
pub mod digest;
pub mod license;
pub mod pypi;
pub mod repository;
pub mod score;
pub mod text;
pub mod verdict;
pub mod version;
