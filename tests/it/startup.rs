//! How the program starts: where it listens, what it refuses, what it may do with its database.

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;

use crate::support::program::{Program, packgrid};
use crate::support::{Backend, TestDatabase};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    packgrid(folder).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// By a name, and on all interfaces; what is printed is where it is.
#[test]
fn listens_by_name_and_on_all_interfaces() {
    let folder = tempfile::tempdir().unwrap();
    for (listen, all) in
        [("localhost:0", false), (":0", true), ("[::]:0", true), ("0.0.0.0:0", true)]
    {
        let mut command = packgrid(folder.path());
        command.args(["serve", "--listen", listen]);
        if listen == "[::]:0" && TcpListener::bind(listen).is_err() {
            // This machine has no IPv6.
            continue;
        }
        let server = Program::start(command);
        assert!(
            server.post(br#"{"query":"{ __typename }"}"#).starts_with("HTTP/1.1 200 OK"),
            "{listen}"
        );
        assert_eq!(server.said.contains("listening on all interfaces"), all, "{}", server.said);
        assert!(!server.said.contains(":0/"), "{}", server.said);
    }
    for listen in ["localhost", "8000", "localhost:x", "http://localhost:8000"] {
        let output = run(folder.path(), &["serve", "--listen", listen]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(":8000 for all interfaces"), "{}", stderr(&output));
    }
    let output = run(folder.path(), &["serve", "--listen", "no-such-host.invalid:0"]);
    assert!(
        stderr(&output).contains("cannot listen on no-such-host.invalid:0"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_log_level_that_there_is_not_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, code) in
        [("verbose", 2), ("packgrid=verbose", 2), ("warn,packgrid=debug", 0), ("", 0)]
    {
        let output =
            packgrid(folder.path()).arg("migrate").env("PACKGRID_LOG", text).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}: {}", stderr(&output));
        if code == 2 {
            let said = stderr(&output);
            assert!(said.contains("off, error, warn, info, debug, trace"), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}

#[test]
fn an_address_of_postgres_that_cannot_be_used_says_what_to_write_instead() {
    let folder = tempfile::tempdir().unwrap();
    for (address, parts) in [
        (
            "postgres://u@h/db?search_path=app",
            &["no parameter `search_path`", "?options=-c%20search_path%3Dapp", "application_name"]
                [..],
        ),
        ("postgres://u@h/db?ssl_mode=require", &["no parameter `ssl_mode`", "sslmode"]),
        ("postgres://u:se/cret@h/db", &["invalid port number", "@ as %40", "/ as %2F"]),
        ("host=h user=u", &["postgres://USER:PASSWORD@HOST/NAME"]),
    ] {
        let output = run(folder.path(), &["migrate", "--database-url", address]);
        assert_eq!(output.status.code(), Some(2), "{address}");
        let said = stderr(&output);
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_privileges_is_told_what_to_have_granted() {
    use sea_orm::ConnectionTrait;
    let test_database = TestDatabase::empty(Backend::Postgres).await;
    let connection = test_database.connect().await;
    let name = test_database.url.rsplit('/').next().unwrap();
    let role = format!("{name}_role");
    let sql = format!(
        "CREATE ROLE \"{role}\" LOGIN PASSWORD 'x'; REVOKE ALL ON SCHEMA public FROM PUBLIC; \
         GRANT USAGE ON SCHEMA public TO \"{role}\""
    );
    connection.execute_unprepared(&sql).await.unwrap();
    let mut url = url::Url::parse(&test_database.url).unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("x")).unwrap();
    let migrate = || {
        let output = run(test_database.folder(), &["migrate", "--database-url", url.as_str()]);
        (output.status.success(), stderr(&output))
    };
    let (_, without_create) = migrate();
    let revoke = format!("REVOKE ALL ON SCHEMA public FROM \"{role}\"");
    connection.execute_unprepared(&revoke).await.unwrap();
    let (_, without_usage) = migrate();
    let grant = format!("GRANT USAGE, CREATE ON SCHEMA public TO \"{role}\"");
    connection.execute_unprepared(&grant).await.unwrap();
    let (granted, said) = migrate();
    let drop = format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"");
    connection.execute_unprepared(&drop).await.unwrap();
    let grant = format!("GRANT USAGE, CREATE ON SCHEMA public TO {role};");
    assert!(without_create.contains(&grant), "{without_create}");
    assert!(!without_create.contains("line "), "{without_create}");
    assert!(without_usage.contains(&role), "{without_usage}");
    assert!(without_usage.contains("none of the schemas in its search_path"), "{without_usage}");
    assert!(granted, "{said}");
}

/// The program as somebody who may not write everywhere, which root may.
#[cfg(unix)]
fn as_nobody(folder: &Path) -> std::process::Command {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let own = packgrid(folder);
    if std::fs::metadata(folder).unwrap().uid() != 0 {
        return own;
    }
    // Nobody may not be let into the folder where it was built.
    let program = folder.join("packgrid");
    if !program.exists() {
        std::fs::copy(own.get_program(), &program).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    command.current_dir(folder).env_clear();
    command
}

#[cfg(unix)]
#[test]
fn a_database_that_cannot_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path(), tempfile::tempdir().unwrap());
    let file = path.join("packgrid.db");
    assert!(run(path, &["generate", "made", "--packages", "5", "--grids", "1"]).status.success());
    assert!(run(path, &["import", "made"]).status.success());
    assert!(run(path, &["export", "out"]).status.success());
    let nobody = |arguments: &[&str]| as_nobody(path).args(arguments).output().unwrap();
    // Before the folder is closed, the program is in it.
    drop(as_nobody(path));
    mode(&file, 0o444);
    mode(out.path(), 0o777);
    // With a folder in which no log can be made, and with one in which it can.
    for (case, folder_mode) in [("closed", 0o555), ("open", 0o777)] {
        mode(path, folder_mode);
        let to = out.path().join(case);
        let exported = nobody(&["export", to.to_str().unwrap()]);
        assert!(exported.status.success(), "{case}: {}", stderr(&exported));
        let read = |folder: &Path| std::fs::read_to_string(folder.join("packages.json")).unwrap();
        assert_eq!(read(&to), read(&path.join("out")), "{case}");
        let listed = nobody(&["token", "list"]);
        assert!(listed.status.success(), "{case}: {}", stderr(&listed));
        for arguments in
            [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["import", "made"]]
        {
            let output = nobody(arguments);
            assert_eq!(output.status.code(), Some(1), "{case} {arguments:?}");
            let said = stderr(&output);
            assert!(said.contains("packgrid.db"), "{case} {arguments:?}: {said}");
        }
    }
    mode(path, 0o755);
    mode(&file, 0o644);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let latest = "DELETE FROM seaql_migrations WHERE version = \
                  (SELECT max(version) FROM seaql_migrations)";
    connection.execute_batch(latest).unwrap();
    drop(connection);
    mode(&file, 0o444);
    mode(path, 0o555);
    let output = nobody(&["export", out.path().join("old").to_str().unwrap()]);
    mode(path, 0o755);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("packgrid.db") && said.contains("packgrid migrate"), "{said}");
}

/// SQLite says of all of these that it cannot open the file, or that it is read-only.
#[cfg(unix)]
#[test]
fn which_permission_is_missing() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(run(path, &["migrate"]).status.success());
    assert!(run(path, &["generate", "made", "--packages", "5", "--grids", "1"]).status.success());
    drop(as_nobody(path));
    let (file, log) = (path.join("packgrid.db"), path.join("packgrid.db-wal"));
    let nobody = |arguments: &[&str]| {
        let output = as_nobody(path).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stderr(&output));
        stderr(&output)
    };
    let writing = [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"], &["import", "made"]];
    let reading = [&["export", "out"][..], &["token", "list"]];
    let owner = std::fs::metadata(path).unwrap();
    let is_root = std::os::unix::fs::MetadataExt::uid(&owner) == 0;

    mode(path, 0o755);
    // For its owner, 000 is what 600 is for others.
    mode(&file, if is_root { 0o600 } else { 0o000 });
    for arguments in writing.iter().chain(&reading) {
        let said = nobody(arguments);
        assert!(
            said.contains("packgrid.db: there is no permission to read it"),
            "{arguments:?}: {said}"
        );
    }

    mode(&file, 0o666);
    mode(path, 0o555);
    for arguments in writing {
        let said = nobody(arguments);
        assert!(said.contains("packgrid.db"), "{arguments:?}: {said}");
        assert!(
            said.contains("no permission to make files in its folder"),
            "{arguments:?}: {said}"
        );
        let said = nobody(&[arguments, &["--database-url", "sqlite:new.db"]].concat());
        assert!(
            said.contains("new.db: there is no permission to make files in its folder"),
            "{said}"
        );
        let said = nobody(&[arguments, &["--database-url", "sqlite:no/new.db"]].concat());
        assert!(said.contains("new.db: the folder no does not exist"), "{said}");
    }

    mode(path, 0o755);
    std::fs::write(&log, "x".repeat(10_000)).unwrap();
    mode(&log, 0o666);
    mode(path, 0o555);
    for arguments in reading {
        let said = nobody(arguments);
        assert!(
            said.contains("it has a write-ahead log, and its folder cannot be written"),
            "{said}"
        );
    }
    mode(path, 0o755);
}
