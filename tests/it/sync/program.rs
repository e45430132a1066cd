//! The commands, as they are typed.

use std::process::{Command, Output};

use packgrid::config::Config;
use serde_json::Value;

use crate::support::program::{Program, packgrid};
use crate::support::{Backend, Served};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs a command in `folder`, with a cache of its own.
fn run(folder: &std::path::Path, arguments: &[&str]) -> Output {
    cached(packgrid(folder), folder).args(arguments).output().unwrap()
}

fn cached(mut command: Command, folder: &std::path::Path) -> Command {
    command.env("PACKGRID_SYNC_FOLDER", folder.join("fetched"));
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn import_sync_and_export() {
    let served = Served::start(Backend::Sqlite, Config::default()).await;
    let url = format!("http://{}/api/v4", served.address);
    let folder = tempfile::tempdir().unwrap();
    let result = tokio::task::spawn_blocking(move || {
        let run = |arguments: &[&str]| run(folder.path(), arguments);
        let dry = run(&["import", &url, "--dry-run"]);
        assert_eq!(dry.status.code(), Some(0), "{}", text(&dry));
        assert!(text(&dry).contains("+ packages 683 django-queued-storage"), "{}", text(&dry));
        assert!(text(&dry).contains("Nothing was changed; the directory is at revision 0."));
        let first = run(&["import", &url]);
        assert!(text(&first).contains("Fetching 191 packages"), "{}", text(&first));
        assert!(text(&first).contains("The directory is now at revision 1."), "{}", text(&first));
        let again = run(&["sync", &format!("{url}/")]);
        assert!(text(&again).contains("Nothing has changed"), "{}", text(&again));
        let export = run(&["export", "out", "--format", "jsonl"]);
        assert!(
            text(&export).contains("4 categories, 31 grids, 191 packages"),
            "{}",
            text(&export)
        );
        assert!(folder.path().join("out/packages.jsonl").exists());
        // What an address brought is not for files to prune.
        let prune = run(&["import", "out", "--prune"]);
        assert_eq!(prune.status.code(), Some(0), "{}", text(&prune));
        assert!(text(&prune).contains("Nothing has changed"), "{}", text(&prune));
        for (arguments, code, expected) in [
            (vec!["sync"], 2, "sync needs the address of an API"),
            (vec!["import", "https://"], 2, "https:// is no address of an API"),
            (vec!["import", &url, "--yes"], 2, "--prune"),
            (vec!["sync", &url, "--every", "soon"], 2, "--every"),
            (vec!["import", "nowhere"], 1, "nowhere is not a folder"),
        ] {
            let database = folder.path().join("packgrid.db");
            std::fs::remove_file(&database).ok();
            let output = run(&arguments);
            assert!(!database.exists(), "{arguments:?} made a database of nothing");
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
            assert!(text(&output).contains(expected), "{arguments:?}: {}", text(&output));
        }
    });
    result.await.unwrap();
    served.stop().await;
}

/// `serve --sync-from` takes the directory over by itself.
#[tokio::test(flavor = "multi_thread")]
async fn serve_in_step() {
    let served = Served::start(Backend::Sqlite, Config::default()).await;
    let url = format!("http://{}/api/v4/", served.address);
    let folder = tempfile::tempdir().unwrap();
    let result = tokio::task::spawn_blocking(move || {
        let staging = folder.path().join("fetched");
        std::fs::write(
            folder.path().join("packgrid.toml"),
            format!("[sync]\nfolder = {:?}\n", staging.to_str().unwrap()),
        )
        .unwrap();
        let program = Program::serve(folder.path(), &["--sync-from", &url, "--sync-every", "1s"]);
        let get = |path: &str| {
            program.send(
                format!("GET {path} HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n\r\n")
                    .as_bytes(),
            )
        };
        let mut standing = Value::Null;
        for _ in 0..600 {
            standing =
                serde_json::from_str(get("/readyz").split("\r\n\r\n").nth(1).unwrap()).unwrap();
            if !standing["sync"]["synced_at"].is_null() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        assert_eq!(standing["revision"], 1, "{standing}");
        let package = get("/api/v4/packages/683/");
        assert!(
            package.contains("\"category\":\"http://here.example/api/v4/categories/4/\""),
            "{package}"
        );
    });
    result.await.unwrap();
    served.stop().await;
}

/// Ctrl-C while it fetches leaves the database as it was.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn interrupted() {
    use super::upstream::{Mischief, Upstream};
    use crate::support::App;

    let app = App::sample(Backend::Sqlite).await;
    let upstream = Upstream::start(app.site.router.clone(), |_, path| {
        if path.contains("/packages/") { Mischief::Silent } else { Mischief::None }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let mut child = cached(packgrid(folder.path()), folder.path())
        .args(["import", &upstream.url()])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = Vec::new();
    while !seen.iter().any(|path: &String| path.contains("/packages/")) {
        seen.extend(upstream.take_requests());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = tokio::task::spawn_blocking(move || {
        child.wait().unwrap();
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains("interrupted; nothing was changed, and the next run goes on"), "{said}");
}
