//! The policy of batching by itself, with loads that take random times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Request, Schema};
use packgrid::graphql::batching::{Batching, InRounds, Loaded};

/// Loads three kinds of thing, each time after a while of its own.
struct Slow {
    log: Arc<Mutex<Vec<(&'static str, usize)>>>,
    random: Mutex<fastrand::Rng>,
    longest: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Owner(i32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Children(i32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Friends(i32);

impl Slow {
    async fn wait(&self, kind: &'static str, keys: usize) {
        self.log.lock().unwrap().push((kind, keys));
        let micros = self.random.lock().unwrap().u64(0..=self.longest);
        if micros > 0 {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
    }
}

macro_rules! slow_loader {
    ($key:ident, $value:ty, $of:expr) => {
        impl Loader<$key> for Slow {
            type Value = $value;
            type Error = ();

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, ()> {
                self.wait(stringify!($key), keys.len()).await;
                Ok(keys.iter().map(|key| (*key, $of(key.0))).collect())
            }
        }
    };
}
slow_loader!(Owner, i32, |id: i32| id % 7);
slow_loader!(Children, Vec<i32>, |id: i32| (0..5).map(|child| id * 5 + child).collect());
slow_loader!(Friends, Vec<i32>, |id: i32| (0..3).map(|friend| id * 3 + friend).collect());

struct Thing(i32);

#[Object]
impl Thing {
    async fn id(&self) -> i32 {
        self.0
    }

    async fn owner(&self, ctx: &Context<'_>) -> Thing {
        Thing(loader(ctx).load_one(Owner(self.0)).await.unwrap().unwrap())
    }

    async fn children(&self, ctx: &Context<'_>) -> Vec<Thing> {
        let children = loader(ctx).load_one(Children(self.0)).await.unwrap().unwrap();
        children.into_iter().map(Thing).collect()
    }

    async fn friends(&self, ctx: &Context<'_>) -> Vec<Thing> {
        let friends = loader(ctx).load_one(Friends(self.0)).await.unwrap().unwrap();
        friends.into_iter().map(Thing).collect()
    }
}

struct Query;

#[Object]
impl Query {
    async fn things(&self, count: i32) -> Vec<Thing> {
        (1..=count).map(Thing).collect()
    }
}

fn loader<'a>(ctx: &Context<'a>) -> &'a DataLoader<InRounds<Slow>, Loaded> {
    ctx.data_unchecked()
}

/// The loads that `query` takes, in their order.
async fn loads(query: &str, longest: u64, seed: u64) -> Vec<(&'static str, usize)> {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let log = Arc::new(Mutex::new(Vec::new()));
    let slow =
        Slow { log: Arc::clone(&log), random: Mutex::new(fastrand::Rng::with_seed(seed)), longest };
    let batching = Batching::default();
    let request = Request::new(query).data(batching.loader(slow));
    let response = batching.run(schema.execute(request)).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);

    log.lock().unwrap().clone()
}

fn sorted(loads: &[(&'static str, usize)]) -> Vec<(&'static str, usize)> {
    let mut loads = loads.to_vec();
    loads.sort_unstable();
    loads
}

fn kinds(loads: &[(&'static str, usize)]) -> Vec<&'static str> {
    let mut kinds: Vec<_> = loads.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds
}

/// Two arms that meet again, and another that is longer.
const ARMS: &str = "owner { children { owner { id } friends { id } } } \
                    friends { children { owner { id } } owner { friends { children { id } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_level_is_one_load_however_long_its_list() {
    for count in [1, 10, 30, 31, 100, 1000, 2000] {
        let query = format!("{{ things(count: {count}) {{ owner {{ id }} children {{ id }} }} }}");
        let loads = loads(&query, 0, 1).await;
        assert_eq!(kinds(&loads), ["Children", "Owner"], "{count}");
        assert!(loads.contains(&("Owner", count)), "{loads:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arms_that_meet_again_are_steady_whatever_comes_first() {
    for count in [10, 31, 100, 300] {
        let query = format!("{{ things(count: {count}) {{ {ARMS} }} }}");
        // Many lookups are for things that others have looked up already, or are just looking up:
        // whether they join a batch must not hang on what has come back by then.
        let expected = loads(&query, 0, 0).await;
        for seed in 0..10 {
            for longest in [0, 50, 3_000] {
                let loads = loads(&query, longest, seed).await;
                assert_eq!(sorted(&loads), sorted(&expected), "{count}, {longest} µs, seed {seed}");
            }
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn works_on_one_thread_and_when_tokio_wants_the_thread_back() {
    // Long enough lists that tokio's budget for a task runs out within one request.
    let query = format!("{{ things(count: 3000) {{ {ARMS} }} }}");
    let loads = tokio::time::timeout(Duration::from_secs(120), loads(&query, 10, 3)).await;
    assert!(loads.expect("it comes to an end").len() <= 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_something_else_does_not_hang() {
    let batching = Batching::default();
    let answer = batching.run(async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        tokio::task::yield_now().await;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || sender.send(7).unwrap());
        receiver.await.unwrap()
    });
    assert_eq!(answer.await, 7);
}
