//! A PostgreSQL that is gone: named as such, soon, and used again when it is back.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use packgrid::config::{self, Config};
use packgrid::database::{Database, Row, Snapshot};
use packgrid::http::Site;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::program::{Program, packgrid};
use crate::support::{Answer, App, Backend, TestDatabase, anew};

/// How long is waited for what has to happen at some time.
const PATIENCE: Duration = Duration::from_secs(60);

/// What takes a second by the rule; a slow machine takes longer. Without the rule it is 5 s or 10.
const SOON: Duration = Duration::from_secs(4);

const MESSAGE: &str = "The database cannot be reached; try again later";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Everything goes through.
    Open,
    /// Connections break, and new ones are refused, as of a server that was stopped.
    Refusing,
    /// Nothing goes through, and nobody is told, as where a network drops packets.
    Silent,
}

/// Something between packgrid and PostgreSQL.
struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, seen) = watch::channel(Mode::Open);
        let task = tokio::spawn(Self::run(listener, server, seen));
        Self { address, mode, task }
    }

    async fn run(mut listener: TcpListener, server: String, mut mode: watch::Receiver<Mode>) {
        let address = listener.local_addr().unwrap();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = until(&mut mode, |mode| mode == Mode::Refusing) => {
                    drop(listener);
                    if until(&mut mode, |mode| mode != Mode::Refusing).await.is_none() {
                        return;
                    }
                    listener = TcpListener::bind(address).await.unwrap();
                    continue;
                }
            };
            tokio::spawn(Self::relay(accepted.unwrap().0, server.clone(), mode.clone()));
        }
    }

    async fn relay(mut client: TcpStream, server: String, mut mode: watch::Receiver<Mode>) {
        // Bytes that come while it is silent stay where they are.
        if until(&mut mode, |mode| mode != Mode::Silent).await != Some(Mode::Open) {
            return;
        }
        let Ok(mut server) = TcpStream::connect(&server).await else { return };
        let lost = tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            lost = until(&mut mode, |mode| mode != Mode::Open) => lost,
        };
        if lost == Some(Mode::Silent) {
            // What is lost on the way is lost.
            until(&mut mode, |mode| mode != Mode::Silent).await;
        }
    }

    fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

/// Waits for such a mode; `None` when the proxy is gone.
async fn until(mode: &mut watch::Receiver<Mode>, fits: impl Fn(Mode) -> bool) -> Option<Mode> {
    mode.wait_for(|mode| fits(*mode)).await.map(|mode| *mode).ok()
}

/// A sample directory behind a proxy: its database, its address by the proxy, and the proxy.
async fn behind_a_proxy() -> (TestDatabase, String, Proxy) {
    let test_database = TestDatabase::sample(Backend::Postgres).await;
    let mut url = url::Url::parse(&test_database.url).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let proxy = Proxy::start(server).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    (test_database, url.to_string(), proxy)
}

async fn app_at(test_database: TestDatabase, url: String, max_connections: u32) -> App {
    let settings = config::Database { url, max_connections, ..config::Database::default() };
    let database = Database::open(&settings).await.unwrap();
    let statements = database.record_statements();
    let site = Site::new(database.clone(), Config::default()).unwrap();
    App { site, database, statements, test_database }
}

async fn ask(app: &App) -> Answer {
    let body = json!({ "query": anew("{ packages(first: 1) { totalCount } }") });
    app.post(body.to_string()).await
}

fn assert_unreachable(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    let error = &answer.json()["errors"][0];
    assert_eq!(error["message"], MESSAGE, "{error}");
    assert_eq!(error["extensions"]["code"], "SERVICE_UNAVAILABLE", "{error}");
    assert_eq!(answer.header("retry-after"), "5");
}

