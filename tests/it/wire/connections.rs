//! Connections that take their time, and how many there may be.

use std::time::Duration;

use packgrid::config::{Config, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Backend, Served};

async fn with(server: Server) -> Served {
    Served::start(Backend::Sqlite, Config { server, ..Config::default() }).await
}

/// Whatever the server has to say until it closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut all));
    // A reset ends it as well.
    let _ = read.await.expect("it is closed within half a minute");
    String::from_utf8_lossy(&all).into_owned()
}

fn post(body: &str, connection: &str) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: {connection}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

async fn answers(served: &Served) {
    let mut stream = served.connect().await;
    stream.write_all(post(QUERY, "close").as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\"Query\"}}"), "{answer}");
}

#[tokio::test]
async fn slow_headers_and_idle_connections() {
    let served = with(Server { header_seconds: 1, ..Server::default() }).await;
    for begun in ["", "GET /graphql", "GET /graphql HTTP/1.1\r\nhost: x\r\nx: "] {
        let mut stream = served.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        rest(&mut stream).await;
    }
    // A byte now and then does not help.
    let mut stream = served.connect().await;
    let dripping = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), dripping).await.expect("it is closed");
    let mut stream = served.connect().await;
    stream.write_all(post(QUERY, "keep-alive").as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200"), "and closed when it idles");
    answers(&served).await;
}

#[tokio::test]
async fn slow_bodies() {
    let served = with(Server { body_seconds: 1, ..Server::default() }).await;
    let mut stream = served.connect().await;
    let request = post(QUERY, "close");
    stream.write_all(&request.as_bytes()[..request.len() - 5]).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
    answers(&served).await;
}

/// Who asks for much and does not read it is cut off; the answers do not pile up.
#[tokio::test]
async fn slow_readers() {
    let served = with(Server { write_seconds: 1, connections: 1, ..Server::default() }).await;
    let mut stream = served.connect().await;
    let body = r#"{"query":"{ packages(first: 100) { nodes { title repoDescription commitsOver52 participants } } }"}"#;
    let request = post(body, "keep-alive");
    let asking = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    // It stops taking requests, too; then the connection's place is free for somebody else.
    let _ = tokio::time::timeout(Duration::from_secs(5), asking).await;
    tokio::time::timeout(Duration::from_secs(30), answers(&served)).await.expect("a place");
}

#[tokio::test]
async fn as_many_as_may_be() {
    let served = with(Server { connections: 2, header_seconds: 2, ..Server::default() }).await;
    let _silent = (served.connect().await, served.connect().await);
    // Waits for one of them to be given up.
    tokio::time::timeout(Duration::from_secs(30), answers(&served)).await.expect("a place");
}

#[tokio::test]
async fn lines_and_headers_that_are_too_long() {
    let served = with(Server::default()).await;
    for (request, status) in [
        (
            format!("GET /graphql?query={} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(70_000)),
            "HTTP/1.1 414",
        ),
        (
            format!("GET /graphql HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(500_000)),
            "HTTP/1.1 431",
        ),
        (
            format!("GET /graphql HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200)),
            "HTTP/1.1 431",
        ),
        ("nonsense\r\n\r\n".to_owned(), "HTTP/1.1 400"),
    ] {
        let mut stream = served.connect().await;
        // It may answer before it has read all.
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with(status), "{status}: {answer}");
    }
    answers(&served).await;
}

/// HEAD has the headers of GET and no body; the connection goes on after it.
#[tokio::test]
async fn head_has_no_body() {
    let served = with(Server::default()).await;
    let mut stream = served.connect().await;
    let head = "HEAD /graphql?query={__typename} HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(format!("{head}{}", post(QUERY, "close")).as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    let (first, second) = answer.split_once("\r\n\r\n").unwrap();
    assert!(first.contains("content-length: 31") && first.contains("etag"), "{first}");
    assert!(second.starts_with("HTTP/1.1 200"), "{second}");
}
