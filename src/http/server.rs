//! Connections: how many there may be, and how long one may take over anything.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::Site;
use super::client::Peer;
use crate::config::Server;

/// Bytes of a request's line and headers, and of what is written at once, at most. (Hyper answers
/// 431 to more, and 414 to a longer address.)
const BUFFER: usize = 64 * 1024;

/// Pause after a connection could not be taken: the process may be out of file descriptors, and
/// trying again at once would only keep it busy.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `site` to whoever connects, until `stop`; then to those whose requests are under way.
///
/// # Errors
/// Never so far; what goes wrong with one connection ends that one.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    settings: &Server,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let Site { router, stopping, streams, places_of_streams } = site;
    let places = Arc::new(Semaphore::new(settings.connections));
    let mut connections = JoinSet::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(settings.header_seconds))
        .max_buf_size(BUFFER);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Where IPv6 serves IPv4 as well, an IPv4 address has two forms.
        let Ok(peer) = stream.peer_addr().map(|address| Peer(address.ip().to_canonical())) else {
            continue;
        };
        // Small answers are not to wait for more; an error only makes them slower.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(Duration::from_secs(settings.write_seconds)));
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request.map(Body::new))
        });
        let connection =
            http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
        let mut stopped = stopping.subscribe();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                () = super::stopped(&mut stopped) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // Clients go away in the middle of things; that is nobody's concern.
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    stopping.send_replace(true);
    while connections.join_next().await.is_some() {}
    // WebSockets are no longer connections of HTTP.
    let all = streams.acquire_many(u32::try_from(places_of_streams).unwrap_or(u32::MAX)).await;
    drop(all);
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    // Who comes when all are taken waits in the system's queue.
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}
