use serde::Deserialize;

/// `[subscriptions]`: WebSocket connections and event streams.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subscriptions {
    /// WebSocket connections and event streams at a time; the next one is refused. Fewer than
    /// `server.connections`, so that queries always find one.
    pub connections: usize,
    /// Operations under way at a time on one WebSocket connection.
    pub operations: usize,
    /// Bytes of a message that a client sends.
    pub message_bytes: usize,
    /// Seconds within which a WebSocket client has to send `connection_init`.
    pub init_seconds: u64,
    /// Seconds of silence after which the server sends a ping or a comment: proxies end what is
    /// silent. A WebSocket client that has not answered by the next one is gone.
    pub keep_alive_seconds: u64,
    /// Milliseconds between two looks at the revision, while anybody is subscribed: changes made by
    /// other programs are noticed by them.
    pub poll_millis: u64,
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self {
            connections: 1024,
            operations: 100,
            message_bytes: 256 * 1024,
            init_seconds: 5,
            keep_alive_seconds: 12,
            poll_millis: 250,
        }
    }
}

impl Subscriptions {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, number, least, most) in [
            ("connections", self.connections, 0, 1_000_000),
            ("operations", self.operations, 1, 100_000),
            ("message_bytes", self.message_bytes, 1024, 1 << 26),
            ("init_seconds", self.init_seconds as usize, 1, 3600),
            ("keep_alive_seconds", self.keep_alive_seconds as usize, 1, 3600),
            ("poll_millis", self.poll_millis as usize, 10, 60_000),
        ] {
            super::within("subscriptions", name, number, least, most)?;
        }
        Ok(())
    }
}
