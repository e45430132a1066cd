//! The server on a socket, for what only a connection shows.

use std::net::SocketAddr;

use packgrid::config::Config;
use packgrid::http::{Site, serve};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Backend, TestDatabase};

/// A server with the sample directory.
pub struct Served {
    pub address: SocketAddr,
    pub database: packgrid::database::Database,
    pub test_database: TestDatabase,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub async fn start(backend: Backend, config: Config) -> Self {
        Self::on(TestDatabase::sample(backend).await, config).await
    }

    /// Serves what is in this database.
    pub async fn on(test_database: TestDatabase, config: Config) -> Self {
        let database = test_database.open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = config.server.clone();
        let site = Site::new(database.clone(), config).unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(listener, site, &settings, stopped).await
        });
        Self { address, database, test_database, stop: Some(stop), task }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Tells the server to stop; the future is over when it has.
    pub async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        (&mut self.task).await.unwrap().unwrap();
    }
}
