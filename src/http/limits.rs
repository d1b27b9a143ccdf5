//! Rates: token buckets by address and by account.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::app::Refusal;

/// The buckets of this process.
pub(super) struct Limits {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<String>,
    verify: DefaultKeyedRateLimiter<IpAddr>,
}

impl Limits {
    /// Log-in and the like: 30 a minute and address, 10 in a quarter of an hour and account; verification: 20 a second and address.
    pub(super) fn new() -> Self {
        let number = |n: u32| NonZeroU32::new(n).expect("not zero");
        let account =
            Quota::with_period(Duration::from_secs(90)).expect("not zero").allow_burst(number(10));
        Self {
            by_address: RateLimiter::keyed(Quota::per_minute(number(30)).allow_burst(number(60))),
            by_account: RateLimiter::keyed(account),
            verify: RateLimiter::keyed(Quota::per_second(number(20)).allow_burst(number(100))),
        }
    }

    /// One attempt that guesses at secrets, from this address.
    pub(super) fn attempt_from(&self, peer: SocketAddr) -> Result<(), Refusal> {
        take(&self.by_address, &peer.ip())
    }

    /// One attempt on this account.
    pub(super) fn attempt_on(&self, account: &str) -> Result<(), Refusal> {
        take(&self.by_account, &account.to_lowercase())
    }

    /// One public verification from this address.
    pub(super) fn verify_from(&self, peer: SocketAddr) -> Result<(), Refusal> {
        take(&self.verify, &peer.ip())
    }
}

fn take<K: Clone + std::hash::Hash + Eq>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Refusal> {
    limiter.check_key(key).map_err(|full| {
        let wait = full.wait_time_from(DefaultClock::default().now());
        Refusal::RateLimited { retry_after: wait.as_secs() + 1 }
    })
}
