//! Links are absolute: what they begin with.

use packgrid::config::{Config, Server};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{ask, get};
use crate::support::{App, Backend, Served, TestDatabase};

async fn configured(server: Server) -> App {
    let config = Config { server, ..Config::default() };
    App::configured(TestDatabase::sample(Backend::Sqlite).await, config).await
}

/// What the links begin with when these headers are sent: the same in a record, in a list, between
/// pages and at the root.
async fn begin(app: &App, headers: &[(&str, &str)]) -> String {
    let root = get(app, "/api/v4/", headers).await.json();
    let begin = root["grids"].as_str().unwrap().strip_suffix("/api/v4/grids/").unwrap().to_owned();
    let record = get(app, "/api/v4/packages/683/", headers).await.json();
    assert_eq!(record["category"], format!("{begin}/api/v4/categories/4/"));
    assert_eq!(record["grids"][0], format!("{begin}/api/v4/grids/84/"));
    let page = get(app, "/api/v4/packages/?limit=1&offset=190", headers).await.json();
    assert_eq!(page["previous"], format!("{begin}/api/v4/packages/?limit=1&offset=189"));
    assert_eq!(page["results"][0], record);
    let html = get(app, "/api/v4/packages/683/?format=api", headers).await;
    assert!(
        html.text().contains(&format!("<a href=\"{begin}/api/v4/grids/84/?format=api\"")),
        "{begin}"
    );
    begin
}

#[tokio::test]
async fn the_host_that_was_asked() {
    let app = configured(Server::default()).await;
    for (headers, expected) in [
        (&[("host", "example.org")][..], "http://example.org"),
        // Port and letter case are kept, the usual port too.
        (&[("host", "Example.ORG:8000")], "http://Example.ORG:8000"),
        (&[("host", "example.org:80")], "http://example.org:80"),
        (&[("host", "127.0.0.1:8000")], "http://127.0.0.1:8000"),
        (&[("host", "[::1]:8000")], "http://[::1]:8000"),
        // Only if it is exactly this.
        (&[("host", "e.org"), ("x-forwarded-proto", "https")], "https://e.org"),
        (&[("host", "e.org:443"), ("x-forwarded-proto", "https")], "https://e.org:443"),
        (&[("host", "e.org"), ("x-forwarded-proto", "HTTPS")], "http://e.org"),
        (&[("host", "e.org"), ("x-forwarded-proto", "https, http")], "http://e.org"),
        (&[("host", "e.org"), ("x-forwarded-proto", "https,https")], "http://e.org"),
        (&[("host", "e.org"), ("x-forwarded-proto", "http")], "http://e.org"),
        (&[("host", "e.org"), ("x-forwarded-proto", "ftp")], "http://e.org"),
        (&[("host", "e.org"), ("x-forwarded-proto", "")], "http://e.org"),
        (
            &[("host", "e.org"), ("x-forwarded-ssl", "on"), ("x-forwarded-port", "443")],
            "http://e.org",
        ),
        (&[("host", "e.org"), ("x-forwarded-host", "evil.example")], "http://e.org"),
        (&[("host", "e.org"), ("forwarded", "host=evil.example;proto=https")], "http://e.org"),
    ] {
        assert_eq!(begin(&app, headers).await, expected, "{headers:?}");
    }
}

/// Two proxies that each said something are one header with a comma, and that is not `https`.
#[tokio::test]
async fn a_scheme_that_is_said_twice() {
    let app = configured(Server::default()).await;
    let headers = [("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")];
    assert_eq!(begin(&app, &headers).await, "http://example.org");
}

/// What is no host would be put into links, and links are followed.
#[tokio::test]
async fn a_host_that_is_none() {
    let app = configured(Server::default()).await;
    for host in [
        "", ":80", "a b", "a/b", "a@b", "a?b", "a#b", "<b>", "a\"b", "a:b", "a:99999", "[::1",
        "a,b", "a:1:2",
    ] {
        for path in [
            "/api/v4/",
            "/api/v4/packages/683/",
            "/api/v4/packages/?format=api",
            "/api/v4/packages",
        ] {
            let answer = ask(&app, "GET", path, &[("host", host)]).await;
            assert_eq!(answer.status, 400, "{host:?} {path}");
            assert!(host.is_empty() || !answer.text().contains(host), "{host:?} {path}");
        }
    }
}

/// The setting decides, whatever a client says; it may be in a folder of a host.
#[tokio::test]
async fn the_address_that_is_set() {
    for (url, expected, location) in [
        ("https://packages.example", "https://packages.example", "/api/v4/packages/?x"),
        ("http://Packages.example:8080/", "http://Packages.example:8080", "/api/v4/packages/?x"),
        (
            "https://example.net/dir/ectory/",
            "https://example.net/dir/ectory",
            "/dir/ectory/api/v4/packages/?x",
        ),
        ("https://example.net/dir", "https://example.net/dir", "/dir/api/v4/packages/?x"),
    ] {
        let app =
            configured(Server { public_url: Some(url.to_owned()), ..Server::default() }).await;
        for headers in [
            &[][..],
            &[("host", "evil.example:1")],
            &[("host", "a b")],
            &[("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.example")],
        ] {
            assert_eq!(begin(&app, headers).await, expected, "{headers:?}");
        }
        // A relative address begins with the folder, too.
        let answer = get(&app, "/api/v4/packages?x", &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (301, location));
    }
}

/// With proxies that are trusted the others are not believed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_trusted_proxies_name_the_scheme() {
    for (trusted, expected) in [
        (vec![], "https"),
        (vec!["127.0.0.1"], "https"),
        (vec!["192.0.2.1", "127.0.0.1"], "https"),
        (vec!["192.0.2.1"], "http"),
    ] {
        let trusted_proxies = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        let server = Server { trusted_proxies, ..Server::default() };
        let served = Served::start(Backend::Sqlite, Config { server, ..Config::default() }).await;
        let mut stream = served.connect().await;
        let request = "GET /api/v4/packages/683/ HTTP/1.1\r\nHost: e.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let record: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            record["category"],
            format!("{expected}://e.org/api/v4/categories/4/"),
            "{trusted:?}"
        );
        served.stop().await;
    }
}
