use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::oneshot;

use super::output::say;
use super::{DatabaseArgs, Failed, block_on, open};
use crate::config::{self, Config, ConfigError, Listen};
use crate::database::{Database, Row, Snapshot};
use crate::editing::{retention, upkeep};
use crate::exchange::{Options, Progress, import, keep_in_step, sample};
use crate::rules::address::shown;
use crate::{clock, http};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Serve the directory.
#[derive(Args)]
pub struct Serve {
    /// Host and port to listen on, such as localhost:8000, or :8000 for all interfaces
    /// [default: 127.0.0.1:8000] [env: PACKGRID_SERVER_LISTEN]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<Listen>,
    /// The address that others know this server by, such as https://example.org: what links in the
    /// REST API begin with [env: PACKGRID_SERVER_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Keep the directory in step with the API at this address, such as
    /// https://example.org/api/v4/ [env: PACKGRID_SYNC_SOURCE]
    #[arg(long, value_name = "URL")]
    sync_from: Option<String>,
    /// The time from the end of a pass to the beginning of the next, such as 1h or 90s
    /// [default: 1h] [env: PACKGRID_SYNC_EVERY_SECONDS]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    sync_every: Option<Duration>,
    /// Load the built-in sample directory, if the database is empty.
    #[arg(long)]
    sample: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Serve {
    pub(super) fn run(self, mut config: Config) -> Result<(), Failed> {
        self.database.apply(&mut config);
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if self.public_url.is_some() {
            config.server.public_url = self.public_url;
        }
        super::sync::apply(&mut config.sync, self.sync_from, self.sync_every, false);
        config.check().map_err(ConfigError::Merged)?;
        block_on(serve(config, self.sample))
    }
}

async fn serve(config: Config, sample: bool) -> Result<(), Failed> {
    let listen = &config.server.listen;
    let listener = bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {}", spoken(&error)))?;
    let listening = listener.local_addr()?;
    let address = reached_at(listening);
    let database = open(&config).await?;
    if sample {
        load_sample(&database).await?;
    }
    let patience = Duration::from_secs(config.server.shutdown_seconds);
    let url = shown(&config.database.url);
    let (graphiql, has_rest) = (config.graphql.graphiql, config.rest.enabled);
    let sync = match &config.sync.source {
        Some(source) => Some(Progress::new(source)?),
        None => None,
    };
    let site = http::Site::syncing(database.clone(), config.clone(), sync.clone())?;
    // Before anybody can know that the server is there, and stop it.
    let mut signals = Signals::listen()?;
    say!("packgrid {} serves {url}", env!("CARGO_PKG_VERSION"));
    if listening != address {
        say!("  listening on all interfaces, {listening}");
    }
    if graphiql {
        say!("  GraphiQL  http://{address}/graphiql");
    }
    say!("  GraphQL   http://{address}/graphql");
    if has_rest {
        say!("  REST      http://{address}/api/v4/");
    }
    say!("Ctrl-C stops it.");

    let scores = tokio::spawn(rescore_daily(database.clone()));
    let retention = tokio::spawn(forget_daily(database.clone(), config.editing));
    let sync =
        sync.map(|sync| tokio::spawn(keep_in_step(database.clone(), config.sync.clone(), sync)));
    let (stopping, stopped) = oneshot::channel::<()>();
    let settings = config.server.clone();
    let server = http::serve(listener, site, &settings, async {
        // An error means the same: the sender has gone.
        let _ = stopped.await;
    });
    tokio::select! {
        result = server => result?,
        () = async {
            signals.next().await;
            tracing::info!("stopping");
            drop(stopping);
            tokio::select! {
                () = tokio::time::sleep(patience) => {}
                () = signals.next() => {}
            }
        } => tracing::warn!("requests were still under way and have been given up"),
    }
    scores.abort();
    retention.abort();
    if let Some(sync) = sync {
        sync.abort();
    }
    tokio::select! {
        () = database.close() => {}
        () = tokio::time::sleep(patience) => tracing::warn!("the database was left open"),
        () = signals.next() => tracing::warn!("the database was left open"),
    }
    Ok(())
}

/// Listens on the first address of the host that can be had.
async fn bind(listen: &Listen) -> io::Result<TcpListener> {
    let port = listen.port();
    if let Some(host) = listen.host() {
        return TcpListener::bind((host, port)).await;
    }
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        // The system has no IPv6.
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        bound => bound,
    }
}

/// An address by which this machine reaches what listens on `listening`.
fn reached_at(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

/// Scores age with every quarter that passes without a commit. A pass that failed, as beside a long
/// import, is tried again soon.
async fn rescore_daily(database: Database) {
    loop {
        let pause = match upkeep::rescore(&database, clock::now()).await {
            Ok(0) => DAY,
            Ok(packages) => {
                tracing::info!(packages, "scores have changed with time");
                DAY
            }
            Err(error) => {
                tracing::error!(%error, "the scores were not brought up to date");
                MINUTE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// What is too old to be remembered is forgotten once a day.
async fn forget_daily(database: Database, settings: config::Editing) {
    let config::Editing { history_days, idempotency_seconds } = settings;
    loop {
        let forgotten =
            retention::forget(&database, clock::now(), history_days, idempotency_seconds).await;
        let pause = match forgotten {
            Ok(0) => DAY,
            Ok(changes) => {
                tracing::info!(changes, "changes were too old to be kept in the history");
                DAY
            }
            Err(error) => {
                tracing::error!(%error, "what is too old was not forgotten");
                MINUTE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn load_sample(database: &Database) -> Result<(), Failed> {
    let sql = "SELECT (SELECT count(*) FROM package), (SELECT count(*) FROM grid), \
               (SELECT count(*) FROM category)";
    // Without the lock of those who write: where there is something, nothing will be written.
    let rows = database
        .read(Instant::now() + MINUTE, move |snapshot: Snapshot| async move {
            let counts = |row: &Row<'_>| Ok((row.int(0)?, row.int(1)?, row.int(2)?));
            snapshot.fetch_sql(sql, vec![], counts).await
        })
        .await??;
    if let Some((packages, grids, categories)) = rows.first()
        && packages + grids + categories > 0
    {
        say!(
            "The database holds {packages} packages and {grids} grids already; --sample has left \
             it alone."
        );
        return Ok(());
    }
    import(database, &sample(), Options::default(), clock::now(), &mut |_| {}).await?;
    Ok(())
}

/// SIGINT and SIGTERM; elsewhere than on Unix, Ctrl-C.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Signals {
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn spoken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
        io::ErrorKind::PermissionDenied => "the system does not allow it".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}
