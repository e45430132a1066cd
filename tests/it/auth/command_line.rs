//! `packgrid token`.

use std::process::{Output, Stdio};

use packgrid::auth::token::{self, State};
use packgrid::auth::{Gatekeeper, Role};
use packgrid::clock;
use packgrid::config::Auth;

use super::bearer;
use crate::support::program::packgrid;
use crate::support::{Backend, TestDatabase, on_both};

fn run(database: &TestDatabase, arguments: &[&str]) -> Output {
    packgrid(database.folder())
        .arg("token")
        .args(arguments)
        .args(["--database-url", &database.url])
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

on_both! {
    async fn made_listed_and_taken_back(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let create = ["create", "--role", "editor", "--name", "ci of the grids", "--expires", "90d"];
        let made = run(&test_database, &create);
        assert_eq!(made.status.code(), Some(0));
        let token = text(&made.stdout).strip_suffix('\n').unwrap().to_owned();
        assert!(token.starts_with("pgt_1_") && !token.contains(char::is_whitespace), "{token}");
        let said = text(&made.stderr);
        assert!(said.starts_with("Token 1 of the role editor, until 20"), "{said}");
        assert!(!said.contains(&token));
        let made = run(&test_database, &["create", "--role", "admin", "--name", "ops"]);
        assert!(text(&made.stderr).contains("without an end"));

        let database = test_database.open().await;
        let gate = Gatekeeper::new(&Auth::default(), database);
        let viewer = gate.viewer(Some(&bearer(&token))).await.unwrap();
        assert_eq!((viewer.name.as_deref(), viewer.role), (Some("ci of the grids"), Role::Editor));

        let listed = run(&test_database, &["list"]);
        let listed = text(&listed.stdout);
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 3, "{listed}");
        let columns = lines[0].split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(columns, "id name role created expires last used state");
        assert!(lines[1].starts_with("1   ci of the grids  editor  20"), "{listed}");
        assert!(lines[2].starts_with("2   ops              admin   20"), "{listed}");
        assert!(lines.iter().skip(1).all(|line| line.ends_with("  active")), "{listed}");
        let secret = token.splitn(3, '_').nth(2).unwrap();
        assert!(!listed.contains(secret) && !listed.contains("pgt_"), "{listed}");

        let revoked = run(&test_database, &["revoke", "1"]);
        assert_eq!(text(&revoked.stdout), "Token 1 (ci of the grids) is revoked.\n");
        gate.viewer(Some(&bearer(&token))).await.unwrap_err();
        let again = run(&test_database, &["revoke", "1"]);
        assert_eq!(again.status.code(), Some(0));
        let said = text(&again.stdout);
        assert!(said.starts_with("Token 1 (ci of the grids) was revoked already at 20"), "{said}");
        let listed = text(&run(&test_database, &["list"]).stdout);
        assert!(listed.lines().nth(1).unwrap().ends_with("  revoked"), "{listed}");
        assert!(listed.lines().nth(2).unwrap().ends_with("  active"), "{listed}");
    }

    /// The line is the only copy of the token: where it does not get out, there is no token.
    async fn not_printed(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let create = |stdout: Stdio, stderr: Stdio| {
            let mut command = packgrid(test_database.folder());
            command.args(["token", "create", "--role", "admin", "--name", "ops", "--database-url"]);
            let started = command.arg(&test_database.url).stdout(stdout).stderr(stderr).spawn();
            started.unwrap().wait_with_output().unwrap()
        };
        let closed = || Stdio::from(std::io::pipe().unwrap().1);
        let full = || match std::fs::File::options().write(true).open("/dev/full") {
            Ok(full) => full.into(),
            // Not on Linux.
            Err(_) => closed(),
        };
        let database = test_database.open().await;
        for (stdout, number) in [(closed(), 1), (full(), 2)] {
            let made = create(stdout, Stdio::piped());
            assert_eq!(made.status.code(), Some(1));
            let said = text(&made.stderr);
            let expected = format!("packgrid: token {number} could not be printed, and is revoked: ");
            assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
            let listed = token::list(&database).await.unwrap();
            assert_eq!(listed.len(), number);
            assert!(listed.iter().all(|it| it.state(clock::now()) == State::Revoked));
        }
        // What is said beside it nobody has to hear.
        let made = create(Stdio::piped(), full());
        assert_eq!(made.status.code(), Some(0));
        let credential = bearer(text(&made.stdout).trim_end());
        let gate = Gatekeeper::new(&Auth::default(), database);
        assert_eq!(gate.viewer(Some(&credential)).await.unwrap().role, Role::Admin);
    }

    async fn what_cannot_be(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let long = "x".repeat(101);
        for (arguments, code, said) in [
            (&["revoke", "7"][..], 1, "packgrid: there is no token 7\n"),
            (&["create", "--role", "editor", "--name", ""], 2, "packgrid: --name has 1 to 100 characters, and no control characters\n"),
            (&["create", "--role", "editor", "--name", &long], 2, "packgrid: --name has 1 to 100 characters, and no control characters\n"),
            (&["create", "--role", "editor", "--name", "x", "--expires", "0s"], 2, "packgrid: --expires is no time at all\n"),
            (&["create", "--role", "editor", "--name", "x", "--expires", "9999999y"], 2, "packgrid: --expires is too far ahead\n"),
        ] {
            let output = run(&test_database, arguments);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}");
            assert_eq!(text(&output.stderr), said);
            assert_eq!(text(&output.stdout), "");
        }
        for arguments in [
            &[][..],
            &["create"],
            &["create", "--name", "x"],
            &["create", "--role", "editor"],
            &["create", "--role", "boss", "--name", "x"],
            &["create", "--role", "editor", "--name", "x", "--expires", "soon"],
            &["revoke"],
            &["revoke", "x"],
        ] {
            assert_eq!(run(&test_database, arguments).status.code(), Some(2), "{arguments:?}");
        }
        assert_eq!(text(&run(&test_database, &["list"]).stdout).lines().count(), 1);
    }
}
