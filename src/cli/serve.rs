use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use sea_orm::{EntityTrait, PaginatorTrait};
use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::oneshot;

use super::output::{say, without_password};
use super::{DatabaseArgs, Failed, block_on};
use crate::config::Config;
use crate::database::Database;
use crate::exchange::{Options, import, sample};
use crate::{clock, http};

/// Serve the directory.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to listen on
    /// [default: 127.0.0.1:8000] [env: PACKGRID_SERVER_LISTEN]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
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
        block_on(serve(config, self.sample))
    }
}

async fn serve(config: Config, sample: bool) -> Result<(), Failed> {
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {}", spoken(&error)))?;
    let address = listener.local_addr()?;
    let database = Database::open(&config.database).await?;
    if sample {
        load_sample(&database).await?;
    }
    // Before anybody can know that the server is there, and stop it.
    let stop = stop_signal()?;
    say!(
        "packgrid {} serves {}",
        env!("CARGO_PKG_VERSION"),
        without_password(&config.database.url)
    );
    say!("  GraphiQL  http://{address}/graphiql");
    say!("  GraphQL   http://{address}/graphql");
    say!("Ctrl-C stops it.");

    let router = http::router(database.clone(), config.limits.clone());
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("stopping");
        let _ = stopping.send(());
    });
    let patience = Duration::from_secs(config.server.shutdown_seconds);
    tokio::select! {
        result = async { server.await } => result?,
        () = async {
            // An error means that the server has ended, and the other arm with it.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(patience).await;
        } => tracing::warn!("requests were still under way and have been given up"),
    }
    database.close().await;
    Ok(())
}

async fn load_sample(database: &Database) -> Result<(), Failed> {
    let transaction = database.begin().await?;
    let packages = entity::package::Entity::find().count(&transaction).await?;
    let grids = entity::grid::Entity::find().count(&transaction).await?;
    let categories = entity::category::Entity::find().count(&transaction).await?;
    transaction.rollback().await.map_err(crate::database::DatabaseError::from)?;
    if packages + grids + categories > 0 {
        say!(
            "The database holds {packages} packages and {grids} grids already; --sample has left \
             it alone."
        );
        return Ok(());
    }
    import(database, &sample(), Options::default(), clock::now(), &mut |_| {}).await?;
    Ok(())
}

/// Starts to listen for SIGINT and SIGTERM; the future ends when one has come.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn spoken(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "the system does not allow it".to_owned(),
        std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}
