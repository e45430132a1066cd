//! When a batch of lookups goes out, and when its answers come in: in rounds.
//!
//! A request is one task. Its DataLoader starts its loads not on the runtime but here, in a set
//! that the request's own future polls, and two gates hold them to rounds:
//!
//! * A load *leaves* when the request can make no other progress: its future has been polled,
//!   nothing has woken it since, and no load of the round before is still under way. (The
//!   DataLoader's "delay" is this gate, and no time.)
//! * A load *arrives* when every load that left with it is back.
//!
//! Every lookup that could join a batch has then been asked for, so the statements follow from the
//! query and the data alone: not from how long lists are, not from which reply comes first.
//!
//! With a timer instead, lists of over 30 (which async-graphql resolves in pieces) gave 3 to 47
//! statements where 3 are enough. Without waiting for the round before, a query whose arms meet
//! again (`category { packages }` beside `grids { packages }`) took 10 to 12 statements as its
//! replies happened to arrive, where 8 are enough. And without the second gate, whether a key was
//! found in the DataLoader's cache hung on which of two replies came first. No round takes longer
//! for it: the next one could not begin before the last reply anyway.

use std::collections::HashMap;
use std::hash::Hash;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use async_graphql::runtime::Timer;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream};
use futures_util::task::{AtomicWaker, FutureObj, Spawn, SpawnError};

/// Times that a request is polled before its thread may do something else.
///
/// Tokio makes its own futures pretend to be pending when a task has worked for long, until the
/// task returns to the scheduler; going round here without an end would wait for that forever.
const POLLS: usize = 32;

/// The loads of one request. Clones share them.
#[derive(Clone, Default)]
pub struct Batching(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Loads that were started and not polled yet.
    started: Mutex<Vec<FutureObj<'static, ()>>>,
    leaving: Gate,
    arriving: Gate,
}

/// What a request has loaded. Its keys come from clients, so that which of them collide must not be
/// known; more than that would cost more than the rest of a lookup.
pub type Loaded = HashMapCache<foldhash::fast::RandomState>;

/// A loader whose answers arrive with those of its round.
pub struct InRounds<T> {
    loader: T,
    batching: Batching,
}

impl Batching {
    /// A DataLoader whose loads go in rounds; drive it with [`run`](Self::run).
    pub fn loader<T: Send + Sync + 'static>(&self, loader: T) -> DataLoader<InRounds<T>, Loaded> {
        let loader = InRounds { loader, batching: self.clone() };
        DataLoader::with_cache(loader, self.clone(), self.clone(), Loaded::new())
            .max_batch_size(usize::MAX)
    }

    /// Runs `request` to its end, and the loads that it starts with it.
    pub async fn run<F: Future>(self, request: F) -> F::Output {
        let mut request = pin!(request);
        let mut loads = FuturesUnordered::new();
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(Arc::clone(&signal));
        std::future::poll_fn(move |cx| {
            signal.task.register(cx.waker());
            signal.polling.store(true, Ordering::SeqCst);
            let mut inner = Context::from_waker(&waker);
            for _ in 0..POLLS {
                signal.woken.store(false, Ordering::SeqCst);
                while let Poll::Ready(Some(())) = Pin::new(&mut loads).poll_next(&mut inner) {}
                if let Poll::Ready(output) = request.as_mut().poll(&mut inner) {
                    return Poll::Ready(output);
                }
                if self.take_started(&mut loads) || signal.woken.load(Ordering::SeqCst) {
                    continue;
                }
                if !self.open_gate(loads.len()) {
                    // A load is under way, or the request waits for something else altogether.
                    signal.polling.store(false, Ordering::SeqCst);
                    if signal.woken.load(Ordering::SeqCst) {
                        cx.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
            }
            signal.polling.store(false, Ordering::SeqCst);
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    /// Moves new loads to the others. Tells whether there were any.
    fn take_started(&self, loads: &mut FuturesUnordered<FutureObj<'static, ()>>) -> bool {
        let mut started = self.0.started.lock().unwrap_or_else(PoisonError::into_inner);
        let any = !started.is_empty();
        loads.extend(started.drain(..));
        any
    }

    /// Lets pass whoever may, of `loads` there are. Tells whether there was anybody.
    fn open_gate(&self, loads: usize) -> bool {
        let (leaving, arriving) = (self.0.leaving.waiting(), self.0.arriving.waiting());
        if leaving + arriving < loads {
            return false;
        }
        if arriving > 0 { self.0.arriving.open() } else { self.0.leaving.open() }
    }
}

impl Spawn for Batching {
    fn spawn_obj(&self, load: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.started.lock().unwrap_or_else(PoisonError::into_inner).push(load);
        Ok(())
    }
}

impl Timer for Batching {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        let shared = Arc::clone(&self.0);
        Box::pin(async move { shared.leaving.pass().await })
    }
}

impl<K, T> Loader<K> for InRounds<T>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    T: Loader<K>,
{
    type Value = T::Value;
    type Error = T::Error;

    async fn load(&self, keys: &[K]) -> Result<HashMap<K, T::Value>, T::Error> {
        let loaded = self.loader.load(keys).await;
        self.batching.0.arriving.pass().await;
        loaded
    }
}

/// Where loads wait until it opens, all together.
#[derive(Default)]
struct Gate(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// Raised whenever the gate opens; who came before that passes.
    opened: u64,
    waiting: Vec<Waker>,
}

impl Gate {
    /// Waits for the gate to open.
    async fn pass(&self) {
        // How often it had been open when this load came; null until then.
        let mut came: Option<u64> = None;
        std::future::poll_fn(|cx| {
            let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match came {
                Some(opened) if queue.opened > opened => Poll::Ready(()),
                // The waker is the set's own for this load, and stays the same.
                Some(_) => Poll::Pending,
                None => {
                    came = Some(queue.opened);
                    queue.waiting.push(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await;
    }

    fn waiting(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting.len()
    }

    /// Lets pass whoever waits. Tells whether there was anybody.
    fn open(&self) -> bool {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.opened += 1;
        let waiting = std::mem::take(&mut queue.waiting);
        drop(queue);
        let any = !waiting.is_empty();
        waiting.into_iter().for_each(Waker::wake);
        any
    }
}

/// The waker of a request and its loads. It notes that it was called, and calls the task's own
/// waker unless the request is being polled anyway.
#[derive(Default)]
struct Signal {
    task: AtomicWaker,
    polling: AtomicBool,
    woken: AtomicBool,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if !self.polling.load(Ordering::SeqCst) {
            self.task.wake();
        }
    }
}
