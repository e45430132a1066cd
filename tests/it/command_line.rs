//! The program as it is run: exit codes, one line that says what is wrong, a clean stop.

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;

use packgrid::database::revision;

use crate::support::program::{Program, packgrid};
use crate::support::{Backend, TestDatabase, on_both};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    packgrid(folder).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn ask(server: &Program, query: &str) -> String {
    server.post(serde_json::json!({ "query": query }).to_string().as_bytes())
}

on_both! {
    /// The README's first query, on the very command of the README.
    async fn serve_the_sample(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let arguments = ["--sample", "--database-url", &test_database.url];
        let mut server = Program::serve(test_database.folder(), &arguments);
        assert!(server.said.contains("/graphiql"), "{}", server.said);
        assert!(!server.said.contains("password"));
        let query = "{ package(slug: \"django-queued-storage\") { title category { title } grids(first: 5) \
                     { nodes { title packages(first: 3) { nodes { title } } } } } }";
        let answer = ask(&server, query);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains(r#""category":{"title":"Other"}"#), "{answer}");
        server.signal("-TERM");
        assert_eq!(server.wait(), Some(0));
        // Again: what is there stays, also with --sample, and that takes no lock.
        let writer = test_database.open().await;
        let transaction = writer.begin().await.unwrap();
        revision::lock(&transaction).await.unwrap();
        let mut server = Program::serve(test_database.folder(), &arguments);
        assert!(server.said.contains("holds 191 packages and 31 grids already"), "{}", server.said);
        server.signal("-INT");
        assert_eq!(server.wait(), Some(0));
        transaction.rollback().await.unwrap();
    }

    async fn import_and_report(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let folder = test_database.folder();
        let made = run(folder, &["generate", "made", "--packages", "30", "--grids", "3", "--seed", "7"]);
        assert!(made.status.success());
        let import = ["import", "made", "--database-url", &test_database.url];
        let first = run(folder, &import);
        assert!(first.status.success(), "{}", stderr(&first));
        assert!(stdout(&first).contains("revision 1"), "{}", stdout(&first));
        assert!(stderr(&first).contains("Writing 30 packages"), "plain lines: {}", stderr(&first));
        let again = run(folder, &import);
        assert!(stdout(&again).contains("Nothing has changed"), "{}", stdout(&again));
        let packages = folder.join("made/packages.json");
        let text = std::fs::read_to_string(&packages).unwrap();
        std::fs::write(&packages, text.replacen("\"slug\":\"", "\"slug\":\"/", 1)).unwrap();
        let wrong = run(folder, &import);
        assert_eq!(wrong.status.code(), Some(1));
        assert!(stderr(&wrong).contains("packages.json: record 1 (line 2), id "), "{}", stderr(&wrong));
        assert!(stderr(&wrong).ends_with("packgrid: 1 record is invalid; nothing was imported\n"), "{}", stderr(&wrong));
        let skipped = run(folder, &["import", "made", "--skip-invalid", "--database-url", &test_database.url]);
        assert!(skipped.status.success());
        assert!(stderr(&skipped).contains("record 1 (line 2)"), "{}", stderr(&skipped));
    }

    /// A server that runs sees what another program brings in, again and again.
    async fn import_beside_a_running_server(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let folder = test_database.folder();
        let url = ["--database-url", &test_database.url];
        let mut server = Program::serve(folder, &[&["--sample"][..], &url[..]].concat());
        let count = |server: &Program| {
            let answer = ask(server, "{ packages(first: 1) { totalCount nodes { title } } }");
            answer.split("\"totalCount\":").nth(1).unwrap_or(&answer).split(',').next().unwrap().to_owned()
        };
        assert_eq!(count(&server), "191");
        for (packages, expected) in [("50", "241"), ("3000", "3190"), ("3001", "3191")] {
            assert!(run(folder, &["generate", packages, "--packages", packages]).status.success());
            let import = run(folder, &[&["import", packages][..], &url[..]].concat());
            assert!(import.status.success(), "{}", stderr(&import));
            // Another program's changes are seen within a second, or what the machine makes of it.
            let begun = std::time::Instant::now();
            while count(&server) != expected && begun.elapsed().as_secs() < 60 {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            assert_eq!(count(&server), expected);
        }
        server.signal("-TERM");
        assert_eq!(server.wait(), Some(0));
        if backend == Backend::Sqlite {
            let left: Vec<_> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.starts_with("packgrid.db"))
                .collect();
            assert_eq!(left, ["packgrid.db"], "the log is in the file after a clean stop");
        }
    }

    async fn a_database_newer_than_the_program(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        use sea_orm::ConnectionTrait;
        let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_x', 0)";
        connection.execute_unprepared(later).await.unwrap();
        connection.close().await.unwrap();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--database-url", &test_database.url];
        let output = run(test_database.folder(), &arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with("packgrid: the database was made by a newer packgrid"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }

    async fn migrate_and_nothing_else(backend: Backend) {
        let test_database = TestDatabase::empty(backend).await;
        let migrated = run(test_database.folder(), &["migrate", "--database-url", &test_database.url]);
        assert!(migrated.status.success(), "{}", stderr(&migrated));
        assert!(stdout(&migrated).ends_with("is up to date\n"));
        assert!(!stderr(&migrated).contains("anew"), "{}", stderr(&migrated));
    }

    /// What takes long says so first.
    async fn a_database_of_an_older_program(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let connection = test_database.connect().await;
        use sea_orm::ConnectionTrait;
        connection.execute_unprepared("UPDATE directory SET derived = 0").await.unwrap();
        connection.close().await.unwrap();
        for said in [true, false] {
            let arguments = ["migrate", "--database-url", &test_database.url];
            let migrated = run(test_database.folder(), &arguments);
            assert!(migrated.status.success(), "{}", stderr(&migrated));
            let text = stderr(&migrated);
            assert_eq!(text.contains("is being made anew"), said, "{text}");
        }
    }
}

/// Each failure is one line on standard error, and exit code 1.
#[test]
fn what_is_wrong_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(
        path.join("text.db"),
        "This is no database, whatever its name says. ".repeat(100),
    )
    .unwrap();
    std::fs::create_dir(path.join("folder.db")).unwrap();
    let foreign = rusqlite::Connection::open(path.join("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE package (id INTEGER)").unwrap();
    drop(foreign);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, said) in [
        (
            vec!["serve", "--listen", &address],
            format!("cannot listen on {address}: another program listens there"),
        ),
        (vec!["serve", "--listen", "192.0.2.1:80"], "this machine has no such address".to_owned()),
        (
            vec!["serve", "--database-url", "sqlite:text.db"],
            "text.db is no SQLite database".to_owned(),
        ),
        (vec!["serve", "--database-url", "sqlite:folder.db"], "cannot open folder.db: it is a folder".to_owned()),
        (
            vec!["serve", "--database-url", "sqlite:no/such/folder.db"],
            "cannot open no/such/folder.db".to_owned(),
        ),
        (
            vec!["serve", "--database-url", "sqlite:foreign.db"],
            "foreign.db is an SQLite database, but not one of packgrid's".to_owned(),
        ),
        (vec!["serve", "--database-url", "sqlite::memory:"], "names a file".to_owned()),
        (vec!["serve", "--database-url", "sqlite:"], "names a file".to_owned()),
        (vec!["serve", "--database-url", "sqlite:file:x.db"], "without parameters".to_owned()),
        (vec!["serve", "--database-url", "x.db"], "x.db is no database address".to_owned()),
        (vec!["serve", "--database-url", "sqlite:x?mode=rwc"], "without parameters".to_owned()),
        (vec!["serve", "--database-url", "postgress://x:y@z/a"], "not with postgress:".to_owned()),
        (
            vec!["serve", "--database-url", "mysql://x/y"],
            "begins with sqlite: or postgres:, not with mysql:".to_owned(),
        ),
        (
            vec!["serve", "--database-url", "postgres://x:y@127.0.0.1:1/z"],
            "cannot reach the PostgreSQL database: error communicating with database: Connection refused".to_owned(),
        ),
        (vec!["import", "no-such-folder"], "no-such-folder is not a folder".to_owned()),
        (vec!["import", "folder.db"], "categories.json is missing".to_owned()),
        (vec!["--config", "no.toml", "schema"], "cannot read the settings in no.toml".to_owned()),
        (vec!["generate", "text.db/x"], "cannot write text.db/x".to_owned()),
    ] {
        let mut arguments = arguments;
        if arguments[0] == "serve" && !arguments.contains(&"--listen") {
            arguments.extend(["--listen", "127.0.0.1:0"]);
        }
        let output = run(path, &arguments);
        let text = stderr(&output);
        let wrongly = ["begins with sqlite:", "not with", "names a file", "without parameters", "settings", "no database address"];
        let code = if wrongly.iter().any(|part| said.contains(part)) { 2 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        let line = text.lines().last().unwrap();
        assert!(line.starts_with("packgrid: "), "{arguments:?}: {text}");
        // An import tells what it is at, too.
        assert!(text.lines().count() == 1 || arguments[0] == "import", "{arguments:?}: {text}");
        assert!(text.contains(&said), "{arguments:?}: {text}");
        assert!(!text.contains(":y@"), "a password: {text}");
    }
    for arguments in [
        vec![],
        vec!["nonsense"],
        vec!["serve", "--nonsense"],
        vec!["serve", "--listen", "x"],
        vec!["import"],
    ] {
        let output = run(path, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    assert!(run(path, &["--version"]).status.success());
}

/// Nobody may write to it, and the server has to: said at the start.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let file = folder.path().join("packgrid.db");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let writable = std::fs::OpenOptions::new().append(true).open(&file).is_ok();
    let output = run(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--database-url", "sqlite:/proc/version"],
    );
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(output.status.code(), Some(1));
    // Root may write everywhere, so for root a file of the system itself has to do.
    if !writable {
        let output = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("packgrid.db cannot be written"), "{}", stderr(&output));
    }
}

#[test]
fn settings_from_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let database = |output: &Output| stdout(output).trim_end_matches(" is up to date\n").to_owned();
    assert_eq!(database(&run(path, &["migrate"])), "sqlite:packgrid.db");
    std::fs::write(path.join("packgrid.toml"), "[database]\nurl = \"sqlite:file.db\"\n").unwrap();
    assert_eq!(database(&run(path, &["migrate"])), "sqlite:file.db");
    let variable =
        packgrid(path).arg("migrate").env("PACKGRID_DATABASE_URL", "sqlite:variable.db").output();
    assert_eq!(database(&variable.unwrap()), "sqlite:variable.db");
    let flag = packgrid(path)
        .args(["migrate", "--database-url", "sqlite:flag.db"])
        .env("PACKGRID_DATABASE_URL", "sqlite:variable.db")
        .output();
    assert_eq!(database(&flag.unwrap()), "sqlite:flag.db");
    std::fs::write(path.join("packgrid.toml"), "[database]\nurll = \"x\"\n").unwrap();
    let output = run(path, &["migrate"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("packgrid.toml, line 2: unknown field `urll`"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stderr(&output).lines().count(), 1);
}

#[test]
fn the_same_directory_from_the_same_seed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        assert!(
            run(folder.path(), &["generate", name, "--packages", "50", "--seed", "3"])
                .status
                .success()
        );
    }
    assert!(
        run(folder.path(), &["generate", "other", "--packages", "50", "--seed", "4"])
            .status
            .success()
    );
    let read = |name: &str| std::fs::read(folder.path().join(name).join("packages.json")).unwrap();
    assert_eq!(read("one"), read("two"));
    assert_ne!(read("one"), read("other"));
}
