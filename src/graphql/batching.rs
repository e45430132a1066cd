//! When a batch of lookups goes out.
//!
//! A request is one task. Its DataLoader starts its loads not on the runtime but here, in a set
//! that the request's own future polls, and the DataLoader's "delay" is no time but a gate: it
//! opens when the request can make no other progress, that is, when its future has been polled,
//! nothing has woken it since, and no load that was let through before is still under way. Every
//! lookup that could join a batch has then been asked for, so the statements depend on the query
//! and on nothing else: not on how long lists are, not on which reply comes first.
//!
//! With a timer instead, lists of over 30 (which async-graphql resolves in pieces) gave 3 to 47
//! statements where 3 are enough. Without the last condition a query whose arms meet again
//! (`category { packages }` beside `grids { packages }`) took 10 to 12 statements, as its replies
//! happened to arrive, where 8 are enough.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, HashMapCache};
use async_graphql::runtime::Timer;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream};
use futures_util::task::{AtomicWaker, FutureObj, Spawn, SpawnError};

/// Polls of a request before its thread may do something else.
///
/// Tokio makes its own futures pretend to be pending when a task has worked for long, until the
/// task returns to the scheduler; going round here without an end would wait for that forever.
const ROUNDS: usize = 32;

/// The loads of one request. Clones share them.
#[derive(Clone, Default)]
pub struct Batching(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Loads that were started and not polled yet.
    started: Mutex<Vec<FutureObj<'static, ()>>>,
    gate: Mutex<Gate>,
    /// Loads that wait at the gate.
    waiting: AtomicUsize,
}

#[derive(Default)]
struct Gate {
    /// Raised whenever the gate opens; who came before that passes.
    opened: u64,
    wakers: Vec<Waker>,
}

impl Batching {
    /// A DataLoader whose loads go out by this policy; drive it with [`run`](Self::run).
    pub fn loader<T: Send + Sync + 'static>(&self, loader: T) -> DataLoader<T, HashMapCache> {
        DataLoader::with_cache(loader, self.clone(), self.clone(), HashMapCache::default())
            // Not zero for any reason of time: the timer below does not look at it.
            .delay(Duration::ZERO)
            .max_batch_size(usize::MAX)
    }

    /// Runs `request` to its end, and the loads that it starts with it.
    pub async fn run<F: Future>(self, request: F) -> F::Output {
        let mut request = pin!(request);
        let mut loads = FuturesUnordered::new();
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(Arc::clone(&signal));
        std::future::poll_fn(move |cx| {
            signal.outer.register(cx.waker());
            signal.polling.store(true, Ordering::SeqCst);
            let mut inner = Context::from_waker(&waker);
            for _ in 0..ROUNDS {
                signal.woken.store(false, Ordering::SeqCst);
                while let Poll::Ready(Some(())) = Pin::new(&mut loads).poll_next(&mut inner) {}
                if let Poll::Ready(output) = request.as_mut().poll(&mut inner) {
                    return Poll::Ready(output);
                }
                if self.take_started(&mut loads) || signal.woken.load(Ordering::SeqCst) {
                    continue;
                }
                if loads.len() > self.0.waiting.load(Ordering::SeqCst) || !self.open_gate() {
                    // A load is under way (or the request waits for something else altogether).
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

    /// Lets all loads pass that wait at the gate. Tells whether there were any.
    fn open_gate(&self) -> bool {
        let mut gate = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.opened += 1;
        let wakers = std::mem::take(&mut gate.wakers);
        drop(gate);
        let any = !wakers.is_empty();
        wakers.into_iter().for_each(Waker::wake);
        any
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
        // The generation that this load came in; null until it is first polled.
        let mut came_in: Option<u64> = None;
        Box::pin(std::future::poll_fn(move |cx| {
            let mut gate = shared.gate.lock().unwrap_or_else(PoisonError::into_inner);
            match came_in {
                Some(generation) if gate.opened > generation => {
                    shared.waiting.fetch_sub(1, Ordering::SeqCst);
                    return Poll::Ready(());
                }
                Some(_) => {}
                None => {
                    came_in = Some(gate.opened);
                    shared.waiting.fetch_add(1, Ordering::SeqCst);
                }
            }
            gate.wakers.push(cx.waker().clone());
            Poll::Pending
        }))
    }
}

/// The waker of a request and its loads. It notes that it was called, and calls the task's own
/// waker unless the request is being polled anyway.
#[derive(Default)]
struct Signal {
    outer: AtomicWaker,
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
            self.outer.wake();
        }
    }
}
