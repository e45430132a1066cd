//! Passwords in addresses are printed nowhere: not at the start, in no error, log or answer.

use std::process::Output;

use packgrid::config::{Auth, Config, Database, Server, Sync};

use crate::support::program::{Program, packgrid};
use crate::support::{Backend, TestDatabase};

/// In every password below, whatever else is in it.
const SECRET: &str = "s3cret";

/// Every spelling of an address with a password, none of which leads to a database.
const ADDRESSES: &[&str] = &[
    "postgres://u:s3cret@127.0.0.1:1/db",
    "postgresql://u:s3cret@127.0.0.1:1/db?sslmode=disable",
    "postgres://u@127.0.0.1:1/db?password=s3cret",
    "postgres://127.0.0.1:1/db?user=u&password=s3cret",
    "postgres://u:%7As3cret%40@127.0.0.1:1/db",
    "postgres://u:s3cret@no-such-host.invalid/db",
    "postgres://u:s3cret@127.0.0.1:1/db?search_path=app",
    "postgres://u:s3cret@127.0.0.1:1/db?pasword=s3cret",
    "postgres://u:s3cret@127.0.0.1:x/db",
    "postgres://u:s3cret/x@127.0.0.1:1/db",
    "postgres://u:s3cret#x@127.0.0.1:1/db",
    "postgres://u:s3cret?x@127.0.0.1:1/db",
    "postgres://u:1/s3cret@127.0.0.1:1/db",
    "postgres://u:1?s3cret@127.0.0.1:1/db",
    "postgres://u:1#s3cret@127.0.0.1:1/db",
    "postgres://u:s3cret x@127.0.0.1:1/db",
    "postgres://u:s3cret%ff@127.0.0.1:1/db",
    "postgres://u:s3cret",
    "postgres:u:s3cret@127.0.0.1",
    "postgress://u:s3cret@127.0.0.1/db",
    "mysql://u:s3cret@127.0.0.1/db",
    "host=127.0.0.1 port=1 user=u password=s3cret",
    "host=127.0.0.1 password='s3cret x' user=u",
    "u:s3cret@127.0.0.1/db",
    "sqlite:x.db?key=s3cret",
    "sqlite:no/such/x.db?key=s3cret",
];

fn assert_silent(output: &Output, about: &str) {
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains(SECRET), "{about}: {text}");
    }
}

#[test]
fn no_spelling_of_a_database_address_prints_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = packgrid(folder.path());
        command.args(arguments).env("PACKGRID_LOG", "debug").envs(variables.iter().copied());
        command.output().unwrap()
    };
    for address in ADDRESSES {
        for output in [
            run(&["serve", "--listen", "127.0.0.1:0", "--database-url", address], &[]),
            run(&["migrate"], &[("PACKGRID_DATABASE_URL", address)]),
            // What is no argument at all, and what is no value of a setting.
            run(&["migrate", address], &[]),
            run(&["migrate", &format!("--database={address}")], &[]),
            run(&["serve", "--listen", address], &[]),
            run(&["migrate"], &[("PACKGRID_DATABASE_MAX_CONNECTIONS", address)]),
        ] {
            assert!(!output.status.success(), "{address}");
            assert_silent(&output, address);
        }
        for text in [
            format!("[database]\nurl = {address:?}\n"),
            format!("[database]\nurl = {address}\n"),
            format!("[database]\nmax_connections = {address:?}\n"),
        ] {
            std::fs::write(folder.path().join("some.toml"), text).unwrap();
            let output = run(&["--config", "some.toml", "migrate"], &[]);
            assert!(!output.status.success(), "{address}");
            assert_silent(&output, address);
        }
        let help = run(&["serve", "--help"], &[("PACKGRID_DATABASE_URL", address)]);
        assert!(help.status.success());
        assert_silent(&help, address);
    }
}

#[test]
fn other_addresses_do_not_print_theirs_either() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["sync", "http://u:s3cret@127.0.0.1:1/api/v4/"][..],
        &["sync", "http://s3cret@127.0.0.1:1/"],
        &["sync", "https://u:s3cret@no-such-host.invalid/?key=s3cret"],
        &["sync", "ftp://u:s3cret@127.0.0.1/"],
        &["import", "http://u:s3cret@127.0.0.1:1/"],
        &["import", "http://u:s3cret@127.0.0.1:x/"],
        &["serve", "--public-url", "https://u:s3cret@example.org"],
        &["serve", "--sync-from", "ftp://u:s3cret@example.org"],
    ] {
        let mut command = packgrid(folder.path());
        command.args(arguments).env("PACKGRID_SYNC_ATTEMPTS", "1").env("PACKGRID_SYNC_FOLDER", "x");
        command.env("PACKGRID_SERVER_LISTEN", "127.0.0.1:0").env("PACKGRID_LOG", "debug");
        let output = command.output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert_silent(&output, &format!("{arguments:?}"));
    }
    let jwks = packgrid(folder.path())
        .arg("migrate")
        .env("PACKGRID_AUTH_JWKS", "https://u:s3cret@:1/?key=s3cret")
        .output()
        .unwrap();
    assert!(!jwks.status.success());
    assert_silent(&jwks, "auth.jwks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_prints_user_host_and_database_only() {
    let test_database = TestDatabase::empty(Backend::Postgres).await;
    let (before, name) = test_database.url.rsplit_once('/').unwrap();
    let address = format!("{before}/{name}?password=s3cret&application_name=s3cret");
    let arguments = ["--database-url", address.as_str()];
    let mut server = Program::serve(test_database.folder(), &arguments);
    let shown = server.said.lines().next().unwrap().split("serves ").nth(1).unwrap();
    assert_eq!(shown, test_database.url, "{}", server.said);
    for path in ["/readyz", "/metrics", "/healthz"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert!(!server.send(request.as_bytes()).contains(SECRET), "{path}");
    }
    server.signal("-TERM");
    assert_eq!(server.wait(), Some(0));
    let migrated =
        packgrid(test_database.folder()).arg("migrate").args(arguments).output().unwrap();
    assert!(migrated.status.success());
    assert_silent(&migrated, "migrate");
}

#[test]
fn settings_do_not_show_addresses() {
    let address = || "https://u:s3cret@example.org/?key=s3cret".to_owned();
    let config = Config {
        database: Database { url: ADDRESSES[0].to_owned(), ..Database::default() },
        server: Server { public_url: Some(address()), ..Server::default() },
        auth: Auth { jwks: Some(address()), ..Auth::default() },
        sync: Sync { source: Some(address()), ..Sync::default() },
        ..Config::default()
    };
    let text = format!("{config:?}");
    assert!(text.contains("max_connections") && !text.contains(SECRET), "{text}");
}
