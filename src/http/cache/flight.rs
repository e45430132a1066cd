//! Many equal requests at once: one is executed, and the others wait for what comes of it.
//!
//! They take turns by a lock, so that whoever leads can go away at any moment, as a client does that
//! hangs up, or be refused: the next one leads then. Nothing that fails is handed on; the others
//! execute by themselves then, all at once, as if nobody had led.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout_at;

use super::{Answers, Content, Kept, Question};

/// What is being executed, by what was asked and the revision that was known then: whoever knows of
/// a higher one does not wait for an answer of before.
#[derive(Clone, Default)]
pub struct Flights(Arc<Mutex<HashMap<Route, Flight>>>);

type Route = (Arc<Question>, i64);

struct Flight {
    landed: Arc<tokio::sync::Mutex<Landed>>,
    /// How many requests take part.
    seats: usize,
}

/// What came of a flight.
enum Landed {
    /// Nobody has led it to its end.
    NotYet,
    Answer(Arc<Kept>),
    /// What came is for whoever led alone.
    Nothing,
}

/// That a request takes part in a flight.
struct Seat {
    flights: Flights,
    route: Route,
    landed: Arc<tokio::sync::Mutex<Landed>>,
}

/// What a request has to do.
pub enum Turn {
    /// To execute, and tell the others.
    Lead(Lead),
    /// To take the answer that another request was given meanwhile.
    Take(Arc<Kept>),
    /// To execute, as nothing came of it.
    Alone,
}

/// That a request executes for all that wait. Dropped, it leaves that to the next one.
pub struct Lead {
    answers: Answers,
    // In this order: it is let go of before the seat is given up.
    landed: OwnedMutexGuard<Landed>,
    seat: Seat,
}

impl Answers {
    /// Takes part in finding the answer to `question` at `revision`; null when `deadline` came.
    pub async fn join(
        &self,
        question: Arc<Question>,
        revision: i64,
        deadline: Instant,
    ) -> Option<Turn> {
        let seat = self.flights.seat((question, revision));
        let turn = Arc::clone(&seat.landed).lock_owned();
        let mut landed = timeout_at(deadline.into(), turn).await.ok()?;
        Some(match &*landed {
            Landed::Answer(kept) => Turn::Take(Arc::clone(kept)),
            Landed::Nothing => Turn::Alone,
            // An earlier flight may have landed since it was looked for.
            Landed::NotYet => match self.get(&seat.route.0, revision) {
                Some(kept) => {
                    *landed = Landed::Answer(Arc::clone(&kept));
                    Turn::Take(kept)
                }
                None => Turn::Lead(Lead { answers: self.clone(), landed, seat }),
            },
        })
    }
}

impl Flights {
    fn seat(&self, route: Route) -> Seat {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let flight = flights.entry((Arc::clone(&route.0), route.1)).or_insert_with(|| Flight {
            landed: Arc::new(tokio::sync::Mutex::new(Landed::NotYet)),
            seats: 0,
        });
        flight.seats += 1;
        let landed = Arc::clone(&flight.landed);
        drop(flights);
        Seat { flights: self.clone(), route, landed }
    }

    /// How many there are.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get_mut(&self.route) {
            flight.seats -= 1;
            if flight.seats == 0 {
                flights.remove(&self.route);
            }
        }
    }
}

impl Lead {
    /// Hands an answer without errors on to those who wait, and keeps it, unless it is too large or
    /// `known`, the highest revision by now, is above its own. Null when it was not kept.
    pub fn land(
        mut self,
        body: Bytes,
        revision: Option<i64>,
        content: Option<Content>,
        known: Option<i64>,
    ) -> Option<Arc<Kept>> {
        let kept = Arc::new(Kept::new(body, revision, content));
        let is_right = known.is_none_or(|known| kept.is_of(known));
        let stored = is_right && self.answers.put(&self.seat.route.0, &kept);
        *self.landed = Landed::Answer(Arc::clone(&kept));
        stored.then_some(kept)
    }

    /// Tells those who wait that there is nothing for them.
    pub fn give_up(mut self) {
        *self.landed = Landed::Nothing;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    fn question() -> Arc<Question> {
        Arc::new(Question { document: "{ a }".into(), operation: None, variables: None })
    }

    async fn join(answers: &Answers, revision: i64) -> Turn {
        let deadline = Instant::now() + Duration::from_secs(60);
        answers.join(question(), revision, deadline).await.expect("in time")
    }

    async fn lead(answers: &Answers, revision: i64) -> Lead {
        match join(answers, revision).await {
            Turn::Lead(lead) => lead,
            Turn::Take(_) | Turn::Alone => panic!("it does not lead"),
        }
    }

    #[tokio::test]
    async fn one_leads_and_the_others_take() {
        let answers = Answers::new(10_000).expect("a cache");
        let leader = lead(&answers, 1).await;
        let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(join(&answers, 1))).collect();
        assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()));
        // Who knows of a change does not wait for what was asked before it.
        lead(&answers, 2).await.give_up();
        assert!(leader.land(Bytes::from_static(b"x"), Some(1), None, Some(1)).is_some());
        for waiting in waiting {
            assert!(matches!(waiting.await, Turn::Take(kept) if *kept.body == *b"x"));
        }
        assert_eq!((answers.flights.len(), answers.entries()), (0, 1));
        assert!(answers.get(&question(), 1).is_some() && answers.get(&question(), 2).is_none());
        assert!(matches!(join(&answers, 1).await, Turn::Take(_)));
    }

    #[tokio::test]
    async fn who_goes_away_is_followed() {
        let answers = Answers::new(10_000).expect("a cache");
        let leader = lead(&answers, 1).await;
        let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(join(&answers, 1))).collect();
        assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()));
        drop(leader);
        let mut waiting = waiting.into_iter();
        let next = waiting.next().expect("three").await;
        let Turn::Lead(next) = next else { panic!("it does not lead") };
        // Who waits may go away as well.
        drop(waiting.next());
        next.give_up();
        assert!(matches!(waiting.next().expect("three").await, Turn::Alone));
        assert_eq!((answers.flights.len(), answers.entries()), (0, 0));
    }

    #[tokio::test]
    async fn what_is_over_or_large_is_handed_on_and_not_kept() {
        let answers = Answers::new(10_000).expect("a cache");
        for (bytes, known) in [(1, 2), (2_500, 1)] {
            let leader = lead(&answers, 1).await;
            let mut waiting = Box::pin(join(&answers, 1));
            assert!((&mut waiting).now_or_never().is_none());
            assert!(leader.land(vec![0; bytes].into(), Some(1), None, Some(known)).is_none());
            assert!(matches!(waiting.await, Turn::Take(kept) if kept.body.len() == bytes));
            assert_eq!((answers.flights.len(), answers.entries()), (0, 0));
        }
        // What has read nothing is never over.
        assert!(lead(&answers, 1).await.land(Bytes::new(), None, None, Some(5)).is_some());
        assert!(answers.get(&question(), 9).is_some());
    }
}
