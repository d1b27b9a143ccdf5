//! The server: hyper with timers, so that a dripping connection does not stay for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// A client has this long to send its headers.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Requests under way have this long to end when the hub stops.
const STOP_TIME: Duration = Duration::from_secs(20);
/// How long new connections have to bring their request when the hub stops.
const LAST_REQUESTS: Duration = Duration::from_millis(250);
/// Most connections at once; further ones wait in the listen queue.
const MAX_CONNECTIONS: usize = 4096;

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listening socket broke.
    #[error("cannot accept connections: {0}")]
    Accept(#[from] std::io::Error),
}

/// Serve until `stop` is ready; then end requests under way and return.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    serve_streams(listener, router, stop, |stream| std::future::ready(Ok(stream))).await
}

/// The same over TLS; a client has as long to shake hands as to send its headers.
pub async fn serve_tls(
    listener: TcpListener,
    tls: TlsAcceptor,
    router: Router,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    serve_streams(listener, router, stop, move |stream| {
        let handshake = tls.accept(stream);
        async { tokio::time::timeout(HEADER_TIME, handshake).await? }
    })
    .await
}

/// Serve on whatever `open` makes of each connection.
async fn serve_streams<S, F>(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    open: impl Fn(TcpStream) -> F,
) -> Result<(), ServeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = std::io::Result<S>> + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).keep_alive(true);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(128);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connect = |stream: TcpStream, peer: SocketAddr, seat: Option<OwnedSemaphorePermit>| {
        // Small answers leave at once; a socket that refuses the option works without.
        drop(stream.set_nodelay(true));
        let service = router.clone().map_request(
            move |mut request: axum::http::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
                request.map(axum::body::Body::new)
            },
        );
        let builder = builder.clone();
        let watcher = graceful.watcher();
        let opening = open(stream);
        tokio::spawn(async move {
            if let Ok(stream) = opening.await {
                let service = TowerToHyperService::new(service);
                let connection =
                    builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
                // A broken connection is the client's affair.
                drop(watcher.watch(connection.into_owned()).await);
            }
            drop(seat);
        });
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let seat = room.clone().acquire_owned().await.expect("the semaphore is never closed");
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                // Out of file descriptors, or a client that left at once: the next one may do better.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        connect(stream, peer, Some(seat));
    }
    // Whoever stands in the kernel's queue would be reset: they are served too.
    for (stream, peer) in last_in_queue(listener) {
        connect(stream, peer, None);
    }
    // A connection of which nothing was read yet is dropped by a graceful end: its request may be on the way.
    tokio::time::sleep(LAST_REQUESTS).await;
    if tokio::time::timeout(STOP_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way when the time to stop was over");
    }
    Ok(())
}

/// Close the address, with whoever had come until then.
fn last_in_queue(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    // Asked of the socket itself: what Tokio knows of it may be older.
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let mut last = Vec::new();
    while let Ok((stream, peer)) = listener.accept() {
        let taken = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
        last.extend(taken.ok().map(|stream| (stream, peer)));
    }
    last
}
