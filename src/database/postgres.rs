//! Connecting to PostgreSQL, with or without a connection pooler between.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Row as _};
use sea_orm::{ConnectOptions, DatabaseConnection};
use tokio::time::timeout;

use super::DatabaseError;
use super::connect::without_ageing;
use super::reachable::Reachable;

/// Prepared statements that a connection keeps unless the URL says otherwise; see the readers of
/// SQLite.
const STATEMENT_CACHE: usize = 512;

/// The URL parameter for how many prepared statements a connection keeps; sqlx's name.
const STATEMENT_CACHE_PARAMETER: &str = "statement-cache-capacity";

/// For how long a connection that nobody uses is taken to be alive; longer, and it is asked before it
/// is used. Asked each time, as sqlx does by itself, it costs a round trip of eight. See
/// [`super::connect::on_a_sound_connection`].
const ALIVE: Duration = Duration::from_secs(1);

/// How long a start waits for PostgreSQL to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request waits for a connection of the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the connection that listens, in PostgreSQL's list of connections.
const LISTENER: &str = "packgrid, listening";

/// A variable that only the session has which the client itself has opened: poolers refuse it, or
/// leave it out when they open a session of their own.
const SESSION: &str = "packgrid.session";

/// The SQLSTATE of a start-up message that a pooler refuses.
const PROTOCOL: &str = "08P01";

/// A PostgreSQL database, and how to talk to it.
#[derive(Clone)]
pub(super) struct Postgres {
    url: String,
    statement_cache: usize,
}

impl Postgres {
    /// The database at `url`.
    pub fn new(url: &str) -> Self {
        let statement_cache = statement_cache(url).unwrap_or(STATEMENT_CACHE);
        Self { url: url.to_owned(), statement_cache }
    }

    /// Whether prepared statements outlive a transaction.
    ///
    /// Behind a pooler in transaction mode that does not know about them, they do not: the next
    /// transaction may run on another connection of the server, where another client has prepared
    /// statements of the same names. The operator says so by `?statement-cache-capacity=0`. Each
    /// transaction then begins with [`DEALLOCATE`].
    pub fn keeps_statements(&self) -> bool {
        self.statement_cache > 0
    }

    /// Opens a pool of at most so many connections. `reachable` tells it when PostgreSQL is gone.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn connect(
        &self,
        connections: u32,
        reachable: Option<Reachable>,
    ) -> Result<DatabaseConnection, DatabaseError> {
        let mut options = ConnectOptions::new(&self.url);
        let ours = options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
        let capacity = self.statement_cache;
        without_ageing(ours)
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| adjust(options, capacity))
            .map_sqlx_postgres_pool_opts(move |options| {
                let options =
                    options.test_before_acquire(false).before_acquire(|connection, pooled| {
                        Box::pin(async move {
                            if pooled.idle_for > ALIVE {
                                connection.ping().await?;
                            }
                            Ok(true)
                        })
                    });
                let Some(reachable) = reachable.clone() else { return options };
                // The pool would wait for such a connection for ever, and never open another one.
                options.after_release(move |_, _| {
                    let is_kept = !reachable.is_down();
                    Box::pin(async move { Ok(is_kept) })
                })
            });
        sea_orm::Database::connect(options)
            .await
            .map_err(|error| DatabaseError::CannotReach { reason: error.to_string() })
    }

    /// Opens a pool of one connection, and says why if that fails.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn connect_once(&self) -> Result<DatabaseConnection, DatabaseError> {
        // A pool tries again and again, and then tells only that it has.
        self.probe(CONNECT_TIMEOUT)
            .await
            .map_err(|reason| DatabaseError::CannotReach { reason })?;
        self.connect(1, None).await
    }

    /// Connects within `limit`, and closes the connection again.
    ///
    /// # Errors
    /// Why that failed: what the server says, if it has said something.
    pub async fn probe(&self, limit: Duration) -> Result<(), String> {
        let connected =
            timeout(limit, async { PgConnection::connect_with(&self.options()?).await });
        match connected.await {
            Ok(Ok(connection)) => {
                // That it is closed impolitely does not matter.
                let _ = timeout(limit, connection.close()).await;
                Ok(())
            }
            Ok(Err(sqlx::Error::Database(error))) => Err(error.message().to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
        }
    }

    /// Opens a connection that can listen for notifications; `None` if a pooler stands between,
    /// which hands the session and what it listens to to the next client.
    ///
    /// # Errors
    /// What sqlx says.
    pub async fn listener(&self) -> Result<Option<PgListener>, sqlx::Error> {
        let pool = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let options = self.options()?.application_name(LISTENER).options([(SESSION, "own")]);
        let pool = match pool.connect_with(options).await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(PROTOCOL) => {
                return Ok(None);
            }
            connected => connected?,
        };
        let mut listener = PgListener::connect_with(&pool).await?;
        let read = format!("SELECT current_setting('{SESSION}', true)");
        let row = sqlx::raw_sql(AssertSqlSafe(read)).fetch_one(&mut listener).await?;
        let session: Option<String> = row.try_get(0)?;
        Ok(session.is_some_and(|session| session == "own").then_some(listener))
    }

    fn options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        Ok(adjust(self.url.parse()?, self.statement_cache))
    }
}

/// Ends prepared statements, of whichever client, on a connection that a pooler shares.
pub(super) const DEALLOCATE: &str = "DEALLOCATE ALL";

/// A pooler refuses a connection that sets `extra_float_digits`, as sqlx does by itself. No column
/// here has floating-point numbers.
fn adjust(options: PgConnectOptions, statement_cache: usize) -> PgConnectOptions {
    options.statement_cache_capacity(statement_cache).extra_float_digits(None)
}

/// The size of the statement cache that `url` asks for; `None` if it does not.
fn statement_cache(url: &str) -> Option<usize> {
    let url = url::Url::parse(url).ok()?;
    let (_, value) =
        url.query_pairs().filter(|(name, _)| name == STATEMENT_CACHE_PARAMETER).last()?;
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Postgres;

    #[test]
    fn statements_are_kept_unless_the_url_says_otherwise() {
        for (url, keeps) in [
            ("postgres://u@h/d", true),
            ("postgres://u@h/d?statement-cache-capacity=0", false),
            ("postgres://u@h/d?sslmode=disable&statement-cache-capacity=0", false),
            ("postgres://u@h/d?statement-cache-capacity=9", true),
        ] {
            assert_eq!(Postgres::new(url).keeps_statements(), keeps, "{url}");
        }
    }
}
