//! What time it is for whoever lets in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use entity::Timestamp;

use crate::clock;

/// The system's clock, or one that stands until it is turned on: so tests wait for nothing, and do
/// not mind how long anything takes.
#[derive(Clone, Default)]
pub struct Clock {
    /// What it shows; null when it is the system's.
    stands: Option<Arc<Mutex<(Timestamp, Instant)>>>,
}

impl Clock {
    /// One that stands at the present moment.
    pub fn standing() -> Self {
        Self { stands: Some(Arc::new(Mutex::new((clock::now(), Instant::now())))) }
    }

    /// Turns on one that stands, and its clones with it.
    pub fn turn(&self, by: Duration) {
        if let Some(stands) = &self.stands {
            let mut shown = stands.lock().unwrap_or_else(PoisonError::into_inner);
            shown.0.0 += by.as_micros() as i64;
            shown.1 += by;
        }
    }

    /// The time, as calendars have it.
    pub fn time(&self) -> Timestamp {
        self.shown().map_or_else(clock::now, |shown| shown.0)
    }

    /// The moment, to measure by how long something took: it never goes back.
    pub(super) fn moment(&self) -> Instant {
        self.shown().map_or_else(Instant::now, |shown| shown.1)
    }

    fn shown(&self) -> Option<(Timestamp, Instant)> {
        self.stands.as_ref().map(|stands| *stands.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
