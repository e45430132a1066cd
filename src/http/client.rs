//! Who is asking: the address at the other end, or the one that a trusted proxy names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::request::Parts;
use axum::http::{HeaderName, header};

use super::accept::items;

/// The address of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whether the request came by one of these proxies.
pub fn is_trusted(parts: &Parts, trusted: &[IpAddr]) -> bool {
    parts.extensions.get::<Peer>().is_some_and(|peer| trusted.contains(&peer.0.to_canonical()))
}

/// Whether it is a host, maybe with a port: a name or an address of letters, digits, dots and
/// hyphens, or an address of version 6 in brackets. Nothing else can be put into a link safely.
pub fn is_host(text: &str) -> bool {
    let (host, port) = match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => (&text[..colon], Some(&text[colon + 1..])),
        _ => (text, None),
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !host.is_empty() && host.bytes().all(fits)
        }
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// The client's address. Each proxy appends whom it was asked by to `X-Forwarded-For`, so the last
/// entry that is not a trusted proxy is as far as anybody can be believed.
pub fn address(parts: &Parts, trusted: &[IpAddr]) -> IpAddr {
    let peer = parts.extensions.get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0);
    let is_trusted = |address: &IpAddr| trusted.contains(&address.to_canonical());
    if !is_trusted(&peer) {
        return peer;
    }
    let hops: Vec<&str> = items(&parts.headers, &FORWARDED_FOR).collect();
    let mut client = peer;
    for hop in hops.iter().rev() {
        match hop.parse() {
            Ok(address) => client = address,
            Err(_) => break,
        }
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

/// Whether a browser's page that opens a WebSocket is one of this site's: its origin names the host
/// that it connects to. Who sends no origin is no browser.
pub fn is_same_origin(parts: &Parts) -> bool {
    let Some(origin) = parts.headers.get(header::ORIGIN) else {
        return true;
    };
    let host = parts.headers.get(header::HOST).map(|host| host.as_bytes());
    let origin = origin.as_bytes();
    ["http://", "https://"].iter().any(|scheme| origin.strip_prefix(scheme.as_bytes()) == host)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::{Peer, address, is_host, is_same_origin};

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = Request::new(());
        for value in forwarded {
            request.headers_mut().append("x-forwarded-for", value.parse().expect("a header"));
        }
        request.extensions_mut().insert(Peer(peer.parse().expect("an address")));
        let trusted: Vec<_> = trusted.iter().map(|it| it.parse().expect("an address")).collect();
        address(&request.into_parts().0, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        for (peer, forwarded, trusted, expected) in [
            ("192.0.2.1", vec![], vec![], "192.0.2.1"),
            ("192.0.2.1", vec!["10.0.0.1"], vec![], "192.0.2.1"),
            ("10.0.0.1", vec!["192.0.2.1"], vec!["10.0.0.1"], "192.0.2.1"),
            ("10.0.0.1", vec!["1.2.3.4, 192.0.2.1"], vec!["10.0.0.1"], "192.0.2.1"),
            (
                "10.0.0.1",
                vec!["1.2.3.4, 192.0.2.1", "10.0.0.2"],
                vec!["10.0.0.1", "10.0.0.2"],
                "192.0.2.1",
            ),
            ("10.0.0.1", vec!["1.2.3.4, nonsense"], vec!["10.0.0.1"], "10.0.0.1"),
            ("10.0.0.1", vec![], vec!["10.0.0.1"], "10.0.0.1"),
            ("::1", vec!["2001:db8::1"], vec!["::1"], "2001:db8::1"),
            ("::ffff:10.0.0.1", vec!["192.0.2.1"], vec!["10.0.0.1"], "192.0.2.1"),
        ] {
            assert_eq!(client(peer, &forwarded, &trusted), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn hosts() {
        for host in ["example.org", "Example.org:8000", "127.0.0.1:1", "[::1]", "[2001:db8::1]:80"]
        {
            assert!(is_host(host), "{host}");
        }
        for text in ["", ":80", "a b", "a/b", "a:b", "a:99999", "[::1", "::1", "a@b", "[a]:1", "é"]
        {
            assert!(!is_host(text), "{text}");
        }
    }

    #[test]
    fn origins() {
        for (origin, same) in [
            (None, true),
            (Some("http://example.org:8000"), true),
            (Some("https://example.org:8000"), true),
            (Some("http://example.org"), false),
            (Some("https://evil.example"), false),
            (Some("null"), false),
            (Some("ftp://example.org:8000"), false),
        ] {
            let mut request = Request::get("/graphql").header("host", "example.org:8000");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let parts = request.body(()).expect("a request").into_parts().0;
            assert_eq!(is_same_origin(&parts), same, "{origin:?}");
        }
    }
}