async fn until_back(app: &App) {
    let begun = Instant::now();
    loop {
        let answer = ask(app).await;
        if answer.status == StatusCode::OK {
            assert_eq!(answer.json()["data"]["packages"]["totalCount"], 191);
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn named_and_used_again(lost: Mode) {
    let (test_database, url, proxy) = behind_a_proxy().await;
    let app = app_at(test_database, url, 4).await;
    for _ in 0..2 {
        until_back(&app).await;
        proxy.set(lost);
        let begun = Instant::now();
        // More than there are connections, and all of them are told the same.
        let asked = futures_util::future::join_all((0..12).map(|_| ask(&app))).await;
        assert!(begun.elapsed() < SOON, "{lost:?}: {:?}", begun.elapsed());
        asked.iter().for_each(assert_unreachable);
        let begun = Instant::now();
        let readiness = app.get("/readyz").await;
        assert!(begun.elapsed() < SOON, "{lost:?}: {:?}", begun.elapsed());
        assert_eq!(readiness.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(readiness.json()["reason"], "the database cannot be reached");
        assert!(!readiness.text().contains("127.0.0.1"), "{}", readiness.text());
        let rest = app.get("/api/v4/packages/?limit=1").await;
        assert_eq!(rest.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(rest.text().contains("cannot be reached"), "{}", rest.text());
        proxy.set(Mode::Open);
    }
    until_back(&app).await;
    let readiness = app.get("/readyz").await;
    assert_eq!((readiness.status, &readiness.json()["reason"]), (StatusCode::OK, &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_connections_are_a_database_that_cannot_be_reached() {
    named_and_used_again(Mode::Refusing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_a_database_that_cannot_be_reached() {
    named_and_used_again(Mode::Silent).await;
}

/// A statement that is under way is given up as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_hangs_ends_when_the_database_is_lost() {
    let (test_database, url, proxy) = behind_a_proxy().await;
    let app = app_at(test_database, url, 4).await;
    let deadline = Instant::now() + PATIENCE;
    let (begun, wait_begun) = tokio::sync::oneshot::channel();
    let database = app.database.clone();
    let reading = tokio::spawn(async move {
        let body = |snapshot: Snapshot| async move {
            let none = |_: &Row<'_>| Ok(());
            snapshot.fetch_sql("SELECT 1", vec![], none).await.unwrap();
            begun.send(()).unwrap();
            snapshot.fetch_sql("SELECT pg_sleep(50)", vec![], none).await
        };
        database.read(deadline, body).await.map(|_| ())
    });
    wait_begun.await.unwrap();
    proxy.set(Mode::Silent);
    let error = reading.await.unwrap().unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(Instant::now() < deadline);
}

/// What is given up at any point of a beginning leaves no connection within a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_is_given_up_while_it_begins_is_ended() {
    let test_database = TestDatabase::sample(Backend::Postgres).await;
    let url = test_database.url.clone();
    let app = app_at(test_database, url, 2).await;
    let connection = app.test_database.connect().await;
    let open = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
    for polls in 1..8 {
        let deadline = Instant::now() + PATIENCE;
        let body = |snapshot: Snapshot| async move {
            snapshot.fetch_sql("SELECT 1", vec![], |_: &Row<'_>| Ok(())).await
        };
        give_up(polls, app.database.read(deadline, body)).await;
        give_up(polls, app.database.begin()).await;
        give_up(polls, app.database.begin_until(deadline)).await;
        loop {
            let statement = Statement::from_string(DbBackend::Postgres, open);
            if connection.query_all_raw(statement).await.unwrap().is_empty() {
                break;
            }
            assert!(Instant::now() < deadline, "given up after {polls}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        until_back(&app).await;
    }
}

/// Polls `work` so many times, and drops it.
async fn give_up(polls: usize, work: impl Future) {
    let mut work = std::pin::pin!(work);
    for _ in 0..polls {
        if futures_util::poll!(&mut work).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// PostgreSQL answers, and every connection is in use: that is another thing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_is_in_use_is_busy() {
    let test_database = TestDatabase::sample(Backend::Postgres).await;
    let url = test_database.url.clone();
    let app = app_at(test_database, url, 1).await;
    let transaction = app.database.begin().await.unwrap();
    let answer = ask(&app).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["errors"][0]["message"], "The server is busy; try later");
    assert_eq!(answer.header("retry-after"), "5");
    transaction.rollback().await.unwrap();
    until_back(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_tells_once_that_it_is_lost_and_once_that_it_is_back() {
    let (test_database, url, proxy) = behind_a_proxy().await;
    let log = test_database.folder().join("log");
    let mut command = packgrid(test_database.folder());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", &url]);
    let file = std::fs::File::create(&log).unwrap();
    let server = tokio::task::block_in_place(|| Program::start_logging(command, Stdio::from(file)));
    let count = |text: &str| std::fs::read_to_string(&log).unwrap().matches(text).count();
    let ask = |fits: &str| {
        let query = json!({ "query": anew("{ packages(first: 1) { totalCount } }") }).to_string();
        server.post(query.as_bytes()).contains(fits)
    };
    assert!(tokio::task::block_in_place(|| ask("191")));
    proxy.set(Mode::Refusing);
    for _ in 0..10 {
        assert!(tokio::task::block_in_place(|| ask(MESSAGE)));
    }
    proxy.set(Mode::Open);
    let begun = Instant::now();
    while count("PostgreSQL is reachable again") == 0 {
        assert!(begun.elapsed() < PATIENCE, "nobody found it back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(tokio::task::block_in_place(|| ask("191")));
    assert_eq!(count("PostgreSQL cannot be reached"), 1);
    assert_eq!(count("PostgreSQL is reachable again"), 1);
    assert_eq!(count("a request was given up"), 0);
    assert!(count("\n") < 10, "{}", std::fs::read_to_string(&log).unwrap());
}

/// PostgreSQL answers, and takes no connection; whoever has a token is told the same, and the log once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_connections_is_unreachable() {
    let test_database = TestDatabase::sample(Backend::Postgres).await;
    let name = test_database.url.rsplit('/').next().unwrap().to_owned();
    let log = test_database.folder().join("log");
    let mut command = packgrid(test_database.folder());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", &test_database.url]);
    let file = std::fs::File::create(&log).unwrap();
    let server = tokio::task::block_in_place(|| Program::start_logging(command, Stdio::from(file)));
    let ask = |credential: &str| {
        let body = json!({ "query": anew("{ packages(first: 1) { totalCount } }") }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{credential}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        tokio::task::block_in_place(|| server.send(request.as_bytes()))
    };
    let token = format!("Authorization: Bearer pgt_1_{}\r\n", "A".repeat(43));
    assert!(ask("").contains("191"));
    let execute = async |sql: String| {
        let mut url = url::Url::parse(&test_database.url).unwrap();
        url.set_path("/postgres");
        let connection = sea_orm::Database::connect(url.as_str()).await.unwrap();
        connection.execute_unprepared(&sql).await.unwrap();
    };
    execute(format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false")).await;
    execute(format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    ))
    .await;
    for _ in 0..5 {
        let answer = ask("");
        assert!(answer.contains(MESSAGE) && answer.contains("SERVICE_UNAVAILABLE"), "{answer}");
        let answer = ask(&token);
        assert!(answer.contains("SERVICE_UNAVAILABLE"), "{answer}");
    }
    execute(format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS true")).await;
    let begun = Instant::now();
    while !ask("").contains("191") {
        assert!(begun.elapsed() < PATIENCE, "nobody found it back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("a token could not be looked up"), "{log}");
    assert!(log.matches("ERROR").count() <= 1, "{log}");
}

/// A host that does not answer at all does not keep a start waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_does_not_wait_for_silence() {
    let (test_database, url, proxy) = behind_a_proxy().await;
    proxy.set(Mode::Silent);
    let folder = test_database.folder().to_owned();
    let migrated = tokio::task::spawn_blocking(move || {
        packgrid(&folder).args(["migrate", "--database-url", &url]).output().unwrap()
    });
    let output = tokio::time::timeout(PATIENCE, migrated).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("cannot reach the PostgreSQL database: no answer within 5"), "{text}");
}
