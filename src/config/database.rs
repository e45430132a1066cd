use derive_where::derive_where;
use serde::Deserialize;

/// `[database]`: which database, and how much of it at once.
#[derive(Clone, Deserialize)]
#[derive_where(Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` (made when it is not there) or `postgres://USER:PASSWORD@HOST/NAME`.
    #[derive_where(skip(Debug))]
    pub url: String,
    /// Threads that read an SQLite file, each with a connection of its own; 0 means one a core.
    pub reader_threads: usize,
    /// Requests that may wait for such a thread; one more is refused at once.
    pub reader_queue: usize,
    /// Connections to PostgreSQL at most.
    pub max_connections: u32,
    /// A statement that takes longer is logged with its text; 0 logs none.
    pub slow_statement_millis: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:packgrid.db".to_owned(),
            reader_threads: 0,
            reader_queue: 1024,
            max_connections: 16,
            slow_statement_millis: 200,
        }
    }
}

impl Database {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, number, least, most) in [
            ("reader_threads", self.reader_threads, 0, 1024),
            ("reader_queue", self.reader_queue, 1, 1_000_000),
            ("max_connections", self.max_connections as usize, 1, 10_000),
        ] {
            super::within("database", name, number, least, most)?;
        }
        Ok(())
    }
}
