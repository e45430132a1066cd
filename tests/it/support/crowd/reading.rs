//! Who reads all the time, and what of one answer must agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::line::Line;
use super::mixed::{data, number};

/// What is counted is filtered by what holds of all, so that it is counted, not looked up.
const QUERY: &str = "{
    directory { revision }
    history(first: 1) { nodes { revision } }
    package(slug: \"crowd-counter\") { repoWatchers revision }
    grids(first: 40) { nodes {
        packagesCount packages(first: 0, filter: { participantsCount: { gte: 0 } }) { totalCount }
        featuresCount features(first: 0, filter: { title: { ne: \"\" } }) { totalCount }
    } }
    packages(first: 30) { nodes {
        gridsCount grids(first: 0, filter: { title: { ne: \"\" } }) { totalCount }
        history(first: 1) { nodes { revision } }
        revision
    } }
    categories { nodes { packagesCount packages(first: 0, filter: { participantsCount: { gte: 0 } }) { totalCount } } }
}";

/// A look at the counter: at which revision, and what it was.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub revision: i64,
    pub counter: i64,
}

/// Reads until `over`.
pub async fn read(mut line: Line, pause: Duration, over: Arc<AtomicBool>) -> Vec<Look> {
    let mut looks = Vec::new();
    while !over.load(Ordering::Acquire) {
        let data = data(&mut line, QUERY).await;
        let revision = number(&data["directory"]["revision"]);
        assert_eq!(number(&data["history"]["nodes"][0]["revision"]), revision);
        for (list, kept, counted) in [
            ("grids", "packagesCount", "packages"),
            ("grids", "featuresCount", "features"),
            ("packages", "gridsCount", "grids"),
            ("categories", "packagesCount", "packages"),
        ] {
            for node in nodes(&data[list]) {
                assert_eq!(node[kept], node[counted]["totalCount"], "{list} at {revision}: {node}");
            }
        }
        for package in nodes(&data["packages"]) {
            // Its history has what happened to its places and releases, too.
            let newest = package["history"]["nodes"][0]["revision"].as_str();
            let newest = newest.map_or(0, |revision| revision.parse().unwrap());
            let own = number(&package["revision"]);
            assert!(newest <= revision && own <= revision, "{package} at {revision}");
        }
        let counter = data["package"]["repoWatchers"].as_i64().unwrap_or(0);
        looks.push(Look { revision, counter });
        tokio::time::sleep(pause).await;
    }
    looks
}

fn nodes(list: &Value) -> &[Value] {
    list["nodes"].as_array().unwrap()
}
