//! How much one client may ask for in the long run: a leaky bucket for each client's address.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::config::Rate;

/// Clients whose buckets are kept; the one that has not been seen for longest is forgotten.
const CLIENTS: u64 = 100_000;

/// The buckets of all clients. Clones share them.
#[derive(Clone)]
pub struct Buckets {
    rate: Rate,
    buckets: Cache<IpAddr, Arc<Mutex<Bucket>>>,
}

struct Bucket {
    level: u64,
    /// When it had that level.
    at: Instant,
}

/// What does not fit into a bucket.
#[derive(Debug, PartialEq, Eq)]
pub enum Overflow {
    /// It will, after so many seconds.
    Later(u64),
    /// It never will: so much would.
    Never(u64),
}

impl Buckets {
    /// Buckets of a size; null when no rate is set.
    pub fn new(rate: &Rate) -> Option<Self> {
        if rate.per_second == 0 {
            return None;
        }
        // An empty bucket is as good as none.
        let empty = Duration::from_secs(rate.burst / rate.per_second + 1);
        let buckets = Cache::builder().max_capacity(CLIENTS).time_to_idle(empty).build();
        Some(Self { rate: rate.clone(), buckets })
    }

    /// Puts `cost` into the bucket of `client`. Returns what still fits in.
    ///
    /// # Errors
    /// When it does not fit in; the bucket is as it was then.
    pub fn take(&self, client: IpAddr, cost: u64, now: Instant) -> Result<u64, Overflow> {
        let Rate { per_second, burst } = self.rate;
        if cost > burst {
            return Err(Overflow::Never(burst));
        }
        let bucket = self
            .buckets
            .get_with(household(client), || Arc::new(Mutex::new(Bucket { level: 0, at: now })));
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.leak(per_second, now);
        let level = bucket.level.saturating_add(cost);
        if level > burst {
            return Err(Overflow::Later((level - burst).div_ceil(per_second)));
        }
        bucket.level = level;
        Ok(burst - level)
    }

    /// Puts `cost` into the bucket of `client` for something that was done already. What does not
    /// fit in counts all the same, and has to leak out before anything else is let in.
    ///
    /// # Errors
    /// When it does not fit in.
    pub fn charge(&self, client: IpAddr, cost: u64, now: Instant) -> Result<(), Overflow> {
        let taken = self.take(client, cost, now);
        if let (Err(_), Some(bucket)) = (&taken, self.buckets.get(&household(client))) {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.level = bucket.level.saturating_add(cost).min(self.rate.burst.saturating_mul(2));
        }
        taken.map(drop)
    }

    /// Takes `cost` out of the bucket of `client` again. Returns what fits in then.
    pub fn give_back(&self, client: IpAddr, cost: u64) -> u64 {
        let Some(bucket) = self.buckets.get(&household(client)) else {
            return self.rate.burst;
        };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.level = bucket.level.saturating_sub(cost);
        self.rate.burst - bucket.level
    }
}

impl Bucket {
    fn leak(&mut self, per_second: u64, now: Instant) {
        let passed = now.saturating_duration_since(self.at);
        let leaked = passed.as_millis().saturating_mul(per_second.into()) / 1000;
        let leaked = u64::try_from(leaked).unwrap_or(u64::MAX);
        // What leaks in less than a drop is kept for the next time.
        if leaked > 0 {
            self.level = self.level.saturating_sub(leaked);
            self.at = now;
        }
    }
}

/// The addresses that one client has: of version 6, a whole /64.
fn household(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::{Duration, Instant};

    use super::{Buckets, Overflow};
    use crate::config::Rate;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn fills_and_leaks() {
        let buckets = Buckets::new(&Rate { per_second: 10, burst: 100 }).expect("a rate");
        let (client, start) = (address("192.0.2.1"), Instant::now());
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(buckets.take(client, 101, start), Err(Overflow::Never(100)));
        assert_eq!(buckets.take(client, 60, start), Ok(40));
        assert_eq!(buckets.take(client, 41, start), Err(Overflow::Later(1)));
        assert_eq!(buckets.take(client, 100, start), Err(Overflow::Later(6)));
        assert_eq!(buckets.take(address("192.0.2.2"), 100, start), Ok(0), "somebody else");
        assert_eq!(buckets.take(client, 40, start), Ok(0));
        // A tenth of a second is one; pieces of it add up.
        for millis in 1..100 {
            assert!(buckets.take(client, 1, after(millis)).is_err(), "{millis}");
        }
        assert_eq!(buckets.take(client, 1, after(100)), Ok(0));
        assert_eq!(buckets.give_back(client, 30), 30);
        assert_eq!(buckets.take(client, 30, after(100)), Ok(0));
        assert_eq!(buckets.take(client, 100, after(10_100)), Ok(0));
        assert_eq!(
            buckets.take(client, 1, start),
            Err(Overflow::Later(1)),
            "a clock that goes back"
        );
    }

    #[test]
    fn what_was_done_counts() {
        let buckets = Buckets::new(&Rate { per_second: 10, burst: 100 }).expect("a rate");
        let (client, start) = (address("192.0.2.1"), Instant::now());
        assert_eq!(buckets.take(client, 60, start), Ok(40));
        assert!(buckets.charge(client, 60, start).is_err());
        assert_eq!(buckets.take(client, 1, start), Err(Overflow::Later(3)));
        assert_eq!(buckets.charge(client, 1000, start), Err(Overflow::Never(100)));
        assert_eq!(buckets.take(client, 100, start), Err(Overflow::Later(20)));
    }

    #[test]
    fn one_household_is_one_client() {
        let buckets = Buckets::new(&Rate { per_second: 1, burst: 10 }).expect("a rate");
        let now = Instant::now();
        assert!(buckets.take(address("2001:db8::1"), 10, now).is_ok());
        assert!(buckets.take(address("2001:db8::2:1"), 1, now).is_err());
        assert!(buckets.take(address("2001:db8:0:1::1"), 1, now).is_ok());
        assert!(buckets.take(address("192.0.2.1"), 10, now).is_ok());
        assert!(buckets.take(address("::ffff:192.0.2.1"), 1, now).is_err());
        assert!(Buckets::new(&Rate::default()).is_none());
    }
}
