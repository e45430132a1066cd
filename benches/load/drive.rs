//! Asks the same again and again, over connections that stay.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Whom to ask for what.
#[derive(Clone, Debug)]
pub struct Target {
    pub address: String,
    /// The whole request.
    pub request: Vec<u8>,
}

impl Target {
    /// Posts a body to a path.
    pub fn new(address: &str, path: &str, body: &str) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Accept: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self { address: address.to_owned(), request: (head + body).into_bytes() }
    }
}

/// Asks for a time, once at the least. How long each request took, from its first byte to the last of the answer.
pub async fn drive(target: &Target, connections: usize, time: Duration) -> Vec<Duration> {
    let end = Instant::now() + time;
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let target = target.clone();
        asking.spawn(async move {
            let mut line = Line::open(&target.address).await;
            let mut latencies = Vec::new();
            loop {
                let begun = Instant::now();
                line.ask(&target.request).await;
                latencies.push(begun.elapsed());
                if Instant::now() >= end {
                    return latencies;
                }
            }
        });
    }
    let mut latencies: Vec<Duration> = asking.join_all().await.into_iter().flatten().collect();
    latencies.sort_unstable();
    latencies
}

/// The body of one answer.
pub async fn ask(target: &Target) -> Vec<u8> {
    Line::open(&target.address).await.ask(&target.request).await.to_vec()
}

/// A connection.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// Sends a request and reads the answer, which has to be 200 and to say how long it is.
    async fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        let (mut body, mut end) = (0, usize::MAX);
        while self.buffer.len() < end {
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "it hung up");
            if body == 0
                && let Some(head) = self.buffer.windows(4).position(|it| it == b"\r\n\r\n")
            {
                let text = std::str::from_utf8(&self.buffer[..head]).unwrap().to_ascii_lowercase();
                assert!(text.starts_with("http/1.1 200"), "{text}");
                let length = text.split("content-length: ").nth(1).unwrap();
                let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
                body = head + 4;
                end = body + length;
            }
        }
        &self.buffer[body..]
    }
}
