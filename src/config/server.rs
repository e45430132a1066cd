use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// `[server]`: where it listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port. Only this machine by default: who opens it to others does so knowingly.
    pub listen: SocketAddr,
    /// Seconds that requests under way may still take after a signal to stop.
    pub shutdown_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)), shutdown_seconds: 10 }
    }
}
