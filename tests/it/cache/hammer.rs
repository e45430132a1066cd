//! Writers and readers at once: nobody is answered from before what they know.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use packgrid::auth::Role;
use tokio::task::JoinSet;

use super::*;
use crate::editing::{Editors, id};
use crate::support::on_both;

const WRITERS: usize = 4;
const READERS: usize = 4;
const EDITS: usize = 25;

/// What a reader has seen: the revision, and the title that each writer had given by then.
type Seen = (i64, Vec<String>);

/// The package of each writer.
async fn packages(app: &App) -> Vec<i64> {
    let query = format!("{{ packages(first: {WRITERS}) {{ nodes {{ number }} }} }}");
    let data = app.data(&query).await;
    let nodes = data["packages"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node["number"].as_i64().unwrap()).collect()
}

/// What is asked of all packages at once.
fn query(packages: &[i64]) -> String {
    let fields = packages.iter().enumerate().map(|(writer, number)| {
        format!("w{writer}: packageBy(key: {{ number: {number} }}) {{ title }}")
    });
    format!("{{ directory {{ revision }} {} }}", fields.collect::<Vec<_>>().join(" "))
}

async fn read(app: &App, query: &str) -> Seen {
    let answer = ask(app, query).await;
    let data = &answer.json()["data"];
    let title = |writer: usize| data[format!("w{writer}")]["title"].as_str().unwrap().to_owned();
    let revision = data["directory"]["revision"].as_str().unwrap().parse().unwrap();
    let detail = answer.header("cache-status").split("revision=").nth(1).unwrap();
    let detail: String = detail.chars().take_while(char::is_ascii_digit).collect();
    assert_eq!(detail, format!("{revision}"), "what the header says is what was read");
    (revision, (0..WRITERS).map(title).collect())
}

/// Writes, and reads what it has written at once. Returns which title was there from which revision.
async fn write(editors: &Editors, query: &str, writer: usize, package: i64) -> Vec<(i64, String)> {
    let mut written = vec![];
    for number in 0..EDITS {
        let title = format!("{writer} has written {number}");
        let input = json!({ "id": id("Package", package), "title": title });
        let payload = editors.edit(Role::Editor, "updatePackage", input, "").await;
        let revision: i64 = payload["revision"].as_str().unwrap().parse().unwrap();
        let (seen, titles) = read(&editors.app, query).await;
        assert!(seen >= revision, "{seen} is before {revision}");
        assert_eq!(titles[writer], title);
        written.push((revision, title));
    }
    written
}

async fn keep_reading(app: &App, query: &str, over: &AtomicBool) -> Vec<Seen> {
    let mut seen: Vec<Seen> = vec![];
    while !over.load(Ordering::Acquire) {
        let now = read(app, query).await;
        assert!(seen.last().is_none_or(|before| before.0 <= now.0), "it went back to {}", now.0);
        if seen.last().is_none_or(|before| *before != now) {
            seen.push(now);
        }
        // An answer that is kept waits for nothing, and nobody else would come to his turn.
        tokio::task::yield_now().await;
    }
    seen
}

on_both! {
    async fn writers_and_readers_at_once(backend: Backend) {
        let editors = Arc::new(Editors::of(keeping(backend, 1 << 20).await).await);
        // Nothing but what is noted here keeps them from what is over.
        editors.app.database.confirm_after(AGES);
        let packages = packages(&editors.app).await;
        let query: Arc<str> = query(&packages).into();
        let before = read(&editors.app, &query).await;
        let over = Arc::new(AtomicBool::new(false));
        let (mut writers, mut readers) = (JoinSet::new(), JoinSet::new());
        for (writer, package) in packages.into_iter().enumerate() {
            let (editors, query) = (Arc::clone(&editors), Arc::clone(&query));
            writers.spawn(async move { (writer, write(&editors, &query, writer, package).await) });
        }
        for _ in 0..READERS {
            let (editors, query, over) = (Arc::clone(&editors), Arc::clone(&query), Arc::clone(&over));
            readers.spawn(async move { keep_reading(&editors.app, &query, &over).await });
        }
        let mut titles: Vec<BTreeMap<i64, String>> =
            before.1.into_iter().map(|title| BTreeMap::from([(0, title)])).collect();
        for (writer, written) in writers.join_all().await {
            titles[writer].extend(written);
        }
        over.store(true, Ordering::Release);
        for (revision, seen) in readers.join_all().await.into_iter().flatten() {
            for (titles, seen) in titles.iter().zip(seen) {
                let (_, expected) = titles.range(..=revision).next_back().unwrap();
                assert_eq!(*expected, seen, "at {revision}");
            }
        }
        let hits = metric(&editors.app, "packgrid_response_cache_requests_total{result=\"hit\"}").await;
        let others = metric(&editors.app, "packgrid_response_cache_requests_total{result=\"miss\"}").await;
        assert!(hits + others > 0);
    }
}
