//! A source that misbehaves as told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// What becomes of an answer.
#[derive(Clone)]
pub enum Mischief {
    None,
    /// Another status, maybe with `Retry-After`.
    Status(u16, Option<&'static str>),
    /// The connection is reset before anything was answered.
    Reset,
    /// The connection ends in the middle of the body.
    Cut,
    /// The body is shorter than JSON can be.
    HalfJson,
    /// A page for people, with status 200.
    Html,
    /// Some bytes at a time.
    Slow,
    /// A byte now and then.
    Trickle,
    /// Nothing at all, for longer than anybody waits.
    Silent,
    /// The body with one text in the place of another.
    Instead(&'static str, String),
}

/// Decides by a request's number, from 0, and its address.
type Mood = dyn Fn(usize, &str) -> Mischief + Send + Sync;

/// A server in front of a router.
pub struct Upstream {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<(String, String)>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Upstream {
    pub async fn start(
        router: Router,
        mood: impl Fn(usize, &str) -> Mischief + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (mood, seen): (Arc<Mood>, _) = (Arc::new(mood), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (router, mood, seen) = (router.clone(), Arc::clone(&mood), Arc::clone(&seen));
                // Clients go away in the middle of things.
                tokio::spawn(async move { drop(answer(stream, router, &*mood, &seen).await) });
            }
        });
        Self { address, requests, task }
    }

    /// A source without any mischief.
    pub async fn calm(router: Router) -> Self {
        Self::start(router, |_, _| Mischief::None).await
    }

    pub fn url(&self) -> String {
        format!("http://{}/api/v4/", self.address)
    }

    /// The addresses that were asked for since the last call.
    pub fn take_requests(&self) -> Vec<String> {
        self.take().into_iter().map(|(path, _)| path).collect()
    }

    /// The requests since the last call, with their headers.
    pub fn take_heads(&self) -> Vec<String> {
        self.take().into_iter().map(|(_, head)| head).collect()
    }

    fn take(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    mut stream: TcpStream,
    router: Router,
    mood: &Mood,
    seen: &Mutex<Vec<(String, String)>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    assert!(head.to_lowercase().contains("user-agent: packgrid/"), "{head}");
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push((path.clone(), head));
        seen.len() - 1
    };
    let mischief = mood(number, &path);
    let request = Request::get(&path).header("host", "upstream.example");
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (mut status, mut kind) = (response.status().as_u16(), "application/json");
    let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
    let mut more = link.map(|link| format!("Link: {link}\r\n")).unwrap_or_default();
    let mut body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
    match &mischief {
        Mischief::None | Mischief::Cut | Mischief::Slow | Mischief::Trickle => {}
        Mischief::Reset => {
            stream.set_zero_linger()?;
            return Ok(());
        }
        Mischief::Silent => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return Ok(());
        }
        Mischief::Status(code, after) => {
            (status, body) = (*code, b"<h1>Not now</h1>".to_vec());
            more = after.map(|after| format!("Retry-After: {after}\r\n")).unwrap_or_default();
        }
        Mischief::HalfJson => body.truncate(body.len() / 2),
        Mischief::Html => {
            kind = "text/html";
            body = b"<!DOCTYPE html><title>Just a moment</title>".to_vec();
        }
        Mischief::Instead(one, other) => {
            body = String::from_utf8(body).unwrap().replace(one, other).into_bytes();
        }
    }
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Some\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    match mischief {
        Mischief::Cut => stream.write_all(&body[..length / 2]).await?,
        Mischief::Trickle => {
            for byte in &body {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Mischief::Slow => {
            for piece in body.chunks(length / 5 + 1) {
                stream.write_all(piece).await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        _ => stream.write_all(&body).await?,
    }
    stream.shutdown().await
}
