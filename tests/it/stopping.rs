//! A hub that stops: whoever was let in gets an answer. And clients that take their time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A server whose answers take a moment.
async fn server(stop: &CancellationToken) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = || async {
        tokio::time::sleep(Duration::from_millis(3)).await;
        "done"
    };
    let routes = Router::new().route("/", get(answer));
    let stopped = stop.clone().cancelled_owned();
    let serving =
        tokio::spawn(async move { hub::http::serve(listener, routes, stopped).await.unwrap() });
    (address, serving)
}

/// One request on a connection of its own; none where nobody listens any more.
async fn ask(address: SocketAddr) -> Option<bool> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = b"GET / HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    let written = stream.write_all(request).await;
    let read = stream.read_to_string(&mut answer).await;
    Some(written.is_ok() && read.is_ok() && answer.ends_with("done"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_answers_every_connection_that_it_took() {
    let (answered, lost) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    for round in 0..20 {
        let stop = CancellationToken::new();
        let (address, serving) = server(&stop).await;
        let clients: Vec<_> = (0..32)
            .map(|_| {
                let (answered, lost) = (answered.clone(), lost.clone());
                tokio::spawn(async move {
                    while let Some(whole) = ask(address).await {
                        if whole { &answered } else { &lost }.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(20 + round)).await;
        stop.cancel();
        serving.await.unwrap();
        for client in clients {
            client.await.unwrap();
        }
    }
    let (answered, lost) = (answered.load(Ordering::Relaxed), lost.load(Ordering::Relaxed));
    assert!(answered > 500, "only {answered} requests were made");
    assert_eq!(lost, 0, "of {answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_drip_are_sent_away_and_keep_nobody_waiting() {
    let stop = CancellationToken::new();
    let (address, serving) = server(&stop).await;
    let dripping = Arc::new(AtomicBool::new(true));
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: hub\r\n").await.unwrap();
        let dripping = dripping.clone();
        slow.push(tokio::spawn(async move {
            let begun = tokio::time::Instant::now();
            // One octet of a header a second, without end.
            while dripping.load(Ordering::Relaxed) {
                if stream.write_all(b"x").await.is_err() {
                    return Some(begun.elapsed());
                }
                let mut room = [0; 256];
                let read = stream.read(&mut room);
                if let Ok(Ok(0) | Err(_)) = tokio::time::timeout(Duration::from_secs(1), read).await
                {
                    return Some(begun.elapsed());
                }
            }
            None
        }));
    }
    for _ in 0..50 {
        assert_eq!(ask(address).await, Some(true));
    }
    tokio::time::sleep(Duration::from_secs(14)).await;
    dripping.store(false, Ordering::Relaxed);
    for client in slow {
        assert!(client.await.unwrap().is_some(), "a dripping connection was kept");
    }
    stop.cancel();
    serving.await.unwrap();
}
