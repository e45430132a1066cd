use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A host and a port to listen on. Without a host, as in `:8000`, it is all interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Listen {
    /// A name or an address, an IPv6 address without its brackets; empty for all interfaces.
    host: String,
    port: u16,
}

impl Listen {
    /// On `host` and `port`.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// The host's name or address; `None` for all interfaces.
    pub fn host(&self) -> Option<&str> {
        (!self.host.is_empty()).then_some(self.host.as_str())
    }

    /// The port; 0 has the system choose one.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not HOST:PORT, such as 127.0.0.1:8000, localhost:8000, [::1]:8000, or \
                 :8000 for all interfaces"
            )
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match inner {
            Some(address) if address.parse::<std::net::Ipv6Addr>().is_ok() => address,
            None if !host.contains([':', '[', ']', '/', '@'])
                && !host.contains(char::is_whitespace) =>
            {
                host
            }
            _ => return Err(wrong()),
        };
        Ok(Self::new(host, port))
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn reads_a_host_and_a_port() {
        for (text, host, port) in [
            ("127.0.0.1:8000", Some("127.0.0.1"), 8000),
            ("localhost:8000", Some("localhost"), 8000),
            ("[::1]:0", Some("::1"), 0),
            (":8000", None, 8000),
        ] {
            let listen: Listen = text.parse().expect(text);
            assert_eq!((listen.host(), listen.port()), (host, port));
            assert_eq!(listen.to_string(), text);
        }
        for text in [
            "8000",
            "localhost",
            "localhost:",
            "::1:8000",
            "[x]:1",
            "h:65536",
            "http://h:1",
            "h :1",
        ] {
            let error = text.parse::<Listen>().expect_err(text);
            assert!(error.contains("HOST:PORT"), "{error}");
        }
    }
}
