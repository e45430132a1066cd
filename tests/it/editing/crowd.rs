//! Many clients that edit at once, with others who read and listen.

use std::time::Duration;

use packgrid::auth::{Role, token};
use packgrid::clock;
use packgrid::config::{Config, Limits, Subscriptions};
use packgrid::http::{Site, serve};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::crowd::kept::{State, assert_derived};
use crate::support::crowd::{Crowd, Door};
use crate::support::{Backend, TestDatabase, on_both};

const CROWD: Crowd = Crowd { clients: 16, edits: 32, seed: 20_261_126, pause: Duration::ZERO };

/// A server of a database that others may serve as well. It looks for changes often, and waits for
/// slow machines.
async fn server(test_database: &TestDatabase, tokens: &[(Role, String)]) -> (Door, JoinHandle<()>) {
    let subscriptions = Subscriptions { poll_millis: 20, ..Subscriptions::default() };
    let limits = Limits { request_seconds: 300, cost: 1 << 40, ..Limits::default() };
    let config = Config { limits, subscriptions, ..Config::default() };
    let database = test_database.open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let settings = config.server.clone();
    let site = Site::new(database, config).unwrap();
    let task = tokio::spawn(async move {
        serve(listener, site, &settings, std::future::pending()).await.unwrap();
    });
    (Door { address, tokens: tokens.to_vec() }, task)
}

/// A token of each role.
pub async fn tokens(test_database: &TestDatabase) -> Vec<(Role, String)> {
    let database = test_database.open().await;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        let made = token::create(&database, role.as_str(), role, None, clock::now()).await;
        tokens.push((role, made.unwrap().text));
    }
    database.close().await;
    tokens
}

/// So many servers of one database, and a crowd at their doors; what it leaves must be right.
async fn crowd_at(backend: Backend, servers: usize) {
    let test_database = TestDatabase::sample(backend).await;
    let tokens = tokens(&test_database).await;
    let connection = test_database.connect().await;
    let mut state = State::of(&connection).await;
    let (mut doors, mut tasks) = (Vec::new(), Vec::new());
    for _ in 0..servers {
        let (door, task) = server(&test_database, &tokens).await;
        doors.push(door);
        tasks.push(task);
    }
    let ran = CROWD.run(&doors).await;
    assert!(ran.acknowledged > CROWD.clients * CROWD.edits / 2, "{}", ran.acknowledged);
    assert!(ran.reads > 0);
    state.replay(&connection, 1).await;
    state.assert_is(&State::of(&connection).await);
    tasks.iter().for_each(JoinHandle::abort);
    connection.close().await.unwrap();
    assert_derived(&test_database.url).await;
}

on_both! {
    async fn at_one_server(backend: Backend) {
        crowd_at(backend, 1).await;
    }

    /// Each request makes two edits, and reads between them and after them.
    async fn several_edits_in_each_request(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let tokens = tokens(&test_database).await;
        let (door, task) = server(&test_database, &tokens).await;
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..40 {
            let mut line = door.line();
            clients.spawn(async move {
                let fields = "package { title repoForks } revision errors { code }";
                let query = format!("mutation($a: UpdatePackageInput!, $b: UpdatePackageInput!) {{ \
                    a: updatePackage(input: $a) {{ {fields} }} b: updatePackage(input: $b) {{ {fields} }} }}");
                let id = crate::editing::id("Package", 683);
                let input = |forks: i32| serde_json::json!({ "id": id, "repoForks": forks });
                let (a, b) = (input(1_000 + client), input(2_000 + client));
                let body = serde_json::json!({ "query": query, "variables": { "a": a, "b": b } });
                let (status, answer) = line.ask(Role::Editor, None, &body).await.unwrap();
                assert_eq!((status, answer.get("errors")), (200, None), "{answer:#}");
                for edit in ["a", "b"] {
                    assert!(answer["data"][edit]["revision"].is_string(), "{answer:#}");
                }
            });
        }
        let all = tokio::time::timeout(Duration::from_secs(600), clients.join_all());
        assert_eq!(all.await.unwrap().len(), 40);
        task.abort();
    }
}

/// Two servers know nothing of each other but the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_servers() {
    crowd_at(Backend::Postgres, 2).await;
}
