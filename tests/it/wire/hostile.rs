//! Requests and connections that nobody means well with, and what is left of the server after them.

use std::io::Write;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::program::Program;
use crate::support::{App, Backend, TestDatabase, on_both};

#[path = "../../hostile/corpus.rs"]
mod corpus;

/// Those of the corpus that are no more than odd, and are answered.
const ANSWERED: [&str; 5] = [
    "30 inline fragments",
    "30 inline fragments on a type",
    "60 inline fragments",
    "60 inline fragments on a type",
    "a text of 1600 bytes in 40 places",
];

on_both! {
    /// Each is answered in the form of GraphQL, and what is refused is refused before any SQL.
    async fn one_by_one(backend: Backend) {
        let app = App::sample(backend).await;
        let mut answered = Vec::new();
        for corpus::Hostile { name, body } in corpus::requests() {
            let request = Request::post("/graphql").header("content-type", "application/json");
            let answer = app.send(request.body(Body::from(body)).unwrap()).await;
            let statements = app.statements.take();
            let json = answer.json();
            let errors = json.get("errors").and_then(Value::as_array).map_or(&[][..], |it| it);
            for error in errors {
                let code = error["extensions"]["code"].as_str().unwrap_or_default();
                let theirs = !matches!(code, "" | "INTERNAL_SERVER_ERROR" | "TIMEOUT" | "SERVICE_UNAVAILABLE");
                assert!(theirs, "{name}: {error}");
                assert!(error["message"].as_str().is_some_and(|message| message.len() < 600), "{name}: {error}");
            }
            assert!(matches!(answer.status.as_u16(), 200 | 400 | 413), "{name}: {}", answer.status);
            assert!(answer.body.len() < 20_000, "{name}: {} bytes", answer.body.len());
            if json.get("data").is_none() {
                assert!(!errors.is_empty(), "{name}: {json}");
                assert_eq!(statements, Vec::<String>::new(), "{name}");
            } else if errors.is_empty() {
                answered.push(name);
            }
        }
        assert_eq!(answered, ANSWERED);
    }

    /// After all of it the server answers as before, and has given back what it took.
    async fn all_at_once(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let server = Program::serve(test_database.folder(), &["--database-url", &test_database.url]);
        // Whatever is set up by the first requests is.
        usual_cpu(&server);
        let (cpu, resident) = (usual_cpu(&server), server.memory("VmRSS:"));
        for corpus::Hostile { name, body } in corpus::requests() {
            let answer = server.post(&body);
            assert!(answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 4"), "{name}: {answer}");
        }
        bodies(&server);
        let connections = connections(&server.address).await;
        assert_usual(&server, "with hostile connections open");
        drop(connections);
        assert_usual(&server, "after them");
        if let (Some(before), Some(after)) = (resident, server.memory("VmRSS:")) {
            assert!(after < before + 200, "{after} MiB are resident, {before} were");
        }
        if let (Some(before), Some(after)) = (cpu, usual_cpu(&server)) {
            // Ten times would be another answer altogether; a machine may be twice as slow.
            assert!(after < before * 5.0 + 0.2, "plain queries took {before} s, and take {after}");
        }
    }
}

const PLAIN: &str = r#"{"query":"{ packages(first: 3) { nodes { title category { title } } } }"}"#;

fn assert_usual(server: &Program, when: &str) {
    let answer = server.post(PLAIN.as_bytes());
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"category\""),
        "{when}: {answer}"
    );
}

/// What plain queries take, in seconds of CPU.
fn usual_cpu(server: &Program) -> Option<f64> {
    let before = server.cpu_seconds();
    (0..50).for_each(|_| assert_usual(server, "usually"));
    Some(server.cpu_seconds()? - before?)
}

