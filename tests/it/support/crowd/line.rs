//! HTTP as a client speaks it who keeps the connection, and who listens to events.

use std::io;

use packgrid::auth::Role;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Where a server listens, and a token of each role there.
#[derive(Clone, Debug)]
pub struct Door {
    pub address: String,
    pub tokens: Vec<(Role, String)>,
}

/// A connection of one client to a server.
pub struct Line {
    door: Door,
    stream: Option<BufReader<TcpStream>>,
}

impl Door {
    pub fn line(&self) -> Line {
        Line { door: self.clone(), stream: None }
    }

    /// Begins a subscription, and reads its events.
    pub async fn listen(&self, query: &str) -> io::Result<Events> {
        let mut stream = BufReader::new(TcpStream::connect(&self.address).await?);
        let body = serde_json::json!({ "query": query }).to_string();
        let request = request(&self.address, "text/event-stream", &[], &body);
        stream.write_all(request.as_bytes()).await?;
        let (status, _) = head(&mut stream).await?;
        assert_eq!(status, 200, "{query}");
        Ok(Events { stream, text: String::new() })
    }
}

impl Line {
    /// Posts a document with its variables, as somebody with this role; the status and the answer.
    /// An error means that nobody knows what came of it.
    pub async fn ask(
        &mut self,
        role: Role,
        key: Option<&str>,
        body: &Value,
    ) -> io::Result<(u16, Value)> {
        let answer = self.exchange(role, key, &body.to_string()).await;
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    async fn exchange(
        &mut self,
        role: Role,
        key: Option<&str>,
        body: &str,
    ) -> io::Result<(u16, Value)> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(&self.door.address).await?;
                stream.set_nodelay(true)?;
                none.insert(BufReader::new(stream))
            }
        };
        let token = self.door.tokens.iter().find(|(has, _)| *has == role);
        let mut headers = Vec::new();
        headers.extend(token.map(|(_, token)| format!("Authorization: Bearer {token}")));
        headers.extend(key.map(|key| format!("Idempotency-Key: {key}")));
        let accept = "application/graphql-response+json";
        let request = request(&self.door.address, accept, &headers, body);
        stream.write_all(request.as_bytes()).await?;
        let (status, length) = head(stream).await?;
        let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
        stream.read_exact(&mut body).await?;
        Ok((status, serde_json::from_slice(&body)?))
    }
}

fn request(host: &str, accept: &str, headers: &[String], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Accept: {accept}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// Reads the head of an answer: its status, and how long the body is, if that is known.
async fn head(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, Option<usize>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.to_ascii_lowercase());
    }
    let status = lines.first().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|length| length.trim().parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, length))
}

/// The events of a subscription.
pub struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

impl Events {
    /// The next event's data; comments are left out.
    pub async fn next(&mut self) -> io::Result<Value> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                let data = data.map(str::to_owned);
                self.text = rest.to_owned();
                if let Some(data) = data {
                    return Ok(serde_json::from_str(&data)?);
                }
            }
            let mut size = String::new();
            if self.stream.read_line(&mut size).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
            // The chunk, and the end of its line.
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk).await?;
            self.text.push_str(std::str::from_utf8(&chunk[..size]).map_err(io::Error::other)?);
        }
    }
}
