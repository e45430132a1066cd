//! The crowd itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use packgrid::auth::Role;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::line::{Door, Line};
use super::listening::{Listener, history};
use super::mixed::{Asked, Mixed, World, data, number, text};
use super::reading::{Look, read};

/// How many there are, and what they do.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    pub clients: usize,
    /// Edits that each of them makes.
    pub edits: usize,
    pub seed: u64,
    /// How long readers rest between two reads.
    pub pause: Duration,
}

/// What came of it.
pub struct Ran {
    /// How long each edit took, refused ones as well.
    pub latencies: Vec<Duration>,
    pub took: Duration,
    /// Edits that made a revision.
    pub acknowledged: usize,
    /// Edits of the counter that somebody else was faster with.
    pub conflicts: usize,
    pub reads: usize,
    /// The revision before the first of them.
    pub start: i64,
}

/// What all know.
struct Stage {
    /// The package that all count up.
    counter: String,
    /// The package whose fields have an owner each.
    fields: String,
    categories: Vec<String>,
    /// Edits so far.
    edits: AtomicUsize,
}

/// What one client has done.
#[derive(Default)]
struct Log {
    revisions: Vec<i64>,
    /// What the counter was set to, and the revision that did it.
    counted: Vec<(i64, i64)>,
    conflicts: usize,
    latencies: Vec<Duration>,
    /// The field that it owns, and what it has set it to.
    field: Option<(&'static str, Value)>,
}

/// Fields of a package that one client each sets, without looking at the others'.
const FIELDS: [&str; 15] = [
    "title",
    "slug",
    "categoryId",
    "repoUrl",
    "repoDescription",
    "pypiUrl",
    "documentationUrl",
    "pypiVersion",
    "pypiLicense",
    "pypiRequiresPython",
    "supportsPython3",
    "repoWatchers",
    "repoForks",
    "lastUpdated",
    "dateRepoArchived",
];

impl Crowd {
    /// Has the clients edit through these doors, in turn, while others read and listen, and holds
    /// what all of them saw to what happened. Nobody else may edit meanwhile.
    pub async fn run(self, doors: &[Door]) -> Ran {
        let mut line = doors[0].line();
        let world = World::look(&mut line).await;
        let (counter, _) = make(&mut line, "Crowd counter", &world).await;
        let (fields, start) = make(&mut line, "Crowd fields", &world).await;
        let watched = world.grids[0].clone();
        let query = format!("{{ node(id: \"{watched}\") {{ ... on Grid {{ slug }} }} }}");
        let slug = text(&data(&mut line, &query).await["node"]["slug"]);
        let stage = Stage {
            counter,
            fields,
            categories: world.categories.clone(),
            edits: AtomicUsize::new(0),
        };
        let stage = Arc::new(stage);

        let (mut all, mut of_package, mut of_grid) = (Vec::new(), Vec::new(), Vec::new());
        for door in doors {
            all.push(Listener::begin(door, "directoryChanged").await);
            of_package.push(Listener::begin(door, "packageChanged(slug: \"crowd-counter\")").await);
            of_grid.push(Listener::begin(door, &format!("gridChanged(slug: \"{slug}\")")).await);
        }
        let over = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for door in doors {
            readers.spawn(read(door.line(), self.pause, Arc::clone(&over)));
        }
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for name in 0..self.clients {
            let line = doors[name % doors.len()].line();
            let client = Mixed::new(name, self.seed, world.clone());
            clients.spawn(client_edits(client, line, self.edits, Arc::clone(&stage)));
        }
        let half = self.clients * self.edits / 2;
        while stage.edits.load(Ordering::Acquire) < half && !clients.is_empty() {
            if let Some(early) = clients.try_join_next() {
                panic!("{:?}", early.err());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for door in doors {
            let late = format!("directoryChanged(since: \"{start}\")");
            all.push(Listener::begin(door, &late).await);
        }
        let mut logs = clients.join_all().await;
        let took = begun.elapsed();
        over.store(true, Ordering::Release);
        let looks: Vec<Look> = readers.join_all().await.into_iter().flatten().collect();

        // The last word: whoever has heard it has heard everything. (The line of the beginning may
        // have been silent for so long that the server has ended it.)
        let mut line = doors[0].line();
        let mut last = Log::default();
        let input = json!({ "id": watched, "description": "The crowd has gone" });
        let asked = Asked { role: Role::Moderator, ..Asked::new("updateGrid", input) };
        last.acknowledge(&mut line, &asked).await;
        let input = json!({ "id": stage.counter, "repoForks": 1 });
        last.acknowledge(&mut line, &Asked::new("updatePackage", input)).await;
        let end = last.revisions[1];
        logs.push(last);

        let expected: Vec<i64> = (start + 1..=end).collect();
        let mut acknowledged: Vec<i64> =
            logs.iter().flat_map(|log| &log.revisions).copied().collect();
        acknowledged.sort_unstable();
        assert_eq!(acknowledged, expected, "each edit that was acknowledged made one revision");
        assert_eq!(history(&mut line, ("", ""), start).await, expected);
        for listener in all {
            listener.assert_told(&expected).await;
        }
        let package = ("package(slug: \"crowd-counter\") {", "}");
        let package = history(&mut line, package, start).await;
        for listener in of_package {
            listener.assert_told(&package).await;
        }
        let before = format!("node(id: \"{watched}\") {{ ... on Grid {{");
        let grid = history(&mut line, (&before, "} }"), start).await;
        for listener in of_grid {
            listener.assert_told(&grid).await;
        }
        assert_counted(&mut line, &logs, &looks).await;
        assert_fields(&mut line, &stage, &logs).await;
        Ran {
            took,
            acknowledged: acknowledged.len(),
            conflicts: logs.iter().map(|log| log.conflicts).sum(),
            reads: looks.len(),
            latencies: logs.into_iter().flat_map(|log| log.latencies).collect(),
            start,
        }
    }
}

/// Makes a package that the mixed edits do not know; its id, and the revision.
async fn make(line: &mut Line, title: &str, world: &World) -> (String, i64) {
    let asked =
        Asked::new("createPackage", json!({ "title": title, "categoryId": world.categories[0] }));
    let (_, answer) = line.ask(asked.role, None, &asked.body("package { id }")).await.unwrap();
    let payload = &answer["data"]["it"];
    (text(&payload["package"]["id"]), number(&payload["revision"]))
}

async fn client_edits(mut client: Mixed, mut line: Line, edits: usize, stage: Arc<Stage>) -> Log {
    let mut log = Log::default();
    for edit in 0..edits {
        match edit % 8 {
            3 => log.count(&mut line, &stage).await,
            7 => log.set_field(&mut line, &stage, client.name, edit).await,
            _ => {
                let asked = client.next(&mut line).await.unwrap();
                if let Some(asked) = asked {
                    let begun = Instant::now();
                    let done = client.send(&mut line, &asked).await.unwrap();
                    log.latencies.push(begun.elapsed());
                    log.revisions.extend(done);
                }
            }
        }
        stage.edits.fetch_add(1, Ordering::AcqRel);
    }
    log
}

impl Log {
    /// Makes an edit that nothing may be wrong with.
    async fn acknowledge(&mut self, line: &mut Line, asked: &Asked) -> i64 {
        let payload = self.payload(line, asked).await;
        assert_eq!(payload["errors"], json!([]), "{asked:?}");
        number(&payload["revision"])
    }

    async fn payload(&mut self, line: &mut Line, asked: &Asked) -> Value {
        let begun = Instant::now();
        let (status, mut answer) = line.ask(asked.role, None, &asked.body("")).await.unwrap();
        self.latencies.push(begun.elapsed());
        assert!(status == 200 && answer.get("errors").is_none(), "{asked:?}\n{answer:#}");
        let payload = answer["data"]["it"].take();
        let revision =
            payload["revision"].as_str().map(|revision| revision.parse::<i64>().unwrap());
        self.revisions.extend(revision);
        payload
    }

    /// Adds one to the counter, again and again until nobody else was faster.
    async fn count(&mut self, line: &mut Line, stage: &Stage) {
        loop {
            let query = "{ package(slug: \"crowd-counter\") { repoWatchers revision } }";
            let there = data(line, query).await["package"].take();
            let next = there["repoWatchers"].as_i64().unwrap_or(0) + 1;
            let input = json!({ "id": stage.counter, "repoWatchers": next, "expectedRevision": there["revision"] });
            let payload = self.payload(line, &Asked::new("updatePackage", input)).await;
            match payload["errors"][0]["code"].as_str() {
                None => return self.counted.push((number(&payload["revision"]), next)),
                Some(code) => assert_eq!(code, "CONFLICT"),
            }
            self.conflicts += 1;
        }
    }

    /// Sets the field of the shared package that is this client's, whatever the others' are.
    async fn set_field(&mut self, line: &mut Line, stage: &Stage, name: usize, edit: usize) {
        let Some(field) = FIELDS.get(name) else {
            return;
        };
        let value = match *field {
            "slug" => json!(format!("crowd-fields-{edit}")),
            "categoryId" => json!(stage.categories[edit / 8 % 2]),
            "repoUrl" => json!(format!("https://github.com/crowd/fields-{edit}")),
            "pypiUrl" => json!(format!("https://pypi.org/project/crowd-fields-{edit}/")),
            "documentationUrl" => json!(format!("https://example.org/crowd/{edit}")),
            "pypiRequiresPython" => json!(format!(">=3.{edit}")),
            "supportsPython3" => json!(["YES", "NO"][edit / 8 % 2]),
            "repoWatchers" | "repoForks" => json!(edit),
            "lastUpdated" | "dateRepoArchived" => {
                json!(format!("2026-01-01T00:00:{:02}Z", edit % 60))
            }
            _ => json!(format!("{field} {edit}")),
        };
        let mut input = json!({ "id": stage.fields });
        input[*field] = value.clone();
        let payload = self.payload(line, &Asked::new("updatePackage", input)).await;
        assert_eq!(payload["errors"], json!([]), "{field} {value}");
        self.field = Some((field, value));
    }
}

/// No increment was lost, and whoever looked saw exactly those that had been made by then.
async fn assert_counted(line: &mut Line, logs: &[Log], looks: &[Look]) {
    let mut counted: Vec<_> = logs.iter().flat_map(|log| &log.counted).copied().collect();
    counted.sort_unstable();
    let values: Vec<i64> = counted.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, (1..=counted.len() as i64).collect::<Vec<_>>());
    let query = "{ package(slug: \"crowd-counter\") { repoWatchers } }";
    assert_eq!(data(line, query).await["package"]["repoWatchers"], counted.len());
    for look in looks {
        let by_then = counted.partition_point(|(revision, _)| *revision <= look.revision);
        assert_eq!(look.counter, by_then as i64, "{look:?}");
    }
}

/// Each field is what its owner has set it to last.
async fn assert_fields(line: &mut Line, stage: &Stage, logs: &[Log]) {
    let fields = FIELDS.map(|field| if field == "categoryId" { "category { id }" } else { field });
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Package {{ {} }} }} }}",
        stage.fields,
        fields.join(" ")
    );
    let there = data(line, &query).await["node"].take();
    for (field, value) in logs.iter().filter_map(|log| log.field.as_ref()) {
        let found = if *field == "categoryId" { &there["category"]["id"] } else { &there[field] };
        assert_eq!(found, value, "{field}");
    }
}
