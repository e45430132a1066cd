//! Behind PgBouncer, which gives every transaction whichever connection of the server is free.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use packgrid::auth::Role;
use serde_json::{Value, json};

use crate::editing::{Editors, id};
use crate::support::{App, Backend, TestDatabase, open};

/// PgBouncer in transaction mode, in front of the server that a URL names.
struct PgBouncer {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Starts one that shares two connections of the server among all clients, with one more line of
    /// settings.
    async fn start(url: &str, setting: &str) -> Self {
        let url = url::Url::parse(url).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let password = url.password().map(|it| format!(" password={it}")).unwrap_or_default();
        let server = format!(
            "host={} port={} user={}{password}",
            url.host_str().unwrap(),
            url.port().unwrap_or(5432),
            url.username(),
        );
        let settings = format!(
            "[databases]\n* = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n\
             {setting}\nlogfile = {}\n",
            folder.path().join("log").display(),
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), settings).unwrap();
        let process = command(folder.path()).spawn().expect(
            "PgBouncer is not installed; scripts/test installs it (Debian's package pgbouncer)",
        );
        let bouncer = Self { process, port, folder };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = std::fs::read_to_string(bouncer.folder.path().join("log"));
            assert!(begun.elapsed() < Duration::from_secs(20), "PgBouncer does not start: {log:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bouncer
    }

    /// The URL of `database` through PgBouncer.
    fn url(&self, database: &TestDatabase) -> String {
        let name = database.url.rsplit('/').next().unwrap();
        format!("postgres://any@127.0.0.1:{}/{name}?statement-cache-capacity=0", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command that runs PgBouncer by the settings in `folder`. It refuses to run as root.
fn command(folder: &Path) -> Command {
    let program = std::env::var("PGBOUNCER").unwrap_or_else(|_| "pgbouncer".to_owned());
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt;
        it.uid() == 0
    });
    let mut command = if is_root {
        let nobody = Command::new("chown").args(["-R", "nobody"]).arg(folder).status();
        assert!(nobody.unwrap().success());
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.arg("-q").arg(folder.join("pgbouncer.ini"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Two servers share two connections of PostgreSQL: statements of one must not be taken for the
/// other's, whatever order they come in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_and_edits_behind_a_pooler() {
    serve_and_edit("").await;
}

/// As many have it for other drivers: start-up parameters are dropped and not refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_and_edits_behind_a_pooler_that_drops_parameters() {
    serve_and_edit("ignore_startup_parameters = extra_float_digits, options").await;
}

/// Two clients' statements of the same names meet on one connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_is_not_named_as_one_is_told_what_to_set() {
    let database = TestDatabase::sample(Backend::Postgres).await;
    let bouncer =
        PgBouncer::start(&database.url, "ignore_startup_parameters = extra_float_digits").await;
    let url = bouncer.url(&database).replace("?statement-cache-capacity=0", "");
    for _ in 0..5 {
        if let Err(error) = open(&url).await {
            assert!(error.to_string().contains("with ?statement-cache-capacity=0"), "{error}");
            return;
        }
    }
    panic!("it was opened again and again");
}

async fn serve_and_edit(setting: &str) {
    let database = TestDatabase::sample(Backend::Postgres).await;
    let bouncer = PgBouncer::start(&database.url, setting).await;
    let url = bouncer.url(&database);
    let servers = [server(&url).await, server(&url).await];
    let queries = [
        "{ package(slug: \"celery\") { title grids { nodes { title } } } }",
        "{ packages(first: 30, filter: { title: { contains: \"django\" } }) { totalCount nodes { title } } }",
        "{ grid(slug: \"task-queues\") { packages(first: 5) { edges { cells { text } } } } }",
        "{ search(query: \"queue\") { totalCount nodes { __typename } } }",
        "{ directory { revision } }",
    ];
    for round in 0..6 {
        let texts = queries.map(|query| format!("{query} # {round}"));
        let requests = servers.iter().flat_map(|server| texts.iter().map(|it| server.app.data(it)));
        let answers: Vec<Value> = join_all(requests).await;
        let (one, other) = answers.split_at(queries.len());
        assert_eq!(one, other);
        let (editor, reader) = (&servers[round % 2], &servers[(round + 1) % 2].app);
        let title = format!("Title {round}");
        let input = json!({ "id": id("Package", 683), "title": title });
        editor.edit(Role::Editor, "updatePackage", input, "").await;
        // No notification arrives; the other server polls.
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let data = reader.data("{ package(slug: \"django-queued-storage\") { title } }").await;
            if data["package"]["title"] == title {
                break;
            }
            assert!(Instant::now() < deadline, "{data}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A server of the database at `url`.
async fn server(url: &str) -> Editors {
    let database = open(url).await.unwrap();
    let statements = database.record_statements();
    let config = packgrid::config::Config::default();
    let site = packgrid::http::Site::new(database.clone(), config).unwrap();
    // The database goes with the test, not with this server.
    let test_database = TestDatabase::empty(Backend::Sqlite).await;
    Editors::of(App { site, database, statements, test_database }).await
}
