//! How much memory packgrid takes when it answers for long.

use std::time::{Duration, Instant};

use serde_json::json;

use super::CONNECTIONS;
use super::directory::run;
use super::drive::{Target, drive};
use super::queries::{self, Query};
use super::support::Program;

/// How long, and how often it is looked at.
const TIME: Duration = Duration::from_secs(600);
const STEP: Duration = Duration::from_secs(60);

/// How long the same is asked.
const TURN: Duration = Duration::from_millis(200);

/// Packages that are asked for one by one, so that more answers are kept than there is room for.
const DIFFERENT: usize = 400;

/// Has packgrid answer the requests of this bench over 5,000 packages in SQLite, and requests for
/// ever other packages between them; all with the settings that it has by itself.
pub async fn endure() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let url = format!("sqlite:{}", folder.join("packgrid.db").display());
    run(folder, &["generate", "5000", "--packages", "5000"]);
    run(folder, &["import", "5000", "--database-url", &url]);
    let server = Program::serve(folder, &["--database-url", &url]);
    let queries = queries::all("django-tiny-5000", "grid-2");
    let (begun, mut looked, mut asked, mut number) = (Instant::now(), Instant::now(), 0, 0);
    println!("{:>8}{:>12}{:>14}{:>10}", "seconds", "requests", "resident MiB", "at most");
    while begun.elapsed() < TIME {
        for query in &queries {
            let target = Target::new(&server.address, "/graphql", &query.body());
            asked += drive(&target, CONNECTIONS, TURN).await.len();
        }
        for _ in 0..DIFFERENT {
            // Answers of some 40 kB.
            number += 1;
            let document = "query Page($most: Int!) { packages(first: 100, \
                filter: { repoWatchers: { lte: $most } }, \
                orderBy: [{ field: WATCHERS, direction: DESC }]) { nodes { \
                title slug repoUrl repoDescription category { title } \
                grids { nodes { title slug } } } } }";
            let query = Query { name: "page", document, variables: json!({ "most": number }) };
            let target = Target::new(&server.address, "/graphql", &query.body());
            asked += drive(&target, 1, Duration::ZERO).await.len();
        }
        if looked.elapsed() >= STEP {
            looked = Instant::now();
            let memory = |what| server.memory(what).unwrap();
            let (now, most) = (memory("VmRSS:"), memory("VmHWM:"));
            println!("{:>8}{asked:>12}{now:>14}{most:>10}", begun.elapsed().as_secs());
        }
    }
}