/// Bodies that are too large, or are not what they say.
fn bodies(server: &Program) {
    let head = |headers: &str| {
        format!("POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
    };
    let large = vec![b' '; 64 << 20];
    let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
    zipped.write_all(&large).unwrap();
    let zipped = zipped.finish().unwrap();
    let json = "content-type: application/json\r\n";
    let length = |body: &[u8]| format!("content-length: {}\r\n", body.len());
    let form = b"query=mutation%20%7B%20a%20%7D".as_slice();
    let parts =
        b"--x\r\ncontent-disposition: form-data; name=\"query\"\r\n\r\n{ __typename }\r\n--x--\r\n"
            .as_slice();
    let cross_site = "origin: https://elsewhere.example\r\nsec-fetch-site: cross-site\r\n";
    let chunks = [b"4000000\r\n".as_slice(), &large, b"\r\n0\r\n\r\n"].concat();
    for (name, headers, body, expected) in [
        ("64 MiB", format!("{json}{}", length(&large)), large.as_slice(), "413"),
        ("64 MiB in chunks", format!("{json}transfer-encoding: chunked\r\n"), &chunks, "413"),
        (
            "64 MiB that say they are more",
            format!("{json}content-length: 99999999999999\r\n"),
            &large,
            "413",
        ),
        ("a length that is none", format!("{json}content-length: -1\r\n"), b"{}", "400"),
        (
            "a gzip bomb",
            format!("{json}content-encoding: gzip\r\n{}", length(&zipped)),
            &zipped,
            "415",
        ),
        ("a gzip bomb that does not say so", format!("{json}{}", length(&zipped)), &zipped, "400"),
        (
            "a form",
            format!(
                "content-type: application/x-www-form-urlencoded\r\n{cross_site}{}",
                length(form)
            ),
            form,
            "415",
        ),
        (
            "a form in parts",
            format!(
                "content-type: multipart/form-data; boundary=x\r\n{cross_site}{}",
                length(parts)
            ),
            parts,
            "415",
        ),
        (
            "a form as plain text",
            format!("content-type: text/plain\r\n{cross_site}{}", length(PLAIN.as_bytes())),
            PLAIN.as_bytes(),
            "415",
        ),
        (
            "no type at all",
            format!("{cross_site}{}", length(PLAIN.as_bytes())),
            PLAIN.as_bytes(),
            "415",
        ),
    ] {
        let answer = server.send(&[head(&headers).as_bytes(), body].concat());
        // Where the rest of the body is not waited for, the connection may break before the answer.
        let refused = answer.starts_with(&format!("HTTP/1.1 {expected}"));
        assert!(refused || (answer.is_empty() && body.len() > 1 << 20), "{name}: {answer}");
    }
}

/// Connections that hold on to what they have.
async fn connections(address: &str) -> Vec<TcpStream> {
    let upgrade = "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   sec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    let stream = "GET /graphql?query=subscription%7BdirectoryChanged%7Brevision%7D%7D HTTP/1.1\r\n\
                  host: x\r\naccept: text/event-stream\r\n\r\n";
    let large = r#"{"query":"{ packages(first: 100) { nodes { title repoDescription participants commitsOver52 } } }"}"#;
    let unread = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{large}",
        large.len()
    );
    let subscribed = [json!({"type": "connection_init"}).to_string()].into_iter();
    let subscriptions = subscribed.chain((0..100).map(|id| {
        let query = "subscription { directoryChanged { revision } }";
        json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": query}}).to_string()
    }));
    let subscriptions: Vec<u8> = subscriptions.flat_map(|text| masked(text.as_bytes())).collect();
    let kinds: [(&str, usize, Vec<u8>, bool); 7] = [
        ("nothing", 200, vec![], false),
        ("half a header", 200, b"POST /graphql HTTP/1.1\r\nhost".to_vec(), false),
        ("half a body", 200, b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{".to_vec(), false),
        ("what is not read", 50, unread.repeat(40).into_bytes(), false),
        ("a silent WebSocket", 200, upgrade.as_bytes().to_vec(), true),
        ("an event stream", 200, stream.as_bytes().to_vec(), true),
        ("a hundred subscriptions", 30, [upgrade.as_bytes(), &subscriptions].concat(), true),
    ];
    let open = kinds.iter().flat_map(|(name, times, sent, answered)| {
        (0..*times).map(move |_| async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let sending = tokio::time::timeout(Duration::from_millis(500), stream.write_all(sent));
            // Who does not read may find that nothing more is taken.
            let _ = sending.await;
            if *answered {
                let mut begun = [0; 12];
                let read =
                    tokio::time::timeout(Duration::from_secs(60), stream.read_exact(&mut begun));
                read.await.expect(name).expect(name);
                assert!(matches!(&begun[9..], b"101" | b"200"), "{name}: {begun:?}");
            }
            stream
        })
    });
    join_all(open).await
}

/// A text as a WebSocket client sends it.
fn masked(text: &[u8]) -> Vec<u8> {
    // The mask is of zeros, so the text stays as it is.
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text);
    frame
}
