//! GraphQL over WebSocket, from the client's side.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Served;

/// A client that speaks `graphql-transport-ws`.
pub struct Client(pub WebSocketStream<TcpStream>);

impl Client {
    /// Opens a connection with these headers; the status if it is refused.
    pub async fn open(served: &Served, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        Self::open_at(served, "/graphql", headers).await
    }

    /// As [`Self::open`], at this path.
    pub async fn open_at(
        served: &Served,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{}{path}", served.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match client_async(request, served.connect().await).await {
            Ok((socket, response)) => {
                assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
                Ok(Self(socket))
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn connect(served: &Served) -> Self {
        Self::open(served, &[("sec-websocket-protocol", "other, graphql-transport-ws")])
            .await
            .unwrap()
    }

    /// A connection that was acknowledged.
    pub async fn ready(served: &Served) -> Self {
        let mut client = Self::connect(served).await;
        client.send(json!({"type": "connection_init", "payload": {"any": "thing"}})).await;
        assert_eq!(client.next().await, json!({"type": "connection_ack"}));
        client
    }

    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }

    pub async fn receive(&mut self) -> Message {
        let message = tokio::time::timeout(Duration::from_secs(30), self.0.next());
        message.await.expect("something within half a minute").expect("no end").unwrap()
    }

    /// The next message that is no ping of the connection's.
    pub async fn next(&mut self) -> Value {
        loop {
            match self.receive().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code that the connection is closed with.
    pub async fn closed(&mut self) -> u16 {
        self.closed_because().await.0
    }

    /// The code and the reason that the connection is closed with.
    pub async fn closed_because(&mut self) -> (u16, String) {
        loop {
            match self.receive().await {
                Message::Close(frame) => {
                    let frame = frame.unwrap();
                    return (frame.code.into(), frame.reason.to_string());
                }
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
