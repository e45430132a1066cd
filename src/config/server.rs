use std::net::{IpAddr, Ipv4Addr};

use derive_where::derive_where;
use serde::Deserialize;

use super::Listen;
use crate::rules::address::shown;

/// `[server]`: where it listens, and what a connection may do.
#[derive(Clone, Deserialize)]
#[derive_where(Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Host and port. Only this machine by default: who opens it to others does so knowingly.
    pub listen: Listen,
    /// Seconds that requests under way may still take after a signal to stop.
    pub shutdown_seconds: u64,
    /// Connections at a time; the next one waits until another has ended. Each may hold a body and
    /// an answer in memory, and a file descriptor.
    pub connections: usize,
    /// Seconds that a request's line and headers may take to arrive, and that a connection may idle
    /// between two requests: whoever sends a byte now and then would hold it for ever.
    pub header_seconds: u64,
    /// Seconds that a request's body may take to arrive.
    pub body_seconds: u64,
    /// Seconds that a connection may take nothing of its answer: whoever asks for large answers
    /// and does not read them would have them kept in memory.
    pub write_seconds: u64,
    /// The address that others know this server by, such as `https://example.org`: what links in
    /// the REST API begin with. Without it they begin with the host that the client named.
    #[derive_where(skip(Debug))]
    pub public_url: Option<String>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed: the client is then whom it names.
    /// If there are any, `X-Forwarded-Proto` is believed of them alone.
    #[serde(deserialize_with = "super::list")]
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: Listen::new(Ipv4Addr::LOCALHOST.to_string(), 8000),
            shutdown_seconds: 10,
            connections: 4096,
            header_seconds: 30,
            body_seconds: 10,
            write_seconds: 30,
            public_url: None,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Server {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(url) = &self.public_url {
            let parsed = url::Url::parse(url).ok().filter(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.query().is_none()
                    && url.fragment().is_none()
                    && url.username().is_empty()
            });
            if parsed.is_none() {
                return Err(format!(
                    "server.public_url is \"{}\"; such an address is like https://example.org",
                    shown(url)
                ));
            }
        }
        super::within("server", "connections", self.connections, 1, 1_000_000)?;
        for (name, seconds) in [
            ("header_seconds", self.header_seconds),
            ("body_seconds", self.body_seconds),
            ("write_seconds", self.write_seconds),
        ] {
            super::within("server", name, seconds as usize, 1, 86_400)?;
        }
        super::within("server", "shutdown_seconds", self.shutdown_seconds as usize, 0, 86_400)
    }
}
