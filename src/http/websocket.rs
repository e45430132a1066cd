//! GraphQL over WebSocket: the sub-protocol `graphql-transport-ws`, by a loop of our own.
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>
//!
//! One task reads what the client sends, waits for what its operations have, and writes; it does
//! none of that while it writes. So a client that does not read is sent nothing, and nothing is
//! made for it: an operation is asked for its next event when there is room for it.

mod message;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use async_graphql::ServerError;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, AbortHandle, BoxStream, SelectAll, StreamExt};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::accept::MediaType;
use super::caller::{Caller, credential};
use super::graphql::{self, Parameters, errors_json};
use super::refusal::Refusal;
use super::{App, client};
use crate::graphql::ErrorCode;
use message::{ClientMessage, quoting};

/// What the sub-protocol is called.
const PROTOCOL: &str = "graphql-transport-ws";

/// The older protocol of subscriptions-transport-ws. It is not spoken: a client that offers nothing
/// else gets its handshake, and so reads in the close frame why the connection ends.
const LEGACY_PROTOCOL: &str = "graphql-ws";

/// Bytes of a close frame's reason, at most.
const REASON: usize = 123;

/// Whether the client wants to speak WebSocket.
pub fn is_asked_for(parts: &Parts) -> bool {
    let upgrade = parts.headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    parts.method == Method::GET
        && upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Answers a request to speak WebSocket.
pub async fn upgrade(app: App, parts: &mut Parts) -> Response {
    let refuse = |refusal| graphql::refuse(&refusal, MediaType::Json);
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    // No CORS keeps other sites' pages from opening WebSockets with what a browser knows of us.
    if !client::is_same_origin(parts) && !app.allows_origin(parts) {
        app.log_refused_origin(parts);
        let message = "Pages of this origin may not connect; the server's setting `cors.origins` \
                       names those that may";
        let (status, code) = (StatusCode::FORBIDDEN, ErrorCode::Forbidden);
        return refuse(Refusal::http(status, code, message));
    }
    // What the connection is opened with counts, unless its first message brings something else.
    let credential = match credential(&parts.headers) {
        Ok(credential) => credential.map(str::to_owned),
        Err(refusal) => return refuse(refusal),
    };
    let client = client::address(parts, &app.0.config.server.trusted_proxies);
    if let Err(refusal) = app.viewer(client, credential.as_deref()).await {
        return refuse(refusal);
    }
    let place = match app.place() {
        Ok(place) => place,
        Err(refusal) => return refuse(refusal),
    };
    let bytes = app.0.config.subscriptions.message_bytes;
    let protocols = [PROTOCOL, LEGACY_PROTOCOL];
    upgrade.protocols(protocols).max_message_size(bytes).max_frame_size(bytes).on_upgrade(
        move |socket| async move {
            let is_ours = socket.protocol().is_some_and(|protocol| protocol == PROTOCOL);
            let connection = Connection {
                app,
                client,
                credential,
                socket,
                initialised: false,
                operations: SelectAll::new(),
                under_way: HashMap::new(),
            };
            connection.run(is_ours).await;
            drop(place);
        },
    )
}

/// What an operation has to say.
enum Said {
    /// A result, as JSON.
    Next(String, Vec<u8>),
    /// It was refused; nothing follows.
    Error(String, Vec<ServerError>),
    /// Nothing follows.
    Complete(String),
    /// The credential is not right any more.
    Forbidden,
}

/// Why a connection ends.
enum End {
    /// The client has gone, or does not read.
    Gone,
    /// With a code and a reason.
    Close(u16, String),
}

type Ended<T> = Result<T, End>;

fn close<T>(code: u16, reason: impl Into<String>) -> Ended<T> {
    Err(End::Close(code, reason.into()))
}

struct Connection {
    app: App,
    client: IpAddr,
    /// What was shown to say who asks.
    credential: Option<String>,
    socket: WebSocket,
    initialised: bool,
    operations: SelectAll<BoxStream<'static, Said>>,
    under_way: HashMap<String, AbortHandle>,
}

impl Connection {
    async fn run(mut self, is_ours: bool) {
        let end = if is_ours {
            match self.talk().await {
                Ok(()) => return,
                Err(end) => end,
            }
        } else {
            End::Close(4406, format!("Subprotocol not acceptable; use {PROTOCOL}"))
        };
        if let End::Close(code, mut reason) = end {
            reason.truncate(reason.floor_char_boundary(REASON));
            let frame = CloseFrame { code, reason: reason.into() };
            if self.write(Message::Close(Some(frame))).await.is_ok() {
                // Until the client has closed it, too: what it has sent would else have the system
                // throw away what it was sent.
                let _ = timeout(self.patience(), async {
                    while let Some(Ok(_)) = self.socket.recv().await {}
                })
                .await;
            }
        }
    }

    /// Reads, waits and writes until the connection ends.
    async fn talk(&mut self) -> Ended<()> {
        let settings = self.app.0.config.subscriptions.clone();
        let late = Instant::now() + Duration::from_secs(settings.init_seconds);
        let silence = Duration::from_secs(settings.keep_alive_seconds);
        let mut pings = interval_at(Instant::now() + silence, silence);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut answered = true;
        let mut stopping = self.app.0.stopping.clone();
        loop {
            tokio::select! {
                received = self.socket.recv() => match received {
                    Some(Ok(Message::Text(text))) => self.receive(text.as_str()).await?,
                    Some(Ok(Message::Binary(_))) => return close(4400, "Messages are text"),
                    Some(Ok(Message::Pong(_))) => answered = true,
                    // Answered already.
                    Some(Ok(Message::Ping(_))) => {}
                    Some(Ok(Message::Close(_))) | None => return Ok(()),
                    Some(Err(error)) => return broken(&error),
                },
                Some(said) = self.operations.next(), if !self.operations.is_empty() => {
                    self.say(said).await?;
                }
                () = sleep_until(late), if !self.initialised => {
                    return close(4408, "Connection initialisation timeout");
                }
                _ = pings.tick() => {
                    if !answered {
                        return Err(End::Gone);
                    }
                    answered = false;
                    self.write(Message::Ping(Default::default())).await?;
                }
                () = super::stopped(&mut stopping) => {
                    return close(1001, "The server is going down");
                }
            }
        }
    }

    async fn receive(&mut self, text: &str) -> Ended<()> {
        let message = match ClientMessage::parse(text) {
            Ok(message) => message,
            Err(reason) => return close(4400, reason),
        };
        match message {
            ClientMessage::ConnectionInit { payload } => {
                if self.initialised {
                    return close(4429, "Too many initialisation requests");
                }
                self.look_at(&payload).await?;
                self.initialised = true;
                self.send(&json!({ "type": "connection_ack" })).await
            }
            ClientMessage::Ping { payload: Some(payload) } => {
                self.send(&json!({ "type": "pong", "payload": payload })).await
            }
            ClientMessage::Ping { payload: None } => self.send(&json!({ "type": "pong" })).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, parameters } => self.subscribe(id, *parameters).await,
            ClientMessage::Complete { id } => {
                // It may have ended by itself in the meantime.
                if let Some(operation) = self.under_way.remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
        }
    }

    /// Finds in the payload of `connection_init` who asks: a browser's page has no say in the
    /// headers that a WebSocket is opened with.
    async fn look_at(&mut self, payload: &Map<String, Value>) -> Ended<()> {
        let shown = ["Authorization", "authorization"].map(|name| payload.get(name));
        let mut shown = shown.into_iter().flatten().filter(|value| !value.is_null());
        match (shown.next(), shown.next()) {
            (None, _) => return Ok(()),
            (Some(Value::String(credential)), None) => {
                self.credential = Some(credential.clone());
            }
            _ => return close(4403, "Forbidden"),
        }
        match self.app.viewer(self.client, self.credential.as_deref()).await {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.is_of_credential() => close(4403, "Forbidden"),
            // Clients come back after this one by themselves.
            Err(_) => close(1013, "Try again later"),
        }
    }

    async fn subscribe(&mut self, id: String, parameters: Parameters) -> Ended<()> {
        if !self.initialised {
            return close(4401, "Unauthorized");
        }
        if self.under_way.contains_key(&id) {
            return close(4409, quoting("Subscriber for ", &id, " already exists"));
        }
        let most = self.app.0.config.subscriptions.operations;
        if self.under_way.len() >= most {
            let message = format!("A connection has at most {most} operations under way");
            let refusal = Refusal::request(ErrorCode::RateLimited, message);
            return self.say(Said::Error(id, refusal.errors)).await;
        }
        let (app, credential) = (self.app.clone(), self.credential.clone());
        let begun = begin(app, self.client, credential, id.clone(), parameters);
        let (events, abort) = stream::abortable(stream::once(begun).flatten());
        self.under_way.insert(id, abort);
        self.operations.push(events.boxed());
        Ok(())
    }

    async fn say(&mut self, said: Said) -> Ended<()> {
        match said {
            Said::Next(id, body) => {
                let body = std::str::from_utf8(&body).unwrap_or_default();
                self.send_payload("next", &id, body).await
            }
            Said::Error(id, errors) => {
                // Whatever it would still have to say.
                if let Some(operation) = self.under_way.remove(&id) {
                    operation.abort();
                }
                self.send_payload("error", &id, &errors_json(&errors)).await
            }
            Said::Complete(id) => {
                self.under_way.remove(&id);
                self.send(&json!({ "type": "complete", "id": id })).await
            }
            Said::Forbidden => close(4403, "Forbidden"),
        }
    }

    /// Sends a message with a payload that is JSON already, and may be large.
    async fn send_payload(&mut self, kind: &str, id: &str, payload: &str) -> Ended<()> {
        let id = Value::from(id);
        let text = format!("{{\"id\":{id},\"type\":\"{kind}\",\"payload\":{payload}}}");
        self.write(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: &Value) -> Ended<()> {
        self.write(Message::Text(message.to_string().into())).await
    }

    async fn write(&mut self, message: Message) -> Ended<()> {
        match timeout(self.patience(), self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            // It has gone, or it does not read.
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.app.0.config.server.write_seconds)
    }
}

/// What to say of a socket that can no longer be read.
fn broken(error: &axum::Error) -> Ended<()> {
    let said = error.to_string();
    if said.contains("too long") || said.contains("too big") {
        close(1009, "The message is too big")
    } else if said.contains("UTF-8") || said.contains("utf-8") {
        close(1007, "The message is not UTF-8")
    } else {
        Err(End::Gone)
    }
}

/// Begins an operation, and gives what it has to say.
async fn begin(
    app: App,
    address: IpAddr,
    credential: Option<String>,
    id: String,
    parameters: Parameters,
) -> BoxStream<'static, Said> {
    let answers = async {
        // A connection may outlive what it was opened with.
        let viewer = app.viewer(address, credential.as_deref()).await?;
        let admitted = app.admit(app.find(parameters)?).await?;
        app.answers(admitted, &Caller { address, viewer }, None).await
    };
    match answers.await {
        Ok(answers) => {
            let last = Said::Complete(id.clone());
            let said = answers.map(move |next| match next.body {
                Ok(body) => Said::Next(id.clone(), body),
                Err(refusal) => Said::Error(id.clone(), refusal.errors),
            });
            said.chain(stream::once(async { last })).boxed()
        }
        Err(refusal) if refusal.is_of_credential() => {
            stream::once(async { Said::Forbidden }).boxed()
        }
        Err(refusal) => stream::once(async { Said::Error(id, refusal.errors) }).boxed(),
    }
}
