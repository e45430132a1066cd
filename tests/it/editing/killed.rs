//! The program, killed in the middle of edits and started again.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use packgrid::auth::Role;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::crowd::tokens;
use crate::support::crowd::kept::{State, assert_derived};
use crate::support::crowd::{Asked, Door, Mixed, World, data};
use crate::support::program::Program;
use crate::support::{Backend, TestDatabase, on_both};

const CLIENTS: usize = 8;

/// How many edits are acknowledged before the program is killed, each time.
const ACKNOWLEDGED: [usize; 3] = [40, 17, 60];

/// A request, and what was answered; null if nothing was.
struct Request {
    asked: Asked,
    key: String,
    answer: Option<Value>,
}

/// Sends edits, each under a key of its own, until nobody answers any more.
async fn edit_on(
    client: usize,
    life: usize,
    door: Door,
    world: World,
    acknowledged: Arc<AtomicUsize>,
) -> Vec<Request> {
    let mut line = door.line();
    let mut mixed = Mixed::new(client, life as u64, world.clone());
    let mut requests = Vec::new();
    for number in 0.. {
        let key = format!("key {life} {client} {number}");
        let asked = match number % 3 {
            // The same title can be given twice, so that an edit that is made twice shows.
            0 => {
                let grid = &world.grids[(client + number) % world.grids.len()];
                let input = json!({ "gridId": grid, "title": key.as_str() });
                Some(Asked { role: Role::Moderator, ..Asked::new("createFeature", input) })
            }
            _ => match mixed.next(&mut line).await {
                Ok(asked) => asked,
                Err(_) => break,
            },
        };
        let Some(asked) = asked else {
            continue;
        };
        let answer = mixed.send_as(&mut line, &asked, Some(&key)).await;
        let lost = answer.is_err();
        if let Ok(answer) = &answer {
            let made = answer["revision"].is_string();
            acknowledged.fetch_add(usize::from(made), Ordering::AcqRel);
        }
        requests.push(Request { asked, key, answer: answer.ok() });
        if lost {
            break;
        }
    }
    requests
}

fn start(test_database: &TestDatabase, tokens: &[(Role, String)]) -> (Program, Door) {
    let program = Program::serve(test_database.folder(), &["--database-url", &test_database.url]);
    let door = Door { address: program.address.clone(), tokens: tokens.to_vec() };
    (program, door)
}

on_both! {
    async fn nothing_is_lost_and_nothing_half_done(backend: Backend) {
        let test_database = TestDatabase::sample(backend).await;
        let tokens = tokens(&test_database).await;
        let connection = test_database.connect().await;
        let mut state = State::of(&connection).await;
        let (mut before, mut by_itself) = (1, 0);
        connection.close().await.unwrap();
        let mut made = HashSet::new();
        let (mut program, mut door) = start(&test_database, &tokens);
        let world = World::look(&mut door.line()).await;
        for (life, wanted) in ACKNOWLEDGED.into_iter().enumerate() {
            let acknowledged = Arc::new(AtomicUsize::new(0));
            let mut clients = JoinSet::new();
            for client in 0..CLIENTS {
                let (world, acknowledged) = (world.clone(), Arc::clone(&acknowledged));
                clients.spawn(edit_on(client, life, door.clone(), world, acknowledged));
            }
            while acknowledged.load(Ordering::Acquire) < wanted {
                if let Some(early) = clients.try_join_next() {
                    panic!("nobody has killed the program yet: {:?}", early.err());
                }
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            program.signal("-KILL");
            program.wait();
            let requests: Vec<Request> = clients.join_all().await.into_iter().flatten().collect();

            (program, door) = start(&test_database, &tokens);
            let mut line = door.line();
            // What was acknowledged is there before anything is sent again.
            let connection = test_database.connect().await;
            let (end, scored) = state.replay(&connection, before).await;
            by_itself += scored;
            for request in &requests {
                let revision = request.answer.as_ref().and_then(|answer| answer["revision"].as_str());
                if let Some(revision) = revision {
                    let revision: i64 = revision.parse().unwrap();
                    assert!(revision <= end && made.insert(revision), "{revision}");
                }
            }
            // Nothing else than that is there, but for what was under way.
            let lost: Vec<&Request> = requests.iter().filter(|it| it.answer.is_none()).collect();
            let unheard = (end - 1) as usize - made.len() - by_itself;
            assert!(unheard <= lost.len(), "{unheard} edits of {} that nobody heard of", lost.len());
            state.assert_is(&State::of(&connection).await);

            // Whoever sends a request again is answered as they were, or would have been.
            let mut mixed = Mixed::new(0, 0, world.clone());
            for request in &requests {
                let key = Some(request.key.as_str());
                let again = mixed.send_as(&mut line, &request.asked, key).await.unwrap();
                match &request.answer {
                    Some(answer) => assert_eq!(&again, answer, "{:?}", request.asked),
                    None => {
                        if let Some(revision) = again["revision"].as_str() {
                            let revision: i64 = revision.parse().unwrap();
                            assert!(made.insert(revision), "{revision}: {:?}", request.asked);
                        }
                        let third = mixed.send_as(&mut line, &request.asked, key).await.unwrap();
                        assert_eq!(third, again, "{:?}", request.asked);
                    }
                }
            }
            let (end, scored) = state.replay(&connection, end).await;
            by_itself += scored;
            let revisions = (end - 1) as usize - by_itself;
            assert_eq!(made.len(), revisions, "each revision is that of one request");
            state.assert_is(&State::of(&connection).await);
            connection.close().await.unwrap();
            before = end;
            for request in requests.iter().filter(|it| it.asked.mutation == "createFeature") {
                assert_once(&door, request).await;
            }
        }
        program.signal("-KILL");
        program.wait();
        assert_derived(&test_database.url).await;
    }
}

/// A feature whose title is its key is there once, unless it was refused.
async fn assert_once(door: &Door, request: &Request) {
    let title = request.asked.input["title"].as_str().unwrap();
    let refused = request.answer.as_ref().is_some_and(|answer| answer["revision"].is_null());
    if !title.starts_with("key") || refused {
        return;
    }
    let query = format!(
        "{{ node(id: {}) {{ ... on Grid {{ features(filter: {{ title: {{ eq: \"{title}\" }} }}) {{ totalCount }} }} }} }}",
        request.asked.input["gridId"]
    );
    let found = data(&mut door.line(), &query).await;
    assert_eq!(found["node"]["features"]["totalCount"], 1, "{title}");
}
